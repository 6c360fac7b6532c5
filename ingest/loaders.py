"""Finding and reading files: what is on disk, as bytes, with the reason where it cannot be."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rag.errors import SourceError, UsageError

Kind = Literal[
    "text",
    "markdown",
    "html",
    "mhtml",
    "pdf",
    "docx",
    "odt",
    "pptx",
    "epub",
    "rst",
    "csv",
    "sheets",
    "eml",
    "notebook",
    "json",
    "code",
    "picture",
]

_CODE = (
    ".bash .bat .c .cc .cfg .clj .cmake .conf .cpp .cs .css .cxx .dart .ex .exs .go .gradle .groovy .h .hpp .hs .ini .java "
    ".jl .js .jsx .kt .less .log .lua .m .mjs .ml .mm .php .pl .proto .ps1 .py .pyi .r .rb .rs .scala .scss .sh .sql .swift "
    ".tex .tf .toml .ts .tsx .vb .vue .xml .yaml .yml .zsh"
).split()

KINDS: dict[str, Kind] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".pdf": "pdf",
    ".docx": "docx",
    ".epub": "epub",
    ".rst": "rst",
    ".csv": "csv",
    ".tsv": "csv",
    ".eml": "eml",
    ".odt": "odt",
    ".pptx": "pptx",
    ".xlsx": "sheets",
    ".xlsm": "sheets",
    ".xls": "sheets",
    ".ods": "sheets",
    ".ipynb": "notebook",
    ".png": "picture",
    ".jpg": "picture",
    ".jpeg": "picture",
    ".tif": "picture",
    ".tiff": "picture",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    **dict.fromkeys(_CODE, "code"),
}
"""Which endings are read, and how."""

ContainerKind = Literal["zip", "mbox"]

CONTAINERS: dict[str, ContainerKind] = {".zip": "zip", ".mbox": "mbox"}
"""Which endings are those of files that hold documents, each of which is one of its own."""

ENDINGS = (*KINDS, *CONTAINERS)

READ = ", ".join([*sorted({*KINDS, *CONTAINERS} - set(_CODE)), "and source code, settings and logs as they are"])
"""Which endings are read, for messages."""

MAX_BYTES = 50_000_000

MAX_WALKED = 100_000
"""Files and folders that may lie in a folder that is walked."""

LINK = "a link; name the file itself to add it"
HIDDEN = "hidden, its name begins with a dot; name it itself to add it"

_PIECE = 1_000_000
_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):  # not every system has all of them
    _FLAGS |= getattr(os, _name, 0)


@dataclass(frozen=True, slots=True)
class Source:
    """A file or a page as read: its bytes, and ``digest``, their sha256.

    ``path`` is where it lies, a path or a web address; ``stem`` is what it is called where it says no title.
    """

    path: str
    digest: str
    content: bytes = field(repr=False)
    kind: Kind
    stem: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was not read, and why; ``named`` when it was asked for by name and not met in a folder."""

    path: Path
    reason: str
    named: bool


def find_sources(paths: Iterable[Path]) -> tuple[list[Path], list[Unread]]:
    """The files to read, folders walked in order of name, and what is left out with the reason.

    Only regular files are read. A link that is named leads to what it points at; one that is met in a folder is left
    out and told of, since whoever may write there could point it anywhere; so are hidden files and folders.

    Raises:
        UsageError: a folder is too large to be meant: it has more than ``MAX_WALKED`` files, or holds the home folder.
    """
    files: list[Path] = []
    unread: list[Unread] = []
    for path in paths:
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            absent = isinstance(error, FileNotFoundError | NotADirectoryError | ValueError)
            reason = "no such file" if absent else f"cannot be read ({error.strerror or error})"  # type: ignore[union-attr]
            unread.append(Unread(path.absolute(), reason, named=True))
            continue
        if stat.S_ISDIR(mode):
            _refuse_all(path)
            for file, reason in _walk(path):
                if not reason and file.suffix.lower() not in ENDINGS:
                    reason = _unknown(file)
                if reason:
                    unread.append(Unread(file.absolute(), reason, named=False))
                else:
                    files.append(file)
        elif not stat.S_ISREG(mode):
            unread.append(Unread(path.absolute(), f"{_name_kind(mode)}, not a file", named=True))
        elif path.suffix.lower() not in ENDINGS:
            unread.append(Unread(path.absolute(), _unknown(path), named=True))
        else:
            files.append(path.resolve() if path.is_symlink() else path)
    return list({absolute_name(file): file for file in files}.values()), unread


def read_source(path: Path) -> Source:
    """Read one regular file of a known type; no link, device or pipe, even where one has taken its place meanwhile.

    Raises:
        SourceError: it cannot be opened, is no regular file, is too large, or is empty.
    """
    content = read_bytes(path)
    digest = hashlib.sha256(content).hexdigest()
    return Source(absolute_name(path), digest, content, KINDS.get(path.suffix.lower(), "text"), path.stem)


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file. Raises SourceError as ``read_source`` does."""
    try:
        content = _read_regular(path)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno == errno.ELOOP:
            raise SourceError(LINK) from None
        raise SourceError(f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if not content.strip():
        raise SourceError("the file is empty")
    return content


def _read_regular(path: Path) -> bytes:
    """The bytes of a file, of which only what was opened is trusted: its name may mean something else by now.

    Opening waits for nobody; nothing is believed of its size, since some files of the system say 0 and go on for ever.
    """
    _check_regular(path.lstat().st_mode)  # a device may do something when it is opened
    handle = os.open(path, _FLAGS)
    with os.fdopen(handle, "rb", buffering=0) as file:
        _check_regular(os.fstat(handle).st_mode)
        size, length = os.fstat(handle).st_size, 0
        pieces: list[bytes] = []
        while max(size, length) <= MAX_BYTES and (piece := file.read(_PIECE)):
            pieces.append(piece)
            length += len(piece)
    if (size := max(size, length)) > MAX_BYTES:
        raise SourceError(f"{size / 1e6:.0f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB, split it into smaller files")
    return b"".join(pieces)


def _check_regular(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise SourceError(LINK)
    if not stat.S_ISREG(mode):
        raise SourceError(f"cannot be read ({_name_kind(mode)}, not a file)")


def absolute_name(path: Path) -> str:
    """A path from the root, without ``..``: the name by which a file is known again."""
    return os.path.abspath(path)  # noqa: PTH100  (Path.absolute keeps the dots)


def _refuse_all(folder: Path) -> None:
    """Refuse the whole machine, and all that belongs to the person: nobody means that, and it holds every secret."""
    place = folder.resolve()
    if place == Path(place.anchor):
        raise UsageError(f"'{folder}' is everything on this machine; name a folder in it")
    with suppress(RuntimeError):  # some users have no home
        home = Path.home().resolve()
        if home.is_relative_to(place):
            raise UsageError(f"'{folder}' {'is' if home == place else 'holds'} your home folder; name a folder in it")


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """All that lies in a folder, and why it is not to be read (empty for a regular file); hidden folders are not entered."""
    count = 0
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(place) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield place, f"cannot be read ({error.strerror or error})"
            continue
        folders = []
        for entry in entries:
            count += 1
            if count > MAX_WALKED:
                raise UsageError(
                    f"'{folder}' has more than {MAX_WALKED:,} files; name folders in it, one after another"
                )
            path = place / entry.name
            if entry.name.startswith("."):
                yield path, HIDDEN
            elif entry.is_symlink():
                what = "folder" if entry.is_dir() else "file"
                yield path, LINK.replace("file", what)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_file(follow_symlinks=False):
                yield path, ""
            else:
                yield path, f"{_name_kind(entry.stat(follow_symlinks=False).st_mode)}, not a file"
        waiting += reversed(folders)


def _name_kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def _unknown(path: Path) -> str:
    ending = f"type {path.suffix.lower()}" if path.suffix else "a file without an ending"
    return f"unknown {ending}; Footnote reads {READ}"
