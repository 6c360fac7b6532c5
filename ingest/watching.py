"""Watching folders: what has come, changed or gone since it was looked at last, once nobody is writing it any more.

It looks again and again, since that works on every disk, those of other machines included.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.loaders import absolute_name, find_sources
from rag.errors import FootnoteError, UsageError

SECONDS = 2.0
"""Between two looks, and so for how long a file has to stay as it is before it is read. Programs that save a file write
it at once; of what is copied from a slow disk, some bytes arrive every second."""

Signature = tuple[int, int, int]
"""When a file was changed (nanoseconds), its size in bytes, and its number on the disk."""

Snapshot = Mapping[str, Signature]
"""The files of the watched folders by their absolute names."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be done: files that are new or changed and at rest, and the names of those that are gone."""

    ready: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ready or self.gone)


def take_snapshot(folders: Sequence[Path]) -> dict[str, Signature]:
    """The files that can be read in folders, as they are now. Raises UsageError where a folder is not there, or too large."""
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"'{folder}' is not there at the moment; nothing is done until it is back")
    found: dict[str, Signature] = {}
    for path in find_sources(folders)[0]:
        try:
            state = path.lstat()
        except OSError:
            continue  # gone since
        found[absolute_name(path)] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def find_changes(known: Snapshot, before: Snapshot, now: Snapshot) -> Changes:
    """Compare what was dealt with, the last look and this one: only what was the same in both looks is at rest.

    Files are said to be gone when all others are at rest: whoever deals with it reads the whole folder.
    """
    ready = (name for name, state in now.items() if known.get(name) != state and before.get(name) == state)
    gone = (name for name in known if name not in now)
    return Changes(tuple(ready), tuple(gone) if now == before else ())


def watch_folders(
    folders: Sequence[Path],
    handle: Callable[[Changes], None],
    on_trouble: Callable[[str], None],
    *,
    wait: Callable[[float], None] = time.sleep,
    seconds: float = SECONDS,
) -> None:
    """Have changes dealt with as they happen, for ever; what is there at first counts as new.

    Args:
        folders: that are watched.
        handle: deals with changes. They count as dealt with unless it raises a FootnoteError: then it is asked again.
        on_trouble: told in one line what stands in the way, once as long as it is the same.
        wait: lets time pass between two looks; what it raises ends the watch.
        seconds: between two looks.
    """
    known: dict[str, Signature] = {}
    before: dict[str, Signature] = {}
    trouble = ""
    while True:
        try:
            now = take_snapshot(folders)
            if changes := find_changes(known, before, now):
                handle(changes)
                known = {name: state for name, state in known.items() if name not in changes.gone}
                known |= {name: now[name] for name in changes.ready}
            before, trouble = now, ""
        except FootnoteError as error:
            if str(error) != trouble:
                trouble = str(error)
                on_trouble(trouble)
        wait(seconds)
