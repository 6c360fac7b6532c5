"""One question with its answer: what became of it, at which step it went wrong, and the words that are compared. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from rag.evaluation.metrics.spans import count_characters, count_shared, share_half
from rag.evaluation.metrics.squad import normalise
from rag.types import Answer, Question, Span

Outcome = Literal["correct", "wrong", "not judged", "abstained", "failed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

Cause = Literal[
    "right",
    "not retrieved",
    "retrieved, not cited",
    "cited the wrong span",
    "right span, wrong answer",
    "wrong answer",
    "should have abstained",
    "needless abstention",
    "error",
    "not judged",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""Why a question was not answered well, by the first step that failed; ``wrong answer`` where no evidence is known."""


@dataclass(frozen=True)
class Case:
    """One question, located evidence included, with its answer and the texts of the documents by id.

    What several metrics need is worked out once and kept (hence no slots).
    """

    question: Question
    answer: Answer
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def gold(self) -> tuple[Span, ...]:
        """Where the gold evidence stands."""
        return tuple(piece for piece in self.question.evidence if isinstance(piece, Span))

    @cached_property
    def cited(self) -> tuple[Span, ...]:
        """Where the quotes of the answer stand."""
        return tuple(citation.span for citation in self.answer.citations)

    @cached_property
    def quotes_evidence(self) -> tuple[bool, ...]:
        """Whether each quote, in order, is gold evidence: they share at least half of the shorter one."""
        return tuple(any(share_half(span, piece) for piece in self.gold) for span in self.cited)

    @cached_property
    def citing(self) -> tuple[int, int, int]:
        """Characters that are cited and gold, cited, and gold."""
        return count_shared(self.cited, self.gold), count_characters(self.cited), count_characters(self.gold)

    @cached_property
    def relevant(self) -> tuple[bool, ...]:
        """Whether each passage that was retrieved, best first, overlaps gold evidence."""
        return tuple(any(scored.passage.span.overlap(piece) for piece in self.gold) for scored in self.answer.passages)

    @cached_property
    def relevant_total(self) -> int:
        """How many passages are relevant: those retrieved, and one for each piece of evidence that none of them touches.

        What else the index holds is not known here. Where passages partition a document and a piece of evidence lies
        in one passage, this is the true number.
        """
        missed = sum(
            not any(scored.passage.span.overlap(piece) for scored in self.answer.passages) for piece in self.gold
        )
        return sum(self.relevant) + missed

    @cached_property
    def outcome(self) -> Outcome:
        """What became of the question."""
        return judge_outcome(self)

    @cached_property
    def prediction(self) -> str:
        """What EM and F1 compare."""
        return predicted_text(self.answer)

    @cached_property
    def gold_texts(self) -> tuple[str, ...]:
        """The gold answers that have words; else SQuAD's stand-in, the empty text, which an abstention matches."""
        return tuple(gold for gold in self.question.answers or () if normalise(gold)) or ("",)


def is_answerable(question: Question) -> bool:
    """Whether the documents answer the question: it has gold answers, or at least gold evidence."""
    return bool(question.answers) or (question.answers is None and bool(question.evidence))


def judge_outcome(case: Case) -> Outcome:
    """What became of a question: the classes that every table shows, so that an abstention is never averaged away."""
    if case.answer.error is not None:
        return "failed"
    if case.answer.abstained:
        return "abstained"
    if case.question.answers is None:
        return "not judged"
    return "correct" if holds_gold_answer(case) else "wrong"


def is_right(case: Case) -> bool:
    """Whether the reply was the right one: a correct answer, or an abstention where nothing answers."""
    return case.outcome == "correct" or (case.outcome == "abstained" and case.question.answers == ())


def find_cause(case: Case) -> Cause:
    """Why a question was not answered well. A correct answer is right, whatever it cites; ``citation_hit`` is apart."""
    if case.outcome == "failed":
        return "error"
    if case.question.answers == ():
        return "right" if case.outcome == "abstained" else "should have abstained"
    if case.outcome == "abstained":
        return "needless abstention" if is_answerable(case.question) else "not judged"
    if case.outcome == "correct":
        return "right"
    if not case.gold:
        return "wrong answer" if case.outcome == "wrong" else "not judged"
    if case.citing[0]:
        return "right span, wrong answer" if case.outcome == "wrong" else "right"
    if not any(case.relevant):
        return "not retrieved"
    return "cited the wrong span" if case.cited else "retrieved, not cited"


def holds_gold_answer(case: Case) -> bool:
    """Whether the words of some gold answer stand in the answer's text one after another, whole words only."""
    if case.answer.abstained:
        return False
    text = f" {normalise(plain_text(case.answer))} "
    golds = (normalise(gold) for gold in case.question.answers or ())
    return any(gold and f" {gold} " in text for gold in golds)


def plain_text(answer: Answer) -> str:
    """An answer's text without its markers. ``[2020 census]`` is no marker, nor is ``[3]`` where nothing is cited as 3."""
    text = answer.text
    for start, end in reversed(find_markers(answer)):
        text = text[:start] + text[end:]
    for marker in answer.unknown_markers:
        text = text.replace(marker if marker.startswith("[") else f"[{marker}]", "")
    return text


def find_markers(answer: Answer) -> list[tuple[int, int]]:
    """Where the markers of the answer's citations stand in its text, in order: where these say, else ``[number]``."""
    places = {place for citation in answer.citations for place in citation.markers}
    if places:
        return sorted(places)
    numbers = {str(citation.number) for citation in answer.citations}
    return [found.span() for found in re.finditer(r"\[(\d+)\]", answer.text) if found[1] in numbers]


def predicted_text(answer: Answer) -> str:
    """What EM and F1 compare: nothing for an abstention, the short answer where there is one, else the plain text."""
    if answer.abstained:
        return ""
    return answer.short_answer.text if answer.short_answer else plain_text(answer)
