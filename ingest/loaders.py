"""Finding and reading files: what is on disk, as text, with the reason where it cannot be."""

from __future__ import annotations

import codecs
import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import SourceError

Kind = Literal["text", "markdown"]

KINDS: dict[str, Kind] = {".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown"}
"""Which endings are read, and how."""

MAX_BYTES = 50_000_000
BYGONE = (
    "cp437",
    "cp775",
    "cp850",
    "cp852",
    "cp855",
    "cp857",
    "cp858",
    "cp860",
    "cp861",
    "cp862",
    "cp863",
    "cp864",
    "cp865",
    "cp866",
    "cp869",
    "mac_latin2",
    "mac_iceland",
    "mac_turkish",
    "mac_cyrillic",
    "mac_greek",
    "mac_roman",
)
"""Code pages that hardly any file has today, and that short texts in today's are mistaken for."""

SAMPLE = 100_000
"""How much of a file is looked at to tell its encoding."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read: ``raw`` is its text before cleaning, ``digest`` the sha256 of its bytes."""

    path: str
    digest: str
    raw: str
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
        SourceError: it cannot be opened, is too large, is empty, or is not text.
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
    return Source(source_name(path), digest, decode(content), KINDS.get(path.suffix.lower(), "text"))


def decode(content: bytes) -> str:
    """Bytes as text: by byte-order mark, as UTF-8, else as charset-normalizer judges.

    Raises:
        SourceError: there is nothing in it, or it is not text.
    """
    if not content.strip():
        raise SourceError("the file is empty")
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _readable(content.decode(encoding, errors="replace"))
    try:
        return _readable(content.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    if b"\x00" in content[:SAMPLE]:
        raise SourceError("not a text file (binary content)")
    return _readable(content.decode(_guess_encoding(content[:SAMPLE]), errors="replace"))


def _guess_encoding(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_exclusion=list(BYGONE)))
    if not matches:
        raise SourceError("not a text file, or in an encoding that cannot be told; save it as UTF-8")
    best = matches[0]
    # A short text fits several code pages alike; of those, Western European is by far the most common.
    alike = (match.encoding for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence))
    return "cp1252" if "cp1252" in alike else best.encoding


def _readable(text: str) -> str:
    """Refuse what decodes but is no writing: more than one character in ten is a control character."""
    sample = text[:SAMPLE]
    controls = sum(unicodedata.category(character) == "Cc" and character not in "\t\n\r\f\v" for character in sample)
    if controls * 10 > len(sample):
        raise SourceError("not a text file (binary content)")
    return text


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
