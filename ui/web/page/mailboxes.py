"""What events have to say, until a browser collects it: within so many bytes for all of them together.

Gradio keeps the messages of 2,000 visits for as long as it runs, though nobody ever asks for them; each may hold a whole
conversation. Here those that have waited longest go first where they become too many.
"""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from typing import Any

from gradio.server_messages import UnexpectedErrorMessage
from gradio.utils import LRUCache

MOST_BYTES = 64_000_000
"""Of all messages that nobody has collected yet."""

MOST_BOXES = 2_000

TOO_LATE = "this came too late; load the page anew and try again"


class Mailbox(asyncio.Queue[Any]):
    """The messages of one visit."""

    def __init__(self, name: str, boxes: Mailboxes):
        super().__init__()
        self._name = name
        self._boxes = boxes
        self._counts = True

    def _put(self, item: Any) -> None:
        size = measure(item) if self._counts else 0
        super()._put((item, size))
        if self._counts:
            self._boxes.count(self._name, size)

    def _get(self) -> Any:
        item, size = super()._get()
        if self._counts:
            self._boxes.count(self._name, -size)
        return item

    def empty_out(self) -> None:
        """Throw away what nobody has collected, and say so to whoever comes for it; none of it is counted any more."""
        self._counts = False
        while not self.empty():
            self.get_nowait()
        self.put_nowait(UnexpectedErrorMessage(message=TOO_LATE, success=False))
        self._counts = True


class Mailboxes(LRUCache[str, Mailbox]):  # type: ignore[misc]
    """The mailboxes of all visits, in the place where Gradio's queue has its own.

    Args:
        queue: Gradio's; it also notes which events of a visit are not over yet.
        most: bytes of all messages that wait.
    """

    def __init__(self, queue: Any, most: int = MOST_BYTES):
        super().__init__(MOST_BOXES)
        self._queue = queue
        self.most = most
        self._waiting: OrderedDict[str, int] = OrderedDict()

    @property
    def bytes(self) -> int:
        """What waits to be collected."""
        return sum(self._waiting.values())

    @property
    def filled(self) -> int:
        """How many mailboxes have something that waits."""
        return len(self._waiting)

    def __setitem__(self, name: str, box: object) -> None:
        """Open a mailbox, in place of the one that Gradio would open."""
        super().__setitem__(name, Mailbox(name, self))

    def __delitem__(self, name: str) -> None:
        """Close a mailbox."""
        super().__delitem__(name)
        self._forget(name)

    def popitem(self, last: bool = True) -> tuple[str, Mailbox]:
        """Close the mailbox that was opened first, or last."""
        name, box = super().popitem(last=last)
        self._forget(name)
        return name, box

    def count(self, name: str, size: int) -> None:
        """Note that messages have come, or were collected; what has waited longest goes where there is too much."""
        if name not in self:  # it was closed meanwhile
            return
        self._waiting[name] = self._waiting.get(name, 0) + size
        if self._waiting[name] <= 0:
            del self._waiting[name]
        while self.bytes > self.most and len(self._waiting) > 1:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            self[oldest].empty_out()

    def _forget(self, name: str) -> None:
        self._waiting.pop(name, None)
        self._queue.pending_event_ids_session.pop(name, None)


def measure(message: Any) -> int:
    """Bytes that a message takes, roughly; what stands in it twice is counted once."""
    size, seen = 0, set()
    rest: list[Any] = [getattr(message, "output", None)]
    while rest:
        value = rest.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        size += sys.getsizeof(value)
        if isinstance(value, dict):
            rest.extend(value.values())
        elif isinstance(value, list | tuple):
            rest.extend(value)
    return size
