"""Scoring the answers to a question set: figures with their intervals, by slice. It never asks anything again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from rag.errors import QuestionSetError, UsageError
from rag.evaluation.formats.evidence import resolve_evidence
from rag.evaluation.formats.questions import SPLITS
from rag.evaluation.metrics.aggregate import summarise
from rag.evaluation.metrics.cases import (
    CAUSES,
    OUTCOMES,
    Case,
    Cause,
    Outcome,
    Proof,
    find_cause,
    is_answerable,
    is_unanswerable,
)
from rag.evaluation.metrics.intervals import group_units
from rag.evaluation.metrics.metric import BELONGS, Metric, Value
from rag.evaluation.metrics.table import METRICS, Metrics, read_metrics
from rag.types import Answer, Evidence, Question, Span, text_digest

Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Row:
    """What each metric says of one question; None where it does not apply.

    ``document`` is the one that the question is about, if that is known: questions that share it are drawn together.
    ``gold`` is a digest of what was held against the answer; empty where that is not known.
    """

    id: str
    outcome: Outcome
    cause: Cause
    answerable: bool
    document: str | None
    values: Mapping[str, Value]
    gold: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One figure over some questions.

    ``value`` is None where nothing was counted (0 of 0). ``low`` and ``high`` bound the 95 % interval, where there is
    one. ``n`` is how many were counted: questions, or for a ratio the things counted in all answers together; ``units``
    is how many documents they come from, if these are what the interval is about, else how many questions.
    ``abstained`` and ``failed`` say how many of the metric's questions ended so, whether they are among ``n`` or not.
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    units: int
    abstained: int
    failed: int


@dataclass(frozen=True, slots=True)
class Slice:
    """All figures over one part of the questions: ``kind`` is all, split, kind or tag, and ``name`` says which."""

    kind: str
    name: str
    questions: int
    answerable: Mapping[Outcome, int]
    unanswerable: Mapping[Outcome, int]
    causes: Mapping[Cause, int]
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of a run: a slice for each split, for all questions, for each kind and each tag; a row a question."""

    metrics: tuple[Metric, ...]
    slices: tuple[Slice, ...]
    rows: tuple[Row, ...]
    errors: Mapping[str, str]

    def slice(self, kind: str, name: str = "all") -> Slice:
        """The slice of that kind and name.

        Raises:
            KeyError: there is none.
        """
        for part in self.slices:
            if (part.kind, part.name) == (kind, name):
                return part
        raise KeyError((kind, name))


class Scored(Protocol):
    """What was scored, such as what ``evaluate`` returns."""

    @property
    def scores(self) -> Scores:
        """Its figures."""


def as_scores(run: object) -> Scores:
    """The figures of a run, as ``score`` returns them or an ``Evaluation`` holds them. Raises UsageError for anything else."""
    found = getattr(run, "scores", run)
    if not isinstance(found, Scores):
        raise UsageError(
            f"a run is what evaluate returns, or load_scores(DIR) of a saved one, not {type(run).__name__}"
        )
    return found


def score(
    answers: Sequence[Answer],
    questions: Sequence[Question],
    texts: Mapping[str, str],
    metrics: Metrics = METRICS,
) -> Scores:
    """Measure answers against the gold data of their questions.

    Args:
        answers: paired with ``questions`` by id. A question that has none counts as failed.
        questions: with gold data; evidence by quote is located in ``texts``.
        texts: the documents' texts by id, those that the answers' offsets refer to.
        metrics: which figures to compute.

    Raises:
        QuestionSetError: evidence is not where it should be, or questions share an id.
        UsageError: the metrics are none.
    """
    questions, metrics = require_gold(questions, texts), read_metrics(metrics)
    cases = pair_answers(questions, answers, texts)
    rows = [
        Row(
            case.question.id,
            case.outcome,
            find_cause(case),
            is_answerable(case.question),
            find_document(case.question),
            {name: metric.measure(case) for name, metric in metrics.items()},
            digest_gold(case.question),
        )
        for case in cases
    ]
    slices = [
        _score_slice(kind, name, [pair for pair in zip(questions, rows, strict=True) if belongs(pair[0])], metrics)
        for kind, name, belongs in _find_slices(questions)
    ]
    errors = {case.question.id: case.answer.error for case in cases if case.answer.error is not None}
    return Scores(tuple(metrics.values()), tuple(slices), tuple(rows), errors)


def pair_answers(
    questions: Sequence[Question],
    answers: Iterable[Answer],
    texts: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> list[Case]:
    """Each question with the answer of its id; one that has none failed, for the reason that ``errors`` gives."""
    by_id, known = {answer.id: answer for answer in answers}, errors or {}

    def find(question: Question) -> Answer:
        why = known.get(question.id) or "there is no answer to this question"
        return by_id.get(question.id) or Answer(question.text, "", id=question.id, error=why)

    paired = [(question, find(question)) for question in questions]
    reports = find_reports(answer for _, answer in paired)
    return [Case(question, answer, texts, reports) for question, answer in paired]


def find_reports(answers: Iterable[Answer]) -> frozenset[Proof]:
    """What a system tells beside its words, passages and citations: what none of its answers has, it does not tell."""
    given = [answer for answer in answers if answer.error is None]
    told: dict[Proof, bool] = {
        "passages": not given or any(answer.passages for answer in given),
        # Who abstains from everything has nothing to cite, and is no better for it.
        "citations": all(answer.abstained for answer in given) or any(answer.citations for answer in given),
    }
    return frozenset(name for name, tells in told.items() if tells)


def render_value(metric: Metric, value: float, low: float | None, high: float | None) -> str:
    """A figure and its interval, if it has one, in the metric's unit."""
    scale, digits = metric.scale
    interval = "" if low is None or high is None else f" ({low * scale:.{digits}f} to {high * scale:.{digits}f})"
    return f"{value * scale:.{digits}f}{interval}"


def render_score(metric: Metric, score: Score) -> str:
    """One figure: value, interval, and what was counted."""
    if score.value is None:
        return "n/a  0 of 0"
    return f"{render_value(metric, score.value, score.low, score.high)}  n {score.n}"


def require_gold(questions: Sequence[Question], texts: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions, fit to be scored: with ids of their own, and with evidence by quote located in ``texts``.

    Raises:
        QuestionSetError: they are not.
        UsageError: they are no questions, or the texts no texts.
    """
    if isinstance(questions, str | os.PathLike) or not all(isinstance(question, Question) for question in questions):
        raise UsageError("questions are what prepare_questions(FILE, texts) returns; call it first")
    if not isinstance(texts, Mapping):
        raise UsageError(f"texts are documents' texts by id, not {type(texts).__name__}; write {{id: text}}")
    if len({question.id for question in questions}) < len(questions):
        raise QuestionSetError("every question needs an id of its own, by which its answer is found")
    if any(isinstance(piece, Evidence) for question in questions for piece in question.evidence):
        return resolve_evidence(questions, texts)
    return tuple(questions)


def digest_gold(question: Question) -> str:
    """A digest of what is held against an answer to the question."""
    told = (question.answers, question.must, question.evidence, question.any_evidence)
    return text_digest(repr(told).encode("utf-8", "backslashreplace").decode())[:16]


def find_document(question: Question) -> str | None:
    """The document that a question is about: that of its first evidence, else the first that it names."""
    spans = [piece for piece in question.evidence if isinstance(piece, Span)]
    return spans[0].document_id if spans else question.documents[0] if question.documents else None


def _find_slices(questions: Sequence[Question]) -> Iterator[tuple[str, str, Callable[[Question], bool]]]:
    """The parts that are scored: each split there is, everything, and each kind and each tag in alphabetical order."""
    for split in (*SPLITS, *sorted({question.split for question in questions} - {*SPLITS, ""})):
        if any(question.split == split for question in questions):
            yield "split", split, lambda question, split=split: question.split == split  # type: ignore[misc]
    yield "all", "all", lambda question: True
    for sort in sorted({question.kind for question in questions} - {""}):
        yield "kind", sort, lambda question, sort=sort: question.kind == sort  # type: ignore[misc]
    for tag in sorted({tag for question in questions for tag in question.tags}):
        yield "tag", tag, lambda question, tag=tag: tag in question.tags  # type: ignore[misc]


def _score_slice(kind: str, name: str, pairs: Sequence[tuple[Question, Row]], metrics: Mapping[str, Metric]) -> Slice:
    rows = [row for _, row in pairs]
    units = group_units([row.document for row in rows])
    values = {name: [row.values[name] for row in rows] for name in metrics}
    asked = {
        over: Counter(row.outcome for question, row in pairs if BELONGS[over](question))
        for over in {metric.over for metric in metrics.values()}
    }
    scores = {}
    for metric, figure in zip(metrics.values(), summarise(metrics.values(), values, units), strict=True):
        low, high = figure.interval or (None, None)
        ended = asked[metric.over]
        scores[metric.name] = Score(
            metric.name, figure.value, low, high, figure.n, figure.units, ended["abstained"], ended["failed"]
        )
    return Slice(
        kind,
        name,
        len(rows),
        _count(OUTCOMES, (row.outcome for row in rows if row.answerable)),
        _count(OUTCOMES, (row.outcome for question, row in pairs if is_unanswerable(question))),
        _count(CAUSES, (row.cause for row in rows)),
        scores,
    )


def _count(names: Sequence[Name], found: Iterable[Name]) -> dict[Name, int]:
    counts = Counter(found)
    return {name: counts[name] for name in names}
