"""The head of a mail: mended where it was saved carelessly, its fields as they are written."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from email.message import MIMEPart
from email.utils import parseaddr, parsedate_to_datetime

from ingest.decoding import decode, decode_utf8, normalise
from rag.errors import SourceError

MAX_HEADER = 10_000
"""Characters of a header that are read; the standard library takes a time that grows faster than a header does."""

MAX_TITLE, MAX_ROW = 300, 2_000
"""Characters of a header as a title or a name, and in the row of the head."""

HEAD = ("From", "To", "Cc", "Date", "Sent", "Subject")
"""The headers that people ask for."""

SHORT = 1_000
"""Bytes; of fewer, an encoding that is not declared cannot be told well."""

MAX_ABOVE = 2_000
"""Bytes among which a message's head must begin; above it stand blank lines, or what a program says of it."""

TELLING = ("From", "Subject", "Message-ID", "Received", "MIME-Version", "Content-Type")
OTHERS = ("To", "Cc", "Date", "Sender", "Reply-To", "Return-Path", "Delivered-To")
_HEADER = re.compile(rb"(?im)^(?:%b|X-[\w-]+)[ \t]*:.*$" % "|".join((*TELLING, *OTHERS)).encode())
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r|\Z)")
_UNFOLDED = re.compile(rb"(\r\n|\n|\r(?!\n))(?![ \t]|[!-9;-~]+[ \t]*:)")
"""A line break before what is neither a header nor indented: the rest of a header that was wrapped carelessly."""

_WORD = re.compile(r"\w+")
_SPACE_BEFORE_COLON = re.compile(rb"(?m)^([!-9;-~]+)[ \t]+:")


def mend_head(content: bytes) -> bytes:
    """A message whose head is as the standard has it, as far as it can be told what was meant.

    Programs save messages in UTF-16, put lines above them, wrap long headers without indenting the rest, and write
    letters into them undeclared. The head ends at the first blank line, or before what is no header.
    """
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in content[:SHORT]:
        with suppress(SourceError):
            content = decode(content).encode(errors="replace")
    first = _HEADER.search(content, 0, MAX_ABOVE)
    if first is None:
        return content
    blank = _BLANK_LINE.search(content, first.start())
    headers = list(_HEADER.finditer(content, first.start(), blank.start() if blank else len(content)))
    end = headers[-1].end()
    if len(headers) < 2:  # words in a text, as likely as not
        return content
    head = _SPACE_BEFORE_COLON.sub(rb"\1:", _UNFOLDED.sub(rb"\1 ", content[first.start() : end]))
    if decode_utf8(head) is None:
        head = decode_undeclared(head).encode(errors="replace")
    return head + content[end:]


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a message says: its subject, its sender's name or address, the day, and all that people ask for."""

    subject: str
    sender: str
    day: str
    fields: dict[str, str]


def read_head(message: MIMEPart) -> Head:
    """The fields of ``HEAD`` that a message has, and what they say."""
    fields = {name: value for name in HEAD if (value := _read_field(message, name))}
    name, address = parseaddr(fields.get("From", "")[:MAX_TITLE])
    return Head(fields.get("Subject", "")[:MAX_TITLE], name or address, _read_day(fields.get("Date", "")), fields)


def _read_day(date: str) -> str:
    try:
        return parsedate_to_datetime(date[:MAX_TITLE]).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _read_field(message: MIMEPart, name: str) -> str:
    """A header as it is written, empty where there is none; addresses as the standard has them, if that costs no word."""
    raw = next((str(value) for key, value in message.raw_items() if key.casefold() == name.casefold()), "")
    if not raw.strip():
        return ""
    plain = _read_as("Comments", raw)
    told = _read_as(name, raw) if name in ("From", "To", "Cc") else plain
    return plain if set(_WORD.findall(plain)) - set(_WORD.findall(told)) else told


def _read_as(name: str, raw: str) -> str:
    """A header in the form that one of its name has; "Comments" are any text."""
    try:
        read = policy.default.header_factory(name, "".join(raw[:MAX_HEADER].splitlines()))
        return " ".join(normalise(str(read)).split())
    except (
        AttributeError,
        IndexError,
        TypeError,
        ValueError,
    ):  # the standard library stumbles over some that are broken
        return ""


def decode_undeclared(payload: bytes) -> str:
    """The words of bytes whose encoding nothing tells."""
    beyond_ascii = sum(byte >= 0x80 for byte in payload[:SHORT])
    if len(payload) < SHORT and beyond_ascii < 0.15 * len(payload):  # a few accents, too few to tell more from
        return payload.decode("cp1252", "replace")
    try:
        return decode(payload)
    except SourceError:
        return payload.decode("cp1252", "replace")
