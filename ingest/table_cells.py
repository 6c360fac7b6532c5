"""Tables of rich documents: cells that hold paragraphs and span rows and columns, as rows that can be quoted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.blocks import Block
from ingest.table_rows import has_header, lay_out_rows

COLUMN_CHARACTERS = 600
"""A cell with more text than this is no value but a column of text."""

MAX_SPAN = 1_000
"""Columns or rows that one cell may cover, as browsers have it for columns."""

CARRIED = 120
"""Characters of a cell that covers several rows and is said in each; a longer one is no label, and stands in the first."""

SAMPLE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its paragraphs, how many columns and rows it covers, and whether the source says that it names others."""

    blocks: tuple[Block, ...] = ()
    columns: int = 1
    rows: int = 1
    is_name: bool = False

    @property
    def text(self) -> str:
        """All its words in one line."""
        return " ".join(" ".join(block.text for block in self.blocks).split())


Row = Sequence[Cell]


def lay_out_cells(rows: Iterable[Row]) -> Iterator[Block]:
    """A block a row, each value named by its column; a row that only lays out text is that text.

    The header is the first rows that hold nothing but names; where none does, the first row of values if it looks like
    one. A cell that covers several rows stands in each; a name over several columns stands in each of their names.
    """
    table = list(rows)
    depth = _count_names(table)
    while depth and len(filled := _filled(table[0])) == 1 and (depth > 1 or filled[0].columns > 1):
        # What stands over all columns names the table.
        yield Block(filled[0].text, kind="caption")
        table, depth = table[1:], depth - 1
    spread = list(spread_rows(table, names=depth))
    names = _join_names(spread[:depth])
    body = [(row, words) for row, words in zip(table[depth:], spread[depth:], strict=True) if _filled(row)]
    if not depth and _is_labelled(table):
        body = [(row, [_join_label(words)] if len(row) == 2 else words) for row, words in body]
    elif not depth and (header := _find_header(body)) is not None:
        names = body.pop(header)[1]
    laid = lay_out_rows(names, (words for row, words in body if not _is_text(row, words, names)))
    for row, words in body:
        if _is_text(row, words, names):
            yield from (block for cell in row for block in cell.blocks)
        elif (block := next(laid)).text:
            yield block
    yield from laid


def _is_labelled(table: Sequence[Row]) -> bool:
    """Whether the rows are labels with a value each, and others with one cell over both."""
    pairs = [row for row in table if len(row) > 1]
    return bool(pairs) and all(len(row) == 2 and _is_label(row[0]) and not _is_label(row[1]) for row in pairs)


def _is_label(cell: Cell) -> bool:
    return cell.is_name or cell.text.endswith(":")


def _join_label(words: Sequence[str]) -> str:
    """A label and its value, with one colon between them."""
    label, *value = words
    return ": ".join(filter(None, (label.removesuffix(":").rstrip(), *value)))


def spread_rows(rows: Iterable[Row], *, names: int = 0) -> Iterator[list[str]]:
    """The words of each row by column: a label that covers several rows in each, what covers several columns in the first.

    Args:
        rows: the cells of each row.
        names: how many first rows hold names; those stand in every column that they cover.
    """
    below: dict[int, tuple[str, int]] = {}
    for number, row in enumerate(rows):
        words = {at: text for at, (text, _) in below.items()}
        below = {at: (text, left - 1) for at, (text, left) in below.items() if left > 1}
        at = 0
        for cell in row:
            while at in words:
                at += 1
            text = cell.text
            columns, deep = min(max(1, cell.columns), MAX_SPAN), min(max(1, cell.rows), MAX_SPAN)
            for column in range(at, at + columns):
                if column not in words:
                    words[column] = text if column == at or number < names else ""
                    if deep > 1:
                        below[column] = (words[column] if len(text) <= CARRIED else "", deep - 1)
            at += columns
        yield [words.get(at, "") for at in range(max(words, default=-1) + 1)]


def _find_header(body: Sequence[tuple[Row, list[str]]]) -> int | None:
    """Where the row is that names the columns, if one looks like it: the first with more than one value."""
    values = [at for at, (row, _) in enumerate(body) if not _lays_out(row)][:SAMPLE_ROWS]
    values = list(itertools.dropwhile(lambda at: sum(map(bool, body[at][1])) < 2, values))
    return values[0] if has_header([body[at][1] for at in values]) else None


def _count_names(table: Sequence[Row]) -> int:
    """How many first rows hold nothing but names; 0 if all do, or all that follow only lay out text."""
    depth = sum(1 for _ in itertools.takewhile(_holds_names, table))
    return depth if any(not _lays_out(row) for row in table[depth:]) else 0


def _holds_names(row: Row) -> bool:
    return bool(_filled(row)) and all(cell.is_name for cell in _filled(row)) and not _lays_out(row)


def _join_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """One name a column from the rows of a header: "2024" over "First quarter" is "2024 First quarter"."""
    columns = itertools.zip_longest(*rows, fillvalue="")
    return [" ".join(dict.fromkeys(filter(None, column))) for column in columns]


def _is_text(row: Row, words: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row only lays out text: it has headings or much text in it, or a single cell that is no column's value."""
    filled = _filled(row)
    if _lays_out(row) or len(filled) != 1 or sum(map(bool, words)) != 1:
        return _lays_out(row)
    (cell,) = filled
    return not (names and len(row) > 1 and cell.columns == 1 and len(cell.blocks) < 2)


def _lays_out(row: Row) -> bool:
    """Whether a row holds what no value has: headings, tables, much text."""
    return any(block.level or block.kind == "row" for cell in row for block in cell.blocks) or any(
        sum(len(block.text) for block in cell.blocks) > COLUMN_CHARACTERS for cell in row
    )


def _filled(row: Row) -> list[Cell]:
    return [cell for cell in row if cell.blocks]
