"""The index directory: whole generations side by side, one lock for writers, and an atomic switch.

    DIR/CURRENT              a text file that names the generation in use
    DIR/generations/000007/  one complete index; never changed once CURRENT has named it
    DIR/.lock                held by the one process that writes

Embedded Chroma is neither kill-safe nor fit for two processes, so nothing is ever changed in place: a writer works on a
copy and then renames CURRENT. Killed at any moment, it leaves the old generation in use and a copy that the next
writer sweeps away.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import IndexDamagedError, IndexWriteError, NoIndexError

KEPT = 2
"""How many generations stay on disk: the current one, and the last for readers that are still on it."""


def find_current(directory: Path) -> Path:
    """The folder of the generation in use.

    Raises:
        NoIndexError: the directory holds no index.
        IndexDamagedError: CURRENT names a generation that is not there.
    """
    try:
        name = (directory / "CURRENT").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise NoIndexError(f"no index at '{directory}'; create one with: footnote ingest PATH") from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(
            f"cannot read '{directory / 'CURRENT'}' ({error}); check the folder's permissions"
        ) from None
    generation = directory / "generations" / name
    if not name.isdigit() or not generation.is_dir():
        raise IndexDamagedError(
            f"the index at '{directory}' has lost its generation '{name[:20]}'; "
            "move the folder away and build it again with: footnote ingest PATH"
        )
    return generation


@contextmanager
def hold_lock(directory: Path, timeout: float, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Be the only writer of ``directory``; ``on_wait`` is called once when another one has to be waited for.

    Raises:
        IndexWriteError: the folder cannot be written, or the other writer outlasts ``timeout`` seconds.
    """
    from filelock import FileLock, Timeout

    with explained(directory):
        directory.mkdir(parents=True, exist_ok=True)
        lock = FileLock(directory / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if on_wait:
                on_wait()
            try:
                lock.acquire(timeout=timeout)
            except Timeout:
                raise IndexWriteError(
                    f"another process has been writing to '{directory}' for over {timeout:g} seconds; try again later"
                ) from None
    try:
        yield
    finally:
        lock.release()


def copy_current(directory: Path) -> Path:
    """A new generation to work on: a copy of the current one, or an empty folder where there is none yet.

    Call it under the lock. Leftovers of killed writers are swept away first.
    """
    generations = directory / "generations"
    try:
        current: Path | None = find_current(directory)
    except NoIndexError:
        current = None
    number = int(current.name) if current else 0
    for leftover in generations.glob("*"):
        if leftover.name.isdigit() and int(leftover.name) > number:
            shutil.rmtree(leftover)
    fresh = generations / f"{number + 1:06d}"
    with explained(directory):
        try:
            if current:
                shutil.copytree(current, fresh)
            else:
                fresh.mkdir(parents=True)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)  # on a full disk, half a copy would be in the way
            raise
    return fresh


def switch_to(generation: Path) -> None:
    """Make ``generation`` the current one, durably and in one step, and drop the oldest ones."""
    directory = generation.parent.parent
    with explained(directory):
        for path in generation.rglob("*"):
            if path.is_file():
                _sync(path)
        fresh = directory / "CURRENT.new"
        fresh.write_text(generation.name + "\n", encoding="utf-8")
        _sync(fresh)
        fresh.replace(directory / "CURRENT")
    whole = sorted(path for path in generation.parent.iterdir() if path.name.isdigit())
    for old in whole[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def explained(directory: Path) -> Iterator[None]:
    """Turn the operating system's refusals into one line that names the index and the reason."""
    try:
        yield
    except OSError as error:
        # A failed copy of a folder lists every file; the first one's reason will do.
        first = str(error.args[0][0][2]) if isinstance(error, shutil.Error) else str(error)
        reason = error.strerror or re.sub(r"^\[Errno \d+\] |: '.*", "", first)
        remedy = "free some space, or name" if "space" in reason else "name"
        raise IndexWriteError(
            f"cannot write the index at '{directory}' ({reason}); {remedy} another folder with --index"
        ) from error


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
