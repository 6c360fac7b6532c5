"""Drawings for the report, as inline SVG. Pure functions from numbers to markup; colours and strokes are the page's.

The bars are as wide as the place they stand in (their lengths are per cent); the two charts are scaled to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

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


def draw_whiskers(whiskers: Sequence[Whisker | None], centre: float | None = None) -> Markup:
    """Figures below one another on one axis from 0 to 1: a dot, and a line from low to high.

    Args:
        whiskers: from top to bottom; None leaves a row empty.
        centre: where the axis has a zero line of its own, for figures that may be negative.
    """
    height = 12 * len(whiskers) + 4
    middle = f"{height / 2:g}"
    parts = [element("line", class_="track", x1=0, x2="100%", y1=middle, y2=middle)]
    for share in (0.0, 0.5, 1.0) if centre is None else (0.0, centre, 1.0):
        style = "zero" if share == centre else "tick"
        parts.append(element("line", class_=style, x1=_cent(share), x2=_cent(share), y1=0, y2=height))
    for row, whisker in enumerate(whiskers):
        if whisker is None:
            continue
        y, faint = 8 + 12 * row, " faint" if whisker.faint else ""
        if whisker.low is not None and whisker.high is not None:
            ends = {"x1": _cent(whisker.low), "x2": _cent(whisker.high)}
            parts.append(element("line", class_=f"whisker{faint}", **ends, y1=y, y2=y))
        radius = 3 if whisker.faint else 4
        parts.append(element("circle", class_=f"dot{faint}", cx=_cent(whisker.value), cy=y, r=radius))
    return _strip(height, parts)


def draw_bar(bars: Iterable[Bar]) -> Markup:
    """One stacked bar; a piece carries its count where there is room for it."""
    shown = [bar for bar in bars if bar.count]
    total = sum(bar.count for bar in shown)
    parts, at = [], 0.0
    for bar in shown:
        share = bar.count / total
        parts.append(element("rect", class_=bar.style, x=_cent(at), width=_cent(share), y=0, height=28))
        if share > 0.05:
            parts.append(element("text", bar.count, class_=f"on-{bar.style}", x=_cent(at + share / 2), y=18.5))
        at += share
    return _strip(28, parts)


def draw_risk_coverage(points: Sequence[Point], title: str, description: str) -> Markup:
    """Share of replies that are wrong (y) if only the surest share of them is given (x).

    Args:
        points: by rising coverage, with the interval of the risk at each. Those after the run's own coverage are
            faint; the last that is not gets a mark.
        title: for those who cannot see the drawing.
        description: the same at more length.
    """
    top = _find_top(point.y for point in points)
    parts = _draw_axes("share of the replies, the surest first", "of those, share that is wrong", top)
    band = [(point.x, min(point.high, top)) for point in points]
    band += [(point.x, min(point.low, top)) for point in reversed(points)]
    parts.append(_path("polygon", "band", band, top))
    if points:
        parts.append(_line("chance", (0.0, points[-1].y), (1.0, points[-1].y), top))
    own = [point for point in points if not point.faint]
    beyond = [*own[-1:], *(point for point in points if point.faint)]
    for style, line in (("curve faint", beyond), ("curve", own)):
        parts.append(_path("polyline", style, [(point.x, point.y) for point in line], top))
    if own:
        x, y = _x(own[-1].x), _y(own[-1].y, top)
        side = "end" if own[-1].x > 0.5 else "start"
        parts.append(element("circle", class_="now", cx=f"{x:.1f}", cy=f"{y:.1f}", r=4.5))
        above = y - 10 if y > TOP + 14 else y + 19
        parts.append(element("text", "this run", class_=f"label {side}", x=f"{x:.1f}", y=f"{above:.1f}"))
    return _chart("risk-coverage", title, description, parts)


def draw_reliability(points: Sequence[Point], title: str, description: str) -> Markup:
    """Share of correct answers (y) by confidence (x), a dot a bin; on the diagonal, confidence means what it says."""
    parts = _draw_axes("confidence", "of the answers, share that is correct", 1.0)
    parts.append(_line("chance", (0.0, 0.0), (1.0, 1.0), 1.0))
    most = max((point.count for point in points), default=1)
    for point in points:
        # The area of a dot says how many answers it stands for; the number itself stands above the chart.
        radius = 2.5 + 4.5 * math.sqrt(point.count / most)
        x, y = f"{_x(point.x):.1f}", f"{_y(point.y, 1.0):.1f}"
        parts.append(_line("whisker", (point.x, point.low), (point.x, point.high), 1.0))
        parts.append(element("circle", class_="dot", cx=x, cy=y, r=f"{radius:.1f}"))
        parts.append(element("text", point.count, class_="number middle", x=x, y=TOP - 7))
    return _chart("reliability", title, description, parts)


def element(name: str, content: object = None, /, **attributes: object) -> Markup:
    """An element of the drawing, every value and text escaped; ``class_`` and the like lose their last underscore."""
    held = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items()
    )
    if content is None:
        return Markup("<{}{}/>").format(name, held)
    return Markup("<{0}{1}>{2}</{0}>").format(name, held, content)


def _draw_axes(x_label: str, y_label: str, top: float) -> list[Markup]:
    parts = []
    for share in TICKS:
        x, y = _x(share), _y(share * top, top)
        number = f"{100 * share * top:g}"
        parts.append(element("line", class_="tick", x1=LEFT, x2=RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}"))
        parts.append(element("text", number, class_="number end", x=LEFT - 6, y=f"{y + 3.5:.1f}"))
        parts.append(element("text", f"{100 * share:.0f}", class_="number middle", x=f"{x:.1f}", y=BOTTOM + 16))
    parts.append(element("line", class_="axis", x1=LEFT, x2=RIGHT, y1=BOTTOM, y2=BOTTOM))
    parts.append(element("text", f"{y_label}, %", class_="label start", x=2, y=14))
    parts.append(element("text", f"{x_label}, %", class_="label end", x=RIGHT, y=BOTTOM + 34))
    return parts


def _chart(name: str, title: str, description: str, parts: Iterable[Markup]) -> Markup:
    told = [element("title", title, id=f"{name}-title"), element("desc", description, id=f"{name}-desc")]
    return element(
        "svg",
        Markup("").join([*told, *parts]),
        class_="chart",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _strip(height: float, parts: Iterable[Markup]) -> Markup:
    """A drawing as wide as its place, for numbers that stand in words beside it."""
    held = Markup("").join(parts)
    return element("svg", held, class_="strip", width="100%", height=f"{height:g}", aria_hidden="true")


def _line(style: str, start: tuple[float, float], end: tuple[float, float], top: float) -> Markup:
    (x1, y1), (x2, y2) = start, end
    places = {"x1": _x(x1), "x2": _x(x2), "y1": _y(y1, top), "y2": _y(y2, top)}
    return element("line", class_=style, **{name: f"{place:.1f}" for name, place in places.items()})


def _path(name: str, style: str, points: Iterable[tuple[float, float]], top: float) -> Markup:
    return element(name, class_=style, points=" ".join(f"{_x(x):.1f},{_y(y, top):.1f}" for x, y in points))


def _find_top(values: Iterable[float]) -> float:
    """Where the axis ends: the first round number that leaves every value some air."""
    highest = max(values, default=1.0)
    return next((top for top in (0.1, 0.25, 0.5, 0.75) if highest <= 0.9 * top), 1.0)


def _x(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _y(share: float, top: float) -> float:
    return BOTTOM - share / top * (BOTTOM - TOP)


def _cent(share: float) -> str:
    return f"{100 * min(1.0, max(0.0, share)):.2f}%"
