"""From what the report counts to the questions that it counted: what stands at its head, and links below figures and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.evaluation.metrics.cases import Case, Cause
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.report.html_questions import CAUSE_LABELS, Group
from rag.evaluation.run.scoring import Row, Slice

MOST_LINKS = 60
"""Questions that are linked below one figure or tag; more are no list that anybody reads."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number at the head of the page: what it counts, how it is coloured, and where its questions stand."""

    count: int
    name: str
    style: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Links:
    """The questions behind a number: how many there are, and the numbers of those that can be gone to."""

    count: int
    numbers: tuple[int, ...]


def list_tiles(rows: Sequence[Row]) -> list[Tile]:
    """What a manager should read: how many replies are as they should be, how many are not, and in which way.

    Each question is in one of them, and in the same one as in the list of what went wrong. "As it should be" are correct
    answers, abstentions where the documents do not say, and what cites the evidence where no gold answer is known.
    """
    counts = Counter(row.cause for row in rows)
    anchors = {kind.cause: kind.anchor for kind in CAUSE_LABELS}
    own: tuple[tuple[Cause, str, str], ...] = (
        ("right", "as it should be", "correct"),
        ("needless abstention", "declined though answerable", "needless"),
        ("error", "failed", "failed"),
        ("not judged", "not judged", "not-judged"),
    )
    right, *others = (
        Tile(counts[cause], name, style, anchors[cause] if counts[cause] else "")
        for cause, name, style in own
        if counts[cause] or cause != "not judged"
    )
    wrong = len(rows) - right.count - sum(tile.count for tile in others)
    return [right, Tile(wrong, "wrong", "wrong", "causes" if wrong else ""), *others]


def link_figures(
    cases: Sequence[Case], rows: Sequence[Row], metrics: Sequence[Metric], part: Slice, groups: Sequence[Group]
) -> dict[str, Links]:
    """For each figure that is a share or a mean the questions that cost it something; of a split, its own alone."""
    is_in = [part.kind != "split" or case.question.split == part.name for case in cases]
    return {
        metric.name: _link([inside and _costs(metric, row) for inside, row in zip(is_in, rows, strict=True)], groups)
        for metric in metrics
        if metric.kind in ("proportion", "mean") and metric.bounds == (0.0, 1.0)
    }


def link_tags(cases: Sequence[Case], names: Collection[str], groups: Sequence[Group]) -> dict[str, Links]:
    """For each kind and tag its questions."""
    return {
        name: _link([name == case.question.kind or name in case.question.tags for case in cases], groups)
        for name in names
    }


def _costs(metric: Metric, row: Row) -> bool:
    value = row.values[metric.name]
    return isinstance(value, float | int) and (value > 0 if metric.lower_is_better else value < 1)


def _link(wanted: Sequence[bool], groups: Sequence[Group]) -> Links:
    shown = {entry.number for group in groups for entry in group.entries}
    found = [number for number, is_wanted in enumerate(wanted, start=1) if is_wanted]
    return Links(len(found), tuple(number for number in found if number in shown)[:MOST_LINKS])
