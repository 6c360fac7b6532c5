"""From what a server says of a page to the kind of document that it is, and the name that it goes by."""

from __future__ import annotations

import codecs
import posixpath
from email.message import Message
from urllib.parse import unquote, urlsplit

from ingest.loaders import KINDS, Kind
from rag.errors import SourceError

_MEDIA: dict[str, Kind] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "text/markdown": "markdown",
    "text/x-rst": "rst",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "message/rfc822": "eml",
    "application/json": "json",
    "application/ld+json": "json",
    "application/x-ndjson": "json",
    "application/x-ipynb+json": "notebook",
    "application/epub+zip": "epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "sheets",
    "application/vnd.ms-excel": "sheets",
    "application/vnd.oasis.opendocument.spreadsheet": "sheets",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/xml": "code",
    "text/xml": "code",
}

_UNTOLD = ("", "text/plain", "application/octet-stream", "binary/octet-stream")
"""What servers say of files whose type they do not know; the address's ending knows more."""

_WRITTEN: tuple[Kind, ...] = ("text", "markdown", "html", "rst", "csv", "json", "code")
"""Kinds that are read as letters, in the encoding that the server names."""

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def find_kind(content_type: str, address: str) -> Kind:
    """What a server sends, by its Content-Type and, where that says nothing, by the ending of the address.

    Raises:
        SourceError: it is nothing that can be read.
    """
    media = _read_header(content_type)[0] if content_type else ""
    if kind := _MEDIA.get(media):
        return kind
    if media in _UNTOLD or media.startswith("text/"):
        if kind := KINDS.get(posixpath.splitext(urlsplit(address).path)[1].lower()):
            return kind
        if media.startswith("text/"):
            return "text"
    shown = media[:60] if media.isprintable() and media else "of no type"
    raise SourceError(f"not fetched: what is there is {shown}; a web page, PDF, text or office document can be read")


def mark_encoding(content: bytes, kind: Kind, content_type: str) -> bytes:
    """A text in the encoding that the server names, written anew with a mark that says which; other content as it is."""
    charset = _read_header(content_type)[1] if content_type else ""
    if not charset or kind not in _WRITTEN or content.startswith(_MARKS):
        return content
    try:
        name = codecs.lookup(charset).name
        # Browsers read as Windows-1252 what says it is Latin-1 or ASCII.
        text = content.decode("cp1252" if name in ("iso8859-1", "ascii") else name)
        return codecs.BOM_UTF8 + text.encode()
    except (LookupError, ValueError):
        return content  # it is not written so, whatever the server says


def find_stem(address: str) -> str:
    """What a document of an address is called where it has no title: the last word of its path, else the host."""
    parts = urlsplit(address)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    stem, ending = posixpath.splitext(last)
    return (stem if ending.lower() in KINDS else last) or (parts.hostname or "page").removeprefix("www.")


def _read_header(content_type: str) -> tuple[str, str]:
    """The media type and the charset of a Content-Type header; the library takes care of quotes and comments."""
    header = Message()
    header["Content-Type"] = content_type[:300]
    charset = header.get_param("charset", "")
    return header.get_content_type() if "/" in content_type else "", charset if isinstance(charset, str) else ""
