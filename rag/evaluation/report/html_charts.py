"""The two charts of the report: how wrong the surest answers are, and whether confidence means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from rag.evaluation.metrics.calibration import bin_reliability, place_on_curve, rate_confidence, trace_risk_coverage
from rag.evaluation.metrics.cases import Case
from rag.evaluation.metrics.intervals import wilson_interval
from rag.evaluation.metrics.table import METRICS
from rag.evaluation.report.svg import Point, draw_reliability, draw_risk_coverage
from rag.evaluation.run.scoring import Scores


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with what stands above it and below it."""

    heading: str
    figure: str
    drawing: Markup
    caption: str


def list_charts(cases: Sequence[Case], scores: Scores) -> list[Chart]:
    """The charts that can be drawn: none where no answer has a confidence."""
    charts = (_chart_risk(cases, scores), _chart_reliability(cases, scores))
    return [chart for chart in charts if chart]


def _chart_risk(cases: Sequence[Case], scores: Scores) -> Chart | None:
    # Of an open question, an abstention says something and an answer nothing: it would look as if all were wrong.
    placed = [place for case in cases if METRICS["aurc"].applies_to(case.question) and (place := place_on_curve(case))]
    curve = trace_risk_coverage(placed)
    if not curve:
        return None
    points = []
    for found in curve:
        given = round(found.coverage * len(placed))
        low, high = wilson_interval(found.risk * given, given) or (0.0, 1.0)
        points.append(Point(found.coverage, found.risk, low, high, faint=not found.answered))
    heading = "Are the surest answers right?"
    caption = (
        f"The replies are counted in from the left, the surest first. Of all {len(placed):,}, abstentions included, "
        f"{100 * curve[-1].risk:.0f} % are not right (dashed line)."
    )
    own = [found for found in curve if found.answered]
    if own:
        least = f", those with a confidence from {own[-1].confidence:.2f} on" if own[-1].confidence else ""
        half = min(own, key=lambda found: abs(found.coverage - own[-1].coverage / 2))
        caption = (
            f"This run gives {100 * own[-1].coverage:.0f} % of its replies as answers{least}; {100 * own[-1].risk:.0f} % "
            f"of these are wrong. Of the surer half of them, {100 * half.risk:.0f} %. {caption}"
        )
    caption += " The band is the 95 % interval at each point."
    caption = _hold(caption)
    return Chart(
        heading,
        _sum_up(scores, "aurc", "AURC", "lower is better"),
        draw_risk_coverage(points, heading, caption),
        caption,
    )


def _chart_reliability(cases: Sequence[Case], scores: Scores) -> Chart | None:
    rated = [rating for case in cases if (rating := rate_confidence(case))]
    bins = bin_reliability(rated)
    if not bins:
        return None
    points = [
        Point(found.confidence, found.accuracy, found.accuracy_low, found.accuracy_high, count=found.n)
        for found in bins
    ]
    heading = "Does confidence mean what it says?"
    sure = sum(found.confidence * found.n for found in bins) / len(rated)
    right = sum(found.accuracy * found.n for found in bins) / len(rated)
    tendency = "too modest" if right > sure else "too sure of itself"
    caption = (
        f"{len(rated):,} answers that are correct or wrong, by confidence; the number above each dot says how many. On "
        f"the dashed line, confidence is the share that is correct. On average it is {100 * sure:.0f} %, and "
        f"{100 * right:.0f} % are correct: {tendency}."
    )
    caption = _hold(caption)
    figure = _sum_up(scores, "ece", "ECE", "0 is best")
    return Chart(heading, figure, draw_reliability(points, heading, caption), caption)


def _hold(text: str) -> str:
    """The same with each per cent sign held to its number."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _sum_up(scores: Scores, name: str, label: str, hint: str) -> str:
    """The figure that sums the chart up, where the run computed it."""
    found = scores.slice("all").scores.get(name)
    if found is None or found.value is None:
        return ""
    interval = "" if found.low is None or found.high is None else f" ({100 * found.low:.1f} to {100 * found.high:.1f})"
    return f"{label} {100 * found.value:.1f} %{interval}, {hint}"
