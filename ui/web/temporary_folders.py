"""The temporary folder of a running server, and what killed servers left of theirs."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "footnote-server-"
LOCK = "in-use"

KEPT_SECONDS = 1_800.0
"""For how long an upload lies where it was received, for its sender to add it."""


class ServerFolder:
    """A folder of this server's own, which goes with it. As long as it is used, its lock is held.

    Attributes:
        received: the folder in it that uploads are received in, with all links resolved.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()  # only its owner may look into it
        self._lock = FileLock(self._folder / LOCK)
        self._lock.acquire(timeout=0)
        self.received = self._folder / "received"
        self.received.mkdir()

    def measure(self) -> int:
        """How many bytes lie in ``received``."""
        size = 0
        for root, _, names in os.walk(self.received):
            for name in names:
                with suppress(OSError):  # a file that has just gone
                    size += Path(root, name).lstat().st_size
        return size

    def sweep(self, now: float | None = None) -> None:
        """Remove uploads that nobody has added for ``KEPT_SECONDS``."""
        latest = (time.time() if now is None else now) - KEPT_SECONDS
        for place in self.received.iterdir():
            with suppress(OSError):  # one that has just gone
                if place.lstat().st_mtime < latest:
                    shutil.rmtree(place)

    def close(self) -> None:
        """Remove the folder."""
        self._lock.release()
        shutil.rmtree(self._folder, ignore_errors=True)


def sweep_left_folders() -> int:
    """Remove the folders of servers that were killed; returns how many.

    Others may put what they like where temporary files lie, so only this user's own folders are looked at, and no links.
    """
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if not (stat.S_ISDIR(status.st_mode) and is_own and (folder / LOCK).is_file()):
                continue
            lock = FileLock(folder / LOCK)
            with suppress(Timeout):
                lock.acquire(timeout=0)
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed
