"""Several systems in one table: each one's figures with their intervals, and whether it differs from the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from rag.errors import UsageError
from rag.evaluation.compare.comparison import Verdict
from rag.evaluation.compare.runs import LEVEL, adjust_by_holm, compare_rows, find_other_gold
from rag.evaluation.metrics.aggregate import summarise
from rag.evaluation.metrics.intervals import group_units
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.report.text import HEADLINES, align
from rag.evaluation.run.scoring import Row, Scored, Scores, as_scores, render_value
from rag.types import SCHEMA_VERSION

if TYPE_CHECKING:
    from pandas import DataFrame

SIGNS: Mapping[Verdict, str] = {"better": " +", "worse": " -"}


@dataclass(frozen=True, slots=True)
class SystemFigure:
    """One system's figure with its 95 % interval, and what it is beside the first system's, over the questions of both.

    ``p_holm`` answers for all figures of all systems together; ``verdict`` is better or worse where it is below .05.
    """

    system: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    difference: float | None = None
    p_holm: float | None = None
    verdict: Verdict = "nothing to compare"


@dataclass(frozen=True, slots=True)
class SystemComparison:
    """Several systems over the same questions; the first is what the others are held against."""

    systems: tuple[str, ...]
    metrics: tuple[Metric, ...]
    figures: tuple[SystemFigure, ...]
    questions: int
    left_out: int
    gold_differs: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The comparison as a plain-text table: a line a metric, a column a system."""
        by_place = {(figure.metric, figure.system): figure for figure in self.figures}
        lines = [["", *self.systems]]
        for metric in self.metrics:
            cells = [_render(metric, by_place[metric.name, system]) for system in self.systems]
            lines.append([metric.name, *cells])
        notes = [f"{self.questions} questions that all have answered."]
        if self.left_out:
            notes.append(f"{self.left_out} more are not in all of them, and left out.")
        if self.gold_differs:
            notes.append(f"{len(self.gold_differs)} have other gold data in one of them, and do not compare.")
        notes.append(
            f"Per cent (seconds: s) with a 95 % interval. + better, - worse than {self.systems[0]}: p (Holm, over all "
            "of\nthis table) is below .05. n/a: the system does not tell what this is measured by."
        )
        return align(lines) + "\n\n" + "\n".join(notes)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return {
            "schema_version": SCHEMA_VERSION,
            "systems": list(self.systems),
            "questions": self.questions,
            "left_out": self.left_out,
            "gold_differs": list(self.gold_differs),
            "figures": [asdict(figure) for figure in self.figures],
        }

    def to_dataframe(self) -> DataFrame:
        """A row a figure, as a table of pandas. Raises UsageError where that is not installed."""
        from rag.evaluation.report.frames import build_frame

        return build_frame([asdict(figure) for figure in self.figures])


def compare_systems(runs: Mapping[str, Scores | Scored], metrics: Sequence[str] | None = None) -> SystemComparison:
    """Compare any number of scored runs of the same questions with the first of them.

    Each other system is tested against the first, question by question, as ``compare`` does; Holm's correction answers
    for all of these tests together.

    Args:
        runs: what was scored of each system by its name, such as ``{"ours": evaluate(...)}``, or its figures.
        metrics: names of the figures to compare; those that a run's table begins with, if not given. The fewer, the
            smaller the differences that can be shown.

    Raises:
        UsageError: there are fewer than two, or they share no question or no metric.
    """
    if not isinstance(runs, Mapping) or len(runs) < 2:
        raise UsageError("name two systems or more: {'ours': evaluation, 'theirs': other}")
    figured = {name: as_scores(run) for name, run in runs.items()}
    differ, names = find_other_gold(list(figured.values())), list(figured)
    by_id = {name: {row.id: row for row in scores.rows} for name, scores in figured.items()}
    every = list(dict.fromkeys(row.id for scores in figured.values() for row in scores.rows))
    shared = [
        name
        for name in every
        if all(name in rows for rows in by_id.values()) and len({rows[name].answerable for rows in by_id.values()}) == 1
    ]
    chosen = _choose(figured, metrics)
    if not shared:
        raise UsageError("the runs share no question; compare runs of the same question set")
    kept = {
        name: replace(scores, metrics=chosen, rows=tuple(by_id[name][question] for question in shared))
        for name, scores in figured.items()
    }
    figures = [figure for name in names for figure in _measure(name, chosen, kept[name].rows)]
    changes = {
        (change.metric, name): change
        for name in names[1:]
        for change in compare_rows(kept[names[0]], kept[name]).changes
    }
    tested = [place for place, change in changes.items() if change.p is not None]
    adjusted = dict(zip(tested, adjust_by_holm([changes[place].p or 0.0 for place in tested]), strict=True))
    return SystemComparison(
        tuple(names),
        chosen,
        tuple(_judge(figure, changes, adjusted) for figure in figures),
        len(shared),
        len(every) - len(shared),
        tuple(name for name in differ if name in set(shared)),
    )


def _choose(runs: Mapping[str, Scores], names: Sequence[str] | None) -> tuple[Metric, ...]:
    tables = [{metric.name: metric for metric in scores.metrics} for scores in runs.values()]
    held = {name: metric for name, metric in tables[0].items() if all(name in table for table in tables)}
    names = [names] if isinstance(names, str) else names
    if names is not None and (missing := [name for name in names if name not in held]):
        raise UsageError(f"not all of the runs have the figure '{missing[0]}'; they share: {', '.join(held)}")
    wanted = names if names is not None else [name for name in held if name in HEADLINES] or list(held)
    if not wanted:
        raise UsageError("the runs share no metric; score all of them with the same metrics")
    return tuple(held[name] for name in wanted)


def _measure(system: str, metrics: Sequence[Metric], rows: Sequence[Row]) -> list[SystemFigure]:
    values = {metric.name: [row.values[metric.name] for row in rows] for metric in metrics}
    found = summarise(metrics, values, group_units([row.document for row in rows]))
    figures = []
    for metric, figure in zip(metrics, found, strict=True):
        low, high = figure.interval or (None, None)
        figures.append(SystemFigure(system, metric.name, figure.value, low, high, figure.n))
    return figures


def _judge(
    figure: SystemFigure, changes: Mapping[tuple[str, str], Any], adjusted: Mapping[tuple[str, str], float]
) -> SystemFigure:
    place = figure.metric, figure.system
    change = changes.get(place)
    if change is None or change.difference is None or place not in adjusted:
        return figure
    gain = -change.difference if change.lower_is_better else change.difference
    shown = adjusted[place] < LEVEL
    verdict: Verdict = "no difference shown" if not shown else "better" if gain > 0 else "worse"
    return replace(figure, difference=change.difference, p_holm=adjusted[place], verdict=verdict)


def _render(metric: Metric, figure: SystemFigure) -> str:
    if figure.value is None:
        return "n/a"
    return f"{render_value(metric, figure.value, figure.low, figure.high)}{SIGNS.get(figure.verdict, '')}"
