"""The rows of one table: which columns it has, which of its lines are one row, and what its columns are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from ingest.formats.pdf.column_names import Header, count_blocks, count_header, has_text_header, read_names
from ingest.formats.pdf.pieces import RIGHT_TO_LEFT, Piece
from ingest.formats.pdf.rows import join_words, widen
from ingest.formats.pdf.table_lines import TableLine, append_words, has_leader, is_figure, without_leader
from ingest.table_rows import lay_out_rows

LOOKED_AT = 200
"""So many rows of a table tell its columns; comparing all with all would take long for one of thousands."""


CellPlaces = tuple[tuple[int, int, int], ...]
"""Where the cells of a row stand in its text, as in ``ingest.blocks.Block``."""

Row = tuple[Piece, CellPlaces]
"""A row as one piece, its text laid out, and its cells; no cells when one stands alone in it."""


def lay_out(rows: Sequence[Sequence[Piece]], overleaf: Header | None = None) -> tuple[list[Row], Header | None]:
    """The rows of a table as text, and its header where it has one.

    Args:
        rows: the pieces of each line from left to right, lines from top to bottom.
        overleaf: the header of the table that the page before ends with, where this one may go on with it.
    """
    header = overleaf if overleaf is not None and overleaf.covers(rows[:LOOKED_AT]) else None
    columns = header.columns if header else find_columns(rows)
    if len(columns) < 2:
        return [(_together(row), ()) for row in rows], None
    lines = [_to_line(row, columns) for row in rows]
    head = count_header(lines)
    names = read_names(lines[:head], len(columns)) if head else None
    return _name_rows(names, list(_group(lines[head:] if names else lines, columns)), columns, header)


def lay_out_drawn(
    bands: Sequence[Sequence[TableLine]], columns: Sequence[tuple[float, float]], overleaf: Header | None = None
) -> tuple[list[Row], Header | None]:
    """The rows of a table whose cells are drawn, as ``lay_out`` makes them of one whose cells are not.

    Args:
        bands: the lines between two lines across the table: a row, or several that no line parts.
        columns: where the words of each column begin and end.
        overleaf: the header of the table that the page before ends with, where this one may go on with it.
    """
    header = overleaf if overleaf is not None and overleaf.is_of(columns) else None
    titles = list(takewhile(lambda band: len(band) == 1 and _is_title(band[0], len(columns)), bands))
    lines = [line for band in bands[len(titles) :] for line in band]
    # Below a name over several columns stand the names of each.
    deep = 1 + sum(1 for _ in takewhile(lambda line: line.wide, lines))
    head = min(count_header(lines), deep)
    names = read_names(lines[:head], len(columns)) if head else None
    groups = [[line] for (line,) in titles]
    for band in bands[len(titles) :]:
        below = band[head:] if names else band
        head = max(0, head - len(band))
        groups += _group(below, columns) if len(below) > 1 else [list(below)] if below else []
    return _name_rows(names, groups, columns, header)


def _is_title(line: TableLine, width: int) -> bool:
    return len(line.cells) == 1 and 0 in line.wide and len(line.wide[0]) == width


def _name_rows(
    names: list[str] | None,
    groups: list[list[TableLine]],
    columns: Sequence[tuple[float, float]],
    overleaf: Header | None,
) -> tuple[list[Row], Header | None]:
    """Rows as text, a group of lines each; ``overleaf`` is the header of the page before, where it fits."""
    table = [_read_cells(group, len(columns)) for group in groups]
    filled = [at for at, cells in enumerate(table) if sum(map(bool, cells)) > 1]
    if overleaf and filled and table[filled[0]] == overleaf.names:
        groups[filled.pop(0)] = []
    if names is None and overleaf is not None:
        names = overleaf.names
    elif names is None and filled and has_text_header([table[at] for at in filled], [groups[at] for at in filled]):
        head_at = filled.pop(0)
        names, groups[head_at] = table[head_at], []
    header = Header(names, list(columns)) if names else None
    if names and (blocks := count_blocks(names)) > 1:
        names, groups = names[: len(names) // blocks], _unfold(groups, len(names) // blocks, len(names))
        table = [_read_cells(group, len(names)) for group in groups]
        filled = [at for at, cells in enumerate(table) if sum(map(bool, cells)) > 1]
    pieces = [piece for group in groups for line in group for piece in line.cells.values()]
    turned = sum(bool(RIGHT_TO_LEFT.search(piece.text)) for piece in pieces) * 2 > len(pieces)
    order = -1 if turned else 1
    if names:  # without, it may be a list of contents
        table = [list(map(without_leader, cells)) for cells in table]
        filled = [at for at in filled if any(table[at])]
    named = list(lay_out_rows((names or [])[::order], [table[at][::order] for at in filled]))
    laid = dict(zip(filled, named, strict=False))
    found: list[Row] = []
    for at, group in enumerate(groups):
        if group:
            whole = _together([line.whole for line in group])
            words = " ".join(cell for cell in table[at][::order] if cell)
            found.append(
                (replace(whole, text=laid[at].text if at in laid else words), laid[at].cells if at in laid else ())
            )
    for block in named[len(filled) :] if overleaf is None else ():  # names that nothing stands under
        first = next(line.whole for group in groups for line in group)
        found.insert(0, (replace(first, text=block.text), ((0, 0, len(block.text)),)))
    return found, header


def _unfold(groups: Sequence[Sequence[TableLine]], step: int, width: int) -> list[list[TableLine]]:
    """The rows of a table whose parts stand beside each other, part by part."""
    found = []
    for start in range(0, width, step):
        for group in groups:
            lines = [line.take(range(start, start + step)) for line in group]
            if filled := [line for line in lines if line.cells]:
                found.append(filled)
    return found


# --- columns ----------------------------------------------------------------------------------------------------


def find_columns(rows: Sequence[Sequence[Piece]]) -> list[tuple[float, float]]:
    """Where the columns of a table begin and end: what its rows have in common, less the pieces over several columns."""
    several = [row for row in rows if len(row) > 1][:LOOKED_AT]
    pieces = [piece for row in several for piece in row if not _is_wide(piece, several)]
    spare = len(several) // 10  # cells that run out of their column
    edges = sorted([(piece.left, 1) for piece in pieces] + [(piece.right, -1) for piece in pieces])
    columns: list[tuple[float, float]] = []
    depth, start = 0, 0.0
    for place, step in edges:
        if step > 0 and depth == spare:
            start = place
        if step < 0 and depth == spare + 1:
            columns.append((start, place))
        depth += step
    return columns


def _is_wide(piece: Piece, rows: Sequence[Sequence[Piece]]) -> bool:
    """Whether more rows have several pieces below or above it than have one."""
    counts = [sum(_overlap(piece, other) > 0.2 * other.size for other in row) for row in rows]
    return sum(count > 1 for count in counts) > sum(count == 1 for count in counts)


def _overlap(piece: Piece, other: Piece) -> float:
    return min(piece.right, other.right) - max(piece.left, other.left)


def _to_line(row: Sequence[Piece], columns: Sequence[tuple[float, float]]) -> TableLine:
    cells: dict[int, Piece] = {}
    wide: dict[int, range] = {}
    for piece in row:
        shared = [min(piece.right, right) - max(piece.left, left) for left, right in columns]
        at = max(range(len(columns)), key=lambda column: shared[column])
        over = [column for column, width in enumerate(shared) if width > 0.5 * piece.size]
        if len(over) > 1:
            at = over[0]
            wide[at] = range(over[0], over[-1] + 1)
        cells[at] = _beside(cells[at], piece) if at in cells else piece
    return TableLine(cells, wide, _together(row))


def _together(pieces: Sequence[Piece]) -> Piece:
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = widen(replace(whole, text=join_words(whole.text, piece.text), bold=whole.bold and piece.bold), piece)
    return whole


def _beside(first: Piece, second: Piece) -> Piece:
    return widen(replace(first, text=join_words(first.text, second.text)), second)


# --- rows -------------------------------------------------------------------------------------------------------


def _group(lines: Sequence[TableLine], columns: Sequence[tuple[float, float]]) -> Iterator[list[TableLine]]:
    """The lines of each row: those of cells that go on, and those of cells that are centred beside others."""
    group: list[TableLine] = []
    strips = _strips(lines)
    for line in lines:
        if group and not _belongs(group, line, columns, strips):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _belongs(
    group: Sequence[TableLine], line: TableLine, columns: Sequence[tuple[float, float]], strips: Sequence[float]
) -> bool:
    last, size = group[-1], line.whole.size
    if line.whole.base - last.whole.base < 0.75 * size and not set(last.cells) & set(line.cells):
        return True
    held = {column: piece for before in group for column, piece in before.cells.items()}
    if line.wide or any(before.wide for before in group):
        return False
    if any(column in held and has_leader(held[column].text) for column in line.cells):
        return False
    if any(column in held and is_figure(piece.text) for column, piece in line.cells.items()):
        (column, piece), *others = (
            line.cells.items()
        )  # a figure begins a row, unless words above it have no room for it
        if others or not column or is_figure(held[column].text) or not _is_full(held[column], piece, columns[column]):
            return False
    if any(not set(one.cells) & set(other.cells) for one, other in pairwise(group)):
        return _keeps_step(group, line)  # beside a centred cell, a row's lines are as far apart as its first two
    if strips:
        apart = any(last.whole.base < strip < line.whole.base for strip in strips)
        return not apart and (0 not in line.cells or (0 in held and _is_full(held[0], line.cells[0], columns[0])))
    if line.whole.top - last.whole.bottom > 0.5 * size or not set(line.cells) <= set(held):
        return False
    if len(line.cells) == len(columns) and all(len(piece.text.split()) < 3 for piece in line.cells.values()):
        return False  # hardly any row has all of its cells go on, and none of them by more than a word or two
    return all(_is_full(held[column], piece, columns[column]) for column, piece in line.cells.items())


def _keeps_step(group: Sequence[TableLine], line: TableLine) -> bool:
    """Whether the cells of a line are no further below those of a row than its own lines are apart."""
    for column, piece in line.cells.items():
        bases = [before.cells[column].base for before in group if column in before.cells]
        if len(bases) < 2 or piece.base - bases[-1] > 1.05 * (bases[-1] - bases[-2]):
            return False
    return True


def _is_full(before: Piece, after: Piece, column: tuple[float, float]) -> bool:
    """Whether the first word of a cell's next line had no room in its line before."""
    word = after.text.split(" ", 1)[0]
    width = (after.right - after.left) * len(word) / max(len(after.text), 1)
    return column[1] - before.right < width + 0.3 * after.size


def _strips(lines: Sequence[TableLine]) -> list[float]:
    """The heights at which a table's rows are parted, where some of its lines are clearly further apart than others."""
    gaps = [(max(line.whole.top - before.whole.bottom, 0.0), line.whole.base - 0.1) for before, line in pairwise(lines)]
    sizes = sorted(gap for gap, _ in gaps)
    jumps = [(after - before, (after + before) / 2) for before, after in pairwise(sizes)]
    jump, between = max(jumps, default=(0.0, 0.0))
    return [height for gap, height in gaps if gap > between] if jump > 0.3 * lines[0].whole.size else []


def _read_cells(group: Sequence[TableLine], width: int) -> list[str]:
    cells = [""] * width
    for line in group:
        for column, piece in line.cells.items():
            cells[column] = append_words(cells[column], piece.text)
    for column, words in group[0].carried.items() if group else ():
        cells[column] = cells[column] or words
    return cells
