"""What a metric is: a function of one question and its answer, with what it means, where it comes from and what it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rag.evaluation.metrics.cases import Case, is_answerable
from rag.evaluation.metrics.intervals import weigh_quantile
from rag.types import Question, Span

if TYPE_CHECKING:
    from rag.evaluation.metrics.intervals import Array

Over = Literal[
    "all", "known", "answerable", "unanswerable", "with answers", "judged", "with evidence", "answers + evidence"
]
"""Which questions a metric is over; ``known`` are those of which is known whether the documents answer them."""

BELONGS: Mapping[Over, Callable[[Question], bool]] = {
    "all": lambda question: True,
    "known": lambda question: question.answers is not None or is_answerable(question),
    "answerable": lambda question: is_answerable(question),
    "unanswerable": lambda question: question.answers == (),
    "with answers": lambda question: bool(question.answers),
    "judged": lambda question: question.answers is not None,
    "with evidence": lambda question: is_answerable(question) and _has_spans(question),
    "answers + evidence": lambda question: bool(question.answers) and _has_spans(question),
}

Value = float | tuple[float, float] | None
"""What a metric says of one case: a number, a pair for a ratio or a curve, or None where it is not defined."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure to compute.

    Attributes:
        name: how tables and JSON call it.
        function: its value for one case that belongs to ``over``.
        over: which questions it is over.
        kind: ``proportion`` of questions (0 or 1 each), ``mean`` over questions, ``ratio`` of things counted within
            all answers together (good, counted), ``quantile`` over questions, in seconds, or ``curve``, a figure that
            needs all questions' pairs at once.
        definition: one sentence.
        source: where the definition comes from.
        worst: what a failure gets in a proportion or a mean (None: it is left out); for other kinds the function sees
            failures itself.
        quantile: which one, for that kind.
        curve: for that kind, the figures of all pairs, shape (n, 2), under rows of weights, shape (draws, n).
        bounds: between which the value can lie; None if there are none.
        lower_is_better: as for errors and seconds.
    """

    name: str
    function: Callable[[Case], Value]
    over: Over
    kind: Literal["proportion", "mean", "ratio", "quantile", "curve"]
    definition: str
    source: str = "Footnote"
    worst: float | None = 0.0
    quantile: float | None = None
    curve: Callable[[Array, Array], Array] | None = None
    bounds: tuple[float, float] | None = (0.0, 1.0)
    lower_is_better: bool = False

    def applies_to(self, question: Question) -> bool:
        """Whether the question is one of those that the metric is over."""
        return BELONGS[self.over](question)

    def measure(self, case: Case) -> Value:
        """The metric's value for any case: None where it does not apply, the worst value for a failure."""
        if not self.applies_to(case.question):
            return None
        if case.answer.error is not None and self.kind in ("proportion", "mean"):
            return self.worst
        return self.function(case)

    @property
    def scale(self) -> tuple[int, int]:
        """What a figure is multiplied by to be shown, and its decimals: per cent, but for seconds and what has no bounds."""
        if self.kind == "quantile":
            return 1, 3
        return (1, 2) if self.bounds is None else (100, 1)

    @property
    def weigh(self) -> Callable[[Array, Array], Array] | None:
        """The figure under weights, for a quantile or a curve; sums do for the other kinds."""
        return weigh_quantile(self.quantile or 0.5) if self.kind == "quantile" else self.curve


def build_table(metrics: Iterable[Metric]) -> dict[str, Metric]:
    """Metrics by name."""
    return {metric.name: metric for metric in metrics}


def _has_spans(question: Question) -> bool:
    return any(isinstance(piece, Span) for piece in question.evidence)
