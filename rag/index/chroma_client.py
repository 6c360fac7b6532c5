"""Chroma inside this process: a client for the folder of a generation, opened and closed one at a time."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rag.errors import IndexUnavailable

COLLECTION = "passages"

PAGE = 5_000
"""Rows per call: one ``add`` of Chroma takes 5,461 at most, and its ``get`` fails on too many."""

_CHROMA = threading.RLock()
"""Held while a client of the embedded Chroma is made or closed: a second one of the same folder would get its half-made parts.
A thread that makes one may have to close another, whose reader was collected then."""


class _Forks:
    """Whether this process was forked from one in which Chroma was at work: its threads are not there, and calls never end."""

    was_opened = False
    is_cut_off = False

    def note(self) -> None:
        self.is_cut_off = self.was_opened


_FORKS = _Forks()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_FORKS.note)


def check_process() -> None:
    """Raises IndexUnavailable where Chroma cannot answer, since this process was forked from one that used it."""
    if _FORKS.is_cut_off:
        raise IndexUnavailable(
            "an index cannot be used in a process forked from one that used an index; start processes by 'spawn': "
            "multiprocessing.get_context('spawn')"
        )


def open_collection(folder: Path) -> tuple[Any, Callable[[], None]]:
    """The passages of a generation, and what closes them.

    Chroma writes on opening, even to read. Where the disk is read-only or full, a copy in the temporary folder is opened.
    """
    try:
        client = open_chroma(folder)
        return client.get_collection(COLLECTION, embedding_function=None), partial(close_chroma, client)
    except Exception as error:
        if not any(word in str(error) for word in ("readonly", "disk is full", "Read-only")):
            raise
    copy = tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True)
    shutil.copytree(folder / "chroma", Path(copy.name) / "chroma")
    client = open_chroma(Path(copy.name))

    def close() -> None:
        close_chroma(client)
        copy.cleanup()

    return client.get_collection(COLLECTION, embedding_function=None), close


def open_chroma(folder: Path) -> Any:
    """A client for the embedded Chroma of a generation."""
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    check_process()
    _FORKS.was_opened = True
    path = str(
        folder.absolute() / "chroma"
    )  # Chroma knows its open folders by this: another one may be current by then
    with _CHROMA:
        try:
            return chromadb.PersistentClient(path, settings=Settings(anonymized_telemetry=False))
        except BaseException:
            # What failed to start, on a full disk for one, stays behind in Chroma, and the next client would be given it.
            if not SharedSystemClient._identifier_to_refcount.get(path):
                SharedSystemClient._identifier_to_system.pop(path, None)
            raise


def close_chroma(client: Any) -> None:
    """Close a client that ``open_chroma`` gave; what others have of the same folder stays open."""
    with _CHROMA:
        client.close()
