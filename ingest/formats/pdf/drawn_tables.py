"""Tables whose cells are drawn: what stands in each cell of a grid, row by row."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.cells import find_columns
from ingest.formats.pdf.grids import Grid
from ingest.formats.pdf.pieces import Piece
from ingest.formats.pdf.rows import LABEL_GAP, group_rows, is_label, join_whole, widen
from ingest.formats.pdf.table_lines import TableLine, append_words, has_leader, is_figure
from ingest.table_cells import CARRIED, COLUMN_CHARACTERS

MOSTLY_FILLED = 0.25
"""The share of a grid's cells that hold words, at least: a chart's grid has hardly any."""


@dataclass(frozen=True, slots=True)
class DrawnTable(Piece):
    """A whole table in the place that its words take up on the page.

    ``bands`` are what stands between two lines across it: a row each, or the lines of several. ``columns`` are where the
    words of each column begin and end.
    """

    bands: tuple[tuple[TableLine, ...], ...] = ()
    columns: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class _Held:
    """What stands in a cell: its pieces, the rows and columns that it covers, and whether lines part all of these.

    Rows without lines between them are told by their words, which stand on the baselines of other cells.
    """

    pieces: list[Piece]
    rows: range
    columns: range
    has_columns: bool
    has_rows: bool = True


def gather_tables(segments: Sequence[Piece], grids: Sequence[Grid]) -> list[Piece]:
    """The segments of a page, those that stand in a drawn table as one."""
    rest = list(segments)
    for grid in sorted(grids, key=lambda found: found.area):
        inside = [piece for piece in rest if grid.find(*_middle(piece)) is not None]
        table = _to_table(grid, inside) if inside else None
        if table is not None:
            held = set(map(id, inside))
            rest = [*(piece for piece in rest if id(piece) not in held), table]
    return rest


def _place(grid: Grid, piece: Piece) -> tuple[int, int]:
    """Row and column of a piece that stands in a grid."""
    return grid.find(*_middle(piece)) or (0, 0)


def _middle(piece: Piece) -> tuple[float, float]:
    return (piece.left + piece.right) / 2, piece.base - 0.3 * piece.size


def _to_table(grid: Grid, pieces: Sequence[Piece]) -> DrawnTable | None:
    """The table that a grid makes of the words in it; None where it is none: a chart, a frame, columns of text."""
    if any(isinstance(piece, DrawnTable) for piece in pieces):
        return None
    pieces = _join_labels(grid, pieces)
    grid, parted = _part_columns(grid, pieces)
    held = _hold(grid, pieces, parted)
    bands = [band for row in range(len(grid.cells)) if (band := _read_band(grid, row, held))]
    several = [band for band in bands if len({column for line in band for column in line.cells}) > 1]
    filled = len(held) / len({cell for row in grid.cells for cell in row})
    if len(several) < 2 or filled < MOSTLY_FILLED or 2 * len(several) < len(bands):
        return None
    longest = [max(len(piece.text) for line in band for piece in line.cells.values()) for band in several]
    if median(longest) > COLUMN_CHARACTERS:
        return None
    bands, columns = _without_empty_columns(bands)
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = widen(whole, piece)
    return DrawnTable(
        "", whole.left, whole.right, whole.top, whole.bottom, whole.bottom, median(piece.size for piece in pieces), False,
        whole.order, tuple(bands), columns,
    )  # fmt: skip


def _join_labels(grid: Grid, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, bullets and numbers in front of items with these."""
    joined: list[Piece] = []
    for row in group_rows(pieces):
        last: Piece | None = None
        for piece in row:
            near = last is not None and piece.left - last.right < LABEL_GAP * piece.size and is_label(last.text)
            if (
                last is not None
                and near
                and re.search(r"[^\W\d]", piece.text)
                and _cell(grid, last) == _cell(grid, piece)
            ):
                joined[-1] = join_whole([last, piece])
            else:
                joined.append(piece)
            last = joined[-1]
    return joined


def _cell(grid: Grid, piece: Piece) -> int:
    row, column = _place(grid, piece)
    return grid.cells[row][column]


def _part_columns(grid: Grid, pieces: Sequence[Piece]) -> tuple[Grid, set[int]]:
    """The grid with lines between columns that have none, and the columns that these part: most of their rows have gaps."""
    parted: set[int] = set()
    lefts = [grid.lefts[0]]
    for left, right in pairwise(grid.lefts):
        inside = [piece for piece in pieces if left <= piece.left and piece.right <= right]
        rows = group_rows(inside)
        gapped = [row for row in rows if len(row) > 1]
        has_columns = len(gapped) > 1 and 2 * len(gapped) >= len(rows)
        columns = find_columns(gapped) if has_columns else []
        places = [(before[1] + after[0]) / 2 for before, after in pairwise(columns)]
        parted |= set(range(len(lefts) - 1, len(lefts) + len(places))) if places else set()
        lefts += [*places, right]
    owners = [bisect(grid.lefts, (left + right) / 2) - 1 for left, right in pairwise(lefts)]
    return Grid(tuple(lefts), grid.tops, tuple(tuple(row[at] for at in owners) for row in grid.cells)), parted


def _hold(grid: Grid, pieces: Sequence[Piece], parted: set[int]) -> dict[int, _Held]:
    places: dict[int, list[tuple[int, int]]] = {}
    for row, cells in enumerate(grid.cells):
        for column, cell in enumerate(cells):
            places.setdefault(cell, []).append((row, column))
    held: dict[int, _Held] = {}
    for piece in pieces:
        row, column = _place(grid, piece)
        cell = grid.cells[row][column]
        if cell not in held:
            rows, columns = zip(*places[cell], strict=True)
            spans = range(rows[0], rows[-1] + 1), range(min(columns), max(columns) + 1)
            held[cell] = _Held([], *spans, has_columns=not parted & set(spans[1]))
        held[cell].pieces.append(piece)
    bases = sorted((piece.base, cell) for cell, one in held.items() for piece in one.pieces)
    return {
        cell: replace(one, has_rows=len(one.rows) < 2 or not _is_of_rows(grid, cell, one, bases))
        for cell, one in held.items()
    }


def _is_of_rows(grid: Grid, cell: int, held: _Held, bases: Sequence[tuple[float, int]]) -> bool:
    """Whether a cell over several rows has words in each of them, on the baselines of other cells."""
    if {_place(grid, piece)[0] for piece in held.pieces} != set(held.rows):
        return False
    for piece in held.pieces:
        near = bases[
            bisect(bases, (piece.base - 0.1 * piece.size, -1)) : bisect(bases, (piece.base + 0.1 * piece.size, -1))
        ]
        if all(other == cell for _, other in near):
            return False
    return True


def _read_band(grid: Grid, row: int, held: Mapping[int, _Held]) -> tuple[TableLine, ...]:
    """The lines of what stands between two lines across: one, or several where rows are set without lines between them."""
    parts: dict[int, list[Piece]] = {}
    wide: dict[int, range] = {}
    carried: dict[int, str] = {}
    for cell in dict.fromkeys(grid.cells[row]):
        if cell not in held:
            continue
        pieces, rows, columns = held[cell].pieces, held[cell].rows, held[cell].columns
        if not held[cell].has_rows:
            pieces = [piece for piece in pieces if _place(grid, piece)[0] == row]
        elif rows[0] != row:
            words = _join_lines(pieces).text
            carried |= {columns[0]: words} if len(words) <= CARRIED else {}
            continue
        has_gaps = any(len(line) > 1 for line in group_rows(pieces))
        for piece in pieces:
            over = [
                at
                for at in columns
                if min(piece.right, grid.lefts[at + 1]) - max(piece.left, grid.lefts[at]) > 0.5 * piece.size
            ]
            if len(columns) > 1 and (has_gaps or not held[cell].has_columns):
                at = over[0] if over else _place(grid, piece)[1]
                wide |= {at: range(over[0], over[-1] + 1)} if len(over) > 1 else {}
            else:
                at = columns[0]
                wide |= {at: columns} if len(columns) > 1 else {}
            parts.setdefault(at, []).append(piece)
    columns_of_lines = {at: [join_whole(line) for line in group_rows(parts[at])] for at in sorted(parts)}
    if not parts:
        return ()
    if _has_rows(columns_of_lines):
        found = _by_baseline(columns_of_lines)
    else:
        found = [{at: _join_lines(lines) for at, lines in columns_of_lines.items()}]
    return tuple(TableLine(line, {at: wide[at] for at in line if at in wide}, _whole(line), carried) for line in found)


def _has_rows(columns: Mapping[int, Sequence[Piece]]) -> bool:
    """Whether several rows stand between two lines: figures or words with leaders below each other, beside cells of as many lines."""
    most = max(map(len, columns.values()))
    stacked = [
        lines
        for lines in columns.values()
        if len(lines) > 1 and any(all(is_one(line.text) for line in lines) for is_one in (is_figure, has_leader))
    ]
    return bool(stacked) and sum(len(lines) >= 0.5 * most for lines in columns.values()) > 1


def _by_baseline(columns: Mapping[int, Sequence[Piece]]) -> list[dict[int, Piece]]:
    lines: list[dict[int, Piece]] = []
    base = float("-inf")
    for piece, column in sorted(
        ((piece, column) for column, pieces in columns.items() for piece in pieces), key=lambda found: found[0].base
    ):
        if not lines or column in lines[-1] or piece.base - base > 0.4 * piece.size:
            lines.append({})
            base = piece.base
        lines[-1][column] = piece
    return lines


def _join_lines(pieces: Sequence[Piece]) -> Piece:
    """The lines of a cell as one piece."""
    whole, *others = [join_whole(row) for row in group_rows(pieces)]
    for line in others:
        whole = widen(replace(whole, text=append_words(whole.text, line.text), bold=whole.bold and line.bold), line)
    return whole


def _whole(cells: Mapping[int, Piece]) -> Piece:
    """A row as one piece: all its words, and the place that it takes."""
    whole, *others = cells.values()
    for piece in others:
        whole = widen(replace(whole, text=f"{whole.text} {piece.text}", bold=whole.bold and piece.bold), piece)
    return whole


def _without_empty_columns(
    bands: Sequence[tuple[TableLine, ...]],
) -> tuple[list[tuple[TableLine, ...]], tuple[tuple[float, float], ...]]:
    """The lines without the columns in which no cell begins, and where the words of the others begin and end."""
    places: dict[int, list[Piece]] = {}
    for line in (line for band in bands for line in band):
        for column, piece in line.cells.items():
            places.setdefault(column, []).extend([piece] if column not in line.wide else [])
    kept = sorted(places)
    number = {column: at for at, column in enumerate(kept)}

    def renumber(line: TableLine) -> TableLine:
        spans = {
            number[at]: [number[column] for column in columns if column in number] for at, columns in line.wide.items()
        }
        wide = {at: range(span[0], span[-1] + 1) for at, span in spans.items() if len(span) > 1}
        cells = {number[at]: piece for at, piece in line.cells.items()}
        return TableLine(
            cells, wide, line.whole, {number[at]: words for at, words in line.carried.items() if at in number}
        )

    extents = [
        (min(piece.left for piece in places[at]), max(piece.right for piece in places[at]))
        if places[at]
        else (0.0, 0.0)
        for at in kept
    ]
    return [tuple(map(renumber, band)) for band in bands], tuple(extents)
