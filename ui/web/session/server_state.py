"""What all visits share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ui.render.language import mark
from ui.web.security.rates import RateLimit
from ui.web.session.evaluation_desk import EvaluationDesk
from ui.web.session.memory import SessionMemory
from ui.web.session.page_desk import PageDesk
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

PAGES_PER_MINUTE, PAGES_AT_ONCE = 12.0, 6.0
"""Web pages that one client may have fetched: as a person does who collects some, and no faster."""

TOO_MANY_CHANGES = mark("too many documents are being added; try again in a minute")


@dataclass(frozen=True, slots=True)
class ServerState:
    """Settings, the index that is served, its chain, the lines to wait in, what is kept, and the visits in memory.

    ``page_rate`` counts the web pages that are fetched for a client; ``pages`` draws those of documents; ``evaluation`` runs
    question sets.
    """

    settings: Settings
    index: PassageIndex
    chain: Any
    question_line: WaitingLine
    uploads: Uploads
    feedback: Feedback
    suggester: Suggester
    library_line: WaitingLine = field(init=False)
    memory: SessionMemory = field(init=False)
    page_rate: RateLimit = field(init=False)
    pages: PageDesk = field(init=False)
    evaluation: EvaluationDesk = field(init=False)

    def __post_init__(self) -> None:
        changes = WaitingLine(
            self.settings.library_places, MOST_CHANGES_WAITING, MOST_CHANGES_OF_ONE, share=1, full=TOO_MANY_CHANGES
        )
        object.__setattr__(self, "library_line", changes)
        object.__setattr__(self, "page_rate", RateLimit(PAGES_PER_MINUTE, PAGES_AT_ONCE))
        object.__setattr__(self, "pages", PageDesk())
        object.__setattr__(self, "evaluation", EvaluationDesk(self.settings, self.question_line))
        object.__setattr__(self, "memory", SessionMemory(int(self.settings.session_memory_mb * 1_000_000)))

    def close(self) -> None:
        """End what works in the background."""
        self.suggester.close()
        self.evaluation.close()
        self.pages.close()
