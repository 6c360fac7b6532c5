"""Mailboxes (.mbox): each message is a document, titled by its subject; what a message says is read as of an .eml file."""

from __future__ import annotations

import hashlib
import re
from email import policy
from email.parser import BytesHeaderParser

from ingest.decoding import normalise
from ingest.formats.mail_head import MAX_HEADER
from ingest.loaders import MAX_BYTES
from ingest.parts import MAX_PARTS, MAX_UNPACKED, Part
from rag.errors import SourceError

_START = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]{0,1000}\n(?=>?[!-9;-~]{1,100}[ \t]*:|From )")
"""The line before each message; what follows it has to be a header, since texts have lines like it, too (RFC 4155)."""

_QUOTED = re.compile(rb"(?m)^>(>*From )")
"""How a line of a text that begins like that line is kept apart from it."""

_HEAD = 64_000
"""Bytes of a message among which its subject stands."""

_LONGEST = 80
"""Characters of a subject in a name."""


class Mailbox:
    """The messages of a mailbox, each named by its subject and by what it is known by, not by its place: mail goes.

    Raises:
        SourceError: there is no message in it, or there are too many.
    """

    def __init__(self, content: bytes):
        starts = list(_START.finditer(content))
        if not starts:
            raise SourceError("no mailbox: there is no line that begins with From; a single message is an .eml file")
        if len(starts) > MAX_PARTS:
            raise SourceError(f"{len(starts):,} messages in it, the limit is {MAX_PARTS:,}; split it into smaller ones")
        ends = [start.start() for start in starts[1:]] + [len(content)]
        self._messages = [
            _QUOTED.sub(rb"\1", content[start.end() : end]) for start, end in zip(starts, ends, strict=True)
        ]
        if sum(map(len, self._messages)) > MAX_UNPACKED:
            raise SourceError(f"more than {MAX_UNPACKED // 1_000_000} MB of messages; split it into smaller ones")
        self._parts = tuple(map(_describe, self._messages))

    @property
    def parts(self) -> tuple[Part, ...]:
        """All messages, in the mailbox's order."""
        return self._parts

    def read(self, number: int) -> bytes:
        """A message as it was sent."""
        return self._messages[number]


def _describe(message: bytes) -> Part:
    digest = hashlib.sha256(message).hexdigest()
    subject, known_by = _read_head(message[:_HEAD])
    key = hashlib.sha256(known_by.encode("utf-8", "replace")).hexdigest() if known_by else digest
    stem = " ".join("".join(c if c.isprintable() and c not in "/\\:" else " " for c in subject).split())[:_LONGEST]
    name = f"{stem or 'message'} {key[:8]}.eml"
    if len(message) > MAX_BYTES:
        return Part(name, refused=f"larger than {MAX_BYTES // 1_000_000} MB")
    return Part(name, stem or "message", "eml", digest)


def _read_head(head: bytes) -> tuple[str, str]:
    """The subject of a message, and the id that its sender gave it; empty where the head cannot be read."""
    try:
        headers = BytesHeaderParser(policy=policy.compat32).parsebytes(head)
        named = {name: str(headers.get(name) or "")[:MAX_HEADER] for name in ("Subject", "Message-ID")}
        subject = policy.default.header_factory("Subject", " ".join(named["Subject"].split()))
        return normalise(str(subject)), named["Message-ID"].strip()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        return "", ""  # the standard library's own slips
