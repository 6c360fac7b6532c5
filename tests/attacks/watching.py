"""What others see of a server meanwhile, and what lies in its folders."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from attacks.serving import Server, Site


@dataclass(slots=True)
class Waiting:
    """How long others waited for the server meanwhile, at most, in seconds."""

    longest: float = 0.0


@contextmanager
def watching_health(site: Site, server: Server, limit: float = 60) -> Iterator[Waiting]:
    """Ask again and again whether all is well, as somebody else, and note the longest wait."""
    waiting, done = Waiting(), threading.Event()
    asked = [0.0]

    def go_on() -> None:
        while not done.wait(0.3):
            asked[0] = started = time.monotonic()
            server.is_healthy(limit, site.new_client())
            asked[0] = 0.0
            waiting.longest = max(waiting.longest, time.monotonic() - started)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield waiting
    finally:
        if asked[0]:  # one that waits still counts
            waiting.longest = max(waiting.longest, time.monotonic() - asked[0])
        done.set()
        thread.join(0.5)


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def find_bytes(folder: Path, wanted: bytes) -> list[Path]:
    """The files in a folder that hold some bytes."""
    found = []
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file() and path.stat().st_size < 5_000_000 and wanted in path.read_bytes():
                found.append(path)
    return found
