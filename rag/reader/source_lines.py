"""A document's title and byline, read for questions about the document itself: as sentences, which the model understands.

What the model marks in such a sentence is carried back to the line, so that the line is scored, ordered and quoted like
any other sentence of the passage.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.english.source import About, asks_about_source, is_byline, state_source
from rag.reader.retelling import read_retold
from rag.reader.span_reader import PassageReading, SpanReader
from rag.types import Passage, ScoredPassage

Place = tuple[int, int]
"""Half-open offsets in a passage's text."""


def read_passages(spans: SpanReader, question: str, passages: Sequence[ScoredPassage]) -> list[PassageReading]:
    """What the span model reads in each passage; in a document's first one its head too, where the question may be about it."""
    readings = read_retold(spans, question, [scored.passage for scored in passages])
    for row, scored in enumerate(passages):
        about = asks_about_source(question, scored.passage.title)
        place = find_source_line(scored.passage, about) if about else None
        if about and place:
            readings[row] = _read_line(spans, question, scored.passage, place, about, readings[row])
    return readings


def find_source_line(passage: Passage, about: About) -> Place | None:
    """Where the document's title stands, or its byline below that; None where the passage does not begin with them."""
    if passage.span.start:
        return None
    text, title = passage.text, passage.title
    end = len(title) if title and text.startswith(f"{title}\n") else 0
    if about == "title":
        return (0, end) if end else None
    low = end + len(text[end:]) - len(text[end:].lstrip())
    high = low + len(text[low:].split("\n", 1)[0].rstrip())
    return (low, high) if is_byline(text[low:high]) else None


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
