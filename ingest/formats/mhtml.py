"""Web pages that a browser saved as one file (.mhtml, .mht): the page's own HTML; pictures and frames are left out."""

from __future__ import annotations

from dataclasses import replace
from email import policy
from email.message import Message
from email.parser import BytesParser

from ingest.blocks import Parsed
from ingest.formats.html.parse import count_page, parse_markup, read_markup
from ingest.left_out import FRAME, join_accounts
from rag.errors import SourceError

MAX_PARTS = 20_000
_PAGES = ("text/html", "application/xhtml+xml")


def parse_mhtml(content: bytes) -> Parsed:
    """The text of a saved page. Raises SourceError where there is no page in the file."""
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(content)
        pages = _find_pages(message)
        markups = [_read_markup(page) for page in pages]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise SourceError(f"damaged: its parts cannot be told apart ({type(error).__name__}); save it anew") from None
    if not markups or markups[0] is None:
        raise SourceError("no saved web page: there is no HTML in it")
    parsed = parse_markup(markups[0])
    frames = [account for markup in markups[1:] if markup and (account := _count_frame(markup))]
    title = " ".join(_decode_subject(message).split())
    return join_accounts(parsed if parsed.title or not title else replace(parsed, title=title), [parsed, *frames])


def _find_pages(message: Message) -> list[Message]:
    """The pages: first what the file names as its start, else the first one; the others are those of frames."""
    start = str(message.get_param("start") or "").strip("<> ")
    pages = []
    for count, part in enumerate(message.walk()):
        if count > MAX_PARTS:
            raise SourceError(f"more than {MAX_PARTS:,} parts in it; save the page anew")
        if part.get_content_type() in _PAGES:
            pages.append(part)
    return sorted(pages, key=lambda page: not (start and str(page.get("Content-ID", "")).strip("<> ") == start))


def _read_markup(page: Message) -> str | None:
    """A page in the encoding that its part declares, where it is written in it; None where the part holds nothing."""
    payload = page.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return None
    charset = page.get_content_charset()
    try:
        markup = payload.decode(charset) if charset else ""
    except (LookupError, ValueError):
        markup = ""
    return markup if markup.strip() else read_markup(payload)


def _count_frame(markup: str) -> Parsed | None:
    try:
        return count_page(markup, FRAME)
    except SourceError:  # an empty frame
        return None


def _decode_subject(message: Message) -> str:
    """The title that browsers put into the file's head."""
    try:
        return str(
            policy.default.header_factory("Subject", " ".join(str(message.get("Subject") or "").split())[:1_000])
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return ""
