"""Who is served and who waits: so many at once, and everybody in turn."""

from __future__ import annotations

import itertools
import threading
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rag.errors import FootnoteError
from ui.render.language import gettext, mark

MOST_WAITING = 100
"""How many may wait, each of which holds a thread; more are sent away."""

MOST_OF_ONE = 50
"""How many of them may be one owner's, so that there is always room for somebody else."""

TOLD_AGAIN_SECONDS = 2.0
"""Seconds after which somebody who waits is told so again: that is when it shows that a browser has gone."""

TOO_MANY_WAITING = mark("too many questions are waiting; ask again in a minute")


class WaitingLine:
    """Work in the order in which it came, but that owners take turns: who asks a hundred things keeps nobody waiting.

    The first ``places`` are served, the others wait: start-time fair queueing. Each that comes is given the number of
    the round that is being served, or of the one after its owner's last; lower rounds go first.

    Args:
        places: how many are served at once.
        room: how many may wait.
        each: how many of them may be one owner's.
        share: how many of the places one owner may have at once; all of them where None.
        full: what is said to whoever comes when that many wait.
    """

    def __init__(
        self,
        places: int,
        room: int = MOST_WAITING,
        each: int = MOST_OF_ONE,
        share: int | None = None,
        full: str = TOO_MANY_WAITING,
    ):
        self._places = places
        self._room = room
        self._each = each
        self._share = share or places
        self._full = full
        self._served: Counter[object] = Counter()
        self._waiting: list[_Waiting] = []
        self._round = 0
        self._last_rounds: dict[object, int] = {}
        self._arrivals = itertools.count()
        self._changed = threading.Condition()

    @contextmanager
    def place(self, goes_on: Callable[[int], bool] = lambda before: True, owner: str = "") -> Iterator[bool]:
        """A place among those that are served, as soon as there is one; False when the waiting was given up.

        Args:
            goes_on: told how many have to leave first, whenever that may have changed; False gives up. It must be
                quick: the whole line waits for it.
            owner: whose it is; nobody else's where it is empty.

        Raises:
            FootnoteError: too many wait already.
        """
        mine = self._arrive(owner or object())
        has_place = self._wait(goes_on, mine)
        try:
            yield has_place
        finally:
            if has_place:
                with self._changed:
                    self._served -= Counter([mine.owner])
                    self._leave(mine.owner)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is served or waits."""
        return not self._served and not self._waiting

    def ask_all(self) -> None:
        """Ask all who wait whether they still do."""
        with self._changed:
            self._changed.notify_all()

    def _arrive(self, owner: object) -> _Waiting:
        with self._changed:
            of_owner = sum(other.owner == owner for other in self._waiting)
            has_room = len(self._waiting) < self._room and of_owner < self._each
            mine = _Waiting(max(self._round, self._last_rounds.get(owner, -1) + 1), next(self._arrivals), owner)
            insort(self._waiting, mine)
            if not has_room and self._count_before(mine):
                self._waiting.remove(mine)
                raise FootnoteError(gettext(self._full))
            self._last_rounds[owner] = mine.round
            return mine

    def _wait(self, goes_on: Callable[[int], bool], mine: _Waiting) -> bool:
        with self._changed:
            try:
                while before := self._count_before(mine):
                    if not goes_on(before):
                        return False
                    self._changed.wait(TOLD_AGAIN_SECONDS)
                self._served[mine.owner] += 1
                self._round = max(self._round, mine.round)
                return True
            finally:
                self._waiting.remove(mine)
                self._leave(mine.owner)

    def _leave(self, owner: object) -> None:
        """Somebody moved: all look again. Of an owner who has nothing here any more nothing is remembered."""
        if not self._served[owner] and all(other.owner != owner for other in self._waiting):
            self._last_rounds.pop(owner, None)
        self._changed.notify_all()

    def _count_before(self, mine: _Waiting) -> int:
        """How many have to leave before a place is free for one who waits; 0 where it can take one now."""
        turns = Counter(self._served)
        ahead = 0
        for other in self._waiting:
            if other is mine:
                break
            ahead += turns[other.owner] < self._share  # the others wait for their own, and keep nobody else waiting
            turns[other.owner] += 1
        return max(0, turns[mine.owner] - self._share + 1, ahead + 1 - (self._places - self._served.total()))


@dataclass(frozen=True, slots=True, order=True)
class _Waiting:
    """One who waits; lower ones go first."""

    round: int
    arrival: int
    owner: object = field(compare=False)
