"""What became of each source, and of all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ingest.blocks import LeftOut

Status = Literal["added", "replaced", "unchanged", "skipped", "failed", "removed"]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source; ``reason`` is one line, empty when there is nothing to explain.

    ``passages`` and ``characters`` are those that stand in the index under ``document``; ``pages`` is 0 for what has no
    pages. ``seconds`` are those of reading, splitting and embedding it. ``words`` is how many the file itself has (0 for one
    that was not read now), ``left_out`` what of it was not kept, and why.
    """

    source: str
    document: str | None
    status: Status
    reason: str = ""
    passages: int = 0
    characters: int = 0
    pages: int = 0
    pages_without_text: int = 0
    seconds: float = 0.0
    words: int = 0
    left_out: tuple[LeftOut, ...] = ()

    @property
    def words_kept(self) -> int:
        """How many of the file's own words stand in the index."""
        return max(0, self.words - sum(piece.words for piece in self.left_out))


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a run's reports."""

    sources: int
    added: int
    replaced: int
    unchanged: int
    skipped: int
    failed: int
    removed: int
    passages: int
    pages: int
    pages_without_text: int


def sum_up(reports: Iterable[SourceReport]) -> Totals:
    """Count what became of the sources; passages are those that were written, not the unchanged ones."""
    found = list(reports)
    statuses = [report.status for report in found]
    new = [report for report in found if report.status in ("added", "replaced")]
    return Totals(
        len(found),
        statuses.count("added"),
        statuses.count("replaced"),
        statuses.count("unchanged"),
        statuses.count("skipped"),
        statuses.count("failed"),
        statuses.count("removed"),
        sum(report.passages for report in new),
        sum(report.pages for report in found),
        sum(report.pages_without_text for report in found),
    )
