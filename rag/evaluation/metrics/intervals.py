"""How sure a figure is: 95 % intervals. Pure functions; the same numbers give the same interval.

The units that are drawn are questions, or documents where questions share them: answers drawn from one document
resemble each other, and to count them one by one would promise too much (Cameron and Miller 2015).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Z = 1.959963984540054
"""The standard normal quantile of .975: two-sided 95 %."""

RESAMPLES = 2_000
SEED = 20190307
AT_ONCE = 2_000_000
"""Numbers drawn at a time, which bounds the memory that a bootstrap takes (16 MB)."""

NO_SPREAD = 1e-12
"""An interval narrower than this comes from draws that are all the same, but for rounding."""

MIN_DOCUMENTS = 8
"""Fewer documents than this are too few to learn from how much documents differ; questions are the units then."""


def wilson_interval(successes: float, total: float) -> tuple[float, float] | None:
    """Wilson's score interval of a proportion (Wilson 1927); None where nothing was counted.

    It stays inside [0, 1], and 8 of 10 gives .49 to .94. Counts may be fractions, which SciPy's does not take: those of
    an effective sample size are.
    """
    if total <= 0:
        return None
    share, square = successes / total, Z * Z
    centre = share + square / (2 * total)
    half = Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    scale = 1 + square / total
    # Rounding may put the bound a hair past the share where that is 0 or 1.
    return max(0.0, min(share, (centre - half) / scale)), min(1.0, max(share, (centre + half) / scale))


def group_units(documents: Sequence[str | None]) -> tuple[int, ...]:
    """The unit that each question belongs to, numbered from 0: its document, or itself.

    Questions that share documents are drawn together where there are at least ``MIN_DOCUMENTS`` documents. Below, an
    interval speaks of more questions on the same documents. A question of no document stands for itself.
    """
    known = {name for name in documents if name is not None}
    if len(known) < MIN_DOCUMENTS or len(known) == sum(name is not None for name in documents):
        return tuple(range(len(documents)))
    numbers: dict[str | int, int] = {}
    return tuple(
        numbers.setdefault(place if name is None else name, len(numbers)) for place, name in enumerate(documents)
    )


def proportion_interval(values: Sequence[float], units: Sequence[int]) -> tuple[float, float] | None:
    """Wilson's interval of a proportion; where questions share units, of as many questions as they are worth.

    That number is n over the design effect (Kish 1965), with Student's quantile for few units (Korn and Graubard 1998).

    Args:
        values: 0 or 1 for each question.
        units: the unit of each.
    """
    count, total = len(set(units)), len(values)
    if count == total or count < 2:
        return wilson_interval(sum(values), total)
    share = sum(values) / total
    residuals = dict.fromkeys(units, 0.0)
    for unit, value in zip(units, values, strict=True):
        residuals[unit] += value - share
    clustered = count / (count - 1) * math.fsum(residual**2 for residual in residuals.values()) / total**2
    alone = share * (1 - share) / total
    effect = max(1.0, clustered / alone) if alone > 0 else 1.0
    worth = total / effect * (Z / student_quantile(count - 1)) ** 2
    return wilson_interval(share * worth, worth)


def constant_interval(value: float, n: int, bounds: tuple[float, float]) -> tuple[float, float]:
    """The interval of a mean whose ``n`` values are all the same.

    Drawing them again would promise certainty. By Wilson, though, a share of what was not seen may differ, and at worst
    it lies at the bounds. For values that are all 1 (or all 0) this is Wilson's interval itself.
    """
    _, share = wilson_interval(0, n) or (0.0, 1.0)
    low, high = bounds
    return value + share * min(0.0, low - value), value + share * max(0.0, high - value)


def draw_figures(
    units: NDArray[np.int64],
    numerators: Array,
    denominators: Array,
    curves: Sequence[Callable[[Array], Array]] = (),
    resamples: int = RESAMPLES,
) -> Array:
    """Many figures drawn again together: the units with replacement, always with the same seed.

    Args:
        units: the unit of each of n questions.
        numerators: what is summed for each of m figures, shape (n, m).
        denominators: what that is divided by, shape (n, m).
        curves: further figures, each from the weights of the questions, shape (draws, n).
        resamples: how many draws.

    Returns:
        The figures, shape (resamples, m + curves); NaN where a draw has nothing to count.
    """
    import numpy as np

    names, places = np.unique(units, return_inverse=True)
    sums = np.zeros((len(names), 2 * numerators.shape[1]))
    np.add.at(sums, places, np.hstack([numerators, denominators]))
    parts = []
    for weights in draw_weights(len(names), len(places), resamples):
        with np.errstate(invalid="ignore", divide="ignore"):
            above, below = np.hsplit(weights @ sums, 2)
            columns = [above / below]
        if curves:
            spread = weights[:, places]
            columns += [curve(spread)[:, None] for curve in curves]
        parts.append(np.hstack(columns))
    return np.vstack(parts)


def draw_weights(units: int, questions: int, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[Array]:
    """How often each unit is drawn in each resample, a few resamples at a time: shape (some, units)."""
    import numpy as np

    generator = np.random.default_rng(seed)
    rows = max(1, AT_ONCE // max(questions, 1))
    for first in range(0, resamples, rows):
        count = min(rows, resamples - first)
        drawn = generator.integers(units, size=(count, units)) + units * np.arange(count)[:, None]
        yield np.bincount(drawn.ravel(), minlength=count * units).reshape(count, units).astype(float)


def find_interval(drawn: Array, units: int) -> tuple[float, float] | None:
    """The percentile interval of drawn figures, expanded as few units need (Hesterberg 2015); None if there are none.

    The plain percentiles are too narrow by the square root of (n - 1) / n, and by Student's quantile over the normal.
    """
    import numpy as np
    from scipy.special import ndtr

    known = drawn[np.isfinite(drawn)]
    if units < 2 or not len(known):
        return None
    tail = float(ndtr(-math.sqrt(units / (units - 1)) * student_quantile(units - 1)))
    low, high = np.quantile(known, (tail, 1 - tail))
    return float(low), float(high)


def student_quantile(freedom: int) -> float:
    """Student's quantile of .975."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def quantile_interval(values: Sequence[float], share: float) -> tuple[float, float] | None:
    """The interval of a quantile between two of the values in order (Conover 1999); None where there are too few.

    How many values lie below the true quantile is binomial, whatever their distribution.
    """
    import numpy as np
    from scipy.special import bdtr

    ordered, count = sorted(values), len(values)
    below = bdtr(np.arange(count), count, share)
    first, last = int(np.searchsorted(below, 0.025, side="right")) - 1, int(np.searchsorted(below, 0.975))
    return (ordered[first], ordered[last]) if first >= 0 and last < count else None


def weigh_quantile(share: float) -> Callable[[Array, Array], Array]:
    """A quantile of values, shape (n, 1), under each row of weights, shape (draws, n): the first to reach the share."""

    def measure(values: Array, weights: Array) -> Array:
        import numpy as np

        order = np.argsort(values[:, 0], kind="stable")
        seen = np.cumsum(weights[:, order], axis=1)
        found: Array = values[order, 0][np.argmax(seen >= share * seen[:, -1:] - 1e-9, axis=1)]
        return found

    return measure
