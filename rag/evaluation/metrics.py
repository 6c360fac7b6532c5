"""The metrics: pure functions of one question and its answer, in one table that says what each means and is over.

Three rules hold for all of them. An abstention is told by ``Answer.abstained`` alone, never by its words. A failure
(``Answer.error``) gets a metric's worst value, so that failing never helps. Where a metric is not defined, it is
None, and the question is not among the ``n`` that is printed beside the figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rag.evaluation.spans import count_characters, count_shared
from rag.evaluation.squad import SQUAD, exact_match_of, f1_of, normalise
from rag.types import Answer, Question, Span

Outcome = Literal["correct", "wrong", "not judged", "abstained", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("correct", "wrong", "not judged", "abstained", "failed")

Over = Literal["all", "answerable", "unanswerable", "with answers", "judged", "with evidence"]
"""Which questions a metric is over."""

BELONGS: Mapping[Over, Callable[[Question], bool]] = {
    "all": lambda question: True,
    "answerable": lambda question: is_answerable(question),
    "unanswerable": lambda question: question.answers == (),
    "with answers": lambda question: bool(question.answers),
    "judged": lambda question: question.answers is not None,
    "with evidence": lambda question: (
        is_answerable(question) and any(isinstance(piece, Span) for piece in question.evidence)
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One question, located evidence included, with its answer and the texts of the documents by id."""

    question: Question
    answer: Answer
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def gold(self) -> tuple[Span, ...]:
        """Where the gold evidence stands."""
        return tuple(piece for piece in self.question.evidence if isinstance(piece, Span))

    @property
    def cited(self) -> tuple[Span, ...]:
        """Where the quotes of the answer stand."""
        return tuple(citation.span for citation in self.answer.citations)


Value = float | tuple[int, int] | None
"""What a metric says of one case: a number, (good, counted) for a ratio, or None where it is not defined."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure to compute.

    Attributes:
        name: how tables and JSON call it.
        function: its value for one case that is no failure and belongs to ``over``.
        over: which questions it is over.
        kind: ``proportion`` of questions (0 or 1 each), ``mean`` over questions, ``ratio`` of things counted within
            all answers together, or ``quantile`` over questions, in seconds.
        definition: one sentence.
        source: where the definition comes from.
        worst: what a failure gets; None where failures are left out.
        quantile: which one, for that kind.
    """

    name: str
    function: Callable[[Case], Value]
    over: Over
    kind: Literal["proportion", "mean", "ratio", "quantile"]
    definition: str
    source: str = "Footnote"
    worst: float | None = 0.0
    quantile: float | None = None

    def applies_to(self, question: Question) -> bool:
        """Whether the question is one of those that the metric is over."""
        return BELONGS[self.over](question)

    def measure(self, case: Case) -> Value:
        """The metric's value for any case: None where it does not apply, the worst value for a failure."""
        if not self.applies_to(case.question):
            return None
        if case.answer.error is not None and self.kind != "quantile":
            return self.worst
        return self.function(case)


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
    return "correct" if contains(case) else "wrong"


def plain_text(answer: Answer) -> str:
    """An answer's text without its markers. ``[2020 census]`` is no marker, nor is ``[3]`` where nothing is cited as 3."""
    text = answer.text
    places = {place for citation in answer.citations for place in citation.markers}
    if places:
        for start, end in sorted(places, reverse=True):
            text = text[:start] + text[end:]
    else:
        numbers = {str(citation.number) for citation in answer.citations}
        text = re.sub(r"\[(\d+)\]", lambda found: "" if found[1] in numbers else found[0], text)
    for marker in answer.unknown_markers:
        text = text.replace(marker if marker.startswith("[") else f"[{marker}]", "")
    return text


def predicted_text(answer: Answer) -> str:
    """What EM and F1 compare: nothing for an abstention, the short answer where there is one, else the plain text."""
    if answer.abstained:
        return ""
    return answer.short_answer.text if answer.short_answer else plain_text(answer)


def exact_match(case: Case) -> float:
    """The best exact match over the gold answers."""
    return max(exact_match_of(predicted_text(case.answer), gold) for gold in _gold_texts(case))


def f1(case: Case) -> float:
    """The best F1 over the gold answers."""
    return max(f1_of(predicted_text(case.answer), gold) for gold in _gold_texts(case))


def contains(case: Case) -> float:
    """1 if the words of some gold answer stand in the answer's text one after another, whole words only."""
    if case.answer.abstained:
        return 0.0
    text = f" {normalise(plain_text(case.answer))} "
    golds = (normalise(gold) for gold in case.question.answers or ())
    return float(any(gold and f" {gold} " in text for gold in golds))


def crag_score(case: Case) -> float:
    """+1 for a correct answer, 0 for an abstention, -1 for a wrong answer."""
    return {"correct": 1.0, "abstained": 0.0}.get(judge_outcome(case), -1.0)


def first_relevant_rank(case: Case) -> int | None:
    """The rank, from 1, of the first passage given to the answerer that overlaps gold evidence."""
    for rank, scored in enumerate(case.answer.passages, start=1):
        if count_shared([scored.passage.span], case.gold):
            return rank
    return None


def hit_at(k: int) -> Callable[[Case], float]:
    """A metric's function: 1 if one of the first ``k`` passages overlaps gold evidence."""
    return lambda case: float((first_relevant_rank(case) or k + 1) <= k)


def reciprocal_rank(case: Case) -> float:
    """One over the rank of the first relevant passage; 0 if there is none."""
    rank = first_relevant_rank(case)
    return 1 / rank if rank else 0.0


def citation_hit(case: Case) -> float:
    """1 if any cited quote shares a character with gold evidence."""
    return float(count_shared(case.cited, case.gold) > 0)


def citation_precision(case: Case) -> float | None:
    """Characters of the cited quotes that are gold evidence / characters cited; not defined where nothing is cited."""
    return count_shared(case.cited, case.gold) / count_characters(case.cited) if case.cited else None


def citation_recall(case: Case) -> float:
    """Characters of gold evidence that are cited / characters of gold evidence."""
    return count_shared(case.cited, case.gold) / count_characters(case.gold)


def citation_f1(case: Case) -> float:
    """The harmonic mean of citation precision and recall; 0 where nothing is cited."""
    return 2 * count_shared(case.cited, case.gold) / (count_characters(case.cited) + count_characters(case.gold))


def quote_validity(case: Case) -> tuple[int, int]:
    """How many citations quote their document's text exactly, of how many."""
    # The lengths are compared too, because a slice that reaches beyond the text is cut short in silence.
    good = sum(
        len(citation.quote) == citation.span.end - citation.span.start
        and case.texts.get(citation.span.document_id, "").startswith(citation.quote, citation.span.start)
        for citation in case.answer.citations
    )
    return good, len(case.answer.citations)


def _abstained(case: Case) -> float:
    return float(case.answer.abstained)


def _gold_texts(case: Case) -> list[str]:
    """The gold answers that have words; SQuAD's stand-in for none is the empty text, which an abstention matches."""
    return [gold for gold in case.question.answers or () if normalise(gold)] or [""]


def build_table(metrics: Iterable[Metric]) -> dict[str, Metric]:
    """Metrics by name."""
    return {metric.name: metric for metric in metrics}


METRICS: Mapping[str, Metric] = build_table(
    [
        Metric("em", exact_match, "with answers", "proportion", "the answer is a gold answer, in normal form", SQUAD),
        Metric("f1", f1, "with answers", "mean", "word overlap with the best gold answer", SQUAD),
        Metric("contains", contains, "with answers", "proportion", "a gold answer stands in the answer's text"),
        Metric("em_squad", exact_match, "judged", "proportion", "EM, where abstaining matches no answer", SQUAD),
        Metric("f1_squad", f1, "judged", "mean", "F1, where abstaining matches no answer", SQUAD),
        Metric(
            "crag",
            crag_score,
            "judged",
            "mean",
            "+1 correct (contains), 0 abstained, -1 wrong or answered though unanswerable",
            "Yang et al. 2024 (CRAG)",
            worst=-1.0,
        ),
        *(
            Metric(
                f"hit@{k}",
                hit_at(k),
                "with evidence",
                "proportion",
                f"one of the first {k} passages overlaps gold evidence",
                "success@k of TREC",
            )
            for k in (1, 3, 5, 8)
        ),
        Metric(
            "mrr",
            reciprocal_rank,
            "with evidence",
            "mean",
            "1 / rank of the first passage that overlaps gold evidence",
            "recip_rank of TREC",
        ),
        Metric(
            "citation_hit",
            citation_hit,
            "with evidence",
            "proportion",
            "a cited quote touches gold evidence; an abstention does not",
        ),
        Metric(
            "citation_precision",
            citation_precision,
            "with evidence",
            "mean",
            "share of the cited characters that is gold evidence, over answers that cite",
        ),
        Metric(
            "citation_recall",
            citation_recall,
            "with evidence",
            "mean",
            "share of the gold evidence's characters that is cited; 0 for an abstention",
        ),
        Metric(
            "citation_f1",
            citation_f1,
            "with evidence",
            "mean",
            "harmonic mean of the two, question by question; 0 for an abstention",
        ),
        Metric(
            "quote_validity",
            quote_validity,
            "all",
            "ratio",
            "share of all citations whose quote equals the document's text there",
            worst=None,
        ),
        Metric("abstained_correctly", _abstained, "unanswerable", "proportion", "abstained, as it should"),
        Metric(
            "false_answer",
            lambda case: 1.0 - _abstained(case),
            "unanswerable",
            "proportion",
            "error: answered (or failed) though the documents do not say; lower is better",
            worst=1.0,
        ),
        Metric(
            "needless_abstention",
            _abstained,
            "answerable",
            "proportion",
            "error: abstained (or failed) though the documents say; lower is better",
            worst=1.0,
        ),
        *(
            Metric(
                f"seconds_p{percent}",
                lambda case: case.answer.seconds.total,
                "all",
                "quantile",
                f"{percent} % of the questions, failures included, took no longer",
                quantile=percent / 100,
            )
            for percent in (50, 95)
        ),
    ]
)
"""Every metric by name, in the order in which tables show them."""
