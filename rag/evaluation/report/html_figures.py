"""The figures of a run as the report shows them: worded for people, each with its interval drawn and its n.

Pure: from scores to plain values that the template prints, with the drawings as finished SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from rag.evaluation.metrics.cases import OUTCOMES, Outcome
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.metrics.table import METRICS
from rag.evaluation.report.html_headlines import HEADLINES, TAG_LABELS
from rag.evaluation.report.svg import Bar, Whisker, draw_bar, draw_whiskers
from rag.evaluation.report.text import TAG_METRICS, list_parts
from rag.evaluation.run.scoring import Score, Scores, Slice, render_score

MAX_TAGS = 40
"""Tags with a row of their own, those with the most questions."""

STYLES: Mapping[bool, Mapping[str, str]] = {
    True: {"correct": "good", "abstained": "bad-soft", "wrong": "bad", "failed": "failed", "not judged": "none"},
    False: {"correct": "good", "abstained": "good", "wrong": "bad", "failed": "failed", "not judged": "none"},
}
"""How a piece of the outcome bar is coloured, where the documents answer (True) and where they do not."""

LEGEND = (
    ("good", "right"),
    ("bad", "wrong"),
    ("bad-soft", "abstained needlessly"),
    ("failed", "failed"),
    ("none", "not judged"),
)

LABELS: Mapping[str, str] = {
    "date": "Date",
    "question_set": "Set's digest",
    "models": "Answered by",
    "embedding_model": "Embedding model",
    "passages": "Passages read",
    "abstain_below": "Abstains below",
    "judge": "Judge",
    "seconds": "Wall time",
    "footnote": "Footnote",
}
"""What the header calls the settings it knows, in its order; others follow under their own names."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure."""

    label: str
    name: str
    value: str
    interval: str
    counted: str
    drawing: Markup
    lower_is_better: bool


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """What became of the questions of one sort: a line of the outcome table."""

    part: str
    sort: str
    total: int
    counts: tuple[int, ...]
    drawing: Markup


@dataclass(frozen=True, slots=True)
class TagLine:
    """One tag's figures, in the order of the metrics: text, interval and drawing each; None where nothing counts."""

    name: str
    questions: int
    cells: tuple[tuple[str, str, Markup] | None, ...]


def describe_run(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The header's facts: what was asked, by whom, when and how long it took."""
    known = {"judge": None} | dict(settings)
    if known["judge"] is None:
        known["judge"] = "none: every figure is counted from the gold data"
    names = [*(name for name in LABELS if name in known), *(name for name in known if name not in LABELS)]
    return [
        (LABELS.get(name, name.replace("_", " ").capitalize()), _show_setting(name, known[name]))
        for name in names
        if name not in ("name", "questions") and known[name] not in (None, "", [], {})
    ]


def choose_part(scores: Scores) -> tuple[Slice, Slice | None]:
    """The slice that the headlines are of, and the one drawn beside it: the split to report beside the other one."""
    splits = {part.name: part for part in scores.slices if part.kind == "split"}
    if "report" in splits and len(splits) > 1:
        return splits["report"], splits.get("develop")
    return scores.slice("all"), None


def list_headlines(scores: Scores) -> list[tuple[str, list[Figure]]]:
    """The headline figures by the question they answer, then those that are not Footnote's; failing both, all.

    What no question of the set is about is left out.
    """
    part, beside = choose_part(scores)
    metrics = {metric.name: metric for metric in scores.metrics if part.scores[metric.name].value is not None}
    wanted = [(heading, [(name, label) for name, label in names if name in metrics]) for heading, names in HEADLINES]
    found = [(heading, names) for heading, names in wanted if names]
    others = [name for name in metrics if name not in METRICS] or ([] if found else list(metrics))
    if others:
        found.append(("Also measured" if found else "Measured", [(name, metrics[name].definition) for name in others]))
    return [
        (heading, [_describe_figure(label, metrics[name], part, beside) for name, label in names])
        for heading, names in found
    ]


def list_outcome_names(scores: Scores) -> list[Outcome]:
    """The columns of the outcome table: all outcomes, but ``not judged`` only where there are such questions."""
    found = {row.outcome for row in scores.rows}
    return [name for name in OUTCOMES if name != "not judged" or name in found]


def list_outcomes(scores: Scores) -> list[OutcomeLine]:
    """What became of the questions, for all and for each split, answerable or not."""
    names, lines = list_outcome_names(scores), []
    for part in sorted(list_parts(scores), key=lambda part: part.kind != "all"):
        for answerable, sort, counts in (
            (True, "answerable", part.answerable),
            (False, "not answerable", part.unanswerable),
        ):
            total = sum(counts.values())
            bars = [Bar(counts[outcome], STYLES[answerable][outcome]) for outcome in OUTCOMES]
            if total:
                lines.append(OutcomeLine(part.name, sort, total, tuple(counts[name] for name in names), draw_bar(bars)))
    return lines


def list_tags(scores: Scores) -> tuple[list[str], list[TagLine], int]:
    """The columns' labels, a line a kind and then a line a tag, the most used first, and how many are left out."""
    tags = sorted(
        (part for part in scores.slices if part.kind in ("kind", "tag")), key=lambda part: (part.kind, -part.questions)
    )
    metrics = [metric for metric in scores.metrics if metric.name in TAG_METRICS]
    lines = [
        TagLine(name, count, tuple(_describe_cell(metric, scores[metric.name]) for metric in metrics))
        for name, count, scores in ((part.name, part.questions, part.scores) for part in tags[:MAX_TAGS])
    ]
    return [TAG_LABELS[metric.name] for metric in metrics], lines, max(0, len(tags) - MAX_TAGS)


def list_all(scores: Scores) -> tuple[list[str], list[tuple[Metric, list[str]]]]:
    """Every figure: the columns' names, and each metric with its figure in every column."""
    parts = list_parts(scores)
    return (
        [f"{part.name} ({part.questions:,})" for part in parts],
        [(metric, [render_score(metric, part.scores[metric.name]) for part in parts]) for metric in scores.metrics],
    )


def show_share(count: int, total: int) -> str:
    """A share for people: per cent without decimals, but never 0 for something, or 100 for not all."""
    if not total:
        return "n/a"
    share = 100 * count / total
    if 0 < share < 1 or 99 < share < 100:
        return f"{share:.1f} %"
    return f"{share:.0f} %"


def _describe_figure(label: str, metric: Metric, part: Slice, beside: Slice | None) -> Figure:
    score = part.scores[metric.name]
    shown = [score, *([beside.scores[metric.name]] if beside else [])]
    # What has no bounds, as seconds, has no axis that the eye could compare on.
    lowest, highest = metric.bounds or (0.0, 1.0)
    whiskers = [_scale(found, lowest, highest, faint=found is not score) for found in shown]
    centre = -lowest / (highest - lowest) if lowest < 0 else None
    drawing = draw_whiskers(whiskers, centre) if metric.bounds and any(whiskers) else Markup()
    return Figure(
        label,
        metric.name,
        _show_value(metric, score.value),
        _show_interval(metric, score),
        _show_counted(metric, score),
        drawing,
        metric.lower_is_better and metric.kind != "quantile",
    )


def _describe_cell(metric: Metric, score: Score) -> tuple[str, str, Markup] | None:
    if score.value is None:
        return None
    drawing = draw_whiskers([_scale(score, 0.0, 1.0)])
    return f"{100 * score.value:.0f}", _show_interval(metric, score, digits=0), drawing


def _scale(score: Score, lowest: float, highest: float, *, faint: bool = False) -> Whisker | None:
    if score.value is None:
        return None

    def place(value: float | None) -> float | None:
        return None if value is None else (value - lowest) / (highest - lowest)

    return Whisker((score.value - lowest) / (highest - lowest), place(score.low), place(score.high), faint)


def _show_value(metric: Metric, value: float | None) -> str:
    if value is None:
        return "n/a"
    scale, digits = metric.scale
    shares = metric.bounds is not None and metric.bounds[0] >= 0
    unit = " s" if metric.kind == "quantile" else " %" if shares else ""
    return f"{value * scale:.{digits}f}{unit}".replace("-", "−")


def _show_interval(metric: Metric, score: Score, digits: int | None = None) -> str:
    if score.low is None or score.high is None:
        return ""
    scale, usual = metric.scale
    places = usual if digits is None else digits
    return f"{score.low * scale:.{places}f} to {score.high * scale:.{places}f}".replace("-", "−")


def _show_counted(metric: Metric, score: Score) -> str:
    """What the figure is over, and what became of those: abstentions and failures are never hidden."""
    things = "quotes" if metric.name == "quote_validity" else "counted" if metric.kind == "ratio" else ""
    told = f"n {score.n:,}{' ' + things if things else ''}"
    if score.abstained:
        told += f", {score.abstained:,} abstained"
    if score.failed:
        told += f", {score.failed:,} failed"
    return told


def _show_setting(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key.replace('_', ' ')} {_show_setting(key, held)}" for key, held in value.items())
    if isinstance(value, str):
        # Enough of a digest to tell sets apart; scores.json has all of it.
        return f"{value[:16]} …" if name == "question_set" and len(value) == 64 else value
    if isinstance(value, Sequence):
        return ", ".join(_show_setting(name, held) for held in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "seconds" and isinstance(value, int | float):
        return f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else str(value)
