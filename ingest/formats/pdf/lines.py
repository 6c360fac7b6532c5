"""The lines of a page in the order in which they are read: columns one after the other, tables row by row.

Pure geometry, in points from the page's top left corner downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.formats.pdf.cells import CellPlaces
from ingest.formats.pdf.column_names import Header
from ingest.formats.pdf.columns import split_columns
from ingest.formats.pdf.pieces import Piece
from ingest.formats.pdf.tables import find_rows


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a column, or the row of a table; ``start`` and ``end`` are where its column begins and ends.

    ``is_margin`` when it stands beside the text.
    """

    text: str
    left: float
    right: float
    top: float
    bottom: float
    base: float
    size: float
    bold: bool
    page: int
    column: int = 0
    start: float = 0.0
    end: float = 0.0
    cells: CellPlaces = ()
    is_margin: bool = False


def find_lines(pages: Sequence[list[Piece]], gutters: Sequence[float]) -> list[list[Line]]:
    """The lines of each page in reading order; ``gutters`` are those that leave no doubt, others need more proof."""
    header: Header | None = None
    found = []
    for at, segments in enumerate(pages):
        lines, header = _find_on_page(segments, at + 1, gutters, header)
        found.append(lines)
    return found


def _find_on_page(
    segments: list[Piece], page: int, gutters: Sequence[float], header: Header | None
) -> tuple[list[Line], Header | None]:
    lines: list[Line] = []
    for number, column in enumerate(split_columns(segments, gutters)):
        found, header = find_rows(column.segments, None if number else header)
        text = [piece for piece, cells in found if not cells] or [piece for piece, _ in found]
        start, end = min(piece.left for piece in text), max(piece.right for piece in text)
        lines += [
            Line(
                piece.text, piece.left, piece.right, piece.top, piece.bottom, piece.base, piece.size, piece.bold,
                page, number, start, end, cells, column.is_margin,
            )
            for piece, cells in found
        ]  # fmt: skip
    return lines, header
