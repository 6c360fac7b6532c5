"""The visits that the server holds, within so many bytes: those that were used longest ago are forgotten first.

A visit that is forgotten is made anew of what its browser kept, as after a restart of the server.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from typing import Protocol


class Visit(Protocol):
    """What the memory has to know of a visit."""

    @property
    def weight(self) -> int:
        """Bytes that it takes, roughly and rather too many."""

    @property
    def is_busy(self) -> bool:
        """Whether something goes on in it."""

    def be_forgotten(self) -> None:
        """Let go of everything; it is not used any more."""


class SessionMemory:
    """All visits, by when they were used last.

    Args:
        most: bytes that they may take together.
    """

    def __init__(self, most: int):
        self._most = most
        self._visits: OrderedDict[int, tuple[weakref.ref[Visit], int]] = OrderedDict()
        self._sum = 0
        self._lock = threading.RLock()  # a visit may be collected, and so leave, at any moment

    @property
    def bytes(self) -> int:
        """What all of them take now."""
        return self._sum

    def __len__(self) -> int:
        """How many are held."""
        return len(self._visits)

    def use(self, visit: Visit) -> None:
        """Note that a visit is used, and what it takes now; others are forgotten where all become too many."""
        name = id(visit)
        with self._lock:
            self._leave(name)
            self._visits[name] = (weakref.ref(visit, lambda _: self._leave(name)), visit.weight)
            self._sum += self._visits[name][1]
            going = self._choose(name)
        for each in going:  # not under the lock: letting go of much takes its time
            each.be_forgotten()

    def _choose(self, newest: int) -> list[Visit]:
        going: list[Visit] = []
        for name in list(self._visits):
            if self._sum <= self._most or name == newest:
                break
            visit = self._visits[name][0]()
            if visit is None or not visit.is_busy:
                self._leave(name)
                going += [visit] if visit else []
        return going

    def _leave(self, name: int) -> None:
        with self._lock:
            _, weight = self._visits.pop(name, (None, 0))
            self._sum -= weight
