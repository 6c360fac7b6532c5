"""What a metric is: a function of one question and its answer, with what it means, where it comes from and what it is over."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Literal, get_args

from rag.errors import ModelError, UsageError
from rag.evaluation.metrics.cases import Case, Proof, is_answerable, is_unanswerable
from rag.evaluation.metrics.intervals import weigh_quantile
from rag.types import Question, Span

if TYPE_CHECKING:
    from rag.evaluation.metrics.intervals import Array

Over = Literal[
    "all",
    "known",
    "answerable",
    "unanswerable",
    "with answers",
    "with wording",
    "judged",
    "answers known",
    "with evidence",
    "answers + evidence",
]
"""Which questions a metric is over; ``known`` are those of which is known whether the documents answer them.

``with wording`` are those with gold answers, or with words that an answer must hold; ``judged`` those and the ones that
the documents do not answer; ``answers known`` leaves out those of which only the words that it must hold are known.
"""

Kind = Literal["proportion", "mean", "ratio", "quantile", "curve"]

BELONGS: Mapping[Over, Callable[[Question], bool]] = {
    "all": lambda question: True,
    "known": lambda question: question.answers is not None or is_answerable(question),
    "answerable": lambda question: is_answerable(question),
    "unanswerable": lambda question: is_unanswerable(question),
    "with answers": lambda question: bool(question.answers),
    "with wording": lambda question: bool(question.answers or question.must),
    "judged": lambda question: question.answers is not None or bool(question.must),
    "answers known": lambda question: bool(question.answers) or is_unanswerable(question),
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
        needs: what the system must report at all for this to be measured; of one that does not, it is not defined.
    """

    name: str
    function: Callable[[Case], Value]
    over: Over
    kind: Kind
    definition: str
    source: str = "Footnote"
    worst: float | None = 0.0
    quantile: float | None = None
    curve: Callable[[Array, Array], Array] | None = None
    bounds: tuple[float, float] | None = (0.0, 1.0)
    lower_is_better: bool = False
    needs: Proof | None = None

    def __post_init__(self) -> None:
        """Refuse what no figure can be made of. Raises UsageError."""
        for what, value, known in (("over", self.over, get_args(Over)), ("kind", self.kind, get_args(Kind))):
            if value not in known:
                raise UsageError(f"the metric '{self.name}' has no {what} '{value}'; there are: {', '.join(known)}")
        if not callable(self.function):
            raise UsageError(f"the metric '{self.name}' needs a function of a Case, not {type(self.function).__name__}")
        if self.kind == "curve" and self.curve is None:
            raise UsageError(f"the metric '{self.name}' is a curve, and needs: curve=FUNCTION")

    def applies_to(self, question: Question) -> bool:
        """Whether the question is one of those that the metric is over."""
        return BELONGS[self.over](question)

    def measure(self, case: Case) -> Value:
        """The metric's value for any case: None where it does not apply, the worst value for a failure.

        Raises:
            ModelError: a chat model that judges fails.
            UsageError: its function fails otherwise, or gives what is no value of it; the message names metric and question.
        """
        if not self.applies_to(case.question) or (self.needs and self.needs not in case.reports):
            return None
        if case.answer.error is not None and self.kind in ("proportion", "mean"):
            return self.worst
        try:
            value = self.function(case)
        except ModelError:  # a judge's, which says what to do
            raise
        except Exception as error:  # the function may be anybody's
            raise UsageError(
                f"the metric '{self.name}' fails at the question '{case.question.id}' "
                f"({type(error).__name__}: {error}); mend its function"
            ) from error
        if problem := self._find_problem(value):
            raise UsageError(f"the metric '{self.name}' gives {problem}, for the question '{case.question.id}'")
        return value

    def _find_problem(self, value: object) -> str:
        """Why this is no value of the metric; empty where it is one."""
        paired = self.kind in ("ratio", "curve")
        numbers = value if isinstance(value, tuple) else (value,)
        if value is None:
            return ""
        if isinstance(value, tuple) != paired or not all(isinstance(number, Real) for number in numbers):
            return f"{value!r:.60}, which is no {'pair of numbers' if paired else 'number'}; mend its function"
        if not all(math.isfinite(float(number)) for number in numbers):
            return f"{value}, which is not finite; give None where it is not defined"
        low, high = self.bounds or (-math.inf, math.inf)
        if not paired and self.kind != "quantile" and not low <= float(numbers[0]) <= high:
            return f"{value}, outside of its bounds {low:g} to {high:g}; give it bounds that hold, or bounds=None"
        return ""

    @property
    def scale(self) -> tuple[int, int]:
        """What a figure is multiplied by to be shown, and its decimals: per cent, but for seconds and what has no bounds."""
        if self.kind == "quantile":
            return 1, 3
        is_share = self.bounds is not None and self.bounds[0] >= -1 and self.bounds[1] <= 1
        return (100, 1) if is_share else (1, 2)

    @property
    def weigh(self) -> Callable[[Array, Array], Array] | None:
        """The figure under weights, for a quantile or a curve; sums do for the other kinds."""
        return weigh_quantile(self.quantile or 0.5) if self.kind == "quantile" else self.curve


def build_table(metrics: Iterable[Metric]) -> dict[str, Metric]:
    """Metrics by name."""
    return {metric.name: metric for metric in metrics}


def _has_spans(question: Question) -> bool:
    return any(isinstance(piece, Span) for piece in question.evidence)
