"""How much the folder of uploads holds, known without walking through it each time, and whether more may come in."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rag.errors import UsageError
from ui.render.language import format_number, gettext, mark

NO_ROOM = mark(
    "the server's room for added documents is full (%(limit)s MB); remove documents of yours, or tell whoever runs this page"
)
TOO_MANY_LIBRARIES = mark(
    "the server holds as many libraries as it may (%(limit)s); try again tomorrow, or tell whoever runs this page"
)


GOING = ".going-"
"""Put before the name of a folder that is being removed, so that nobody takes what is left of it for a library."""

SWEEP_PAUSE = 60.0
"""Seconds before what may go is looked for again because there is no room."""


class LibraryQuotas:
    """The sizes of all libraries: measured once, then each where it changes.

    Args:
        folder: with a folder for each library.
        megabytes: that all of them may have together.
        libraries: how many there may be.
        sweep: removes what may go; called where there is no room.
    """

    def __init__(self, folder: Path, megabytes: float, libraries: int, sweep: Callable[[], object] = lambda: None):
        self._folder = folder
        self._megabytes = megabytes
        self._libraries = libraries
        self._sizes: dict[str, int] = {}
        self._is_known = False
        self._sweep = sweep
        self._swept = -SWEEP_PAUSE
        self._lock = threading.Lock()

    def check_room(self, name: str) -> None:
        """Whether something may be added to a library, which need not be there yet.

        Raises:
            UsageError: there is no room; one line says of what.
        """
        if not self._is_known:
            self.measure_all()
        problem = self._find_problem(name)
        if problem and time.monotonic() - self._swept >= SWEEP_PAUSE:
            self._swept = time.monotonic()
            self._sweep()
            problem = self._find_problem(name)
        if problem:
            raise UsageError(problem)
        with self._lock:
            self._sizes.setdefault(name, 0)  # so that of several who come at once no more get in

    def _find_problem(self, name: str) -> str:
        with self._lock:
            if sum(self._sizes.values()) >= self._megabytes * 1_000_000:
                return gettext(NO_ROOM, limit=format_number(self._megabytes, ",.0f"))
            is_new = name not in self._sizes
            return (
                gettext(TOO_MANY_LIBRARIES, limit=format_number(self._libraries))
                if is_new and len(self._sizes) >= self._libraries
                else ""
            )

    def measure(self, name: str) -> None:
        """Look again how large a library is, or whether it is still there."""
        size = measure_folder(self._folder / name) if (self._folder / name).is_dir() else None
        with self._lock:
            if size is None:
                self._sizes.pop(name, None)
            else:
                self._sizes[name] = size

    def measure_all(self) -> None:
        """Look again at all of them: other servers may use the folder too."""
        folders = list(self._folder.iterdir()) if self._folder.is_dir() else []
        sizes = {
            folder.name: measure_folder(folder)
            for folder in folders
            if folder.is_dir() and not folder.name.startswith(GOING)
        }
        with self._lock:
            self._sizes, self._is_known = sizes, True


def measure_folder(folder: Path) -> int:
    """How many bytes lie in a folder, whatever is deleted in it meanwhile."""
    size = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += (Path(root) / name).lstat().st_size
    return size


def remove_folder(folder: Path) -> None:
    """Remove a folder at once, whatever of it can be deleted only later."""
    going = folder.with_name(f"{GOING}{secrets.token_hex(8)}")
    with suppress(OSError):
        folder.rename(going)
        shutil.rmtree(going, ignore_errors=True)
