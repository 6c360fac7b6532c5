"""What a document tells of many things alike: rows of tables, like sections, items of lists, like paragraphs; each with its fields. Pure.

A table of which the columns are the things ("Plan: Users; Basic: 1; Plus: 5") is given both ways, by rows and by columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from pathlib import PurePath
from typing import Literal

from rag.english.identifiers import find_codes
from rag.english.terms import find_stems, stem_word
from rag.english.wanted_words import CONCEPTS
from rag.types import Block, Document, Heading

Range = tuple[int, int]
"""Half-open offsets into a document's text."""

FEWEST = 2
"""Things alike of which one speaks as of several."""

LONGEST_LABEL = 40
"""Characters of a field's name in running text: "Status: on hold." A longer one is a sentence with a colon in it."""

TOTALS = frozenset("total totals sum subtotal average mean overall altogether".split())
"""What the first word of a row's first value is where that row sums up others and is none of them."""

_FIELD_STEMS = frozenset(stem_word(word) for _, names in CONCEPTS.values() for word in names.split())
"""What fields are usually called by, stemmed."""

_GAP = re.compile(r"\n[^\S\n]*\n\s*")
_LABEL = re.compile(
    rf"(?:(?<=\A)|(?<=[.;\n] )|(?<=\n)|(?<=[-*•] ))(?P<label>[A-Z][^\W\d_][\w ()/'’-]{{0,{LONGEST_LABEL - 2}}}): (?=\S)"
)
_CELL = re.compile(r"([^:;]{1,60}): ([^;]+)(?:; |\Z)")


@dataclass(frozen=True, slots=True)
class Field:
    """A value with its name, where the value stands, and what is quoted to show it."""

    name: str
    start: int
    end: int
    quote: Range


@dataclass(frozen=True, slots=True)
class Record:
    """One of several things alike: what names it, what is quoted for it as a whole, and its fields."""

    name: Range
    quote: Range
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """Things alike, and the stems of the words that they are called by.

    ``key`` is the name of the field that names each; "" where something else does, a heading say.
    """

    document: Document
    kind: Literal["rows", "columns", "sections", "items", "paragraphs"]
    nouns: frozenset[str]
    records: tuple[Record, ...]
    key: str = ""

    def read(self, place: Range | Field) -> str:
        """The words of a place, or the value of a field."""
        start, end = (place.start, place.end) if isinstance(place, Field) else place
        return self.document.text[start:end]

    @property
    def labels(self) -> list[str]:
        """The names of the fields, in the order in which they first come."""
        return list(dict.fromkeys(field.name for record in self.records for field in record.fields if field.name))

    def column(self, label: str) -> list[Field | None]:
        """The field of that name of each record, None where it has none."""
        return [next((field for field in record.fields if field.name == label), None) for record in self.records]


def find_collections(document: Document) -> list[Collection]:
    """All that a document tells of several things alike, tables first."""
    about = frozenset(find_stems(f"{document.title} {PurePath(document.source).stem}"))
    found: list[Collection] = []
    for table in find_tables(document):
        if rows := _collect_rows(document, table, about):
            found.append(_turn(rows) if _is_turned(rows) else rows)
    found += _collect_sections(document, about)
    found += _collect_items(document)
    return [*found, *_collect_paragraphs(document)]


def find_tables(document: Document) -> list[list[Block]]:
    """The tables: rows with nothing between them but blank lines, that share a column's name or have none."""
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


def _collect_rows(document: Document, table: Sequence[Block], about: frozenset[str]) -> Collection | None:
    records = []
    for row in table:
        cells = [cell for cell in _read_cells(document, row) if cell[0]]
        is_named = len({name for name, _, _ in cells}) == len(cells) >= FEWEST
        if is_named and not _is_total(document.text[cells[0][1] : cells[0][2]]):
            fields = tuple(Field(name, start, end, (row.start, row.end)) for name, start, end in cells)
            records.append(Record((fields[0].start, fields[0].end), (row.start, row.end), fields))
    if not records:
        return None
    key = Counter(record.fields[0].name for record in records).most_common(1)[0][0]
    nouns = about | set(
        find_stems(f"{key} {_find_heading(document, table[0].start)} {_find_lead(document, table[0].start)}")
    )
    return Collection(document, "rows", nouns, tuple(records), key)


def _is_total(value: str) -> bool:
    words = re.findall(r"[^\W\d_]+", value.casefold())
    return bool(words) and (words[0] in TOTALS or " ".join(words[:2]) == "grand total")


def _is_turned(rows: Collection) -> bool:
    """Whether the columns of a table are its things and its rows their fields: more rows than columns are called like fields."""
    names = [rows.read(record.fields[0]) for record in rows.records]
    columns = [label for label in rows.labels if label != rows.key]
    if len(set(names)) < len(names) or len(names) < FEWEST or len(columns) < FEWEST:
        return False
    return sum(map(_is_called_like_a_field, names)) > sum(map(_is_called_like_a_field, columns))


def _is_called_like_a_field(name: str) -> bool:
    return name.endswith(")") or bool(_FIELD_STEMS & set(find_stems(name)))


def _turn(rows: Collection) -> Collection:
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


def _collect_sections(document: Document, about: frozenset[str]) -> Iterator[Collection]:
    """Sections side by side under one heading."""
    headings = list(document.outline)
    parents: dict[int, list[tuple[Heading, int]]] = {}
    open_headings: list[Heading] = []
    for at, heading in enumerate(headings):
        open_headings = [other for other in open_headings if other.level < heading.level]
        parent = open_headings[-1].start if open_headings else -1
        end = next((other.start for other in headings[at + 1 :] if other.level <= heading.level), len(document.text))
        parents.setdefault(parent, []).append((heading, end))
        open_headings.append(heading)
    for start, children in parents.items():
        if len(children) < FEWEST:
            continue
        firsts = Counter(word for heading, _ in children for word in find_stems(_read(document, heading))[:1])
        word, times = firsts.most_common(1)[0] if firsts else ("", 0)
        own = {word} if 2 * times > len(children) else set()
        over = find_stems(next((_read(document, heading) for heading in headings if heading.start == start), ""))
        alike = [child for child in children if not own or find_stems(_read(document, child[0]))[:1] == [word]]
        records = tuple(
            Record(
                (heading.start, heading.end),
                (heading.start, heading.end),
                tuple(_find_fields(document, heading.end, end)),
            )
            for heading, end in alike
        )
        # Sections without a word in common are things alike only where each says the same things of itself.
        if own or (sum(bool(record.fields) for record in records) == len(records)):
            yield Collection(
                document, "sections", frozenset(own | set(over) | (about if start <= 0 else set())), records
            )


def _find_fields(document: Document, low: int, high: int) -> Iterator[Field]:
    text = document.text
    at = low
    for gap in [*_GAP.finditer(text, low, high), None]:
        start, end = at, gap.start() if gap else high
        at = gap.end() if gap else high
        words = text[start:end]
        labels = list(_LABEL.finditer(words))
        for found, after in zip_longest(labels, labels[1:]):
            value = words[found.end() : after.start() if after else len(words)].rstrip()
            whole = len(value)
            value = value.rstrip(".;, -*•\n")
            if value:
                first = start + found.end()
                quote = (start + found.start(), first + max(len(value), min(whole, len(value) + 1)))
                yield Field(found["label"], first, first + len(value), quote)


def _collect_items(document: Document) -> Iterator[Collection]:
    """The items of each list, called by the words that lead to it and by its heading."""
    text = document.text
    lists: list[list[Block]] = []
    for block in document.blocks:
        if block.kind == "item":
            goes_on = bool(lists) and not text[lists[-1][-1].end : block.start].strip()
            lists[-1].append(block) if goes_on else lists.append([block])
    for blocks in lists:
        nouns = find_stems(f"{_find_heading(document, blocks[0].start)} {_find_lead(document, blocks[0].start)}")
        places = [_without_sign(text, block) for block in blocks]
        if len(places) >= FEWEST and nouns:
            yield Collection(document, "items", frozenset(nouns), tuple(Record(place, place) for place in places))


def _collect_paragraphs(document: Document) -> Iterator[Collection]:
    """Paragraphs that each begin with the same word and a code: "Invoice 5000770403 was issued to ..."."""
    text, at = document.text, 0
    begins: list[tuple[str, Range, Range]] = []
    for gap in [*_GAP.finditer(text), None]:
        start, end = at, gap.start() if gap else len(text.rstrip())
        at = gap.end() if gap else len(text)
        words = text[start:end].split(maxsplit=2)
        if len(words) > 2 and words[0].isalpha() and find_codes(words[1]):
            name = (start, start + text[start:end].index(words[1]) + len(words[1].rstrip(".,:;")))
            begins.append((find_stems(words[0])[0] if find_stems(words[0]) else "", name, (start, end)))
        else:
            begins.append(("", (start, end), (start, end)))
    for word, group in groupby(begins, key=lambda each: each[0]):
        records = tuple(Record(name, whole) for _, name, whole in group)
        if word and len(records) > FEWEST:
            yield Collection(document, "paragraphs", frozenset((word,)), records)


def _find_heading(document: Document, at: int) -> str:
    above = [heading for heading in document.outline if heading.start < at]
    return _read(document, above[-1]) if above else ""


def _find_lead(document: Document, at: int) -> str:
    """The words right before a list or table that lead to it: a caption, or a paragraph that ends with a colon."""
    before = document.text[:at].rstrip()
    start = max(before.rfind("\n\n") + 2, len(before) - 300)
    words = before[start:]
    is_caption = any(block.kind == "caption" and block.end == len(before) for block in document.blocks)
    return words if is_caption or words.endswith(":") else ""


def _without_sign(text: str, block: Block) -> Range:
    words = text[block.start : block.end]
    sign = re.match(r"(?:[-*•–·]|\(?\w{1,3}[.)])\s+(?=\S)", words)
    start = block.start + (sign.end() if sign else 0)
    return start, block.start + len(words.rstrip())


def _read(document: Document, heading: Heading) -> str:
    return document.text[heading.start : heading.end]
