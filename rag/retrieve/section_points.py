"""The points of a section that a question asks for by its name: its list, its headings, or the sentences that begin its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from itertools import zip_longest

from rag.english.points import is_heading_of
from rag.english.sentences import find_sentences
from rag.retrieve.outline import Range, Section, find_lists, find_paragraphs, find_parts, find_sections
from rag.retrieve.quoting_places import Whole, keep_first
from rag.steps import Exact

MOST, CHARACTERS = 20, 2_500
"""Points that are quoted, and characters of them together."""

SHORT = 1_000
"""Characters of a section up to which it is quoted whole."""

LISTED = ("item", "row")

_LABEL = re.compile(r"([A-Z][\w’'&/ -]{2,59}):(?!\S)")
_STEP = re.compile(r"step (?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE)
_STEP_LINE = re.compile(r"step (?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)[.:]?", re.IGNORECASE)
_NUMBERED = re.compile(r"\d{1,3}[.)]\s")


def answer_points(name: str, wholes: Sequence[Whole], *, most: int) -> Exact | None:
    """The points of the one section that is called so; None where there is none, or several are.

    Else of the one paragraph that begins with that and a colon; else the sections of the one document that is called so.
    """
    for find in (_find_called, _find_run_in, _find_titled):
        found = [(whole, places) for whole in wholes for places in find(name, whole)]
        if found:
            break
    if len(found) != 1:
        return None
    pieces = found[0][0].quote_parts(found[0][1])
    kept = keep_first(pieces, max(MOST, most), CHARACTERS if most <= MOST else 10 * CHARACTERS)
    return Exact(tuple(kept), left_out=len(pieces) - len(kept)) if kept else None


def has_section(name: str, wholes: Sequence[Whole]) -> bool:
    """Whether one section of all documents is called so."""
    return sum(len(_find_called(name, whole)) for whole in wholes) == 1


def _find_called(name: str, whole: Whole) -> list[list[Range]]:
    """The points of each section that is called so."""
    return [find_points(whole, each) for each in find_sections(whole.document) if is_heading_of(name, each.name)]


def _find_run_in(name: str, whole: Whole) -> list[list[Range]]:
    """Each paragraph that begins so and with a colon, with the list that it leads to: "CONTACT: Ada Quill ..."."""
    document, found = whole.document, list[list[Range]]()
    listed = {items[0].start: [(block.start, block.end) for block in items] for items in find_lists(document)}
    for place, after in zip_longest(parts := list(find_parts(document)), parts[1:]):
        label = _LABEL.match(document.text, *place)
        if label and is_heading_of(name, label[1]):
            below = listed.get(after[0], []) if after and document.text[place[1] - 1] == ":" else []
            if after and document.text[place[1] - 1].isalnum():
                below = [after]  # a paragraph that was cut in two
            if below or label.end() < place[1]:
                found.append([place, *below])
    return found


def _find_titled(name: str, whole: Whole) -> list[list[Range]]:
    """The sections of a document that is called so."""
    places = find_sections_of(whole) if is_heading_of(name, whole.document.title) else []
    return [places] if places else []


def answer_by_section(names: Sequence[str], wholes: Sequence[Whole], *, most: int) -> Exact | None:
    """The points of a section that is called by one of these names; of a document with sections "Step 1" and so on, those."""
    told = (answer_points(name, wholes, most=most) for name in names)
    return next(filter(None, told), None) or (tell_steps(wholes) if "steps" in names else None)


def tell_steps(wholes: Sequence[Whole]) -> Exact | None:
    """What stands below each heading "Step 1", "Step 2" with it, or the one numbered list; None where several documents have such."""
    found = [(whole, places) for whole in wholes if (places := _find_steps(whole))]
    if len(found) != 1:
        return None
    whole, places = found[0]
    pieces = whole.quote_parts(places)
    kept = keep_first(pieces, MOST, CHARACTERS)
    return Exact(tuple(kept), left_out=len(pieces) - len(kept))


def _find_steps(whole: Whole) -> list[Range]:
    document = whole.document
    sections = [each for each in find_sections(document) if _STEP.match(document.text, each.start)]
    if len(sections) > 1:
        below = [next(find_parts(document, each.heading.end, each.end), None) for each in sections]
        return [(each.start, part[1] if part else each.heading.end) for each, part in zip(sections, below, strict=True)]
    parts = list(find_parts(document))
    lines = [at for at, part in enumerate(parts[:-1]) if _STEP_LINE.fullmatch(document.text, *part)]
    if len(lines) > 1:
        return [(parts[at][0], parts[at + 1][1]) for at in lines]
    numbered = [
        [(block.start, block.end) for block in items]
        for items in find_lists(document)
        if len(items) > 1 and all(_NUMBERED.match(document.text, block.start) for block in items if not block.depth)
    ]
    return numbered[0] if len(numbered) == 1 else []


def find_sections_of(whole: Whole) -> list[Range]:
    """Where the headings of a document's highest sections stand; nothing where it has but one."""
    sections = find_sections(whole.document)
    highest = min((section.heading.level for section in sections), default=0)
    places = [(each.start, each.heading.end) for each in sections if each.heading.level == highest]
    return places if len(places) > 1 else []


def find_points(whole: Whole, section: Section) -> list[Range]:
    """Where a section's points stand: its items and rows, or else what begins each paragraph.

    Of one that has headings, all of it, or these alone where it is long.
    """
    document = whole.document
    headings = [each for each in document.outline if section.start < each.start < section.end]
    if len(headings) > 1 and section.end - section.heading.end <= CHARACTERS:
        return _with_headings(find_parts(document, section.heading.end, section.end), {each.start for each in headings})
    if len(headings) > 1:
        highest = min(each.level for each in headings)
        return [(each.start, each.end) for each in headings if each.level == highest]
    kinds = {block.start: block.kind for block in document.blocks}
    listed = [
        part
        for part in find_parts(document, section.heading.end, section.end)
        if kinds.get(part[0]) in LISTED or document.text[part[1] - 1] == ":"
    ]
    if sum(kinds.get(start) in LISTED for start, _ in listed) > 1:
        return listed
    told = [part for part in find_paragraphs(document) if section.start < part[0] < section.end]
    return (
        told
        if sum(end - start for start, end in told) <= SHORT
        else [_first_sentence(document.text, part) for part in told]
    )


def _with_headings(parts: Iterable[Range], headings: Container[int]) -> list[Range]:
    """Parts of a text, each heading with what stands right below it."""
    joined: list[Range] = []
    is_open = False
    for part in parts:
        joined = [*joined[:-1], (joined[-1][0], part[1])] if is_open else [*joined, part]
        is_open = part[0] in headings
    return joined


def _first_sentence(text: str, part: Range) -> Range:
    low, high = part
    start, end = next(iter(find_sentences(text[low:high])), (0, high - low))
    return low + start, low + end
