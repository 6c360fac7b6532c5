"""How sure a figure is: 95 % intervals. Pure functions; the same numbers give the same interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z = 1.959963984540054
"""The standard normal quantile of .975: two-sided 95 %."""

RESAMPLES = 2_000
SEED = 20190307
_AT_ONCE = 2_000_000
"""Numbers drawn at a time, which bounds the memory that a bootstrap takes (16 MB)."""


def wilson_interval(successes: float, total: int) -> tuple[float, float] | None:
    """Wilson's score interval of a proportion (Wilson 1927); None where nothing was counted.

    It stays inside [0, 1], and 8 of 10 gives .49 to .94.
    """
    if total <= 0:
        return None
    share, square = successes / total, Z * Z
    centre = share + square / (2 * total)
    half = Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    scale = 1 + square / total
    # Rounding may put the bound a hair past the share where that is 0 or 1.
    return max(0.0, min(share, (centre - half) / scale)), min(1.0, max(share, (centre + half) / scale))


def bootstrap_interval(values: Sequence[float], quantile: float | None = None) -> tuple[float, float] | None:
    """The percentile bootstrap interval of a mean, or of a quantile (Efron 1979), with a fixed seed.

    Values that are all 0 or all 1 never vary when drawn again, which would promise certainty after two questions;
    such a mean is a proportion, and gets Wilson's interval. None for fewer than two values.
    """
    import numpy as np

    if len(values) < 2:
        return None
    if quantile is None and set(values) in ({0.0}, {1.0}):
        return wilson_interval(sum(values), len(values))
    sample = np.asarray(values, dtype=float)
    generator = np.random.default_rng(SEED)
    rows = max(1, _AT_ONCE // len(sample))
    figures = []
    for first in range(0, RESAMPLES, rows):
        drawn = sample[generator.integers(len(sample), size=(min(rows, RESAMPLES - first), len(sample)))]
        figures.append(drawn.mean(axis=1) if quantile is None else np.quantile(drawn, quantile, axis=1))
    low, high = np.quantile(np.concatenate(figures), (0.025, 0.975))
    return float(low), float(high)


def find_quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed, interpolated between neighbours as numpy does.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values, no quantile")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
