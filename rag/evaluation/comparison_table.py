"""A comparison as people read it."""

from __future__ import annotations

from rag.evaluation.compare import Change, Comparison

SHOWN_IDS = 5


def render_comparison(comparison: Comparison) -> str:
    """A line a metric: both figures, their difference with its interval, wins, ties and losses, p, and the verdict."""
    lines = [["", "n", "before", "after", "difference", "win/tie/loss", "p", "p (Holm)", ""]]
    for change in comparison.changes:
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
    return [*cells, *("n/a" if p is None else f"{p:.4f}" for p in (change.p, change.p_holm))]
