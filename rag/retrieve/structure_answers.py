"""Answers about a document's structure: the words of a section, a page, a table; how many there are; which are not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from rag.english.numbers import format_count
from rag.english.structure import Place, StructureQuestion
from rag.english.terms import find_stems
from rag.retrieve.outline import (
    NUMBERED_ONLY,
    Range,
    find_captions,
    find_clauses,
    find_notes,
    find_paragraphs,
    find_parts,
    find_place,
    find_sections,
    find_top,
)
from rag.retrieve.quoting_places import MOST_READ, MOST_SHOWN, Whole, keep_first
from rag.retrieve.tables import find_tables
from rag.steps import Exact, QuotedSentence
from rag.types import Document

READ = 2_400
"""Characters of a part of a document that are quoted unless all of it is asked for: about a page."""

MOST_DOCUMENTS = 6
"""Documents that one question about structure is answered from."""

_PLURALS = {"appendix": "appendices", "annex": "annexes"}


def answer_structure(asked: StructureQuestion, wholes: Sequence[Whole], *, most: int, everything: bool) -> Exact | None:
    """What a question asks of the structure of documents; None where they have nothing of the kind.

    Args:
        asked: what is asked.
        wholes: the documents; where the question names some of them, only those are asked.
        most: headings, or other parts of a list, that are quoted.
        everything: quote all of a part, however long.
    """
    chosen = choose_named(asked.place, wholes)
    if not chosen:
        return None
    if asked.wants == "text":
        return _tell_place(asked.place, chosen, everything=everything)
    if asked.place.unit == "page" and not any(whole.document.page_starts for whole in chosen):
        return Exact(told=_refuse_all(asked.place, [whole.document for whole in chosen]))
    told = [
        exact
        for whole in _choose_telling(asked.place, chosen)[:MOST_DOCUMENTS]
        if (exact := _tell_parts(asked, whole, several=len(chosen) > 1, most=most))
    ]
    if not told:
        return None
    quotes = tuple(quote for exact in told for quote in exact.quotes)
    return Exact(
        quotes, " ".join(exact.told for exact in told if exact.told), left_out=sum(exact.left_out for exact in told)
    )


def _choose_telling(place: Place, wholes: Sequence[Whole]) -> Sequence[Whole]:
    """Of several documents those that have such parts, where any has; else all."""
    if place.unit not in ("page", "table", "note", "figure"):
        return wholes
    return [whole for whole in wholes if _count_parts(place, whole.document)] or wholes


def choose_named(place: Place, wholes: Sequence[Whole]) -> list[Whole]:
    """The documents that a place is said to be of, by title or file; all where none is said; none where no such is there."""
    inner = place
    while inner.within and not inner.document:
        inner = inner.within
    if not inner.document:
        return list(wholes)
    wanted = set(find_stems(inner.document))
    return [whole for whole in wholes if wanted and wanted <= _name_stems(whole.document)]


def _name_stems(document: Document) -> set[str]:
    path = PurePath(document.source)
    return set(find_stems(f"{document.title} {path.stem} {path.suffix} {document.id}"))


def _tell_place(place: Place, wholes: Sequence[Whole], *, everything: bool) -> Exact | None:
    found = [(whole, ranges) for whole in wholes if (ranges := find_place(whole.document, place))]
    if place.unit == "section" and place.number:  # "Chapter 2" is rather meant than "2 Safety" of another document
        own = [pair for pair in found if _word_of(pair[0].document, pair[1][0]) == place.word]
        found = own or found
    if not found:
        refusals = _refuse_all(place, [whole.document for whole in wholes])
        return Exact(told=refusals, declined=True) if refusals else None
    quotes: list[QuotedSentence] = []
    left_out = 0
    for whole, ranges in found[:MOST_DOCUMENTS]:
        pieces = _read_place(place, whole, ranges)
        kept = keep_first(pieces, MOST_SHOWN, MOST_READ if everything else READ)
        left_out += len(pieces) - len(kept)
        quotes += _lead(whole, kept, f"“{whole.document.title}”: " if len(wholes) > 1 else "")
    if not quotes:
        return Exact(told="There is no text in it.", declined=True)
    return Exact(tuple(quotes), left_out=left_out)


def _word_of(document: Document, place: Range) -> str:
    return next((section.word for section in find_sections(document) if section.start == place[0]), "")


def _read_place(place: Place, whole: Whole, ranges: Sequence[Range]) -> list[QuotedSentence]:
    """A place as quotes, a heading with what follows it; a section's own heading is said first, if anything follows."""
    document = whole.document
    if place.unit in ("sentence", "paragraph", "note", "item", "figure"):
        return whole.quote_parts(ranges)
    headings = {heading.start for heading in document.outline}
    parts = [part for low, high in ranges for part in find_parts(document, low, high)]
    joined: list[Range] = []
    for at, part in enumerate(parts):
        before = parts[at - 1] if at else None
        if (
            before
            and before[0] in headings
            and joined
            and joined[-1][1] == before[1]
            and len(list(whole.cut((before[0], part[1])))) == 1
        ):
            joined[-1] = (joined[-1][0], part[1])
        else:
            joined.append(part)
    return whole.quote_parts(joined)


def _lead(whole: Whole, quotes: Sequence[QuotedSentence], lead: str) -> list[QuotedSentence]:
    return [replace(quote, lead=lead if not at else "") for at, quote in enumerate(quotes)]


def _refuse_all(place: Place, documents: Sequence[Document]) -> str:
    """That none of the documents has such a part, those without pages in one line; "" where they have none of the kind."""
    paged = [each for each in documents if place.unit != "page" or each.page_starts]
    lines = [line for each in paged[:MOST_DOCUMENTS] if (line := _refuse(place, each))]
    rest, pageless = len(paged) - MOST_DOCUMENTS, [each for each in documents if each not in paged]
    if lines and rest > 0:
        lines.append(f"{format_count(rest, 'other document')} {'has' if rest == 1 else 'have'} none either.")
    if len(pageless) == 1:
        lines.append(_refuse(place, pageless[0]))
    elif pageless:
        which = "The documents were" if not paged else f"The other {len(pageless):,} documents were"
        lines.append(f"{which} read from files without pages.")
    return " ".join(lines)


def _refuse(place: Place, document: Document) -> str:
    """That a document has no such part, and which it has; "" where it has none of the kind at all."""
    title = f"“{document.title}”"
    if place.within and not find_place(document, place.within):
        return _refuse(place.within, document)
    match place.unit:
        case "page":
            pages = len(document.page_starts)
            return (
                f"{title} has {format_count(pages, 'page')}."
                if pages
                else f"{title} was read from a file without pages."
            )
        case "section":
            sections, clauses = find_sections(document), find_clauses(document, place.word)
            if clauses and place.number and not place.name:
                return f"{title} has no {place.word} {place.number}; its {_many(place.word)} are 1 to {len(clauses)}."
            if place.name or not sections:
                return ""
            top = find_top(sections, place.word)
            numbers = [section.number for section in sections if section.number and section.word in (place.word, "")]
            which = f" {place.number}" if place.number else ""
            if len(numbers) > 1:
                return f"{title} has no {place.word}{which}; its {_many(place.word)} are {numbers[0]} to {numbers[-1]}."
            named = ", ".join(f"“{document.text[each.start : each.heading.end]}”" for each in (top or sections)[:5])
            more = f" and {len(top or sections) - 5} more" if len(top or sections) > 5 else ""
            return f"{title} has no {place.word}{which}; its headings are {named}{more}."
        case "table" | "note" | "figure" | "paragraph" | "sentence":
            count = _count_parts(place, document)
            return (
                f"{title} has {format_count(count, place.word)}."
                if count or place.unit in ("table", "note", "figure")
                else ""
            )
    return ""


def _many(word: str) -> str:
    return _PLURALS.get(word, f"{word}s")


def _count_parts(place: Place, document: Document) -> int:
    match place.unit:
        case "table":
            return len(find_tables(document))
        case "note":
            return len(list(find_notes(document)))
        case "figure":
            return len(find_captions(document, "fig"))
        case "paragraph":
            return len(find_paragraphs(document))
        case "page":
            return len(document.page_starts)
    return 0


def _tell_parts(asked: StructureQuestion, whole: Whole, *, several: bool, most: int) -> Exact | None:
    """How many or which parts of a kind a document has."""
    place, document = asked.place, whole.document
    title = f"“{document.title}”"
    it = title if several else "It"
    if place.within:
        within = find_place(document, place.within)
        if not within:
            refusal = _refuse(place.within, document)
            return Exact(told=refusal) if refusal else None
    else:
        within = [(0, len(document.text))]
    if place.unit == "section":
        return _tell_sections(asked, whole, within, it, most)
    if place.unit in ("item", "sentence"):
        return None
    if place.within or (place.unit == "note" and place.word == "note" and not _count_parts(place, document)):
        return None
    if place.unit == "page" and not document.page_starts:
        return Exact(told=f"{title} was read from a file without pages.")
    count = _count_parts(place, document)
    if asked.wants == "count" or place.unit in ("page", "paragraph") or not count:
        return Exact(told=f"{it} has {format_count(count, place.word)}.")
    if place.unit == "table":
        parts = [(table[0].start, table[0].end) for table in find_tables(document)]
        parts = [(start, end) for _, start, end in find_captions(document, "tab")] or parts
    else:
        notes = find_notes(document) if place.unit == "note" else find_captions(document, "fig")
        parts = [(start, end) for _, start, end in notes]
    return _quote_list(whole, parts, f"{format_count(len(parts), place.word)} found", most)


def _tell_sections(asked: StructureQuestion, whole: Whole, within: Sequence[Range], it: str, most: int) -> Exact | None:
    document, word = whole.document, asked.place.word
    sections = find_sections(document)
    low, high = within[0][0], within[-1][1]
    inside = [each for each in sections if low <= each.start < high and not (asked.place.within and each.start == low)]
    own = [each for each in inside if each.word == word]
    if word in NUMBERED_ONLY and not own:
        clauses = [part for part in find_clauses(document, word) if low <= part[0] < high]
        counted = f"{it} has {format_count(len(clauses), word, _many(word))}"
        return _quote_list(whole, clauses, counted, most) if clauses else None
    if not inside:
        return Exact(told=f"{it} has no headings.") if not sections else None
    if word == "subsection":
        top = [] if asked.place.within else find_top(inside, word)
        own = [each for each in inside if each not in top]
        counted = f"{it} has {format_count(len(own), 'subsection')}"
        return _quote_list(whole, [(each.start, each.heading.end) for each in own], counted, most)
    if own or word == "heading":
        told = own or inside
        counted = f"{it} has {format_count(len(told), word, _many(word))}"
        return _quote_list(whole, [(each.start, each.heading.end) for each in told], counted, most)
    top = find_top(inside, word)
    rest = len(inside) - len(top)
    counted = f"{it} has {format_count(len(top), word, _many(word))}"
    if rest:
        counted += f" at the top level, {len(inside)} with those within others"
    listed = inside if word == "section" else top
    return _quote_list(whole, [(each.start, each.heading.end) for each in listed], counted, most)


def _quote_list(whole: Whole, parts: Sequence[Range], counted: str, most: int) -> Exact:
    if not parts:
        return Exact(told=f"{counted}.")
    shown = parts[:most]
    lead = f"{counted}{f'; {len(shown)} are shown' if len(shown) < len(parts) else ''}:\n\n"
    quotes = _lead(whole, [whole.quote(part) for part in shown], lead)
    return Exact(tuple(quotes), left_out=len(parts) - len(shown))
