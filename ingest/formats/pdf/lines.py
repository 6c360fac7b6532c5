"""The lines of a page in the order in which they are read: columns one after the other, tables row by row.

Pure geometry, in points from the page's top left corner downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.formats.pdf.columns import split_columns
from ingest.formats.pdf.pieces import Piece
from ingest.formats.pdf.tables import find_rows


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a column, or the row of a table; ``start`` and ``end`` are where its column begins and ends."""

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
    cells: tuple[str, ...] = ()


def find_lines(segments: list[Piece], page: int, gutters: Sequence[float] = ()) -> list[Line]:
    """The lines of a page in reading order; ``gutters`` are those of other pages, which need less proof here."""
    lines: list[Line] = []
    for column, inside in enumerate(split_columns(segments, gutters)):
        found = find_rows(inside)
        text = [piece for piece, cells in found if not cells] or [piece for piece, _ in found]
        start, end = min(piece.left for piece in text), max(piece.right for piece in text)
        lines += [
            Line(
                piece.text, piece.left, piece.right, piece.top, piece.bottom, piece.base, piece.size, piece.bold,
                page, column, start, end, cells,
            )
            for piece, cells in found
        ]  # fmt: skip
    return lines
