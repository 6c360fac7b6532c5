"""Who is served and who waits: so many at once, first come first served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rag.errors import FootnoteError

MOST_WAITING = 100
"""How many may wait, each of which holds a thread; more are sent away."""

TOLD_AGAIN_SECONDS = 2.0
"""Seconds after which somebody who waits is told so again: that is when it shows that a browser has gone."""

TOO_MANY_WAITING = "too many questions are waiting; ask again in a minute"


class WaitingLine:
    """Work in the order in which it came. The first ``places`` are served, the others wait.

    Args:
        places: how many are served at once.
        room: how many may wait.
        each: how many of them may be one owner's.
        full: what is said to whoever comes when that many wait.
    """

    def __init__(self, places: int, room: int = MOST_WAITING, each: int = MOST_WAITING, full: str = TOO_MANY_WAITING):
        self._places = places
        self._room = room
        self._each = each
        self._full = full
        self._served = 0
        self._busy: set[str] = set()
        self._waiting: list[tuple[object, str]] = []
        self._changed = threading.Condition()

    @contextmanager
    def place(self, goes_on: Callable[[int], bool] = lambda before: True, owner: str = "") -> Iterator[bool]:
        """A place among those that are served, as soon as there is one; False when the waiting was given up.

        Args:
            goes_on: told how many have to leave first, whenever that may have changed; False gives up. It must be
                quick: the whole line waits for it.
            owner: whose it is, where one owner has at most one place at a time; others may pass who waits for that.

        Raises:
            FootnoteError: too many wait already.
        """
        has_place = self._wait(goes_on, owner)
        try:
            yield has_place
        finally:
            if has_place:
                with self._changed:
                    self._served -= 1
                    self._busy.discard(owner)
                    self._changed.notify_all()

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is served or waits."""
        return not self._served and not self._waiting

    def ask_all(self) -> None:
        """Ask all who wait whether they still do."""
        with self._changed:
            self._changed.notify_all()

    def _wait(self, goes_on: Callable[[int], bool], owner: str) -> bool:
        mine = (object(), owner)
        with self._changed:
            of_owner = sum(other == owner for _, other in self._waiting) if owner else 0
            has_room = len(self._waiting) < self._room and of_owner < self._each
            self._waiting.append(mine)
            try:
                if not has_room and self._count_before(mine):
                    raise FootnoteError(self._full)
                while before := self._count_before(mine):
                    if not goes_on(before):
                        return False
                    self._changed.wait(TOLD_AGAIN_SECONDS)
                self._served += 1
                if owner:
                    self._busy.add(owner)
                return True
            finally:
                self._waiting.remove(mine)
                self._changed.notify_all()

    def _count_before(self, mine: tuple[object, str]) -> int:
        """How many have to leave before a place is free for one who waits; 0 where it can take one now."""
        blocked = set(self._busy)
        ahead = 0
        for other in self._waiting:
            _, owner = other
            is_blocked = bool(owner) and owner in blocked
            if other is mine:
                return max(int(is_blocked), ahead + 1 - (self._places - self._served))
            if not is_blocked:  # who waits for another place of the same owner keeps nobody else waiting
                ahead += 1
                if owner:
                    blocked.add(owner)
        return 0
