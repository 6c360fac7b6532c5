"""A document's title and byline, read for questions about the document itself: as sentences, which the model understands.

What the model marks in such a sentence is carried back to the line, so that the line is scored, ordered and quoted like
any other sentence of the passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.english.bylines import find_author, find_date, is_names
from rag.english.source import About, find_asked_sources, is_this_meant, read_byline, state_source
from rag.reader.retelling import read_retold
from rag.reader.span_reader import PassageReading, SpanReader
from rag.types import Passage, ScoredPassage

Place = tuple[int, int]
"""Half-open offsets in a passage's text."""

HEAD, NEAR = 12, 3
"""Lines below a title among which its author or date is looked for, and those where people's names alone tell the author."""

HEAD_END = 1_000
"""Characters of a document within which a passage begins that may name its author or date."""

_LINE = re.compile(r"\S(?:.*\S)?")


def read_passages(spans: SpanReader, question: str, passages: Sequence[ScoredPassage]) -> list[PassageReading]:
    """What the span model reads in each passage; in a document's first one its head too, where the question may be about it."""
    readings = read_retold(spans, question, [scored.passage for scored in passages])
    for row, scored in enumerate(passages):
        for about in find_asked_sources(question, scored.passage.title):
            if place := find_source_line(scored.passage, about):
                readings[row] = _read_line(spans, question, scored.passage, place, about, readings[row])
    return readings


def find_stated(
    question: str, passages: Sequence[ScoredPassage], *, follows: bool = False
) -> list[tuple[Place, Passage]]:
    """The lines of heads that say what a question asks about the very documents they stand in, in the order of the passages.

    Empty where the question may mean anything else; ``follows``: something else was talked of before.
    """
    heads = sorted((scored.passage for scored in passages if is_head_of(scored.passage)), key=lambda each: each.span)
    documents = list(dict.fromkeys(scored.passage.span.document_id for scored in passages))
    stated: dict[tuple[str, About], tuple[Place, Passage]] = {}
    for passage in heads:
        asked = find_asked_sources(question, passage.title)
        if asked and not is_this_meant(question, passage.title, follows=follows):
            return []
        for about in asked:
            if place := find_source_line(passage, about):
                stated.setdefault((passage.span.document_id, about), (place, passage))
    order = sorted(stated, key=lambda each: (documents.index(each[0]), each[1]))  # who before when
    return list(dict.fromkeys(stated[each] for each in order))


def mark_source(question: str, place: Place, passage: Passage) -> Place:
    """Where in a head's line, found for a question, the author, the date or the title stands that it asks about first."""
    line = passage.text[slice(*place)]
    author, date = read_byline(line)
    words = {"author": author, "date": date, "title": line}
    said = next((words[about] for about in find_asked_sources(question, passage.title) if words[about]), line)
    low = place[0] + line.index(said)
    return low, low + len(said)


def find_source_line(passage: Passage, about: About) -> Place | None:
    """Where the document's title stands, or below that the line that names its author or date; None where none does.

    Authors that stand in a line each are one place.
    """
    if not is_head_of(passage):
        return None
    text, title = passage.text, passage.title
    end = len(title) if title and text.startswith(f"{title}\n") else 0
    if about == "title":
        return (0, end) if end and not passage.span.start else None
    lines = list(islice(_find_lines(text, end), HEAD))
    for number, (low, high) in enumerate(lines):
        line = text[low:high]  # cleaning writes the first
        author, date = (find_author(line), find_date(line)) if number or passage.span.start else read_byline(line)
        if not (date if about == "date" else author and (number < NEAR or not is_names(author))):
            continue
        for start, stop in lines[number + 1 :]:
            if about != "author" or "\n\n" in text[high:start] or not is_names(text[start:stop]):
                break
            high = stop
        return low, high
    return None


def is_head_of(passage: Passage) -> bool:
    """Whether a passage stands where a document's title, author and date do."""
    return passage.span.start < HEAD_END


def _find_lines(text: str, start: int) -> Iterator[Place]:
    """The lines of a text that are not empty, without the spaces around them."""
    for found in _LINE.finditer(text, start):
        yield found.span()


def _read_line(
    spans: SpanReader, question: str, passage: Passage, place: Place, about: About, reading: PassageReading
) -> PassageReading:
    """The reading with the line's words scored as they are in the sentence that states it."""
    import numpy as np

    line = passage.text[slice(*place)]
    sentence, words = state_source(about, passage.title, line)
    (stated,) = spans.read(question, [sentence])
    low, high = reading.offsets[:, 1] <= place[0], reading.offsets[:, 0] >= place[1]
    shifts = np.zeros(len(stated.offsets), dtype=np.int64)
    own = np.zeros(len(stated.offsets), dtype=bool)
    for said in words:
        start = sentence.rindex(said)
        within = (stated.offsets[:, 0] >= start) & (stated.offsets[:, 1] <= start + len(said))
        shifts[within] = place[0] + line.rindex(said) - start
        own |= within
    step = 1 + max((int(found.words.max()) for found in (reading, stated) if len(found.words)), default=0)
    return PassageReading(
        np.concatenate([reading.offsets[low], (stated.offsets + shifts[:, None])[own], reading.offsets[high]]),
        np.concatenate([reading.starts[low], stated.starts[own], reading.starts[high]]),
        np.concatenate([reading.ends[low], stated.ends[own], reading.ends[high]]),
        min(reading.nowhere, stated.nowhere),
        np.concatenate([reading.words[low], stated.words[own] + step, reading.words[high] + 2 * step]),
    )
