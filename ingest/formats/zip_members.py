"""Archives (.zip): each document in one is a document; nothing is unpacked to disk, and no archive within it is opened."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
import zlib
from collections import Counter
from pathlib import PurePosixPath

from ingest.loaders import CONTAINERS, HIDDEN, KINDS, LINK, MAX_BYTES
from ingest.parts import LONGEST_NAME, MAX_PARTS, MAX_UNPACKED, Part
from rag.errors import SourceError

_ARCHIVES = (*CONTAINERS, ".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zst")
_MADE_BY_SYSTEMS = ("__MACOSX", "Thumbs.db")


class ZipMembers:
    """The files of an archive, each read once to see how large it really is.

    Raises:
        SourceError: it is damaged, holds too many files, or unpacks to more than may be.
    """

    def __init__(self, content: bytes):
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            raise SourceError("damaged, or no .zip file; pack it anew, or name the files themselves") from None
        self._members = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        if len(self._members) > MAX_PARTS:
            raise SourceError(
                f"{len(self._members):,} files in it, the limit is {MAX_PARTS:,}; unpack it and name folders"
            )
        self._left = MAX_UNPACKED
        counts = Counter(entry.filename for entry in self._members)
        self._parts = tuple(
            self._describe(number, is_alone=counts[entry.filename] == 1) for number, entry in enumerate(self._members)
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """All files, folders apart, in the archive's order."""
        return self._parts

    def read(self, number: int) -> bytes:
        """The bytes of a member. Raises SourceError where it is damaged or too large."""
        try:
            with self._zip.open(self._members[number]) as member:
                content = member.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
            raise SourceError("damaged: it cannot be unpacked") from None
        except NotImplementedError:
            raise SourceError("packed in a way that cannot be read; pack it anew as a common .zip") from None
        if len(content) > MAX_BYTES:
            raise SourceError(f"unpacks to more than {MAX_BYTES // 1_000_000} MB; split it into smaller files")
        return content

    def _describe(self, number: int, *, is_alone: bool) -> Part:
        entry = self._members[number]
        path, name = PurePosixPath(entry.filename), _show(entry.filename)
        if skipped := _find_reason_to_skip(entry, path):
            return Part(name, refused=skipped, is_skipped=True)
        if failed := _find_fault(entry, path, is_alone=is_alone):
            return Part(name, refused=failed)
        try:
            content = self.read(number)
        except SourceError as error:
            return Part(name, refused=str(error))
        self._left -= len(content)
        if self._left < 0:
            raise SourceError(f"unpacks to more than {MAX_UNPACKED // 1_000_000} MB; unpack it and name the folder")
        if not content.strip():
            return Part(name, refused="the file is empty")
        digest = hashlib.sha256(content).hexdigest()
        return Part(name, path.stem, KINDS[path.suffix.lower()], digest)


def _find_fault(entry: zipfile.ZipInfo, path: PurePosixPath, *, is_alone: bool) -> str:
    """Why a member cannot be taken, although it is a document."""
    name = entry.filename
    if ".." in path.parts or name.startswith("/") or "\\" in name or ":" in name:
        return "its name leads out of the archive; pack it anew"
    if not name.isprintable() or len(name) > LONGEST_NAME:
        return "its name is too long or cannot be shown; pack it anew under another"
    if not is_alone:
        return "the archive holds two files of this name; pack it anew"
    if entry.flag_bits & 1:
        return "encrypted; unpack it with its password and name the files"
    return ""


def _find_reason_to_skip(entry: zipfile.ZipInfo, path: PurePosixPath) -> str:
    """Why a member is left out, as its like in a folder is."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    ending = path.suffix.lower()
    if stat.S_ISLNK(kind):
        return LINK.replace("name the file itself to add it", "only files are read")
    if kind and not stat.S_ISREG(kind):
        return "no regular file"
    if any((part.startswith(".") and part[1:2] != ".") or part in _MADE_BY_SYSTEMS for part in path.parts):
        return HIDDEN.replace("name it itself to add it", "or a system's own")
    if ending in _ARCHIVES:
        return "an archive within an archive; unpack it and name it itself"
    if ending not in KINDS:
        return f"unknown type {ending}" if ending else "a file without an ending"
    return ""


def _show(name: str) -> str:
    """A member's name as a report can hold it, whatever stands in it."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in name)
    return shown.replace("..", "\u2025")[:LONGEST_NAME]
