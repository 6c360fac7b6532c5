"""Gates: what a run's figures must be for it to pass, such as ``contains>=0.8``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.errors import UsageError
from rag.evaluation.formats.json_files import render_names
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.metrics.table import METRICS, choose_metrics
from rag.evaluation.run.scoring import Scored, Scores, as_scores, render_score

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
PATTERN = re.compile(r"\s*([^\s<>=]+)\s*(>=|<=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*(%?)\s*")


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound on the figure of one metric over all questions asked.

    It is the figure itself that is held against the bound, not its interval: who writes a number into a build means
    that number. (Whether a change is a real one is what ``compare`` tells, and it does look at the interval.)
    """

    metric: Metric
    sign: str
    bound: float

    def __str__(self) -> str:
        scale, digits = self.metric.scale
        unit = " s" if self.metric.kind == "quantile" else " %" if scale == 100 else ""
        return f"{self.metric.name} {self.sign} {self.bound * scale:.{digits}f}{unit}"

    def find_failure(self, scores: Scores) -> str | None:
        """Why a run does not pass, in one line with value, interval and n; None where it does.

        Raises:
            UsageError: the run has no such figure.
        """
        part = next((part for part in scores.slices if part.kind == "all"), None)
        if part is None:
            raise UsageError("figures that were read from a file have no totals; give gates what evaluate returns")
        if (found := part.scores.get(self.metric.name)) is None:
            raise UsageError(
                f"the run has no figure '{self.metric.name}'; it has: {render_names(list(part.scores))}; score it with "
                f"metrics={{**METRICS, **choose_metrics('{self.metric.name}')}}"
            )
        if found.value is not None and COMPARISONS[self.sign](found.value, self.bound):
            return None
        return f"{self.metric.name} is {render_score(self.metric, found)}, required: {self}"


def parse_gate(words: str, metrics: Mapping[str, Metric] | None = None) -> Gate:
    """A gate from ``NAME>=VALUE``; the value is a share, or per cent with a sign for it (seconds are seconds).

    Raises:
        UsageError: the words have another shape, there is no such metric, or no figure can ever be on that side.
    """
    found = PATTERN.fullmatch(words)
    if not found:
        raise UsageError(f"cannot read the gate '{words}'; write it as 'contains>=0.8', with one of >= <= > <")
    name, sign, number, per_cent = found.groups()
    metric = choose_metrics([name], metrics)[name]
    bound = float(number) / (100 if per_cent else 1)
    if metric.bounds and not metric.bounds[0] <= bound <= metric.bounds[1]:
        low, high = metric.bounds
        hint = f"; did you mean {name}{sign}{number}%?" if not per_cent and low <= bound / 100 <= high else ""
        raise UsageError(f"'{words}': {name} lies between {low:g} and {high:g}{hint}")
    if metric.bounds is None and per_cent:
        raise UsageError(f"'{words}': {name} is not a share; leave out the %")
    return Gate(metric, sign, bound)


def find_failures(gates: str | Sequence[Gate | str], scores: Scores | Scored) -> dict[Gate, str]:
    """The gates that a run does not pass, and why.

    Args:
        gates: as ``parse_gate`` returns or reads them.
        scores: what ``evaluate`` returns, or its figures.

    Raises:
        UsageError: a gate cannot be read, or is about a figure that the run has not.
    """
    found, told = as_scores(scores), [gates] if isinstance(gates, str) else gates
    own = {metric.name: metric for metric in found.metrics}
    read = [parse_gate(gate, {**METRICS, **own}) if isinstance(gate, str) else gate for gate in told]
    failures = {gate: gate.find_failure(found) for gate in read}
    return {gate: why for gate, why in failures.items() if why is not None}
