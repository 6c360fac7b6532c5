"""Things alike that a document tells of, as data: records with their fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.types import Document, Heading

Range = tuple[int, int]
"""Half-open offsets into a document's text."""

FEWEST = 2
"""Things alike of which one speaks as of several."""


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

    ``key`` is the name of the field that names each; "" where something else does, a heading say. ``own`` are of the stems
    those that stand right above it, where others are of headings above that; ``singular`` those that are said there of one
    thing: "to win a prize"; ``head`` what the words right above speak of first: of "duties of the chairs" the duties.
    """

    document: Document
    kind: Literal["rows", "columns", "sections", "items", "paragraphs"]
    nouns: frozenset[str]
    records: tuple[Record, ...]
    key: str = ""
    own: frozenset[str] = frozenset()
    singular: frozenset[str] = frozenset()
    head: frozenset[str] = frozenset()

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


def find_headings(document: Document, at: int) -> list[str]:
    """The headings that an offset lies under, from the highest to the nearest."""
    path: list[Heading] = []
    for heading in document.outline:
        if heading.start < at:
            path = [*(above for above in path if above.level < heading.level), heading]
    return [read_heading(document, heading) for heading in path]


def find_heading(document: Document, at: int) -> str:
    """The heading above an offset; "" for none."""
    above = [heading for heading in document.outline if heading.start < at]
    return read_heading(document, above[-1]) if above else ""


def find_lead(document: Document, at: int) -> str:
    """The words right before a list or table that lead to it: a caption, or a paragraph that ends with a colon."""
    before = document.text[:at].rstrip()
    start = max(before.rfind("\n\n") + 2, len(before) - 300)
    words = before[start:]
    is_caption = any(block.kind == "caption" and block.end == len(before) for block in document.blocks)
    return words if is_caption or words.endswith(":") else ""


def read_heading(document: Document, heading: Heading) -> str:
    """The words of a heading."""
    return document.text[heading.start : heading.end]
