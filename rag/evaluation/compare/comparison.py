"""What a comparison of two runs found, and its table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from rag.evaluation.metrics.table import METRICS
from rag.evaluation.report.text import HEADLINES, align
from rag.types import SCHEMA_VERSION

Verdict = Literal["better", "worse", "regression", "no difference shown", "nothing to compare"]

QUIET = ("no difference shown", "nothing to compare")

SHOWN_IDS = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One metric in both runs, over the questions for which both define it.

    ``difference`` is ``after - before``, with a 95 % interval from ``low`` to ``high``. ``wins`` are the questions that
    the second run does better. ``p`` is that of the randomisation test, ``p_holm`` the same adjusted for all metrics
    compared. ``verdict`` is a regression where the whole interval is worse than the margin; ``margin`` is None for what
    gates nothing.
    """

    metric: str
    kind: str
    lower_is_better: bool
    n: int
    units: int
    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    wins: int
    ties: int
    losses: int
    p: float | None
    p_holm: float | None
    margin: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side. Ids and metrics that only one of them has, and questions that changed, are named.

    ``gold_differs`` are questions whose answers were held against other gold data in each run: their figures are of two
    kinds.
    """

    changes: tuple[Change, ...]
    questions: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    changed: tuple[str, ...]
    metrics_left_out: tuple[str, ...]
    gold_differs: tuple[str, ...] = ()

    @property
    def regressions(self) -> tuple[Change, ...]:
        """What should stop a merge."""
        return tuple(change for change in self.changes if change.verdict == "regression")

    @property
    def table(self) -> str:
        """The comparison as a plain-text table."""
        return render_comparison(self)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}


def render_comparison(comparison: Comparison) -> str:
    """A line a metric: both figures, their difference with its interval, wins, ties and losses, p, and the verdict.

    Of a run with all of Footnote's figures, the main ones and those that changed are shown.
    """
    lines = [["", "n", "before", "after", "difference", "win/tie/loss", "p (Holm)", ""]]
    has_all = set(METRICS) <= {change.metric for change in comparison.changes}
    hidden = 0
    for change in comparison.changes:
        if has_all and change.verdict in QUIET and change.metric in METRICS and change.metric not in HEADLINES:
            hidden += 1
            continue
        lines.append([change.metric, str(change.n), *_render_figures(change), change.verdict])
    notes = [f"{comparison.questions} questions in both runs."]
    for told, names in (
        ("only before", comparison.only_before),
        ("only after", comparison.only_after),
        ("with other gold data in each run, so that their figures do not compare", comparison.gold_differs),
        ("answerable in one run only, and left out", comparison.changed),
        ("metrics of one run only", comparison.metrics_left_out),
    ):
        if names:
            more = f" and {len(names) - SHOWN_IDS} more" if len(names) > SHOWN_IDS else ""
            notes.append(f"{len(names)} {told}: {', '.join(names[:SHOWN_IDS])}{more}")
    if hidden:
        notes.append(f"{hidden} more figures show no difference; --json has them.")
    notes.append("Per cent (seconds: s), difference with a 95 % interval. better, worse: p (Holm) is below .05.")
    return align(lines) + "\n\n" + "\n".join(notes)


def _render_figures(change: Change) -> list[str]:
    scale, digits = (1, 3) if change.kind == "quantile" else (100, 1)
    cells = ["n/a" if figure is None else f"{figure * scale:.{digits}f}" for figure in (change.before, change.after)]
    interval = ""
    if change.low is not None and change.high is not None:
        interval = f" ({change.low * scale:+.{digits}f} to {change.high * scale:+.{digits}f})"
    cells.append("n/a" if change.difference is None else f"{change.difference * scale:+.{digits}f}{interval}")
    cells.append("-" if change.kind in ("curve", "ratio") else f"{change.wins}/{change.ties}/{change.losses}")
    return [*cells, "n/a" if change.p_holm is None else f"{change.p_holm:.4f}"]
