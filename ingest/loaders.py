"""Finding and reading files: what is on disk, as bytes, with the reason where it cannot be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rag.errors import SourceError

Kind = Literal["text", "markdown", "html", "pdf", "docx", "epub", "rst", "csv", "eml"]

KINDS: dict[str, Kind] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".epub": "epub",
    ".rst": "rst",
    ".csv": "csv",
    ".tsv": "csv",
    ".eml": "eml",
}
"""Which endings are read, and how."""

MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read: its bytes, and ``digest``, their sha256."""

    path: str
    digest: str
    content: bytes = field(repr=False)
    kind: Kind


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was not read, and why; ``named`` when it was asked for by name and not met in a folder."""

    path: Path
    reason: str
    named: bool


def find_sources(paths: Iterable[Path]) -> tuple[list[Path], list[Unread]]:
    """The files to read, folders walked in order of name, and what is left out with the reason.

    Hidden files and folders inside a walked folder are passed over in silence; links to folders are not followed.
    """
    files: list[Path] = []
    unread: list[Unread] = []
    for path in paths:
        if path.is_dir():
            for file in _walk(path):
                if file.suffix.lower() in KINDS:
                    files.append(file)
                else:
                    unread.append(Unread(file.absolute(), _unknown(file), named=False))
        elif not path.exists():
            unread.append(Unread(path.absolute(), "no such file", named=True))
        elif path.suffix.lower() not in KINDS:
            unread.append(Unread(path.absolute(), _unknown(path), named=True))
        else:
            files.append(path)
    return list({source_name(file): file for file in files}.values()), unread


def read_source(path: Path) -> Source:
    """Read one file of a known type.

    Raises:
        SourceError: it cannot be opened, is too large, or is empty.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(
                f"{size / 1e6:.0f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB, split it into smaller files"
            )
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror or error})") from None
    digest = hashlib.sha256(content).hexdigest()
    if not content.strip():
        raise SourceError("the file is empty")
    return Source(source_name(path), digest, content, KINDS.get(path.suffix.lower(), "text"))


def source_name(path: Path) -> str:
    """The name by which a source is known again: its absolute path, without ``..``."""
    return os.path.abspath(path)  # noqa: PTH100  (Path.absolute keeps the dots)


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root, name) for name in sorted(names) if not name.startswith("."))


def _unknown(path: Path) -> str:
    ending = f"type {path.suffix.lower()}" if path.suffix else "a file without an ending"
    return f"unknown {ending}; Footnote reads {', '.join(sorted(KINDS))}"
