"""Answers that stand at the head of a document: who wrote it, when, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.composing import passage_words
from rag.answer.reading import Reading
from rag.english.follow_ups import find_own_words
from rag.english.source import asks_for_another_date, find_asked_sources, may_mean_another, read_byline
from rag.reader.source_lines import find_stated, mark_source
from rag.steps import Retrieved
from rag.types import Passage, ShortAnswer, Span

STATED, DOUBTED = 0.85, 0.3
"""How sure it is that a line of a document's head answers which says what is asked of the document itself. 19 of 22 did, and left
nothing out: who wrote them and when, asked of the 15 documents of natural questions' develop split, by which the rules were made.
The second is of another date than the one that the line has."""

UNTOLD = {
    "author": "Who wrote it is not said at its head.",
    "date": "When it was written is not said at its head.",
    "title": "",
}

MOST_STATED = 6
"""Lines of heads that are quoted, where several documents may be meant."""


def state_head(found: Retrieved) -> Reading | None:
    """What the heads of documents say where a question is about the documents themselves; None where it is not."""
    own = find_own_words(found.question, found.standalone)
    follows = own != found.standalone and may_mean_another(own, found.question.history[-1])
    stated = find_stated(own, found.passages, follows=follows)[:MOST_STATED]
    if not stated:
        return None
    spans = [(_span_in(home, place), home) for place, home in stated]
    words = [passage_words(*each) for each in spans]
    place, home = stated[0]
    marked = _span_in(home, mark_source(own, place, home))
    sure = DOUBTED if asks_for_another_date(own, words[0]) else STATED
    return Reading(tuple(spans), sure, ShortAnswer(passage_words(marked, home), marked), note_untold(own, home, words))


def note_untold(question: str, home: Passage, lines: Sequence[str]) -> str:
    """A line where a question asks who wrote a document and when, and its head tells one of them; else nothing."""
    told = {
        "author": any(read_byline(line)[0] for line in lines),
        "date": any(read_byline(line)[1] for line in lines),
        "title": True,
    }
    missing = [about for about in find_asked_sources(question, home.title) if not told[about]]
    return UNTOLD[missing[0]] if missing else ""


def _span_in(passage: Passage, place: tuple[int, int]) -> Span:
    """A place in a passage as a span of its document."""
    at = passage.span.start
    return Span(passage.span.document_id, at + place[0], at + place[1])
