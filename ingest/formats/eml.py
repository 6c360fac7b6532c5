"""E-mail messages (.eml): subject, sender and day as the head, the words of the message as the body."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from email.headerregistry import HeaderRegistry
from email.message import MIMEPart
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

from ingest.blocks import Block, Parsed
from ingest.decoding import decode, decode_utf8, normalise
from ingest.formats.html.parse import parse_markup
from ingest.formats.mail_layers import lay_out_blocks, lay_out_text
from ingest.limits import count_up
from ingest.table_rows import lay_out_rows
from rag.errors import SourceError

MAX_DEPTH = 20
STUB = 40
"""A plain part with fewer visible characters than this, beside an HTML part, only says that there is one."""

MAX_HEADER = 10_000
"""Characters of a header that are read; the standard library takes a time that grows faster than a header does."""

MAX_TITLE, MAX_ROW = 300, 2_000
"""Characters of a header as a title or a name, and in the row of the head."""

HEAD = ("From", "To", "Cc", "Date", "Sent", "Subject")
"""The headers that people ask for."""

SHORT = 1_000
"""Bytes; of fewer, an encoding that is not declared cannot be told well."""

FEW_BROKEN = 0.01
"""A greater share of characters that are no such characters shows that a message is not written as it declares."""

ABOVE = 2_000
"""Bytes among which a message's head must begin; above it stand blank lines, or what a program says of it."""

_TELLING = ("From", "Subject", "Message-ID", "Received", "MIME-Version", "Content-Type")
_OTHERS = ("To", "Cc", "Date", "Sender", "Reply-To", "Return-Path", "Delivered-To")
_HEADER = re.compile(rb"(?im)^(?:%b|X-[\w-]+)[ \t]*:.*$" % "|".join((*_TELLING, *_OTHERS)).encode())
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r|\Z)")
_UNFOLDED = re.compile(rb"(\r\n|\n|\r(?!\n))(?![ \t]|[!-9;-~]+[ \t]*:)")
"""A line break before what is neither a header nor indented: the rest of a header that was wrapped carelessly."""

_SPACE_BEFORE_COLON = re.compile(rb"(?m)^([!-9;-~]+)[ \t]+:")
_NAMED = re.compile(r"(?i)(From|To|Cc|Date|Sent|Subject|[!-9;-~]+-[!-9;-~]+):\s")
LEAST_NAMED = 3
"""Headers with which a text must begin to be taken for a mail."""

_INLINE_PGP = "-----BEGIN PGP MESSAGE-----"
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")


def parse_eml(content: bytes) -> Parsed:
    """The blocks of a message and of those that it carries; attachments are named in the note and not read.

    Raises:
        SourceError: it is encrypted, or there are no words in it.
    """
    try:
        return _parse(_read(content))
    except RecursionError:
        raise SourceError("nested too deeply to be read") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:  # the standard library's own slips
        raise SourceError(f"its header is broken ({type(error).__name__}); save the message anew") from None


def find_mail(text: str) -> Parsed | None:
    """What ``parse_eml`` reads in a text that is a mail that was saved as one; None where it begins with no head."""
    head = text.lstrip()[:ABOVE].split("\n\n", 1)[0].split("\n")
    named = {found[1].title() for line in head if (found := _NAMED.match(line))}
    if (
        "From" not in named
        or len(named) < LEAST_NAMED
        or not all(_NAMED.match(line) or line[:1].isspace() for line in head)
    ):
        return None
    try:
        return parse_eml(text.encode(errors="replace"))
    except SourceError:
        return None


def _read(content: bytes) -> MIMEPart:
    registry = HeaderRegistry()
    short = policy.default.clone(header_factory=lambda name, value: registry(name, value[:MAX_HEADER]))
    return BytesParser(policy=short).parsebytes(mend_head(content))


def mend_head(content: bytes) -> bytes:
    """A message whose head is as the standard has it, as far as it can be told what was meant.

    Programs save messages in UTF-16, put lines above them, wrap long headers without indenting the rest, and write
    letters into them undeclared. The head ends at the first blank line, or before what is no header.
    """
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in content[:SHORT]:
        with suppress(SourceError):
            content = decode(content).encode(errors="replace")
    first = _HEADER.search(content, 0, ABOVE)
    if first is None:
        return content
    blank = _BLANK_LINE.search(content, first.start())
    headers = list(_HEADER.finditer(content, first.start(), blank.start() if blank else len(content)))
    end = headers[-1].end()
    if len(headers) < 2:  # words in a text, as likely as not
        return content
    head = _SPACE_BEFORE_COLON.sub(rb"\1:", _UNFOLDED.sub(rb"\1 ", content[first.start() : end]))
    if decode_utf8(head) is None:
        head = _decode_undeclared(head).encode(errors="replace")
    return head + content[end:]


def _parse(message: MIMEPart) -> Parsed:
    if not any(name in message for name in _TELLING) and sum(name in message for name in _OTHERS) < 2:
        raise SourceError("no e-mail message: it has no header; if it is a text, name it .txt")
    left_out: list[str] = []
    blocks = [block for block in count_up(_walk(message, left_out, 0)) if block.text.strip()]
    if not blocks:
        raise SourceError("no words in it" + (f"; it carries {_list(left_out)}" if left_out else ""))
    note = f"attachments were not read: {_list(left_out)}" if left_out else ""
    return Parsed(
        (*_head_row(message), *blocks), _header(message, "Subject"), _sender(message), _day(message), note=note
    )


def _head_row(message: MIMEPart) -> Iterator[Block]:
    """Who sent it to whom and when, as a row of the head."""
    named = {name: value for name in HEAD if (value := _header(message, name, MAX_ROW))}
    if named:
        yield from lay_out_rows(list(named), [list(named.values())])


def _walk(part: MIMEPart, left_out: list[str], depth: int) -> Iterator[Block]:
    """The blocks of one part: of alternatives the plain one, unless it is a stub."""
    kind = part.get_content_type()
    if kind in _ENCRYPTED and part.get_param("smime-type") != "signed-data":
        if not depth:
            raise SourceError("encrypted; save the message decrypted")
        left_out.append("an encrypted part")
        return
    if depth > MAX_DEPTH:
        raise SourceError("nested too deeply to be read")
    if kind == "message/rfc822":
        for inner in part.iter_parts():
            yield from _head_of(inner)
            yield from _walk(inner, left_out, depth + 1)
    elif kind == "multipart/alternative":
        yield from _alternative(part, left_out, depth)
    elif part.is_multipart():
        for inner in part.iter_parts():
            yield from _walk(inner, left_out, depth + 1)
    elif part.is_attachment() or kind not in ("text/plain", "text/html"):
        if kind != "application/pgp-signature" and not kind.endswith("pkcs7-signature"):
            left_out.append(" ".join((part.get_filename() or kind).split())[:80])
    elif kind == "text/html":
        yield from _html_blocks(_text(part))
    else:
        text = _text(part)
        if text.lstrip().startswith(_INLINE_PGP):
            raise SourceError("encrypted; save the message decrypted")
        yield from lay_out_text(normalise(_unfold(text) if part.get_param("format") == "flowed" else text))


def _alternative(part: MIMEPart, left_out: list[str], depth: int) -> Iterator[Block]:
    choices = [(choice.get_content_type(), choice) for choice in part.iter_parts()]
    plain = next((choice for kind, choice in choices if kind == "text/plain"), None)
    rich = [choice for kind, choice in choices if kind == "text/html" or kind.startswith("multipart/")]
    if plain is not None and (len("".join(_text(plain).split())) >= STUB or not rich):
        yield from _walk(plain, left_out, depth + 1)
    elif rich:
        yield from _walk(rich[-1], left_out, depth + 1)  # the last is the one that the sender likes best
    else:
        for _, choice in choices:
            yield from _walk(choice, left_out, depth + 1)


def _html_blocks(markup: str) -> Iterator[Block]:
    try:
        yield from lay_out_blocks(parse_markup(markup, keep_all=True).blocks)
    except SourceError:  # an empty part beside others
        return


def _unfold(text: str) -> str:
    """Paragraphs of a message whose lines flow on where they end with a space (RFC 3676); not below "-- "."""
    return re.sub(r"(?m)(?<=[^\s>-]) \r?\n(?=[^>\s])", " ", text)


def _text(part: MIMEPart) -> str:
    """The words of a part, in the encoding that it declares, if they are written in it, else as a file's are told."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload.strip():
        return ""
    declared = str(part.get_param("charset", "ascii"))
    try:
        return payload.decode(declared)
    except (LookupError, ValueError):
        pass
    if (text := decode_utf8(payload)) is not None:
        return text
    if (text := _decode_mostly(payload, declared)) is not None:
        return text
    return _decode_undeclared(payload)


def _decode_undeclared(payload: bytes) -> str:
    beyond_ascii = sum(byte >= 0x80 for byte in payload[:SHORT])
    if len(payload) < SHORT and beyond_ascii < 0.15 * len(payload):  # a few accents, too few to tell more from
        return payload.decode("cp1252", "replace")
    try:
        return decode(payload)
    except SourceError:
        return payload.decode("cp1252", "replace")


def _decode_mostly(payload: bytes, declared: str) -> str | None:
    """The words in the encoding that the message declares, where hardly any is broken in it (ASCII is no declaration)."""
    try:
        if codecs.lookup(declared).name == "ascii":
            return None
        text = payload.decode(declared, "replace")
    except (LookupError, ValueError):
        return None
    return text if text.count("\ufffd") <= FEW_BROKEN * len(text) else None


def _head_of(message: MIMEPart) -> Iterator[Block]:
    if subject := _header(message, "Subject"):
        yield Block(subject, 2)
    from_whom = ", ".join(part for part in (_sender(message), _day(message)) if part)
    if from_whom:
        yield Block(f"By {from_whom}")
    yield from _head_row(message)


def _header(message: MIMEPart, name: str, most: int = MAX_TITLE) -> str:
    try:
        return " ".join(normalise(str(message.get(name) or "")).split())[:most]
    except (
        ValueError,
        IndexError,
        AttributeError,
        TypeError,
    ):  # the standard library stumbles over some broken headers
        return ""


def _sender(message: MIMEPart) -> str:
    name, address = parseaddr(_header(message, "From"))
    return name or address


def _day(message: MIMEPart) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
