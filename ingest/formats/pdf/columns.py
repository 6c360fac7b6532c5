"""The columns of a page, in the order in which they are read; what stands in a margin comes after the text beside it.

A gutter is a white strip with prose on both sides; what crosses it (a title, a wide table) ends it.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.pieces import RIGHT_TO_LEFT, Piece
from ingest.formats.pdf.rows import group_rows, is_label, join_whole

OWN_BASELINE = 0.05
"""Ems from a line's baseline to that of the nearest line beside it, where the two do not stand in one row of a table.

In the ICDAR 2013 files .94 of 3,940 cells are nearer to the baseline of their row's first; of the lines in the margins of two
journals' papers three of four were further from those of the text."""


LEAST_OF_STOREY = 3
"""Pieces in a column above, and below, a white strip through it and its neighbour: fewer say nothing about their order."""

OF_PICTURE = 4.0
"""Ems of a white strip through two columns that is no space between paragraphs."""


@dataclass(frozen=True, slots=True)
class Column:
    """What is read together; ``is_margin`` when it stands beside the text and is no part of it."""

    segments: list[Piece]
    is_margin: bool = False


def find_gutters(pages: Iterable[Sequence[Piece]]) -> list[float]:
    """Where gutters are on the pages that leave no doubt of it."""
    bands = (_find_band(segments, ()) for segments in pages)
    places = Counter(round(band[0]) for band in bands if band is not None)
    return [float(place) for place, _ in places.most_common(4)]


def split_columns(segments: list[Piece], gutters: Sequence[float], depth: int = 0) -> list[Column]:
    """The columns in reading order."""
    band = _find_band(segments, gutters) if depth < 8 else None
    if band is None:
        return [Column(segments)] if segments else []
    place, inside = band
    held = set(map(id, inside))
    top, bottom = min(piece.top for piece in inside), max(piece.base for piece in inside)
    others = [piece for piece in segments if id(piece) not in held]
    above = [piece for piece in others if piece.base <= (top + bottom) / 2]
    below = [piece for piece in others if piece.base > (top + bottom) / 2]
    left = [piece for piece in inside if piece.right <= place + 2]
    right = [piece for piece in inside if piece.right > place + 2]
    near = _near(left, right)
    margin = next(((left, right)[at] for at in (0, 1) if _is_narrow(near[at], near[1 - at])), None)
    if RIGHT_TO_LEFT.search("".join(piece.text[:1] for piece in inside)):
        turned = sum(bool(RIGHT_TO_LEFT.search(piece.text)) for piece in inside) * 2 > len(inside)
        left, right = (right, left) if turned else (left, right)
    sides = [side for side in (left, right) if side is not margin]
    regions = [above, *(_find_storeys(left, right) if len(sides) == 2 else sides)]
    found = [part for region in regions for part in split_columns(region, gutters, depth + 1)]
    if margin is not None:
        found.append(Column(margin, is_margin=True))
    return [*found, *split_columns(below, gutters, depth + 1)]


def _find_storeys(left: list[Piece], right: list[Piece]) -> list[list[Piece]]:
    """The two sides; or each in two parts, where the file has both upper ones first, each by itself, as authors above a paper.

    The parts are those above and below a white strip that goes through both sides; where it is as high as a picture, one
    line is a part.
    """
    bottom = None
    for piece in sorted((*left, *right), key=lambda found: found.top):
        white = 0.0 if bottom is None else (piece.top - bottom) / piece.size
        if white > 0.3:
            upper = [[one for one in side if one.top < piece.top] for side in (left, right)]
            lower = [[one for one in side if one.top >= piece.top] for side in (left, right)]
            is_parted = white > OF_PICTURE or min(map(len, (*upper, *lower))) >= LEAST_OF_STOREY
            if (
                is_parted
                and all(_are_written_apart(*storey) for storey in (upper, lower))
                and _comes_first(upper, lower)
            ):
                return [side for side in (*upper, *lower) if side]
        bottom = piece.bottom if bottom is None else max(bottom, piece.bottom)
    return [left, right]


def _find_band(segments: Sequence[Piece], gutters: Sequence[float]) -> tuple[float, list[Piece]] | None:
    """The gutter with the most lines beside it, and those lines; None where there is none."""
    best: tuple[float, list[Piece]] | None = None
    ordered = sorted(segments, key=lambda found: found.base)
    for place in _candidates(ordered, gutters):
        known = any(abs(place - gutter) < 4 for gutter in gutters)
        run: list[Piece] = []
        for piece in [*ordered, None]:
            if piece is not None and not (piece.left < place - 2 and piece.right > place + 2):
                run.append(piece)
                continue
            part = next((part for part in _parts(run, known) if _are_columns(part, place, known)), [])
            if len(part) > (len(best[1]) if best else 0):
                best = place, part if piece is None else _without_end(part, place)
            run = []
    return best


def _candidates(ordered: Sequence[Piece], known: Sequence[float]) -> list[float]:
    """Known gutters, and left edges that several lines have, with something to the left of them."""
    edges: Counter[int] = Counter()
    for at, piece in enumerate(ordered):
        for other in ordered[max(0, at - 6) : at + 7]:
            overlaps = min(piece.bottom, other.bottom) - max(piece.top, other.top) > 0.3 * piece.size
            if overlaps and other.right < piece.left - 0.4 * piece.size:
                edges[round(piece.left / 2)] += 1
                break
    return [*known, *(edge * 2 - 3.0 for edge, _ in edges.most_common(6))]


def _are_columns(run: Sequence[Piece], place: float, known: bool) -> bool:
    left = [piece for piece in run if piece.right <= place + 2]
    right = [piece for piece in run if piece.right > place + 2]
    few, many = sorted((left, right), key=len)
    if known and len(few) > 1 and _are_stubs(left, right):
        return True
    if len(few) < 3:
        return known and bool(few) and len(many) >= 3 and _is_prose(many)
    if _is_prose(left) and _is_prose(right) and not _rows_apart(left, right):
        return True
    near_left, near_right = _near(left, right)
    if _are_written_apart(near_left, near_right) and (
        (_runs_on(near_left) and _runs_on(near_right))
        or _is_margin(near_left, near_right)
        or _is_margin(near_right, near_left)
    ):
        return True
    # In one of the columns a table or a list may take up most of the page.
    return known and min(_count_full(left), _count_full(right)) >= 3 and (_is_prose(left) or _is_prose(right))


def _are_stubs(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether a few lines of words on both sides are the ends of columns: the file has all of one before the other."""
    if not _comes_first([left], [right]):
        return False
    rows = [row for side in (left, right) for row in group_rows(side)]
    return all(len(row) == 1 for row in rows) and median(_count_words(row[0]) for row in rows) >= 3.5


def _comes_first(some: Iterable[Sequence[Piece]], others: Iterable[Sequence[Piece]]) -> bool:
    """Whether the file has all pieces of some sides before all of the others."""
    return max(piece.order for side in some for piece in side) < min(piece.order for side in others for piece in side)


def _parts(run: list[Piece], known: bool) -> Iterator[list[Piece]]:
    """A run, and for a known gutter what stands below or above a broad white strip in it: a table may be beside it."""
    yield run
    strips, bottom = [], 0.0
    for at, piece in enumerate(sorted(run, key=lambda found: found.top)):
        if at and piece.top - bottom > 1.2 * piece.size:
            strips.append(piece.top)
        bottom = max(bottom, piece.bottom)
    for strip in strips[:20] if known else ():
        yield [piece for piece in run if piece.top >= strip]
    for strip in strips[:-21:-1] if known else ():
        yield [piece for piece in run if piece.top < strip]


def _count_full(side: Sequence[Piece]) -> int:
    """How many lines of several words fill the column."""
    lines = [join_whole(row) for row in group_rows(side)]
    widest = max(line.right - line.left for line in lines)
    return sum(line.right - line.left >= 0.75 * widest and _count_words(line) >= 4 for line in lines)


def _count_words(line: Piece) -> int:
    """Words with letters in them; for scripts without spaces, what their letters come to."""
    letters = sum(map(str.isalpha, line.text))
    return max(sum(any(map(str.isalpha, word)) for word in line.text.split()), letters // 6)


def _near(left: Sequence[Piece], right: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The pieces of both sides that look on the gutter: more columns may lie behind them."""
    return (
        _beside(left, lambda one, other: other.left >= one.right),
        _beside(right, lambda one, other: other.right <= one.left),
    )


def _beside(side: Sequence[Piece], hides: Callable[[Piece, Piece], bool]) -> list[Piece]:
    ordered = sorted(side, key=lambda found: found.base)
    return [
        piece
        for at, piece in enumerate(ordered)
        if not any(
            hides(piece, other) and min(piece.bottom, other.bottom) > max(piece.top, other.top)
            for other in ordered[max(0, at - 6) : at + 7]
        )
    ]


def _are_written_apart(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether the file holds one side after the other, and not row by row; where more columns follow, they may come later."""
    sides = sorted([(piece.order, False) for piece in left] + [(piece.order, True) for piece in right])
    changes = sum(before[1] is not after[1] for before, after in pairwise(sides))
    return changes <= max(1, len(sides) // 12)


def _runs_on(side: Sequence[Piece]) -> bool:
    """Several lines of words that begin in the middle of a sentence: what stands in cells begins with a capital or a figure.

    Scripts without capitals do not tell: there the lines have to fill the column.
    """
    lines = [join_whole(row) for row in group_rows(side)]
    firsts = [line.text[:1] for line in lines]
    caseless = sum(first.isalpha() and first.lower() == first.upper() for first in firsts)
    going_on = sum(map(str.islower, firsts)) + (caseless if caseless and _is_prose(side) else 0)
    return len(lines) > 3 and going_on >= 0.4 * len(lines) and median(_count_words(line) for line in lines) >= 2


def _is_margin(side: Sequence[Piece], text: Sequence[Piece]) -> bool:
    """Whether one side is running text and the other stands in its margin, on baselines of its own, as no cell does."""
    bases = sorted(piece.base for piece in text)
    if sum(is_label(piece.text) for piece in side) * 2 > len(side):
        return False
    own = 0
    for piece in side:
        at = bisect(bases, piece.base)
        own += all(abs(base - piece.base) > OWN_BASELINE * piece.size for base in bases[max(0, at - 1) : at + 1])
    return len(text) > 8 and _runs_on(text) and own >= 0.6 * len(side)


def _is_narrow(side: Sequence[Piece], text: Sequence[Piece]) -> bool:
    """Whether a side stands in the other's margin and is too narrow to be a column like it."""
    if not side or not text:
        return False
    widths = [max(piece.right for piece in part) - min(piece.left for piece in part) for part in (side, text)]
    return widths[0] < 0.5 * widths[1] and _is_margin(side, text)


def _is_prose(side: Sequence[Piece]) -> bool:
    """Lines of several words that mostly fill the column, and mostly have no gaps in them."""
    rows = group_rows(side)
    if sum(len(row) > 1 for row in rows) > 0.4 * len(rows):
        return False
    lines = [join_whole(row) for row in rows]
    widths = [line.right - line.left for line in lines]
    full = sum(width >= 0.75 * max(widths) for width in widths) * 2 >= len(widths)
    return full and median(_count_words(line) for line in lines) >= 3.5


def _rows_apart(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether white strips go through both sides again and again: the rows of a table with prose in its cells."""
    top = max(min(piece.top for piece in side) for side in (left, right))
    foot = min(max(piece.bottom for piece in side) for side in (left, right))
    strips, bottom, lines = 0, None, 0
    for piece in sorted((*left, *right), key=lambda found: found.top):
        if piece.bottom < top or piece.top > foot:
            continue
        lines += 1
        strips += bottom is not None and piece.top - bottom > 0.3 * piece.size
        bottom = piece.bottom if bottom is None else max(bottom, piece.bottom)
    return strips >= 2 and lines / (strips + 1) <= 8


def _without_end(run: list[Piece], place: float) -> list[Piece]:
    """A run that something full wide ends, less a heading at its foot: that stands over what follows."""
    bottom = min(max(piece.base for piece in run if (piece.right > place + 2) is side) for side in (False, True))
    tail = [piece for piece in run if piece.top > bottom]
    rest = [piece for piece in run if piece.top <= bottom]
    apart = tail and min(piece.top for piece in tail) - max(piece.bottom for piece in rest) > 0.4 * tail[0].size
    return rest if apart and len(tail) <= 2 else run
