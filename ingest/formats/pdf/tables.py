"""The rows of a column: lines of text, and rows of tables with their cells.

What stands in a row with gaps that the rows above or below share is a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ingest.formats.pdf.cells import Row, lay_out, lay_out_drawn
from ingest.formats.pdf.column_names import HEADER_LINES, Header
from ingest.formats.pdf.drawn_tables import DrawnTable
from ingest.formats.pdf.pieces import Piece
from ingest.formats.pdf.rows import LABEL_GAP, group_rows, is_label, join_row, join_whole


def find_rows(segments: Sequence[Piece], overleaf: Header | None = None) -> tuple[list[Row], Header | None]:
    """The lines of a column from top to bottom, those that are rows of a table with their cells.

    ``overleaf`` is the header of the table that the page before ends with; given back is the one that this one ends with.
    """
    drawn = sorted((piece for piece in segments if isinstance(piece, DrawnTable)), key=lambda table: table.top)
    rest = [piece for piece in segments if not isinstance(piece, DrawnTable)]
    found: list[Row] = []
    header = overleaf
    for table in drawn:
        middle = (table.top + table.bottom) / 2
        above, rest = (
            [piece for piece in rest if piece.base < middle],
            [piece for piece in rest if piece.base >= middle],
        )
        lines, header = _find_rows(above, header)
        rows, header = lay_out_drawn(table.bands, table.columns, header)
        found += lines + rows
    lines, header = _find_rows(rest, header)
    return found + lines, header


def _find_rows(segments: Iterable[Piece], overleaf: Header | None) -> tuple[list[Row], Header | None]:
    rows = [_with_label(row) for row in group_rows(segments)]
    found: list[Row] = []
    header = overleaf
    at = 0
    while at < len(rows):
        # A table may begin with a cell of two lines, whose first stands alone.
        first = (
            at + 1
            if at + 1 < len(rows) and len(rows[at]) == 1 and _is_above(rows[at][0], rows[at + 1 : at + 3])
            else at
        )
        end = _table_end(rows, first)
        if end > first:
            table, header = lay_out(rows[at:end], header)
            found += table
            at = end
        else:
            found.append((join_whole(rows[at]), ()))
            header = None
            at += 1
    return found, header


def _with_label(row: list[Piece]) -> list[Piece]:
    """A bullet or number in front of an item is no cell of its own."""
    near = len(row) > 1 and row[1].left - row[0].right < LABEL_GAP * row[0].size
    is_text = near and (re.search(r"[^\W\d]", row[1].text) or (len(row) == 2 and not re.search(r"\d", row[1].text)))
    if is_text and is_label(row[0].text):
        return [*join_row(row[:2], float("inf")), *row[2:]]
    return row


def _table_end(rows: Sequence[Sequence[Piece]], start: int) -> int:
    """The row after the last one of the table that begins at ``start``; ``start`` itself when none does."""
    if len(rows[start]) < 2:
        return start
    gaps = _gaps(rows[start])
    end, bottom = start + 1, max(piece.bottom for piece in rows[start])
    split, alone, most = 1, 0, len(rows[start])
    while end < len(rows):
        row = rows[end]
        if min(piece.top for piece in row) - bottom > 2.5 * row[0].size:
            break
        shared = [
            (max(left, first), min(right, last))
            for left, right in gaps
            for first, last in _white(row)
            if min(right, last) - max(left, first) >= 0.5 * row[0].size
        ]
        alone = alone + 1 if len(row) == 1 else 0
        narrow = row[-1].right - row[0].left < 0.45 * (rows[start][-1].right - rows[start][0].left)
        if not shared or alone > 4 or (alone > 2 and not narrow):
            break
        # Names over some of the columns may stand above the first row that has them all.
        gaps = [*shared, *_gaps(row)] if most < len(row) and end < start + HEADER_LINES else shared
        most = max(most, len(row))
        split += len(row) > 1
        bottom = max(bottom, *(piece.bottom for piece in row))
        end += 1
    while (
        end > start and len(rows[end - 1]) == 1 and not _is_below(rows[end - 1][0], rows[max(start, end - 3) : end - 1])
    ):
        end -= 1  # what stands alone at its foot is the next paragraph
    size = rows[start][0].size
    widest = max(right - left for left, right in gaps) >= 1.2 * size
    # A row by itself, as the rest of a table on the next page, has several cells far apart.
    alone = len(rows[start]) >= 3 and all(right - left >= 1.5 * size for left, right in _gaps(rows[start]))
    return end if split >= 3 or (split == 2 and widest) or alone else start


def _is_below(piece: Piece, rows: Sequence[Sequence[Piece]]) -> bool:
    """Whether a piece goes on a cell of the rows before it, of which there are several in a row."""
    others = [other for row in rows if len(row) > 1 or len(rows) > 1 for other in row]
    return any(abs(other.left - piece.left) < 2 and -0.5 < (piece.top - other.bottom) / piece.size < 0.25 for other in others)  # fmt: skip


def _is_above(piece: Piece, rows: Sequence[Sequence[Piece]]) -> bool:
    """Whether a cell of the rows that follow goes on what a piece begins, and is one of several in its row."""
    return len(rows[0]) > 1 and any(
        abs(other.left - piece.left) < 2
        and -0.5 < (other.top - piece.bottom) / piece.size < 0.25
        and piece.right - piece.left < 0.4 * (rows[0][-1].right - rows[0][0].left)
        for row in rows
        for other in row[1:] or row
        if other is not rows[0][0]
    )


def _gaps(row: Sequence[Piece]) -> list[tuple[float, float]]:
    return [(before.right, after.left) for before, after in pairwise(row)]


def _white(row: Sequence[Piece]) -> list[tuple[float, float]]:
    """Where a row is white: between its pieces, and outside them."""
    return [(float("-inf"), row[0].left), *_gaps(row), (row[-1].right, float("inf"))]
