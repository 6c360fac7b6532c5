"""What all visits share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ui.web.session.memory import SessionMemory
from ui.web.session.waiting_line import WaitingLine

if TYPE_CHECKING:
    from rag.index.passage_index import PassageIndex
    from rag.settings import Settings
    from ui.web.library.uploads import Uploads
    from ui.web.session.feedback import Feedback
    from ui.web.session.suggester import Suggester

MOST_CHANGES_WAITING = 20
"""How many changes to libraries may wait, and how many of them may be one owner's."""

MOST_CHANGES_OF_ONE = 3

TOO_MANY_CHANGES = "too many documents are being added; try again in a minute"


@dataclass(frozen=True, slots=True)
class ServerState:
    """Settings, the index that is served, its chain, the lines to wait in, what is kept, and the visits in memory."""

    settings: Settings
    index: PassageIndex
    chain: Any
    question_line: WaitingLine
    uploads: Uploads
    feedback: Feedback
    suggester: Suggester
    library_line: WaitingLine = field(init=False)
    memory: SessionMemory = field(init=False)

    def __post_init__(self) -> None:
        changes = WaitingLine(
            self.settings.library_places, MOST_CHANGES_WAITING, MOST_CHANGES_OF_ONE, share=1, full=TOO_MANY_CHANGES
        )
        object.__setattr__(self, "library_line", changes)
        object.__setattr__(self, "memory", SessionMemory(int(self.settings.session_memory_mb * 1_000_000)))
