"""Questions that a document can answer, to be suggested to whoever reads it.

No chat model is at hand: rules (``rag/english/question_generation.py``) turn plain sentences into questions, and the question answerer is asked each of them
once. Only what it answers surely, and from the very sentence that the question was made of, is worth suggesting.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from rag.english.question_generation import LAST, LONGEST_QUESTION, ask_of, ask_of_headings, read_words
from rag.english.sentences import find_sentences
from rag.types import Answer, Document, Question, Span

SURE = 0.5
"""Confidence below which an answer is not sure enough to send a reader to it."""

STRETCHES = 12
"""A document's stretches of like length take turns in giving candidates."""

MOST_CHARACTERS = 1_000_000
"""Of a longer text only the beginning is looked at."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, and the sentence that it was made of: for one made of a heading, the section under it."""

    text: str
    span: Span


def find_candidates(document: Document) -> list[Suggestion]:
    """Questions that the document might answer, the best first and from all over it; none without plain English."""
    text = document.text[:MOST_CHARACTERS]
    known = read_words(text, document.title)
    asked = ((*asked[:2], *place) for place in find_sentences(text) for asked in ask_of(text[slice(*place)], known))
    found: dict[str, tuple[int, Suggestion]] = {}
    for rank, question, start, end in chain(asked, ask_of_headings(document, known)):
        if 3 <= len(question.split()) <= LONGEST_QUESTION:
            found.setdefault(question.casefold(), (rank, Suggestion(question, Span(document.id, start, end))))
    return _spread(list(found.values()), len(document.text))


def check_candidates(
    candidates: Sequence[Suggestion],
    ask: Callable[[Question], Answer],
    wanted: int = 8,
    tries: int = 24,
    goes_on: Callable[[], bool] = lambda: True,
) -> list[Suggestion]:
    """Those candidates that the answerer, asked of their document alone, answers surely and from where they were found.

    It stops when so many are kept or were tried, or before a question at which ``goes_on`` says no: each takes as long
    as a reader's own. ``ask`` is the chain's ``invoke``; what it raises is raised.
    """
    kept: list[Suggestion] = []
    for candidate in candidates[:tries]:
        if len(kept) >= wanted or not goes_on():
            break
        answer = ask(Question(candidate.text, documents=(candidate.span.document_id,)))
        is_sure = not answer.abstained and (answer.confidence or 0.0) >= SURE
        if is_sure and any(citation.span.overlap(candidate.span) for citation in answer.citations):
            kept.append(candidate)
    return kept


def choose(suggestions: Sequence[Suggestion], asked: Sequence[str], near: Sequence[Span], count: int = 3) -> list[str]:
    """What to suggest next: up to ``count`` questions, the nearest to what was just read (``near``) first.

    Left out is what was ``asked`` already, whatever its capitals, and what ``near`` holds the sentence of: that was
    just answered.
    """
    known = {_fold(question) for question in asked}
    fresh: dict[tuple[str, ...], Suggestion] = {}
    for suggestion in suggestions:
        if _fold(suggestion.text) not in known and not any(map(suggestion.span.overlap, near)):
            fresh.setdefault(_fold(suggestion.text), suggestion)

    def distance(suggestion: Suggestion) -> float:
        at = suggestion.span
        return min((abs(at.start - it.start) for it in near if it.document_id == at.document_id), default=float("inf"))

    return [suggestion.text for suggestion in sorted(fresh.values(), key=distance)[:count]]


def _spread(found: Sequence[tuple[int, Suggestion]], length: int) -> list[Suggestion]:
    """The candidates in the order in which to try them: the best of each stretch of the text, then the second best."""
    taken: Counter[int] = Counter()
    turns = []
    for rank, suggestion in sorted(found, key=lambda entry: (entry[0], entry[1].span)):
        stretch = suggestion.span.start * STRETCHES // length
        turns.append((rank == LAST, taken[stretch], rank, suggestion.span, suggestion))
        taken[stretch] += 1
    return [suggestion for *_, suggestion in sorted(turns, key=lambda entry: entry[:4])]


def _fold(question: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", question.casefold()))
