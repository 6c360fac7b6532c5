"""Drawing pages of PDFs for visitors: in processes that are locked in, a few at once, each visitor in turn."""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict

from ingest.limits import Limits
from ingest.sandbox.confined import Confined
from ingest.views import AskedPage, PageView
from rag.errors import FootnoteError, SourceError
from ui.render.language import gettext, mark
from ui.web.session.waiting_line import WaitingLine

PLACES = 2
"""Pages that are drawn at once, each in a process of its own."""

MOST_WAITING, MOST_OF_ONE = 40, 8

LIMITS = Limits(seconds=20.0, memory=1_200_000_000)

MOST_REFUSED, REFUSED_SECONDS = 1_000, 600.0
"""Pages that are remembered because they could not be drawn, and for how long they are not tried again."""

TOO_MANY = mark("too many pages are being drawn; try again in a moment")
UNDRAWN = mark("this page cannot be drawn here; its words are in the text")


class PageDesk:
    """Draws pages of all visitors. Its processes start when the first page is wanted."""

    def __init__(self) -> None:
        self._line = WaitingLine(PLACES, MOST_WAITING, MOST_OF_ONE, share=1, full=TOO_MANY)
        self._free: queue.SimpleQueue[Confined] = queue.SimpleQueue()
        self._all = [Confined(LIMITS) for _ in range(PLACES)]
        self._refused: OrderedDict[tuple[str, int], float] = OrderedDict()
        self._lock = threading.Lock()
        for each in self._all:
            self._free.put(each)

    def view(self, owner: str, digest: str, content: bytes, asked: AskedPage) -> PageView:
        """A page of a PDF.

        Args:
            owner: who looks at it; of one owner one page is drawn at a time.
            digest: of the file.
            content: its bytes.
            asked: which page.

        Raises:
            SourceError: it cannot be drawn.
            FootnoteError: too many wait.
        """
        key = digest, asked.page or next((each.first for each in asked.sought), 1)
        if time.monotonic() < self._refused.get(key, 0.0):
            raise SourceError(gettext(UNDRAWN))
        with self._line.place(owner=owner) as has_place:
            if not has_place:
                raise FootnoteError(gettext(TOO_MANY))
            worker = self._free.get()
            try:
                return worker.view_page(content, asked)
            except SourceError:
                with self._lock:
                    self._refused[key] = time.monotonic() + REFUSED_SECONDS
                    while len(self._refused) > MOST_REFUSED:
                        self._refused.popitem(last=False)
                raise SourceError(gettext(UNDRAWN)) from None
            finally:
                self._free.put(worker)

    def close(self) -> None:
        """End its processes."""
        for each in self._all:
            each.end()
