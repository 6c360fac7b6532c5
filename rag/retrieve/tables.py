"""Tables as things alike: each row a record; or each column, where the columns are the things ("Plan: Users; Basic: 1; Plus: 5"). Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.english.messages import is_mail_head
from rag.english.terms import find_stems, stem_word
from rag.english.wanted_words import CONCEPTS
from rag.retrieve.records import FEWEST, Collection, Field, Range, Record, find_heading, find_lead
from rag.types import Block, Document

TOTALS = frozenset("total totals sum subtotal average mean overall altogether".split())
"""What the first word of a row's first value is where that row sums up others and is none of them."""

_FIELD_STEMS = frozenset(stem_word(word) for _, names in CONCEPTS.values() for word in names.split())
"""What fields are usually called by, stemmed."""

_VALUE = re.compile(r"[^;\s](?:[^;]*[^;\s])?")
_CELL = re.compile(r"([^:;]{1,60}): ([^;]+)(?:; |\Z)")


def find_tables(document: Document) -> list[list[Block]]:
    """The tables that anybody would call so: the head of a mail is none."""
    return [
        rows
        for rows in find_row_groups(document)
        if not is_mail_head({name for name, _, _ in _read_cells(document, rows[0])})
    ]


def find_row_groups(document: Document) -> list[list[Block]]:
    """Rows with nothing between them but blank lines, that share a column's name or have none."""
    tables: list[list[Block]] = []
    names: set[str] = set()
    for block in document.blocks:
        if block.kind != "row":
            continue
        own = {name for name, _, _ in _read_cells(document, block) if name}
        goes_on = bool(tables) and not document.text[tables[-1][-1].end : block.start].strip()
        if goes_on and (names & own or not names or not own):
            tables[-1].append(block)
            names |= own
        else:
            tables.append([block])
            names = own
    return tables


def _read_cells(document: Document, row: Block) -> list[tuple[str, int, int]]:
    """The cells of a row: each column's name, and where the value stands; read from its words where nobody noted them."""
    text = document.text
    if row.cells:
        return [(text[name:value].strip().rstrip(":"), value, end) for name, value, end in row.cells]
    words = text[row.start : row.end]
    cells = [(cell[1].strip(), row.start + cell.start(2), row.start + cell.end(2)) for cell in _CELL.finditer(words)]
    return cells if len(cells) >= FEWEST and len(cells) == words.count("; ") + 1 else []


def collect_tables(document: Document, about: frozenset[str]) -> Iterator[Collection]:
    """The tables of which every row is understood; what goes on elsewhere in the text is one where its heading is, else left out.

    A count of half a table would be wrong, and nobody could tell.
    """
    found: dict[frozenset[str], list[Collection]] = {}
    nameless = set()
    for table in find_row_groups(document):
        if rows := _collect_rows(document, table, about):
            found.setdefault(frozenset(rows.labels), []).append(rows)
        elif not any(name for row in table for name, _, _ in _read_cells(document, row)):
            nameless.add(max(_count_values(document, row) for row in table))
    for labels, pieces in found.items():
        headings = {find_heading(document, piece.records[0].quote[0]) for piece in pieces}
        if len(headings) == 1 and len(labels) not in nameless:
            yield replace(pieces[0], records=tuple(record for piece in pieces for record in piece.records))


def _collect_rows(document: Document, table: Sequence[Block], about: frozenset[str]) -> Collection | None:
    """The rows of a table, each value named by its column; None where some row is of another kind."""
    text = document.text
    named = [(row, _read_cells(document, row)) for row in table]
    names = list(dict.fromkeys(name for _, cells in named for name, _, _ in cells if name))
    records = []
    for row, cells in named:
        if not cells and _count_values(document, row) == len(names):  # goes on where its page has no header
            cells = [(name, *place) for name, place in zip(names, _find_values(document, row), strict=True)]
        if len(cells) > 1 and not cells[0][0] and all(name for name, _, _ in cells[1:]):
            cells = cells[1:]  # the rows' numbers, as programs write them before the first column
        is_plain = len({name for name, _, _ in cells if name}) == len(cells)
        if cells and is_plain and _is_total(text[cells[0][1] : cells[0][2]]):
            continue
        if not row.cells and any(other.cells for other in table):  # names of columns without values
            continue
        if not cells or not is_plain or len(cells) < min(FEWEST, len(names)):
            return None
        fields = tuple(Field(name, start, end, (row.start, row.end)) for name, start, end in cells)
        records.append(Record((fields[0].start, fields[0].end), (row.start, row.end), fields))
    if not records or len(names) < FEWEST:
        return None
    key = Counter(record.fields[0].name for record in records).most_common(1)[0][0]
    before = f"{find_heading(document, table[0].start)} {find_lead(document, table[0].start)}"
    return Collection(document, "rows", about | set(find_stems(f"{key} {before}")), tuple(records), key)


def _find_values(document: Document, row: Block) -> list[Range]:
    """Where the values of a row without names stand."""
    return [
        (row.start + each.start(), row.start + each.end())
        for each in _VALUE.finditer(document.text[row.start : row.end])
    ]


def _count_values(document: Document, row: Block) -> int:
    return len(row.cells) or len(_find_values(document, row))


def _is_total(value: str) -> bool:
    words = re.findall(r"[^\W\d_]+", value.casefold())
    return bool(words) and (words[0] in TOTALS or " ".join(words[:2]) == "grand total")


def is_turned(rows: Collection) -> bool:
    """Whether the columns of a table are its things and its rows their fields: more rows than columns are called like fields."""
    names = [rows.read(record.fields[0]) for record in rows.records]
    columns = [label for label in rows.labels if label != rows.key]
    if len(set(names)) < len(names) or len(names) < FEWEST or len(columns) < FEWEST:
        return False
    return sum(map(_is_called_like_a_field, names)) > sum(map(_is_called_like_a_field, columns))


def _is_called_like_a_field(name: str) -> bool:
    return not name[:1].isdigit() and (name.endswith(")") or bool(_FIELD_STEMS & set(find_stems(name))))


def turn(rows: Collection) -> Collection:
    """A table by its columns: each is a thing, and the first value of each row the name of a field."""
    names = [rows.read(record.fields[0]) for record in rows.records]
    records = []
    for column in (label for label in rows.labels if label != rows.key):
        cells = [
            (name, field)
            for name, row in zip(names, rows.records, strict=True)
            for field in row.fields
            if field.name == column
        ]
        fields = tuple(Field(name, field.start, field.end, field.quote) for name, field in cells)
        at = rows.document.text.rfind(column, fields[0].quote[0], fields[0].start) if fields else -1
        if at >= 0:
            records.append(Record((at, at + len(column)), fields[0].quote, fields))
    return Collection(rows.document, "columns", rows.nouns, tuple(records))
