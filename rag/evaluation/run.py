"""Asking a question set, and scoring what came back. The two are apart: scoring never asks anything again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rag.errors import FootnoteError, QuestionSetError
from rag.evaluation.evidence import resolve_evidence
from rag.evaluation.intervals import bootstrap_interval, find_quantile, wilson_interval
from rag.evaluation.metrics import METRICS, OUTCOMES, Case, Metric, Outcome, Value, is_answerable, judge_outcome
from rag.evaluation.questions import SPLITS
from rag.types import Answer, Evidence, Question, Seconds

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    Chain = Runnable[Any, Any] | Callable[[str], str | Answer | None]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""

MAX_REASON = 300
"""Characters of an exception's message that are kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """What each metric says of one question; None where it does not apply."""

    id: str
    outcome: Outcome
    answerable: bool
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Score:
    """One figure over some questions.

    ``value`` is None where nothing was counted (0 of 0). ``low`` and ``high`` bound the 95 % interval, where there is
    one. ``n`` is how many were counted: questions, or for a ratio the things counted in all answers together.
    ``abstained`` and ``failed`` say how many of the metric's questions ended so, whether they are among ``n`` or not.
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    abstained: int
    failed: int


@dataclass(frozen=True, slots=True)
class Slice:
    """All figures over one part of the questions: ``kind`` is all, split or tag, and ``name`` says which."""

    kind: str
    name: str
    questions: int
    answerable: Mapping[Outcome, int]
    unanswerable: Mapping[Outcome, int]
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of a run: a slice for each split, for all questions and for each tag, and a row a question."""

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


def answer_questions(
    chain: Chain, questions: Sequence[Question], *, on_progress: Progress | None = None
) -> Iterator[Answer]:
    """Ask each question in turn. What goes wrong becomes an ``Answer`` with ``error``, so that it is counted.

    Args:
        chain: a LangChain Runnable, which is given the ``Question``, or a function, which is given its text. Either
            returns an ``Answer`` or a text; an empty text or None is an abstention.
        questions: what is asked. The gold data in them is taken out before the chain sees them.
        on_progress: called with "asking", the number done and the number of all.

    Yields:
        One answer a question, in order, each with its question's id.
    """
    for number, question in enumerate(questions, start=1):
        yield _ask(chain, question)
        if on_progress:
            on_progress("asking", number, len(questions))


def score(
    answers: Sequence[Answer],
    questions: Sequence[Question],
    texts: Mapping[str, str],
    metrics: Mapping[str, Metric] = METRICS,
) -> Scores:
    """Measure answers against the gold data of their questions.

    Args:
        answers: paired with ``questions`` by id. A question that has none counts as failed.
        questions: with gold data; evidence by quote is located in ``texts``.
        texts: the documents' texts by id, those that the answers' offsets refer to.
        metrics: which figures to compute.

    Raises:
        QuestionSetError: evidence is not where it should be, or questions share an id.
    """
    questions = require_gold(questions, texts)
    by_id = {answer.id: answer for answer in answers}
    missing = "there is no answer to this question"
    cases = [
        Case(question, by_id.get(question.id) or Answer(question.text, "", id=question.id, error=missing), texts)
        for question in questions
    ]
    rows = [
        Row(
            case.question.id,
            judge_outcome(case),
            is_answerable(case.question),
            {name: metric.measure(case) for name, metric in metrics.items()},
        )
        for case in cases
    ]
    slices = [
        _score_slice(kind, name, [pair for pair in zip(cases, rows, strict=True) if belongs(pair[0].question)], metrics)
        for kind, name, belongs in _find_slices(questions)
    ]
    errors = {case.question.id: case.answer.error for case in cases if case.answer.error is not None}
    return Scores(tuple(metrics.values()), tuple(slices), tuple(rows), errors)


def require_gold(questions: Sequence[Question], texts: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions, fit to be scored: with ids of their own, and with evidence by quote located in ``texts``.

    Raises:
        QuestionSetError: they are not.
    """
    if len({question.id for question in questions}) < len(questions):
        raise QuestionSetError("every question needs an id of its own, by which its answer is found")
    if any(isinstance(piece, Evidence) for question in questions for piece in question.evidence):
        return resolve_evidence(questions, texts)
    return tuple(questions)


def _ask(chain: Chain, question: Question) -> Answer:
    asked = replace(question, answers=None, evidence=(), tags=(), split="")
    started = time.perf_counter()
    try:
        invoke = getattr(chain, "invoke", None)
        reply = invoke(asked) if invoke else chain(question.text)  # type: ignore[operator]
        answer = _read_reply(question, reply)
    except FootnoteError as error:
        answer = Answer(question.text, "", error=_one_line(str(error)))
    except Exception as error:  # whatever a chain does wrong is an outcome to count, not the end of the run
        answer = Answer(question.text, "", error=_one_line(f"{type(error).__name__}: {error}"))
    took = time.perf_counter() - started
    seconds = answer.seconds if answer.seconds.total > 0 else Seconds(total=took)
    return replace(answer, id=question.id, seconds=seconds)


def _read_reply(question: Question, reply: object) -> Answer:
    if isinstance(reply, Answer):
        return reply
    if reply is None or isinstance(reply, str):
        text = reply or ""
        return Answer(question.text, text, abstained=not text.strip(), model="function")
    raise TypeError(f"the chain returned {type(reply).__name__}, and neither an Answer nor a text")


def _one_line(message: str) -> str:
    return " ".join(message.split())[:MAX_REASON]


def _find_slices(questions: Sequence[Question]) -> Iterator[tuple[str, str, Callable[[Question], bool]]]:
    """The parts that are scored: each split there is, everything, and each tag in alphabetical order."""
    for split in (*SPLITS, *sorted({question.split for question in questions} - {*SPLITS, ""})):
        if any(question.split == split for question in questions):
            yield "split", split, lambda question, split=split: question.split == split  # type: ignore[misc]
    yield "all", "all", lambda question: True
    for tag in sorted({tag for question in questions for tag in question.tags}):
        yield "tag", tag, lambda question, tag=tag: tag in question.tags  # type: ignore[misc]


def _score_slice(kind: str, name: str, pairs: Sequence[tuple[Case, Row]], metrics: Mapping[str, Metric]) -> Slice:
    rows = [row for _, row in pairs]
    return Slice(
        kind,
        name,
        len(rows),
        _count_outcomes(row for row in rows if row.answerable),
        _count_outcomes(row for case, row in pairs if case.question.answers == ()),
        {metric.name: _score_metric(metric, pairs) for metric in metrics.values()},
    )


def _count_outcomes(rows: Iterable[Row]) -> dict[Outcome, int]:
    found = [row.outcome for row in rows]
    return {outcome: found.count(outcome) for outcome in OUTCOMES}


def _score_metric(metric: Metric, pairs: Sequence[tuple[Case, Row]]) -> Score:
    asked = [row for case, row in pairs if metric.applies_to(case.question)]
    value, interval, n = summarise(metric, [row.values[metric.name] for row in asked])
    low, high = interval or (None, None)
    outcomes = [row.outcome for row in asked]
    return Score(metric.name, value, low, high, n, outcomes.count("abstained"), outcomes.count("failed"))


def summarise(metric: Metric, values: Sequence[Value]) -> tuple[float | None, tuple[float, float] | None, int]:
    """One metric's values over some questions as a figure, its 95 % interval, and how many were counted."""
    if metric.kind == "ratio":
        pairs = [value for value in values if isinstance(value, tuple)]
        good, counted = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
        return (good / counted if counted else None), wilson_interval(good, counted), counted
    numbers = [float(value) for value in values if value is not None and not isinstance(value, tuple)]
    if not numbers:
        return None, None, 0
    mean = sum(numbers) / len(numbers)
    if metric.kind == "proportion":
        return mean, wilson_interval(sum(numbers), len(numbers)), len(numbers)
    if metric.kind == "mean":
        return mean, bootstrap_interval(numbers), len(numbers)
    return find_quantile(numbers, metric.quantile or 0.5), bootstrap_interval(numbers, metric.quantile), len(numbers)
