"""The panel in which question sets are run, as HTML for the page. Pure: from values to strings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ui.render.html import render
from ui.render.redaction import hide_places


@dataclass(frozen=True, slots=True)
class SetRow:
    """A question set: its name, and how many questions it has."""

    name: str
    questions: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run: its name, how many questions were answered, whether that is all, and some figures by what they are called."""

    name: str
    questions: int
    is_whole: bool
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class EvaluationPanel:
    """What the panel shows.

    Attributes:
        sets, runs: what there is.
        rated: how many answers the person has rated.
        progress: of the run that is under way.
        is_open: whether any may be run.
        said: what went wrong, or became of something.
        report: a run's page, as HTML of its own; it is shown in a frame that may do nothing.
        table: two runs beside each other, as text.
    """

    sets: Sequence[SetRow]
    runs: Sequence[RunRow]
    rated: int = 0
    progress: Progress | None = None
    is_open: bool = True
    said: str = ""
    report: str = ""
    table: str = ""
    compared: tuple[str, str] = field(default=("", ""))


def render_evaluation(panel: EvaluationPanel) -> str:
    """The panel; what is said in it names no places on this machine."""
    return render("evaluation.html", "panel", panel=replace(panel, said=hide_places(panel.said)))
