"""Values of single questions summed up: figures with their intervals, all of a table's drawn together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.evaluation.metrics.intervals import (
    NO_SPREAD,
    constant_interval,
    draw_figures,
    find_interval,
    proportion_interval,
    quantile_interval,
)
from rag.evaluation.metrics.metric import Metric, Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.evaluation.metrics.intervals import Array


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over some questions: its value, 95 % interval, how many were counted, and in how many units."""

    value: float | None
    interval: tuple[float, float] | None
    n: int
    units: int


def summarise(
    metrics: Iterable[Metric], values: Mapping[str, Sequence[Value]], units: Sequence[int]
) -> tuple[Figure, ...]:
    """The figure of each metric, in order.

    Args:
        metrics: which.
        values: what each says of each question, by its name.
        units: the unit of each question, which is what intervals are drawn by.
    """
    figures, drawn = {}, []
    for metric in metrics:
        figure = _find_figure(metric, values[metric.name], units)
        figures[metric.name] = figure
        if figure.value is not None and figure.interval is None and metric.kind in ("mean", "ratio", "curve"):
            drawn.append(metric)
    for name, interval in _draw_intervals(drawn, figures, values, units).items():
        figures[name] = replace(figures[name], interval=interval)
    return tuple(figures.values())


def find_value(metric: Metric, values: Sequence[Value]) -> float | None:
    """The metric's figure over the values that are defined; None if there are none."""
    import numpy as np

    known = [value for value in values if value is not None]
    if not known:
        return None
    if metric.kind == "curve":
        assert metric.curve is not None
        pairs = np.asarray(known, dtype=float)
        value = float(metric.curve(pairs, np.ones((1, len(pairs))))[0])
        return value if np.isfinite(value) else None
    if metric.kind == "quantile":
        return float(np.quantile([value for value in known if not isinstance(value, tuple)], metric.quantile or 0.5))
    good, counted = _sum_up(known)
    return good / counted if counted else None


def to_sums(values: Sequence[Value]) -> Array:
    """What a mean or a ratio divides by what, for each question: shape (n, 2); 0 and 0 where the value is None."""
    import numpy as np

    return np.asarray(
        [(0.0, 0.0) if value is None else value if isinstance(value, tuple) else (value, 1.0) for value in values],
        dtype=float,
    ).reshape(-1, 2)


def to_known(values: Sequence[Value]) -> tuple[NDArray[np.int64], Array]:
    """The places of the values that are not None, and these: shape (known, 1), or (known, 2) for pairs."""
    import numpy as np

    places = [place for place, value in enumerate(values) if value is not None]
    found = np.asarray([values[place] for place in places], dtype=float)
    return np.asarray(places, dtype=np.int64), found.reshape(len(places), -1)


def _find_figure(metric: Metric, values: Sequence[Value], units: Sequence[int]) -> Figure:
    """The figure with what interval there is without drawing."""
    value = find_value(metric, values)
    if value is None:
        return Figure(None, None, 0, 0)
    known = [(found, unit) for found, unit in zip(values, units, strict=True) if found is not None]
    if metric.kind == "ratio":
        known = [(found, unit) for found, unit in known if isinstance(found, tuple) and found[1]]
        shares = [found[0] / found[1] for found, _ in known if isinstance(found, tuple)]
        n = round(_sum_up([found for found, _ in known])[1])
    else:
        shares = [found for found, _ in known if not isinstance(found, tuple)]
        n = len(known)
    own = [unit for _, unit in known]
    interval = None
    if metric.kind == "quantile":
        interval = quantile_interval(shares, metric.quantile or 0.5)
    elif metric.kind == "proportion":
        interval = proportion_interval(shares, own)
    elif metric.kind != "curve" and metric.bounds and len(shares) > 1 and min(shares) == max(shares):
        interval = constant_interval(value, len(shares), metric.bounds)
    return Figure(value, interval, n, len(set(own)))


def _draw_intervals(
    metrics: Sequence[Metric],
    figures: Mapping[str, Figure],
    values: Mapping[str, Sequence[Value]],
    units: Sequence[int],
) -> dict[str, tuple[float, float] | None]:
    """The bootstrap intervals of these metrics, which all see the same draws."""
    import numpy as np

    if not metrics:
        return {}
    summed = [metric for metric in metrics if metric.kind != "curve"]
    curved = [metric for metric in metrics if metric.kind == "curve"]
    sums = np.zeros((len(units), len(summed), 2))
    for column, metric in enumerate(summed):
        sums[:, column] = to_sums(values[metric.name])
    curves = [_bind(metric, *to_known(values[metric.name])) for metric in curved]
    drawn = draw_figures(np.asarray(units), sums[:, :, 0], sums[:, :, 1], curves)
    intervals: dict[str, tuple[float, float] | None] = {}
    for metric, draws in zip([*summed, *curved], drawn.T, strict=True):
        figure = figures[metric.name]
        interval = find_interval(draws, figure.units)
        if interval and metric.bounds and figure.value is not None and interval[1] - interval[0] < NO_SPREAD:
            interval = constant_interval(figure.value, figure.n, metric.bounds)
        if interval and figure.value is not None:
            # The draws of a curve may all lie to one side of its value.
            interval = min(interval[0], figure.value), max(interval[1], figure.value)
        intervals[metric.name] = interval
    return intervals


def _bind(metric: Metric, places: NDArray[np.int64], pairs: Array) -> Callable[[Array], Array]:
    curve = metric.curve
    assert curve is not None
    return lambda weights: curve(pairs, weights[:, places])


def _sum_up(values: Sequence[Value]) -> tuple[float, float]:
    sums = to_sums(values).sum(axis=0)
    return float(sums[0]), float(sums[1])
