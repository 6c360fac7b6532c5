"""Is one run better than another? Paired by question, with a test, an interval and a verdict for each metric."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.evaluation.compare.comparison import Change, Comparison, Verdict
from rag.evaluation.compare.resampling import Pairs, draw_differences, draw_swaps
from rag.evaluation.formats.json_files import render_names
from rag.evaluation.metrics.aggregate import find_value
from rag.evaluation.metrics.intervals import NO_SPREAD, constant_interval, find_interval, group_units
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.run.scoring import Row, Scored, Scores, as_scores

if TYPE_CHECKING:
    from rag.evaluation.metrics.intervals import Array

_log = logging.getLogger(__name__)

LEVEL = 0.05
"""A difference is shown where Holm's p is below this."""


def compare(before: Scores | Scored, after: Scores | Scored, margin: float | Mapping[str, float] = 0.01) -> Comparison:
    """Compare two scored runs, question by question.

    The test swaps the two runs' values of randomly chosen units (Fisher 1935; Noreen 1989), the interval draws units
    with replacement; both have fixed seeds. Holm's step-down (1979) answers for all metrics together.

    Args:
        before: the run that stands, such as that of the main branch: what ``evaluate`` returns, or its figures.
        after: the run that is judged.
        margin: a regression is one whose whole interval is worse than this; by metric, or one for all but seconds,
            which gate only where they are named: a slower machine is no worse answer.

    Raises:
        UsageError: the runs share no question, or no metric.
    """
    first, second = as_scores(before), as_scores(after)
    return replace(compare_rows(first, second, margin), gold_differs=find_other_gold((first, second)))


def compare_rows(before: Scores, after: Scores, margin: float | Mapping[str, float] = 0.01) -> Comparison:
    """As ``compare``, of figures, and without a look at their gold data."""
    ours, theirs = {row.id: row for row in before.rows}, {row.id: row for row in after.rows}
    shared = [name for name in ours if name in theirs]
    changed = tuple(name for name in shared if ours[name].answerable != theirs[name].answerable)
    paired = [(ours[name], theirs[name]) for name in shared if name not in set(changed)]
    table = {metric.name: metric for metric in after.metrics}
    metrics = [metric for metric in before.metrics if metric.name in table]
    if not paired:
        raise UsageError("the two runs share no question; compare runs of the same question set")
    if not metrics:
        raise UsageError("the two runs share no metric; score both with the same metrics")
    units = group_units([first.document for first, _ in paired])
    margins = {metric.name: _find_margin(metric, margin) for metric in metrics}
    return Comparison(
        _judge(_measure_changes(metrics, paired, units), margins),
        len(paired),
        tuple(name for name in ours if name not in theirs),
        tuple(name for name in theirs if name not in ours),
        changed,
        tuple(sorted({metric.name for metric in before.metrics} ^ set(table))),
    )


def find_other_gold(runs: Sequence[Scores]) -> tuple[str, ...]:
    """The questions of all runs that were held against other gold data in one of them; these are warned of."""
    gold: dict[str, set[str]] = {}
    for row in (row for run in runs for row in run.rows if row.gold):
        gold.setdefault(row.id, set()).add(row.gold)
    found = tuple(name for name, digests in gold.items() if len(digests) > 1)
    if found:
        _log.warning(
            "%d questions have other gold data in each run (%s); score both with the same question set",
            len(found), render_names(found),
        )  # fmt: skip
    return found


def adjust_by_holm(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p values (1979): the chance of any false alarm among all of them stays below the level."""
    adjusted, highest = [0.0] * len(probabilities), 0.0
    for rank, place in enumerate(sorted(range(len(probabilities)), key=probabilities.__getitem__)):
        highest = max(highest, min(1.0, (len(probabilities) - rank) * probabilities[place]))
        adjusted[place] = highest
    return tuple(adjusted)


def _find_margin(metric: Metric, margin: float | Mapping[str, float]) -> float | None:
    if isinstance(margin, Mapping):
        return margin.get(metric.name)
    return None if metric.kind == "quantile" else margin


def _measure_changes(
    metrics: Sequence[Metric], paired: Sequence[tuple[Row, Row]], units: Sequence[int]
) -> list[Change]:
    """Everything about each metric but the verdict and the adjusted p."""
    pairs = {metric.name: _pair(metric, paired, units) for metric in metrics}
    drawn, swapped = draw_differences(metrics, pairs, units), draw_swaps(metrics, pairs, units)
    return [_measure(metric, pairs[metric.name], drawn[metric.name], swapped[metric.name]) for metric in metrics]


def _pair(metric: Metric, paired: Sequence[tuple[Row, Row]], units: Sequence[int]) -> Pairs:
    kept = [
        (place, first.values[metric.name], second.values[metric.name])
        for place, (first, second) in enumerate(paired)
        if first.values[metric.name] is not None and second.values[metric.name] is not None
    ]
    places = tuple(place for place, _, _ in kept)
    return Pairs(
        places,
        tuple(value for _, value, _ in kept),
        tuple(value for _, _, value in kept),
        len({units[place] for place in places}),
    )


def _measure(metric: Metric, pairs: Pairs, drawn: Array, swapped: float | None) -> Change:
    before, after = find_value(metric, pairs.before), find_value(metric, pairs.after)
    wins, ties, losses = _count_wins(metric, pairs)
    difference = None if before is None or after is None else after - before
    low, high = (None, None) if difference is None else _find_interval(metric, pairs, difference, drawn) or (None, None)
    return Change(
        metric=metric.name,
        kind=metric.kind,
        lower_is_better=metric.lower_is_better,
        n=len(pairs.places),
        units=pairs.units,
        before=before,
        after=after,
        difference=difference,
        low=low,
        high=high,
        wins=wins,
        ties=ties,
        losses=losses,
        p=None if difference is None else swapped,
        p_holm=None,
        margin=None,
        verdict="nothing to compare",
    )


def _find_interval(metric: Metric, pairs: Pairs, difference: float, drawn: Array) -> tuple[float, float] | None:
    interval = find_interval(drawn, pairs.units)
    if interval and metric.bounds and interval[1] - interval[0] < NO_SPREAD:
        span = metric.bounds[1] - metric.bounds[0]
        interval = constant_interval(difference, len(pairs.places), (-span, span))
    return (min(interval[0], difference), max(interval[1], difference)) if interval else None


def _find_differences(pairs: Pairs) -> list[float]:
    """After minus before, question by question, of values that are numbers."""
    return [
        float(second) - float(first)
        for first, second in zip(pairs.before, pairs.after, strict=True)
        if not isinstance(first, tuple | None) and not isinstance(second, tuple | None)
    ]


def _count_wins(metric: Metric, pairs: Pairs) -> tuple[int, int, int]:
    """How many questions the second run does better, the same, and worse; none where a question has no figure."""
    sign = -1 if metric.lower_is_better else 1
    gains = [sign * difference for difference in _find_differences(pairs)]
    return sum(gain > 0 for gain in gains), sum(gain == 0 for gain in gains), sum(gain < 0 for gain in gains)


def _judge(changes: Sequence[Change], margins: Mapping[str, float | None]) -> tuple[Change, ...]:
    """The changes with Holm's p, and with what to make of them."""
    tested = [change.metric for change in changes if change.p is not None]
    adjusted = dict(zip(tested, adjust_by_holm([change.p for change in changes if change.p is not None]), strict=True))
    return tuple(
        replace(
            change,
            p_holm=adjusted.get(change.metric),
            margin=margins[change.metric],
            verdict=_find_verdict(change, adjusted.get(change.metric), margins[change.metric]),
        )
        for change in changes
    )


def _find_verdict(change: Change, p_holm: float | None, margin: float | None) -> Verdict:
    if change.difference is None or p_holm is None:
        return "nothing to compare"
    gain = -change.difference if change.lower_is_better else change.difference
    if margin is not None and change.low is not None and change.high is not None:
        best = -change.low if change.lower_is_better else change.high
        if best < -margin:
            return "regression"
    if p_holm >= LEVEL:
        return "no difference shown"
    return "better" if gain > 0 else "worse"
