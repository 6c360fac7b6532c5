"""What the columns of a table are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.formats.pdf.pieces import Piece
from ingest.formats.pdf.table_lines import TableLine, append_words, is_figure
from ingest.table_rows import has_header

HEADER_LINES = 6
"""Names of columns take no more lines than this."""

LONGEST_NAME = 80
"""Characters of a column's name."""

_YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:[-–/]\d{2,4})?")


@dataclass(frozen=True, slots=True)
class Header:
    """What the columns of a table are called, and from where to where they reach; a table may go on overleaf."""

    names: list[str]
    columns: list[tuple[float, float]]

    def covers(self, rows: Sequence[Sequence[Piece]]) -> bool:
        """Whether every piece of some rows stands in one of the columns."""
        return all(
            sum(min(piece.right, right) > max(piece.left, left) for left, right in self.columns) == 1
            for row in rows
            for piece in row
        )

    def is_of(self, columns: Sequence[tuple[float, float]]) -> bool:
        """Whether these are its columns."""
        return len(columns) == len(self.columns) and all(
            left < end and start < right
            for (left, right), (start, end) in zip(columns, self.columns, strict=True)
            if left < right
        )


def count_header(lines: Sequence[TableLine]) -> int:
    """How many lines stand over the figures of a table and name its columns; 0 when it has no figures or no names."""
    first = next((at for at, line in enumerate(lines) if _has_figures(line)), 0)
    if not 0 < first <= HEADER_LINES:
        return 0
    while first > 1 and set(lines[first - 1].cells) == {0} and any(0 in line.cells for line in lines[: first - 1]):
        first -= 1  # a heading within the table, over its first rows
    return first


def _has_figures(line: TableLine) -> bool:
    values = [piece.text.strip() for column, piece in line.cells.items() if column]
    return any(map(is_figure, values)) and not all(map(_YEAR.fullmatch, values))


def read_names(lines: Sequence[TableLine], width: int) -> list[str] | None:
    """The names of a table's columns, from the lines of its header; a name over several columns belongs to each."""
    names = [""] * width
    for line in lines:
        for column, piece in line.cells.items():
            for at in line.wide.get(column, (column,)):
                names[at] = append_words(names[at], piece.text)
    named = [name for name in names if name]
    fits = all(len(name) <= LONGEST_NAME for name in named) and any(any(map(str.isalpha, name)) for name in named)
    return names if fits and 2 * len(named) >= width and len(named) > 1 else None


def has_text_header(table: Sequence[Sequence[str]], groups: Sequence[Sequence[TableLine]]) -> bool:
    """Whether the first row of a table without figures names its columns: its look says so, or its many columns do."""
    if not has_header(table):
        return False
    bold = [all(line.whole.bold for line in group) for group in groups]
    return len(table[0]) > 2 or (bold[0] and not any(bold[1:])) or any(map(_YEAR.fullmatch, table[0]))


def count_blocks(names: Sequence[str]) -> int:
    """How many times the same names stand beside each other: so many parts of a long narrow table."""
    for blocks in range(len(names) // 2, 1, -1):
        wide = len(names) // blocks
        if wide * blocks == len(names) and all(names) and list(names) == list(names[:wide]) * blocks:
            return blocks
    return 1
