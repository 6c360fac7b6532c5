"""Grids that are drawn on a page: lines that cross, and the cells between them."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_CROSSINGS = 200_000
"""So many pairs of lines are looked at for where they cross; what has more is a drawing."""

MOST_CELLS = 20_000
"""A grid of more cells than this is graph paper."""

MOST_GRIDS = 60
"""So many grids of a page are looked at, the largest first: all letters are compared with all of them."""

MEETING = 3.0
"""Points between the end of a line and another one that it meets: tables are drawn cell by cell, with gaps at corners."""

NARROWEST = 5.0
"""Points from one line of a grid to the next: what is nearer is a double line."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the page (``at`` is how far down) or down it (``at`` is how far from the left), and its two ends."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines that cross: ``lefts`` and ``tops`` are where its columns and rows begin, and where the last of them ends.

    ``cells`` has for each row the cell that stands in each column, by number: one that covers several has its number in each.
    """

    lefts: tuple[float, ...]
    tops: tuple[float, ...]
    cells: tuple[tuple[int, ...], ...]

    @property
    def area(self) -> float:
        """Square points."""
        return (self.lefts[-1] - self.lefts[0]) * (self.tops[-1] - self.tops[0])

    def find(self, across: float, down: float) -> tuple[int, int] | None:
        """Row and column of a point, None outside the grid."""
        row, column = bisect(self.tops, down) - 1, bisect(self.lefts, across) - 1
        is_inside = 0 <= row < len(self.tops) - 1 and 0 <= column < len(self.lefts) - 1
        return (row, column) if is_inside else None

    def parts(self, left: float, right: float, down: float) -> bool:
        """Whether a line stands between two places at the same height; an end outside counts as its nearest cell."""
        row = bisect(self.tops, down) - 1
        if not 0 <= row < len(self.tops) - 1:
            return False
        first, last = (min(max(bisect(self.lefts, at), 0), len(self.lefts)) for at in (left, right))
        return first != last and self._cell(row, first - 1) != self._cell(row, last - 1)

    def _cell(self, row: int, column: int) -> int:
        if column < 0:
            return -1
        return self.cells[row][column] if column < len(self.lefts) - 1 else -2


def find_grids(across: Sequence[Rule], down: Sequence[Rule]) -> list[Grid]:
    """The grids that lines make, those of at least two columns and two rows."""
    found = []
    for rows, columns in _connected(across, down):
        grid = _to_grid(rows, columns)
        if grid is not None:
            found.append(grid)
    return sorted(found, key=lambda grid: -grid.area)[:MOST_GRIDS]


def _connected(across: Sequence[Rule], down: Sequence[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Lines that hang together."""
    ordered = sorted(across, key=lambda rule: rule.at)
    heights = [rule.at for rule in ordered]
    home = list(range(len(ordered) + len(down)))

    def find(at: int) -> int:
        while home[at] != at:
            home[at] = home[home[at]]
            at = home[at]
        return at

    looked_at = 0
    for number, rule in enumerate(down, len(ordered)):
        first, last = bisect(heights, rule.start - MEETING), bisect(heights, rule.end + MEETING)
        looked_at += last - first
        if looked_at > MOST_CROSSINGS:
            return
        for at in range(first, last):
            if ordered[at].start - MEETING <= rule.at <= ordered[at].end + MEETING:
                home[find(at)] = find(number)
    parts: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for at, rule in enumerate((*ordered, *down)):
        parts.setdefault(find(at), ([], []))[at >= len(ordered)].append(rule)
    yield from (part for part in parts.values() if part[0] and part[1])


def _to_grid(across: Sequence[Rule], down: Sequence[Rule]) -> Grid | None:
    lefts = _places([*(rule.at for rule in down), *_ends(across)])
    tops = _places([*(rule.at for rule in across), *_ends(down)])
    width, height = len(lefts) - 1, len(tops) - 1
    if width < 2 or height < 2 or width * height > MOST_CELLS:
        return None
    right_walls = [_covered([rule for rule in down if abs(rule.at - left) < NARROWEST], tops) for left in lefts]
    lower_walls = [_covered([rule for rule in across if abs(rule.at - top) < NARROWEST], lefts) for top in tops]
    home = list(range(width * height))

    def find(at: int) -> int:
        while home[at] != at:
            home[at] = home[home[at]]
            at = home[at]
        return at

    for row in range(height):
        for column in range(width):
            at = row * width + column
            if column + 1 < width and not right_walls[column + 1][row]:
                home[find(at + 1)] = find(at)
            if row + 1 < height and not lower_walls[row + 1][column]:
                home[find(at + width)] = find(at)
    cells = tuple(tuple(find(row * width + column) for column in range(width)) for row in range(height))
    return Grid(tuple(lefts), tuple(tops), cells)


def _ends(rules: Sequence[Rule]) -> tuple[float, float]:
    return min(rule.start for rule in rules), max(rule.end for rule in rules)


def _places(found: Sequence[float]) -> list[float]:
    """Places in order, those that are near each other as one."""
    groups: list[list[float]] = []
    for place in sorted(found):
        if groups and place - groups[-1][0] < NARROWEST:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [sum(group) / len(group) for group in groups]


def _covered(rules: Sequence[Rule], places: Sequence[float]) -> list[bool]:
    """For each stretch between two places, whether lines cover most of it."""
    covered = [0.0] * (len(places) - 1)
    for rule in rules:
        for at in range(max(bisect(places, rule.start) - 1, 0), min(bisect(places, rule.end), len(covered))):
            covered[at] += max(0.0, min(rule.end, places[at + 1]) - max(rule.start, places[at]))
    return [length > 0.6 * (places[at + 1] - places[at]) for at, length in enumerate(covered)]
