"""The parts of a document: its sections, pages, paragraphs, tables, notes; found by number, place or name. Pure.

Ranges are half-open offsets into the document's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.english.quantities import read_count
from rag.english.sentences import find_sentences
from rag.english.source import is_byline
from rag.english.structure import Place
from rag.english.terms import find_terms
from rag.retrieve.tables import find_tables
from rag.types import Block, Document, Heading

Range = tuple[int, int]

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_WORDS = "section|chapter|part|article|clause|appendix|annex|§"
_HEADING = re.compile(
    rf"(?:(?P<word>{_WORDS})\.?\s{{0,3}}(?P<of>\d{{1,4}}(?:\.\d{{1,3}}){{0,5}}[a-z]?|[ivxlc]{{1,7}}|[a-z](?:\.\d{{1,3}}){{0,3}}|[a-z]{{3,6}})(?![^\W_])"
    r"|(?P<number>\d{1,4}(?:\.\d{1,3}){0,5}|[ivxlc]{1,7}(?=[.)])|[a-z](?=[.)]\s)|[a-z](?:\.\d{1,3}){1,3}))(?=[\s.:)\]–—-]|$)[\s.:)\]–—-]*",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?:Note ([^:\s]{1,12}): |\[\^?(\d{1,4})\]:? )")
_STEP = re.compile(r"(?:step )?(\d{1,3})[.):]\s", re.IGNORECASE)
_CAPTION = re.compile(r"(table|fig(?:ure)?)\.? ?([\divxlc]{1,6})(?![^\W_])", re.IGNORECASE)

NUMBERED_ONLY = frozenset(
    ("part", "article", "clause", "appendix", "annex", "item", "step", "bullet", "bullet point", "note")
)
"""Words that name a part of a document only where that has such: elsewhere they are any things."""

CLAUSES = frozenset(("clause", "article", "section"))
"""Words for the numbered parts of an agreement, headings or paragraphs."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with all that stands below it; ``word`` and ``number`` are those of the heading, "" where it has none."""

    start: int
    end: int
    heading: Heading
    word: str = ""
    number: str = ""
    name: str = ""


def find_sections(document: Document) -> list[Section]:
    """All sections, in order, those within others too; the document's own title is none."""
    headings = [heading for heading in document.outline if not _is_title(document, heading)]
    found = []
    for at, heading in enumerate(headings):
        later = (other.start for other in headings[at + 1 :] if other.level <= heading.level)
        words = document.text[heading.start : heading.end]
        numbered = _HEADING.match(words)
        word = (numbered["word"] or "").casefold() if numbered else ""
        number = read_number(numbered["of"] or numbered["number"]) if numbered else ""
        name = words[numbered.end() :] if numbered and number else words
        found.append(Section(heading.start, next(later, len(document.text)), heading, word, number, name.strip()))
    return found


def read_number(words: str) -> str:
    """A section's number in small letters, figures where it is one: "2" for "II" and "Two"; "" where it is no number."""
    folded = words.casefold().rstrip(".")
    if len(folded) == 1 and folded.isalpha() and folded not in "ivx":
        return folded
    if len(folded) > 1 and folded.isalpha() and read_count(folded) is None:
        return ""
    count = read_count(folded)
    return folded if count is None else str(count)


def find_top(sections: Sequence[Section], word: str) -> list[Section]:
    """The sections that a word means: those with it in their heading; else, for the usual words, those at the top."""
    own = [section for section in sections if section.word == word]
    if own or word in NUMBERED_ONLY:
        return own
    highest = min((section.heading.level for section in sections), default=0)
    return [section for section in sections if section.heading.level == highest]


def find_place(document: Document, place: Place) -> list[Range]:
    """Where a place is in a document; nothing where it has no such."""
    within: list[Range] = find_place(document, place.within) if place.within else [(0, len(document.text))]
    if not within:
        return []
    found: Sequence[Range]
    match place.unit:
        case "section":
            found = _find_sections(document, place)
        case "page":
            found = _pick(find_pages(document), place)
        case "table":
            found = _find_tables(document, place)
        case "figure":
            found = _find_captions(document, place, "fig")
        case "note":
            notes = {mark: (start, end) for mark, start, end in find_notes(document)}
            found = (
                [notes[place.number]] if place.number in notes else _pick(list(notes.values()), place, by_number=False)
            )
        case "item":
            return _find_items(document, place, within)
        case "paragraph" | "sentence":
            paragraphs = [part for part in find_paragraphs(document) if _lies_in(part, within)]
            parts = paragraphs if place.unit == "paragraph" else _find_sentences(document, paragraphs)
            return _pick(parts, place)
    return [part for part in found if _lies_in(part, within)]


def find_pages(document: Document) -> list[Range]:
    """Where each page stands; empty pages keep their place."""
    return list(pairwise([*document.page_starts, len(document.text)]))


def find_parts(document: Document, low: int = 0, high: int | None = None) -> Iterator[Range]:
    """What stands between blank lines, as far as it lies in a range, in order."""
    high = len(document.text) if high is None else high
    at = low
    for gap in [*_BLANK_LINE.finditer(document.text, low, high), None]:
        start, end = at, gap.start() if gap else high
        at = gap.end() if gap else high
        words = document.text[start:end]
        start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
        if start < end:
            yield start, end


def find_paragraphs(document: Document) -> list[Range]:
    """The running text: no headings, title, byline, rows, captions and notes."""
    other = {heading.start for heading in document.outline} | {
        block.start for block in document.blocks if block.kind != "code"
    }
    head = len(document.title) + 2 if document.text.startswith(f"{document.title}\n") else 0
    return [
        (start, end)
        for start, end in find_parts(document)
        if start not in other
        and not (start < max(head, 1) and (document.text[start:end] == document.title))
        and not (start <= head and is_byline(document.text[start:end]))
        and not _NOTE.match(document.text, start)
    ]


def find_notes(document: Document) -> Iterator[tuple[str, int, int]]:
    """Foot- and endnotes: the mark of each, and where it stands."""
    for start, end in find_parts(document):
        if found := _NOTE.match(document.text, start, end):
            yield (found[1] or found[2]).casefold(), start, end


def find_captions(document: Document, word: str) -> list[tuple[str, int, int]]:
    """Captions that begin with "Table" or "Fig", as ``word`` says, each with its number."""
    captions = []
    for block in document.blocks:
        found = _CAPTION.match(document.text, block.start, block.end) if block.kind == "caption" else None
        if found and found[1].casefold().startswith(word):
            captions.append((read_number(found[2]), block.start, block.end))
    return captions


def _find_sections(document: Document, place: Place) -> list[Range]:
    sections = find_sections(document)
    if place.name:
        return _find_named(sections, place.name)
    if place.ordinal:
        top = [(section.start, section.end) for section in find_top(sections, place.word)]
        return _pick(top or find_clauses(document, place.word), place)
    same = [each for each in sections if each.number == place.number]
    own = [each for each in same if each.word == place.word or (place.word == "section" and each.word == "§")]
    plain = [each for each in same if not each.word] if place.word not in ("appendix", "annex") else []
    found = own or plain
    if not found and not any(each.word == place.word or (each.number and not each.word) for each in sections):
        return _find_numbered_paragraphs(document, place)
    return [(each.start, each.end) for each in found[:1]]


def _find_named(sections: Sequence[Section], name: str) -> list[Range]:
    wanted = set(find_terms([name])[0])
    told = [set(find_terms([section.name])[0]) for section in sections]
    fitting = [
        (len(words - wanted), section.start, section.end)
        for section, words in zip(sections, told, strict=True)
        if wanted and wanted <= words
    ]
    return [(start, end) for _, start, end in sorted(fitting)[:1]]


def _find_numbered_paragraphs(document: Document, place: Place) -> list[Range]:
    """A part that is no heading of its own: paragraphs from one that begins with its number, up to the next number."""
    if place.number.isdecimal() and (clauses := find_clauses(document, place.word)):
        return _pick(clauses, place)
    begins = [
        (start, end, found)
        for start, end in find_parts(document)
        if (found := _HEADING.match(document.text, start, end)) and (found["word"] or "." in found["number"])
    ]
    for at, (start, _, found) in enumerate(begins):
        word = (found["word"] or "").casefold()
        if read_number(found["of"] or found["number"]) == place.number and word in (place.word, ""):
            return [(start, begins[at + 1][0] if at + 1 < len(begins) else len(document.text))]
    return []


def find_clauses(document: Document, word: str) -> list[Range]:
    """The numbered parts of an agreement: sections with numbers, or else paragraphs, one after the other from 1.

    Where there are headings, a "section" is what stands below one; and "the first part" may be anything.
    """
    sections = find_sections(document)
    if word not in CLAUSES or (word == "section" and sections):
        return []
    numbered = [section for section in sections if section.number.isdecimal() and not section.word]
    if numbered:
        return [(each.start, each.end) for at, each in enumerate(numbered, 1) if each.number == str(at)]
    starts: list[int] = []
    for start, end in find_parts(document):
        found = _HEADING.match(document.text, start, end)
        if found and read_number(found["of"] or found["number"]) == str(len(starts) + 1):
            starts.append(start)
    stops = sorted({*starts, *(heading.start for heading in document.outline), len(document.text)})
    return [(start, stops[stops.index(start) + 1]) for start in starts] if len(starts) > 1 else []


def _find_tables(document: Document, place: Place) -> list[Range]:
    tables = find_tables(document)
    ranges = [(table[0].start, table[-1].end) for table in tables]
    captions = {number: (start, end) for number, start, end in find_captions(document, "tab")}
    if place.number in captions:
        caption = captions[place.number]
        below = [part for part in ranges if part[0] > caption[1] and not document.text[caption[1] : part[0]].strip()]
        above = [part for part in ranges if part[1] < caption[0] and not document.text[part[1] : caption[0]].strip()]
        return [caption, *below[:1]] if below else [*above[:1], caption]
    return [] if captions and place.number else _pick(ranges, place)


def _find_captions(document: Document, place: Place, word: str) -> list[Range]:
    captions = find_captions(document, word)
    if place.ordinal:
        return _pick([(start, end) for _, start, end in captions], place)
    return [(start, end) for number, start, end in captions if number == place.number][:1]


def _find_items(document: Document, place: Place, within: Sequence[Range]) -> list[Range]:
    lists = [[(block.start, block.end) for block in each] for each in find_lists(document)]
    lists = [each for each in lists if _lies_in(each[0], within)]
    if place.number:
        signs = [(_STEP.match(document.text, *part), part) for each in lists for part in each]
        numbered = [part for sign, part in signs if sign and sign[1] == place.number]
        if len(numbered) == 1:
            return numbered
    return _pick(lists[0], place) if len(lists) == 1 else []


def find_lists(document: Document) -> list[list[Block]]:
    """The lists: items with nothing between them but blank lines, up to one that lies less deep than the first."""
    lists: list[list[Block]] = []
    for block in document.blocks:
        if block.kind == "item":
            goes_on = bool(lists) and not document.text[lists[-1][-1].end : block.start].strip()
            if goes_on and block.depth >= lists[-1][0].depth:
                lists[-1].append(block)
            else:
                lists.append([block])
    return lists


def _find_sentences(document: Document, paragraphs: Sequence[Range]) -> list[Range]:
    return [
        (low + start, low + end) for low, high in paragraphs for start, end in find_sentences(document.text[low:high])
    ]


def _pick(parts: Sequence[Range], place: Place, *, by_number: bool = True) -> list[Range]:
    """The one of several that a place names by its number or by which it is."""
    at = place.ordinal or (int(place.number) if by_number and place.number.isdecimal() else 0)
    if not at or not -len(parts) <= at <= len(parts):
        return []
    return [parts[at - 1 if at > 0 else at]]


def _lies_in(part: Range, ranges: Sequence[Range]) -> bool:
    return any(low <= part[0] < high for low, high in ranges)


def _is_title(document: Document, heading: Heading) -> bool:
    return heading.start == 0 and document.text[: heading.end].strip() == document.title.strip()
