"""What all visits share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ui.web.session_memory import Memory
from ui.web.waiting_line import Line

if TYPE_CHECKING:
    from rag.index.passage_index import PassageIndex
    from rag.settings import Settings
    from ui.web.feedback import Feedback
    from ui.web.suggester import Suggester
    from ui.web.uploads import Uploads

MOST_CHANGES_WAITING = 20
"""How many changes to libraries may wait, and how many of them may be one owner's."""

MOST_OF_ONE = 3

TOO_MANY_CHANGES = "too many documents are being added; try again in a minute"


@dataclass(frozen=True, slots=True)
class Shared:
    """Settings, the index that is served, its chain, the lines to wait in, what is kept, and the visits in memory."""

    settings: Settings
    index: PassageIndex
    chain: Any
    line: Line
    uploads: Uploads
    feedback: Feedback
    suggester: Suggester
    library_line: Line = field(init=False)
    memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        changes = Line(self.settings.library_places, MOST_CHANGES_WAITING, MOST_OF_ONE, TOO_MANY_CHANGES)
        object.__setattr__(self, "library_line", changes)
        object.__setattr__(self, "memory", Memory(int(self.settings.session_memory_mb * 1_000_000)))
