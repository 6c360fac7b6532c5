"""The index directory: whole generations side by side, one lock for writers, and an atomic switch.

    DIR/CURRENT              a text file: the generation in use, and the sha256 of its checksums
    DIR/generations/000007/  one complete index; never changed once CURRENT has named it
    DIR/.lock                held by the one process that writes

Embedded Chroma is neither kill-safe nor fit for two processes, so nothing is ever changed in place: a writer works on a
copy and then renames CURRENT. Killed at any moment, it leaves the old generation in use and a copy that the next
writer sweeps away. Each generation holds the sha256 of its files, but for the database of Chroma, which writes to
it on opening, even to read; its rows carry checks of their own (``rag/index/document_records.py``).

An index holds the words of every document in it, so that a new directory is for its owner alone (0700). What is written
into it later may be read by whoever may read the directory: an operator loosens that, and all else follows.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.errors import IndexDamagedError, IndexWriteError, NoIndexError

KEPT = 2
"""How many generations stay on disk: the current one, and the last for readers that are still on it."""


CHECKSUMS = "checksums.json"


def find_current(directory: Path) -> Path:
    """The folder of the generation in use.

    Raises:
        NoIndexError: the directory holds no index.
        IndexDamagedError: CURRENT names no generation that is there, or is not what was written.
    """
    try:
        words = (directory / "CURRENT").read_text(encoding="ascii").split()
    except (FileNotFoundError, NotADirectoryError):
        finished = [path for path in find_generations(directory) if (path / "index.json").is_file()]
        if not finished:
            raise NoIndexError(f"no index at '{directory}'; create one with: footnote ingest PATH") from None
        return finished[-1]  # index.json is written last: this one is complete, and nothing newer is
    except UnicodeDecodeError:
        words = []
    except OSError as error:
        raise IndexDamagedError(
            f"cannot read '{directory / 'CURRENT'}' ({error.strerror}); check the folder's permissions"
        ) from None
    generation = directory / "generations" / (words[0] if words and words[0].isdecimal() else "none")
    if not generation.is_dir():
        name = words[0][:20] if words else ""
        raise IndexDamagedError(
            f"the index at '{directory}' has lost its generation '{name}'; mend it with: footnote repair"
        )
    if words[1:] and words[1] != _file_digest(generation / CHECKSUMS):
        raise IndexDamagedError(
            f"the index at '{directory}' is damaged (CURRENT and {generation.name}/{CHECKSUMS} do not agree); "
            "mend it with: footnote repair"
        )
    return generation


def find_generations(directory: Path) -> list[Path]:
    """The folders of all generations on disk, whole or not, the oldest first."""
    with suppress(OSError):
        return sorted(path for path in (directory / "generations").iterdir() if path.name.isdecimal())
    return []


def find_damaged_files(generation: Path, within: str = "") -> list[str]:
    """The files of a generation that are not what was written: what differs, in words, one entry a file.

    All of it is read, and before Chroma is: altered bytes in its graph of vectors end the process that loads them.
    Generations of the first Footnote have no checksums, and nothing to compare. ``within`` is what the names begin with of the files to compare.
    """
    try:
        sums = json.loads((generation / CHECKSUMS).read_text(encoding="utf-8"))
        expected = {str(name): (int(size), str(digest)) for name, (size, digest) in sums.items()}
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, AttributeError):
        return [f"{CHECKSUMS} cannot be read"]
    found = []
    for name, (size, digest) in expected.items():
        if not name.startswith(within):
            continue
        path = generation / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif path.stat().st_size != size:
            found.append(f"{name} has {path.stat().st_size:,} bytes of {size:,}")
        elif _file_digest(path) != digest:
            found.append(f"{name} was altered")
    return found


@contextmanager
def hold_lock(directory: Path, timeout: float, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Be the only writer of ``directory``; ``on_wait`` is called once when another one has to be waited for.

    Raises:
        IndexWriteError: the folder cannot be written, or the other writer outlasts ``timeout`` seconds.
    """
    from filelock import FileLock, Timeout

    with explained(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(directory / ".lock", mode=stat.S_IMODE(directory.stat().st_mode) & 0o666)
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
    fresh = generations / f"{number + 1:06d}"
    with explained(directory):
        for leftover in find_generations(directory):
            if int(leftover.name) > number:
                shutil.rmtree(leftover)
        try:
            _make_folder(fresh)
            if current:  # what derives from the passages is written again, index.json last
                left_out = shutil.ignore_patterns(CHECKSUMS, "*.json*", "keyword")
                shutil.copytree(current, fresh, ignore=left_out, dirs_exist_ok=True)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)  # on a full disk, half a copy would be in the way
            raise
    return fresh


def start_empty(directory: Path) -> Path:
    """An empty folder for a generation that takes nothing over, newer than all others, whole or not."""
    taken = [int(path.name) for path in find_generations(directory)]
    fresh = directory / "generations" / f"{max(taken, default=0) + 1:06d}"
    with explained(directory):
        _make_folder(fresh)
    return fresh


def put_aside(generation: Path) -> Path:
    """Rename a broken generation, so that nothing opens it or sweeps it away; where it lies now."""
    aside = generation.with_name(f"{generation.name}.broken")
    number = 1
    while aside.exists():
        number += 1
        aside = generation.with_name(f"{generation.name}.broken-{number}")
    with explained(generation.parent.parent):
        generation.rename(aside)
    return aside


def switch_to(generation: Path, keep: Path | None = None) -> None:
    """Make ``generation`` the current one, durably and in one step, and drop the oldest ones, but not ``keep``."""
    directory = generation.parent.parent
    with explained(directory):
        files = [path for path in sorted(generation.rglob("*")) if path.is_file() and _is_settled(path)]
        with ThreadPoolExecutor() as pool:  # a digest holds no lock of Python's
            digests = dict(zip(files, pool.map(_file_digest, files), strict=True))
        sums = {
            path.relative_to(generation).as_posix(): (path.stat().st_size, digest)
            for path, digest in digests.items()
            if path.name != CHECKSUMS
        }
        (generation / CHECKSUMS).write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")
        for path in (*generation.rglob("*"), generation, generation.parent):
            _follow_mode(path, directory)
            _sync(path)
        fresh = directory / "CURRENT.new"
        fresh.write_text(f"{generation.name} {_file_digest(generation / CHECKSUMS)}\n", encoding="ascii")
        _follow_mode(fresh, directory)
        _sync(fresh)
        fresh.replace(directory / "CURRENT")
        _sync(directory)
    for old in find_generations(directory)[:-KEPT]:
        if old not in (generation, keep):  # a repair goes back
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


def _is_settled(path: Path) -> bool:
    """Whether a file stays as it is when the generation is read.

    Chroma writes to its database on opening; its graph of vectors is scratch until it has been saved for the first time.
    """
    if path.name == "chroma.sqlite3":
        return False
    return path.suffix != ".bin" or (path.parent / "index_metadata.pickle").is_file()


def _make_folder(generation: Path) -> None:
    generation.parent.mkdir(exist_ok=True)
    generation.mkdir()
    for path in (generation.parent, generation):
        _follow_mode(path, generation.parent.parent)


def _follow_mode(path: Path, directory: Path) -> None:
    """Let those read and write a file or folder of the index who may do so with its directory."""
    with suppress(OSError):  # some file systems know no modes, and some files belong to another writer
        old = stat.S_IMODE(path.stat().st_mode)
        allowed = stat.S_IMODE(directory.stat().st_mode) & (0o777 if path.is_dir() else 0o666)
        if old & 0o777 != allowed:
            path.chmod(old & ~0o777 | allowed)


def _sync(path: Path) -> None:
    """Have a file, or a folder's list of names, on the disk itself; where folders cannot be synced, they are not."""
    if path.is_dir():
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _file_digest(path: Path) -> str:
    """The sha256 of a file; empty where it cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""
