"""E-mail messages (.eml): subject, sender and day as the head, the words of the message as the body."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from email import policy
from email.headerregistry import HeaderRegistry
from email.message import MIMEPart
from email.parser import BytesParser
from itertools import islice

from ingest.blocks import Block, Parsed
from ingest.decoding import decode_utf8, normalise
from ingest.formats.html.parse import parse_part
from ingest.formats.mail_head import (
    MAX_ABOVE,
    MAX_HEADER,
    MAX_ROW,
    OTHERS,
    TELLING,
    Head,
    decode_undeclared,
    mend_head,
    read_head,
)
from ingest.formats.mail_layers import lay_out_blocks, lay_out_text
from ingest.left_out import ATTACHMENT, OTHER_FORM, account_for, find_unsaid, join_accounts
from ingest.limits import count_up
from ingest.table_rows import lay_out_rows
from rag.errors import SourceError

MAX_DEPTH = 20
MOST_FORMS = 100
"""Parts of a message in another form of which it is looked at what they alone say."""

STUB = 40
"""A plain part with fewer visible characters than this, beside an HTML part, only says that there is one."""

FEW_BROKEN = 0.01
"""A greater share of characters that are no such characters shows that a message is not written as it declares."""

_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601_1987": "cp949", "euc_kr": "cp949", "shift_jis": "cp932",
    "iso_8859_1": "cp1252", "latin1": "cp1252", "iso_8859_9": "cp1254",
}  # fmt: skip
"""Encodings, and the larger ones that are meant by their names (WHATWG's Encoding Standard, section 4.2)."""

_PART_LINE = re.compile(rb"(?m)^--([^\r\n\"\\]{1,200}?)[ \t]*\r?\n(?=Content-[\w-]+[ \t]*:)")
"""What stands above a part: the boundary."""

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
    head = text.lstrip()[:MAX_ABOVE].split("\n\n", 1)[0].split("\n")
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


def _parse(message: MIMEPart) -> Parsed:
    if not any(name in message for name in TELLING) and sum(name in message for name in OTHERS) < 2:
        raise SourceError("no e-mail message: it has no header; if it is a text, name it .txt")
    left_out: list[str] = []
    parts = list(_walk(message, left_out, 0))
    blocks = [block for block in count_up(block for part in parts for block in part.blocks) if block.text.strip()]
    head = read_head(message)
    if not blocks and not head.subject:
        raise SourceError("no words in it" + (f"; it carries {_list(left_out)}" if left_out else ""))
    without = "" if blocks else "no words but those of its head"
    note = f"attachments were not read: {_list(left_out)}" if left_out else without
    row = tuple(_head_row(head))
    found = Parsed((*row, *blocks), head.subject, head.sender, head.day, note=note)
    return join_accounts(found, [_account_for_head(head, row), *parts])


def _head_row(head: Head) -> Iterator[Block]:
    """Who sent it to whom and when, as a row of the head."""
    if head.fields:
        yield from lay_out_rows(list(head.fields), [[value[:MAX_ROW] for value in head.fields.values()]])


def _account_for_head(head: Head, blocks: Sequence[Block]) -> Parsed:
    """The blocks that are made of a head, with the account of its words."""
    return account_for(Parsed(tuple(blocks)), list(head.fields.values()))


def _walk(part: MIMEPart, left_out: list[str], depth: int) -> Iterator[Parsed]:
    """What is read of one part, each text with its own account: of alternatives the plain one, unless it is a stub."""
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
            inner_head = read_head(inner)
            yield _account_for_head(inner_head, tuple(_head_of(inner_head)))
            yield from _walk(inner, left_out, depth + 1)
    elif kind == "multipart/alternative" and part.is_multipart():
        yield from _alternative(part, left_out, depth)
    elif part.is_multipart():
        for inner in part.iter_parts():
            yield from _walk(inner, left_out, depth + 1)
    elif kind.startswith("multipart/"):
        yield from _walk(_find_parts(part), left_out, depth + 1)
    elif part.is_attachment() or kind not in ("text/plain", "text/html"):
        if kind != "application/pgp-signature" and not kind.endswith("pkcs7-signature"):
            left_out.append(" ".join((part.get_filename() or kind).split())[:80])
            if kind in ("text/plain", "text/html"):
                yield _left_out(ATTACHMENT, _plain_lines(part))
    elif kind == "text/html":
        yield _read_html(part)
    else:
        text = _text(part)
        if text.lstrip().startswith(_INLINE_PGP):
            raise SourceError("encrypted; save the message decrypted")
        text = normalise(_unfold(text) if part.get_param("format") == "flowed" else text)
        yield account_for(Parsed(tuple(lay_out_text(text))), text.splitlines())


def _find_parts(part: MIMEPart) -> MIMEPart:
    """A part of several that are not told apart by what it declares: by the line that is above one, else as a text."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    line = _PART_LINE.search(content)
    kind = b'multipart/mixed; boundary="%b"' % line[1].replace(b'"', b"") if line else b"text/plain"
    return BytesParser(policy=policy.default).parsebytes(b"Content-Type: %b\n\n%b" % (kind, content))


def _alternative(part: MIMEPart, left_out: list[str], depth: int) -> Iterator[Parsed]:
    choices = [(choice.get_content_type(), choice) for choice in part.iter_parts()]
    plain = next((choice for kind, choice in choices if kind == "text/plain"), None)
    rich = [choice for kind, choice in choices if kind == "text/html" or kind.startswith("multipart/")]
    if plain is not None and (len("".join(_text(plain).split())) >= STUB or not rich):
        chosen = [plain]
    else:  # the last is the one that the sender likes best
        chosen = rich[-1:] or [choice for _, choice in choices]
    found = [read for choice in chosen for read in _walk(choice, left_out, depth + 1)]
    yield from found
    others = [choice for _, choice in choices if choice not in chosen]
    texts = islice((text for other in others for text in other.walk()), MOST_FORMS)
    lines = [line for text in texts for line in _plain_lines(text)]
    yield _left_out(OTHER_FORM, find_unsaid(lines, (block.text for read in found for block in read.blocks)))


def _left_out(reason: str, lines: Iterable[str]) -> Parsed:
    """The account of a text that is not read."""
    own = list(lines)
    return account_for(Parsed(()), own, [(reason, "\n".join(own))])


def _plain_lines(part: MIMEPart) -> list[str]:
    """The lines of a part that is a text, or the paragraphs that it shows."""
    if part.get_content_type() == "text/html":
        return [block.text for block in _read_html(part).blocks]
    return normalise(_text(part)).splitlines() if part.get_content_type() == "text/plain" else []


def _read_html(part: MIMEPart) -> Parsed:
    try:
        return parse_part(_text(part), lay_out_blocks)
    except SourceError:  # an empty part beside others
        return Parsed(())


def _unfold(text: str) -> str:
    """Paragraphs of a message whose lines flow on where they end with a space (RFC 3676); not below "-- ", nor out of a quote."""
    return re.sub(r"(?m)^((?!>).*[^\s>-]) \r?\n(?=[^>\s])", r"\1 ", text)


def _text(part: MIMEPart) -> str:
    """The words of a part, in the encoding that it declares, if they are written in it, else as a file's are told."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload.strip():
        return ""
    declared = str(part.get_param("charset", "ascii"))
    declared = _WIDER.get(declared.casefold().replace("-", "_"), declared)
    try:
        return payload.decode(declared)
    except (LookupError, ValueError):
        pass
    if (text := decode_utf8(payload)) is not None:
        return text
    if (text := _decode_mostly(payload, declared)) is not None:
        return text
    return decode_undeclared(payload)


def _decode_mostly(payload: bytes, declared: str) -> str | None:
    """The words in the encoding that the message declares, where hardly any is broken in it (ASCII is no declaration)."""
    try:
        if codecs.lookup(declared).name == "ascii":
            return None
        text = payload.decode(declared, "replace")
    except (LookupError, ValueError):
        return None
    return text if text.count("\ufffd") <= FEW_BROKEN * len(text) else None


def _head_of(head: Head) -> Iterator[Block]:
    if head.subject:
        yield Block(head.subject, 2)
    from_whom = ", ".join(part for part in (head.sender, head.day) if part)
    if from_whom:
        yield Block(f"By {from_whom}")
    yield from _head_row(head)


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
