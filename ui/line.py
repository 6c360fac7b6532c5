"""Who is answered and who waits: so many questions at once, first come first served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rag.errors import FootnoteError

ROOM = 100
"""How many questions may wait, each of which holds a thread; more are sent away."""

BEAT = 2.0
"""Seconds after which somebody who waits is told so again: that is when it shows that a browser has gone."""


class Line:
    """Questions in the order in which they came. The first ``places`` are answered, the others wait."""

    def __init__(self, places: int, room: int = ROOM):
        self._places = places
        self._room = room
        self._answered = 0
        self._waiting: list[object] = []
        self._changed = threading.Condition()

    @contextmanager
    def place(self, goes_on: Callable[[int], bool] = lambda before: True) -> Iterator[bool]:
        """A place among those that are answered, as soon as there is one; False when the waiting was given up.

        Args:
            goes_on: told how many have to leave first, whenever that may have changed; False gives up. It must be
                quick: the whole line waits for it.

        Raises:
            FootnoteError: too many wait already.
        """
        has_place = self._wait(goes_on)
        try:
            yield has_place
        finally:
            if has_place:
                with self._changed:
                    self._answered -= 1
                    self._changed.notify_all()

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is answered or waits."""
        return not self._answered and not self._waiting

    def ask_all(self) -> None:
        """Ask all who wait whether they still do."""
        with self._changed:
            self._changed.notify_all()

    def _wait(self, goes_on: Callable[[int], bool]) -> bool:
        mine = object()
        with self._changed:
            if self._answered >= self._places and len(self._waiting) >= self._room:
                raise FootnoteError("too many questions are waiting; ask again in a minute")
            self._waiting.append(mine)
            try:
                while (before := self._waiting.index(mine) + 1 - (self._places - self._answered)) > 0:
                    if not goes_on(before):
                        return False
                    self._changed.wait(BEAT)
                self._answered += 1
                return True
            finally:
                self._waiting.remove(mine)
                self._changed.notify_all()
