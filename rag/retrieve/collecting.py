"""All that a document tells of several things alike: rows of tables, like sections, items of lists, like paragraphs. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, takewhile, zip_longest
from pathlib import PurePath

from rag.english.identifiers import find_codes
from rag.english.terms import find_stems, is_plural
from rag.retrieve.outline import find_lists
from rag.retrieve.records import (
    FEWEST,
    Collection,
    Field,
    Range,
    Record,
    find_heading,
    find_headings,
    find_lead,
    read_heading,
)
from rag.retrieve.tables import collect_tables, is_turned, turn
from rag.types import Block, Document, Heading

LONGEST_LABEL = 40
"""Characters of a field's name in running text: "Status: on hold." A longer one is a sentence with a colon in it."""

_LETTERS = re.compile(r"[^\W\d_]+")
_OF = re.compile(r"\b(?:of|for|to|by|from|with)\b", re.IGNORECASE)
_GAP = re.compile(r"\n[^\S\n]*\n\s*")
_LABEL = re.compile(
    rf"(?:(?<=\A)|(?<=[.;\n] )|(?<=\n)|(?<=[-*•] ))(?P<label>[A-Z][^\W\d_][\w ()/'’-]{{0,{LONGEST_LABEL - 2}}}): (?=\S)"
)


def find_collections(document: Document) -> list[Collection]:
    """All that a document tells of several things alike, tables first."""
    about = frozenset(find_stems(f"{document.title} {PurePath(document.source).stem}"))
    found = [turn(rows) if is_turned(rows) else rows for rows in collect_tables(document, about)]
    found += _collect_sections(document, about)
    found += _collect_items(document)
    return [*found, *_collect_paragraphs(document)]


def _collect_sections(document: Document, about: frozenset[str]) -> Iterator[Collection]:
    """Sections side by side under one heading."""
    headings = list(document.outline)
    rows = {block.start for block in document.blocks if block.kind == "row"}
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
        firsts = Counter(word for heading, _ in children for word in find_stems(read_heading(document, heading))[:1])
        word, times = firsts.most_common(1)[0] if firsts else ("", 0)
        own = {word} if 2 * times > len(children) else set()
        over = find_stems(next((read_heading(document, heading) for heading in headings if heading.start == start), ""))
        alike = [child for child in children if not own or find_stems(read_heading(document, child[0]))[:1] == [word]]
        records = tuple(
            Record(
                (heading.start, heading.end),
                (heading.start, heading.end),
                tuple(_find_fields(document, heading.end, end, rows)),
            )
            for heading, end in alike
        )
        # Sections without a word in common are things alike only where each says the same things of itself.
        if own or all(record.fields for record in records) or _have_same_parts(document, children):
            yield Collection(
                document, "sections", frozenset(own | set(over) | (about if start <= 0 else set())), records
            )


def _have_same_parts(document: Document, sections: Sequence[tuple[Heading, int]]) -> bool:
    """Whether sections are each divided by the same headings."""
    parts = [
        [read_heading(document, other) for other in document.outline if heading.start < other.start < end]
        for heading, end in sections
    ]
    return bool(parts[0]) and all(part == parts[0] for part in parts)


def _find_fields(document: Document, low: int, high: int, rows: set[int]) -> Iterator[Field]:
    """The fields that a section tells in its running text; ``rows`` are the beginnings of what is a table's."""
    text = document.text
    at = low
    for gap in [*_GAP.finditer(text, low, high), None]:
        start, end = at, gap.start() if gap else high
        at = gap.end() if gap else high
        words = "" if start in rows else text[start:end]
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
    """The items of each list, called by the words that lead to it and by its heading; those below an item that leads to them, too."""
    for blocks in find_lists(document):
        heading, lead = find_heading(document, blocks[0].start), find_lead(document, blocks[0].start)
        above = " ".join(find_headings(document, blocks[0].start))
        yield from _collect_list(document, blocks, (heading, lead), above)
        for at, block in enumerate(blocks):
            lead = document.text[block.start : block.end].rstrip()
            below = list(takewhile(lambda other, depth=block.depth: other.depth > depth, blocks[at + 1 :]))  # type: ignore[misc]
            if lead.endswith(":") and below:
                yield from _collect_list(document, below, (lead,), above)


def _collect_list(
    document: Document, blocks: Sequence[Block], parts: Sequence[str], above: str
) -> Iterator[Collection]:
    """The items that ``parts`` stand right above, headings and words that lead to them."""
    own = find_stems(" ".join(parts))
    nouns = {*own, *find_stems(above)}
    words = _LETTERS.findall(f"{' '.join(parts)} {above}")
    plural = {stem for word in words if is_plural(word) for stem in find_stems(word)}
    places = [_without_sign(document.text, block) for block in blocks]
    if len(places) >= FEWEST and own:
        records = tuple(Record(place, place) for place in places)
        yield Collection(
            document,
            "items",
            frozenset(nouns),
            records,
            own=frozenset(own),
            singular=frozenset(nouns - plural),
            head=frozenset(stem for part in parts for stem in find_stems(_OF.split(part, maxsplit=1)[0])),
        )


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


def _without_sign(text: str, block: Block) -> Range:
    words = text[block.start : block.end]
    sign = re.match(r"(?:[-*•–·]|\(?\w{1,3}[.)])\s+(?=\S)", words)
    start = block.start + (sign.end() if sign else 0)
    return start, block.start + len(words.rstrip())
