"""A comparison as people read it."""

from __future__ import annotations

from rag.evaluation.compare.runs import Change, Comparison
from rag.evaluation.metrics.table import METRICS
from rag.evaluation.report.text import HEADLINES

QUIET = ("no difference shown", "nothing to compare")

SHOWN_IDS = 5


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
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    notes = [f"{comparison.questions} questions in both runs."]
    for told, names in (
        ("only before", comparison.only_before),
        ("only after", comparison.only_after),
        ("answerable in one run only, and left out", comparison.changed),
        ("metrics of one run only", comparison.metrics_left_out),
    ):
        if names:
            more = f" and {len(names) - SHOWN_IDS} more" if len(names) > SHOWN_IDS else ""
            notes.append(f"{len(names)} {told}: {', '.join(names[:SHOWN_IDS])}{more}")
    if hidden:
        notes.append(f"{hidden} more figures show no difference; --json has them.")
    notes.append("Per cent (seconds: s), difference with a 95 % interval. better, worse: p (Holm) is below .05.")
    return table + "\n\n" + "\n".join(notes)


def _render_figures(change: Change) -> list[str]:
    scale, digits = (1, 3) if change.kind == "quantile" else (100, 1)
    cells = ["n/a" if figure is None else f"{figure * scale:.{digits}f}" for figure in (change.before, change.after)]
    interval = ""
    if change.low is not None and change.high is not None:
        interval = f" ({change.low * scale:+.{digits}f} to {change.high * scale:+.{digits}f})"
    cells.append("n/a" if change.difference is None else f"{change.difference * scale:+.{digits}f}{interval}")
    cells.append("-" if change.kind in ("curve", "ratio") else f"{change.wins}/{change.ties}/{change.losses}")
    return [*cells, "n/a" if change.p_holm is None else f"{change.p_holm:.4f}"]
