"""Two runs' values of the same questions, drawn again and swapped: what their difference could have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.evaluation.metrics.aggregate import to_sums
from rag.evaluation.metrics.intervals import AT_ONCE, SEED, draw_weights
from rag.evaluation.metrics.metric import Metric, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from rag.evaluation.metrics.intervals import Array

SWAPS = 4_999
"""Random swaps of a test; with the one observed, p has steps of 1 / 5,000."""

FEW_SWAPS = 1_000
"""Swaps of what must be sorted anew each time, the observed one included: quantiles and curves."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """One metric's values in both runs, for the questions (by place) where both define it, and how many units these are."""

    places: tuple[int, ...]
    before: tuple[Value, ...]
    after: tuple[Value, ...]
    units: int


def draw_differences(metrics: Sequence[Metric], pairs: Mapping[str, Pairs], units: Sequence[int]) -> dict[str, Array]:
    """Each metric's difference in each bootstrap draw of the units: both runs see the same questions."""
    import numpy as np

    names, of_question = np.unique(np.asarray(units), return_inverse=True)
    summed, sums = _sum_by_unit(metrics, pairs, of_question, len(names))
    parts: dict[str, list[Array]] = {metric.name: [] for metric in metrics}
    with np.errstate(invalid="ignore", divide="ignore"):
        for weights in draw_weights(len(names), len(units)):
            before, below, after, underneath = np.split(weights @ sums, 4, axis=1)
            for column, metric in enumerate(summed):
                ratio = after[:, column] / underneath[:, column] - before[:, column] / below[:, column]
                parts[metric.name].append(ratio)
            for metric in metrics:
                if metric.weigh and pairs[metric.name].places:
                    own = pairs[metric.name]
                    spread = weights[:, of_question[list(own.places)]]
                    first, second = (metric.weigh(_to_array(values), spread) for values in (own.before, own.after))
                    parts[metric.name].append(second - first)
    return {name: np.concatenate(found) if found else np.empty(0) for name, found in parts.items()}


def draw_swaps(metrics: Sequence[Metric], pairs: Mapping[str, Pairs], units: Sequence[int]) -> dict[str, float | None]:
    """Each metric's p, two-sided: how often a difference as large arises where the runs of each unit are swapped or not.

    The observed one is counted too, so p is never 0 (Phipson and Smyth 2010).
    """
    import numpy as np

    names, of_question = np.unique(np.asarray(units), return_inverse=True)
    summed, sums = _sum_by_unit(metrics, pairs, of_question, len(names))
    before, below, after, underneath = np.split(sums, 4, axis=1)
    middle = np.hstack([before + after, below + underneath]).sum(axis=0) / 2
    half = np.hstack([after - before, underneath - below]) / 2
    hits, tried = ({metric.name: 0 for metric in metrics} for _ in range(2))
    observed: dict[str, float] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        # The first row swaps nothing: it is what was observed.
        for signs in _draw_signs(len(names), len(units)):
            moved = signs @ half
            above, under = np.hsplit(middle + moved, 2)
            over, beneath = np.hsplit(middle - moved, 2)
            found = {metric.name: (above / under - over / beneath)[:, column] for column, metric in enumerate(summed)}
            for metric in metrics:
                own = pairs[metric.name]
                if metric.weigh and own.places and tried[metric.name] < FEW_SWAPS:
                    kept = (signs[: FEW_SWAPS - tried[metric.name], of_question[list(own.places)]] + 1) / 2
                    pooled = _to_array([*own.before, *own.after])
                    second = metric.weigh(pooled, np.hstack([1 - kept, kept]))
                    found[metric.name] = second - metric.weigh(pooled, np.hstack([kept, 1 - kept]))
            for name, differences in found.items():
                size = observed.setdefault(name, abs(float(differences[0])))
                tried[name] += len(differences)
                hits[name] += int(np.sum(np.abs(differences) >= size - 1e-12))
    return {
        name: hits[name] / tried[name] if name in observed and np.isfinite(observed[name]) else None for name in hits
    }


def _sum_by_unit(
    metrics: Sequence[Metric], pairs: Mapping[str, Pairs], of_question: NDArray[np.int64], units: int
) -> tuple[list[Metric], Array]:
    """The metrics that are sums divided by sums, and these by unit: before, its divisor, after, and its divisor."""
    import numpy as np

    summed = [metric for metric in metrics if not metric.weigh]
    blocks = np.zeros((4, units, len(summed)))
    for column, metric in enumerate(summed):
        own = pairs[metric.name]
        if own.places:
            places = of_question[list(own.places)]
            for row, values in enumerate(np.hstack([to_sums(own.before), to_sums(own.after)]).T):
                blocks[row, :, column] = np.bincount(places, values, minlength=units)
    return summed, np.hstack(list(blocks))


def _draw_signs(units: int, questions: int) -> Iterator[Array]:
    """Rows of +1 and -1 for the units, a few at a time, ``SWAPS`` and a first row of +1."""
    import numpy as np

    generator = np.random.default_rng(SEED + 1)
    rows = max(1, AT_ONCE // max(questions, 1))
    for first in range(0, SWAPS + 1, rows):
        drawn = generator.integers(0, 2, size=(min(rows, SWAPS + 1 - first), units), dtype=np.int8)
        signs = 2 * drawn.astype(np.float64) - 1
        if first == 0:
            signs[0] = 1.0
        yield signs


def _to_array(values: Sequence[Value]) -> Array:
    import numpy as np

    return np.asarray(values, dtype=float).reshape(len(values), -1)
