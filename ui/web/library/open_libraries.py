"""The libraries that are open: each takes files, threads and megabytes, so only those used last stay so."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from typing import Protocol

MOST_OPEN = 24
"""An open library takes 14 file handles, five threads and 3 MB; by default a process has 1,024 handles."""


class Openable(Protocol):
    """What the shelf has to know of a library."""

    def close(self) -> None:
        """Let go of what is open; it is opened again as soon as it is used."""


class OpenLibraries:
    """The open libraries, by when they were used last."""

    def __init__(self, most: int = MOST_OPEN):
        self._most = most
        self._open: OrderedDict[int, weakref.ref[Openable]] = OrderedDict()
        self._lock = threading.RLock()

    def use(self, library: Openable) -> None:
        """Note that a library is open and used; the one used longest ago is closed where these become too many."""
        name = id(library)
        with self._lock:
            if name not in self._open:
                self._open[name] = weakref.ref(library, lambda _: self._open.pop(name, None))
            self._open.move_to_end(name)
            going = [self._open.popitem(last=False)[1]() for _ in range(len(self._open) - self._most)]
        for each in going:
            if each is not None:
                each.close()
