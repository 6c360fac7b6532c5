"""Changes to libraries: each waits in line, works in a thread of its own, and tells how far it is.

A place in the line is held until the work is really over, whether or not somebody still looks on: so much is done at
once, and no more, however often people press and go away.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass

from rag.errors import FootnoteError
from ui.render.language import gettext, mark
from ui.web.library.library import Reports
from ui.web.library.received import Progress
from ui.web.session.waiting_line import WaitingLine

UNFORESEEN = mark("something went wrong that was not foreseen; try again")


@dataclass(frozen=True, slots=True)
class Step:
    """How far a change is."""

    label: str
    done: int
    total: int


News = int | Step | Reports | FootnoteError
"""How many have to leave first, how far it is, and in the end what became of it or went wrong."""


def work_in_line(
    line: WaitingLine, owner: str, change: Callable[[Progress], Reports], give_up: Callable[[], None] = lambda: None
) -> Iterator[News]:
    """Make a change as soon as there is a place for it.

    Args:
        line: of all changes.
        owner: whose library it is; of one owner one change is made at a time.
        change: what is done.
        give_up: called where nobody waited for it any more before it had begun, or it could not begin.
    """
    news: queue.SimpleQueue[News] = queue.SimpleQueue()
    left = threading.Event()

    def goes_on(before: int) -> bool:
        news.put(before)
        return not left.is_set()

    def work() -> None:
        has_begun = False
        try:
            with line.place(goes_on, owner) as has_begun:
                if has_begun:
                    news.put(change(lambda label, done, total: news.put(Step(label, done, total))))
        except FootnoteError as error:
            news.put(error)
        except Exception:  # a bug, or a failure nobody foresaw: the person gets a line, the log the rest
            logging.getLogger(__name__).exception("a library could not be changed")
            news.put(FootnoteError(gettext(UNFORESEEN)))
        finally:
            if not has_begun:
                give_up()

    # What is raised there is told in the language of whoever waits here.
    threading.Thread(target=copy_context().run, args=(work,), daemon=True, name="library").start()
    try:
        item: News = 0
        while isinstance(item, int | Step):
            item = news.get()
            yield item
    finally:
        left.set()
        line.ask_all()  # whoever stands behind this one moves up at once
