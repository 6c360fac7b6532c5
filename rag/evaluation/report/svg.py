"""Drawings for the report, as inline SVG. Pure functions from numbers to text; colours and strokes are the page's.

The bars are as wide as the place they stand in (their lengths are per cent); the two charts are scaled to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 340, 250
LEFT, RIGHT, TOP, BOTTOM = 30, 330, 44, 212
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Whisker:
    """A figure and its 95 % interval, if it has one, all as shares of the axis's length."""

    value: float
    low: float | None = None
    high: float | None = None
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a stacked bar: how many, and the CSS class that colours it."""

    count: int
    style: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a chart with the interval of its height, all in 0 to 1; and what else it says.

    ``faint`` is for the part of a curve that is not the run's own; ``count`` is how many a dot stands for.
    """

    x: float
    y: float
    low: float
    high: float
    faint: bool = False
    count: int = 0


def draw_whiskers(whiskers: Sequence[Whisker | None], centre: float | None = None) -> str:
    """Figures below one another on one axis from 0 to 1: a dot, and a line from low to high.

    Args:
        whiskers: from top to bottom; None leaves a row empty.
        centre: where the axis has a zero line of its own, for figures that may be negative.
    """
    height = 12 * len(whiskers) + 4
    parts = [f'<line class="track" x1="0" x2="100%" y1="{height / 2:g}" y2="{height / 2:g}"/>']
    for share in (0.0, 0.5, 1.0) if centre is None else (0.0, centre, 1.0):
        style = "zero" if share == centre else "tick"
        parts.append(f'<line class="{style}" x1="{_cent(share)}" x2="{_cent(share)}" y1="0" y2="{height}"/>')
    for row, whisker in enumerate(whiskers):
        if whisker is None:
            continue
        y, style = 8 + 12 * row, " faint" if whisker.faint else ""
        if whisker.low is not None and whisker.high is not None:
            ends = f'x1="{_cent(whisker.low)}" x2="{_cent(whisker.high)}"'
            parts.append(f'<line class="whisker{style}" {ends} y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="dot{style}" cx="{_cent(whisker.value)}" cy="{y}" r="{3 if style else 4}"/>')
    return _strip(height, parts)


def draw_bar(bars: Iterable[Bar]) -> str:
    """One stacked bar; a piece carries its count where there is room for it."""
    shown = [bar for bar in bars if bar.count]
    total = sum(bar.count for bar in shown)
    parts, at = [], 0.0
    for bar in shown:
        share = bar.count / total
        parts.append(
            f'<rect class="{escape(bar.style)}" x="{_cent(at)}" width="{_cent(share)}" y="0" height="28"/>'
            + (f'<text class="on-{escape(bar.style)}" x="{_cent(at + share / 2)}" y="18.5">{bar.count}</text>')
            * (share > 0.05)
        )
        at += share
    return _strip(28, parts)


def draw_risk_coverage(points: Sequence[Point], title: str, description: str) -> str:
    """Share of replies that are wrong (y) if only the surest share of them is given (x).

    Args:
        points: by rising coverage, with the interval of the risk at each. Those after the run's own coverage are
            faint; the last that is not gets a mark.
        title: for those who cannot see the drawing.
        description: the same at more length.
    """
    top = _find_top(point.y for point in points)
    parts = _draw_axes("share of the replies, the surest first", "of those, share that is wrong", top)
    upper = [_place(point.x, min(point.high, top), top) for point in points]
    lower = [_place(point.x, min(point.low, top), top) for point in reversed(points)]
    parts.append(f'<polygon class="band" points="{" ".join(upper + lower)}"/>')
    if points:
        parts.append(_line("chance", (0.0, points[-1].y), (1.0, points[-1].y), top))
    own = [point for point in points if not point.faint]
    beyond = [*own[-1:], *(point for point in points if point.faint)]
    for style, line in (("curve faint", beyond), ("curve", own)):
        parts.append(
            f'<polyline class="{style}" points="{" ".join(_place(point.x, point.y, top) for point in line)}"/>'
        )
    if own:
        x, y = _x(own[-1].x), _y(own[-1].y, top)
        side = "end" if own[-1].x > 0.5 else "start"
        parts.append(f'<circle class="now" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>')
        above = y - 10 if y > TOP + 14 else y + 19
        parts.append(f'<text class="label {side}" x="{x:.1f}" y="{above:.1f}">this run</text>')
    return _chart("risk-coverage", title, description, parts)


def draw_reliability(points: Sequence[Point], title: str, description: str) -> str:
    """Share of correct answers (y) by confidence (x), a dot a bin; on the diagonal, confidence means what it says."""
    parts = _draw_axes("confidence", "of the answers, share that is correct", 1.0)
    parts.append(_line("chance", (0.0, 0.0), (1.0, 1.0), 1.0))
    most = max((point.count for point in points), default=1)
    for point in points:
        # The area of a dot says how many answers it stands for; the number itself stands above the chart.
        radius = 2.5 + 4.5 * math.sqrt(point.count / most)
        x, y = _x(point.x), _y(point.y, 1.0)
        parts.append(_line("whisker", (point.x, point.low), (point.x, point.high), 1.0))
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
        parts.append(f'<text class="number middle" x="{x:.1f}" y="{TOP - 7}">{point.count}</text>')
    return _chart("reliability", title, description, parts)


def _draw_axes(x_label: str, y_label: str, top: float) -> list[str]:
    parts = []
    for share in TICKS:
        x, y = _x(share), _y(share * top, top)
        parts.append(f'<line class="tick" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="number end" x="{LEFT - 6}" y="{y + 3.5:.1f}">{100 * share * top:g}</text>')
        parts.append(f'<text class="number middle" x="{x:.1f}" y="{BOTTOM + 16}">{100 * share:.0f}</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{RIGHT}" y1="{BOTTOM}" y2="{BOTTOM}"/>')
    parts.append(f'<text class="label start" x="2" y="14">{escape(y_label)}, %</text>')
    parts.append(f'<text class="label end" x="{RIGHT}" y="{BOTTOM + 34}">{escape(x_label)}, %</text>')
    return parts


def _chart(name: str, title: str, description: str, parts: Iterable[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _strip(height: float, parts: Iterable[str]) -> str:
    """A drawing as wide as its place, for numbers that stand in words beside it."""
    return f'<svg class="strip" width="100%" height="{height:g}" aria-hidden="true">{"".join(parts)}</svg>'


def _line(style: str, start: tuple[float, float], end: tuple[float, float], top: float) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line class="{style}" x1="{_x(x1):.1f}" x2="{_x(x2):.1f}" y1="{_y(y1, top):.1f}" y2="{_y(y2, top):.1f}"/>'


def _find_top(values: Iterable[float]) -> float:
    """Where the axis ends: the first round number that leaves every value some air."""
    highest = max(values, default=1.0)
    return next((top for top in (0.1, 0.25, 0.5, 0.75) if highest <= 0.9 * top), 1.0)


def _place(x: float, y: float, top: float) -> str:
    return f"{_x(x):.1f},{_y(y, top):.1f}"


def _x(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _y(share: float, top: float) -> float:
    return BOTTOM - share / top * (BOTTOM - TOP)


def _cent(share: float) -> str:
    return f"{100 * min(1.0, max(0.0, share)):.2f}%"
