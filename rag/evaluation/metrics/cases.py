"""One question with its answer: what became of it, at which step it went wrong, and the words that are compared. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


Proof = Literal["passages", "citations"]
ALL_PROOF: frozenset[Proof] = frozenset(get_args(Proof))
"""What a system may tell beside its words: which passages it found, and what it cites."""


@dataclass(frozen=True)
class Case:
    """One question, located evidence included, with its answer and the texts of the documents by id.

    ``reports`` is what the system tells at all: what it never tells cannot be measured, and is no failing of it. What several metrics need is worked out once and kept (hence no slots).
    """

    question: Question
    answer: Answer
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    reports: frozenset[Proof] = ALL_PROOF

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
    def cited_share(self) -> float:
        """The share of the gold evidence's characters that is cited; where one piece is enough, of the best one."""
        pieces = [(piece,) for piece in self.gold] if self.question.any_evidence else [self.gold]
        return max(count_shared(self.cited, piece) / count_characters(piece) for piece in pieces)

    @cached_property
    def wanted_characters(self) -> int:
        """How many characters of evidence an answer would cite: all, or the longest piece where one is enough."""
        if self.question.any_evidence:
            return max((piece.end - piece.start for piece in self.gold), default=0)
        return self.citing[2]

    @cached_property
    def relevant(self) -> tuple[bool, ...]:
        """Whether each passage that was retrieved, best first, overlaps gold evidence; where one is enough, the first."""
        found = [any(scored.passage.span.overlap(piece) for piece in self.gold) for scored in self.answer.passages]
        if self.question.any_evidence and True in found:
            found = [place == found.index(True) for place in range(len(found))]
        return tuple(found)

    @cached_property
    def relevant_total(self) -> int:
        """How many passages are relevant: those retrieved, and one for each piece of evidence that none of them touches.

        What else the index holds is not known here. Where passages partition a document and a piece of evidence lies
        in one passage, this is the true number.
        """
        if self.question.any_evidence:
            return 1
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
    return bool(question.answers or question.must) or (question.answers is None and bool(question.evidence))


def is_unanswerable(question: Question) -> bool:
    """Whether the documents are known not to answer the question."""
    return question.answers == () and not question.must


def judge_outcome(case: Case) -> Outcome:
    """What became of a question: the classes that every table shows, so that an abstention is never averaged away."""
    if case.answer.error is not None:
        return "failed"
    if case.answer.abstained:
        return "abstained"
    if case.question.answers is None and not case.question.must:
        return "not judged"
    return "correct" if holds_gold_answer(case) else "wrong"


def is_right(case: Case) -> bool:
    """Whether the reply was the right one: a correct answer, or an abstention where nothing answers."""
    return case.outcome == "correct" or (case.outcome == "abstained" and is_unanswerable(case.question))


def find_cause(case: Case) -> Cause:
    """Why a question was not answered well. A correct answer is right, whatever it cites; ``citation_hit`` is apart."""
    if case.outcome == "failed":
        return "error"
    if is_unanswerable(case.question):
        return "right" if case.outcome == "abstained" else "should have abstained"
    if case.outcome == "abstained":
        return "needless abstention" if is_answerable(case.question) else "not judged"
    if case.outcome == "correct":
        return "right"
    if not case.gold:
        return "wrong answer" if case.outcome == "wrong" else "not judged"
    if not case.reports:
        return "wrong answer" if case.outcome == "wrong" else "not judged"
    if case.citing[0]:
        return "right span, wrong answer" if case.outcome == "wrong" else "right"
    if "passages" in case.reports and not any(case.relevant):
        return "not retrieved"
    if "citations" not in case.reports:
        return "wrong answer" if case.outcome == "wrong" else "not judged"
    return "cited the wrong span" if case.cited else "retrieved, not cited"


def holds_gold_answer(case: Case) -> bool:
    """Whether the answer's text holds some gold answer, and all that it must hold: whole words, one after another."""
    if case.answer.abstained:
        return False
    held = find_held(case, case.question.must)
    return all(held) and (bool(held) or any(find_held(case, case.question.answers or ())))


def find_held(case: Case, wanted: Sequence[str]) -> list[bool]:
    """Whether the words of each phrase stand in the answer's text one after another, in SQuAD's normal form."""
    text = f" {normalise(plain_text(case.answer))} "
    return [bool(words := normalise(phrase)) and f" {words} " in text for phrase in wanted]


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
