"""Files that are zip containers of XML (.docx, .epub), read within limits and without what XML can do to its reader."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_ENTRIES = 20_000
MAX_UNPACKED = 200_000_000
"""Bytes read from one container, counted as they come out and not as its directory claims."""

MAX_MEMBER = 80_000_000
"""Bytes of one part; as a tree in memory it is about ten times as large."""

_OWN_ENTITIES = "its part {} declares entities of its own, which programs that write such files do not"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


class Archive:
    """A container's parts by name; none is unpacked to disk, and containers within it are never opened."""

    def __init__(self, content: bytes, ending: str):
        """Open a container.

        Args:
            content: the bytes of the file.
            ending: what the file calls itself, for the messages: ".docx".

        Raises:
            SourceError: it is encrypted, damaged, or no container at all.
        """
        self._left = MAX_UNPACKED
        if content.startswith(_OLE):
            if _ENCRYPTED_PACKAGE in content:
                raise SourceError("encrypted; open it with its password and save it without one")
            raise SourceError(f"not a {ending} file but one of the older Office types; save it anew as {ending}")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            damaged = content.startswith(b"PK")
            raise SourceError(
                f"damaged: the {ending} file is cut off or altered" if damaged else f"not a {ending} file"
            ) from None
        if len(self._zip.filelist) > MAX_ENTRIES:
            raise SourceError(f"more than {MAX_ENTRIES:,} files inside it; a document has a few hundred")
        self._names = {name.lstrip("/").casefold(): name for name in self._zip.namelist()}

    def names(self) -> list[str]:
        """The names of all parts, in the container's order."""
        return self._zip.namelist()

    def read(self, name: str) -> bytes | None:
        """The bytes of one part, None when there is none of that name (in any case of letters).

        Raises:
            SourceError: it is encrypted, damaged, or larger than the limits.
        """
        known = self._names.get(name.lstrip("/").casefold())
        if known is None:
            return None
        entry = self._zip.getinfo(known)
        if entry.flag_bits & 1:
            raise SourceError("encrypted; save it without a password")
        try:
            with self._zip.open(entry) as part:
                content = part.read(min(MAX_MEMBER, self._left) + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            raise SourceError(f"damaged: its part {known[:80]} cannot be unpacked") from None
        if len(content) > self._left:
            raise SourceError(f"unpacks to more than {MAX_UNPACKED // 1_000_000} MB; split it into smaller files")
        if len(content) > MAX_MEMBER:
            raise SourceError(
                f"its part {known[:80]} unpacks to more than {MAX_MEMBER // 1_000_000} MB; split it into smaller files"
            )
        self._left -= len(content)
        return content

    def read_xml(self, name: str) -> _Element | None:
        """The root of one part, None when there is none of that name. Raises SourceError as ``read`` does."""
        content = self.read(name)
        return None if content is None else parse_xml(content, name)


def parse_xml(content: bytes, name: str) -> _Element:
    """The root of an XML text that declares nothing: no entities are replaced, no files or addresses opened.

    Raises:
        SourceError: it is not well-formed, nested without measure, or brings entities of its own.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", 0) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None
        if "depth" in str(error).casefold():
            raise SourceError("nested too deeply to be read") from None
        if b"<!ENTITY" in content:
            raise SourceError(_OWN_ENTITIES.format(name[:80])) from None
        raise SourceError(f"damaged: its part {name[:80]} is not well-formed") from None
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and declared.entities():
        raise SourceError(_OWN_ENTITIES.format(name[:80]))
    return root


def join_name(base: str, target: str) -> str:
    """The name of the part that a link ``target`` within the part ``base`` means; links to places in it are cut off."""
    path = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path)).lstrip("/")


def local_name(element: _Element) -> str:
    """An element's name without its namespace, of which the standards have several; empty for what is no element."""
    tag: object = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2] if tag[:1] == "{" else tag
