"""Which processes another one has started, as Linux tells it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def find_children(of: int | None = None) -> list[int]:
    """The processes that this one (or another) has started and not yet waited for.

    A thread that ends while it is looked at has none: its children are told by another thread of the same process.
    """
    return [int(word) for told in _read_each(Path(f"/proc/{of or os.getpid()}/task")) for word in told.split()]


def find_workers(of: int | None = None) -> list[int]:
    """Those of them that read files in the sandbox."""
    return [child for child in find_children(of) if b"ingest.sandbox.worker" in _read_command(child)]


def _read_each(tasks: Path) -> Iterator[str]:
    for task in tasks.glob("*/children"):
        try:
            yield task.read_text()
        except OSError:  # the thread has ended meanwhile
            continue


def _read_command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # the process has ended meanwhile
        return b""
