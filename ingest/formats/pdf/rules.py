"""The lines that are drawn on a PDF page: rules across and down it, as those of a table are."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ingest.formats.pdf.grids import Rule
from ingest.formats.pdf.painted import Box
from ingest.formats.pdf.pieces import Turn

if TYPE_CHECKING:
    import pypdfium2

MAX_OBJECTS = 20_000
"""Objects of one page that are looked at: a page of a thousand cells that are boxed one by one has 4,000, a map millions."""

MAX_RULES = 4_000
"""A page with more strokes than this, in one direction, is a drawing."""

THICKEST = 3.0
"""Points: what is painted thinner than this is a line, what is thicker has an inside."""

SHORTEST = 4.0
"""Points: what is shorter is a part of a letter, or of a dotted line that is no rule."""

NEAR = 2.5
"""Points that lie between the ends of two lines that meet, or between the two lines of a double one."""


def read_rules(page: pypdfium2.PdfPage, turn: Turn) -> tuple[list[Rule], list[Rule]]:
    """The lines across a page and those down it, as one sees them once the page is turned so that it can be read."""
    across: list[Rule] = []
    down: list[Rule] = []
    for edge in _find_edges(page):
        left, right, top, bottom = turn.place(edge)
        if bottom - top <= THICKEST and right - left > bottom - top:
            across.append(Rule((top + bottom) / 2, left, right))
        elif right - left <= THICKEST:
            down.append(Rule((left + right) / 2, top, bottom))
    if max(len(across), len(down)) > MAX_RULES:
        return [], []
    return _join(across), _join(down)


def _join(rules: Iterable[Rule]) -> list[Rule]:
    """Strokes on one line as one rule, where no more than a dot's width lies between them; short ones are none."""
    lines: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda found: found.at):
        if lines and rule.at - lines[-1][-1].at <= 1 and rule.at - lines[-1][0].at <= NEAR:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    return [rule for line in lines for rule in _join_line(line) if rule.end - rule.start >= SHORTEST]


def _join_line(strokes: list[Rule]) -> Iterator[Rule]:
    at = sum(stroke.at for stroke in strokes) / len(strokes)
    start = end = None
    for stroke in sorted(strokes, key=lambda found: found.start):
        if start is None or end is None or stroke.start - end > NEAR:
            if start is not None and end is not None:
                yield Rule(at, start, end)
            start, end = stroke.start, stroke.end
        end = max(end, stroke.end)
    if start is not None and end is not None:
        yield Rule(at, start, end)


# --- what is painted --------------------------------------------------------------------------------------------


def _find_edges(page: pypdfium2.PdfPage) -> Iterator[Box]:
    """The straight edges of what is painted on a page."""
    import pypdfium2.raw as pdfium

    left = MAX_OBJECTS
    for thing, matrix in _walk(page, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, _UPRIGHT, 3):
        left -= 1
        if left < 0:
            return
        for edge in _edges_of(thing, matrix, left):
            left -= 1
            yield edge


Matrix = tuple[float, float, float, float, float, float]
_UPRIGHT: Matrix = (1, 0, 0, 1, 0, 0)


def _walk(holder: Any, count: Any, get: Any, matrix: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    """The objects of a page, and those of the forms on it, each with what moves its points to their places."""
    import pypdfium2.raw as pdfium

    for at in range(min(count(holder), MAX_OBJECTS)):
        thing = get(holder, at)
        kind = pdfium.FPDFPageObj_GetType(thing)
        if kind == pdfium.FPDF_PAGEOBJ_FORM and depth:
            inner = _times(_matrix_of(thing), matrix)
            yield from _walk(thing, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, inner, depth - 1)
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            yield thing, matrix


def _matrix_of(thing: Any) -> Matrix:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(thing, matrix):
        return _UPRIGHT
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    k, l, m, n, o, p = second  # noqa: E741
    return a * k + b * m, a * l + b * n, c * k + d * m, c * l + d * n, e * k + f * m + o, e * l + f * n + p


def _edges_of(path: Any, matrix: Matrix, most: int) -> Iterator[Box]:
    """The edges of a path: those that are stroked, and thin areas that are filled.

    The edges of other areas tell nothing: word processors paint the ground of a cell line by line. White lines part cells on
    a coloured ground.
    """
    import pypdfium2.raw as pdfium

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    count = pdfium.FPDFPath_CountSegments(path)
    if not pdfium.FPDFPath_GetDrawMode(path, fill, stroke) or not 2 <= count <= most:
        return
    for points in _lines_of(path, count, _times(_matrix_of(path), matrix)) if fill.value or stroke.value else ():
        box = min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points)
        if min(box[2] - box[0], box[3] - box[1]) <= THICKEST:
            yield box
        elif stroke.value:
            for (left, low), (right, high) in pairwise(points):
                yield min(left, right), min(low, high), max(left, right), max(low, high)


def _lines_of(path: Any, count: int, matrix: Matrix) -> Iterator[list[tuple[float, float]]]:
    """The corners of each part of a path that has straight edges only."""
    import pypdfium2.raw as pdfium

    a, b, c, d, e, f = matrix
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    is_straight = True
    get, read_kind, read_point, is_closed = (
        pdfium.FPDFPath_GetPathSegment, pdfium.FPDFPathSegment_GetType, pdfium.FPDFPathSegment_GetPoint,
        pdfium.FPDFPathSegment_GetClose,
    )  # fmt: skip
    move, curve = pdfium.FPDF_SEGMENT_MOVETO, pdfium.FPDF_SEGMENT_BEZIERTO
    for at in range(count):
        segment = get(path, at)
        kind = read_kind(segment)
        if kind == move:
            if len(points) > 1 and is_straight:
                yield points
            points, is_straight = [], True
        is_straight &= kind != curve
        read_point(segment, x, y)
        points.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        if is_closed(segment):
            points.append(points[0])
    if len(points) > 1 and is_straight:
        yield points
