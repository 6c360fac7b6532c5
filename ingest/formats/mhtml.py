"""Web pages that a browser saved as one file (.mhtml, .mht): the page's own HTML; pictures and frames are left out."""

from __future__ import annotations

from dataclasses import replace
from email import policy
from email.message import Message
from email.parser import BytesParser

from ingest.blocks import Parsed
from ingest.formats.html.parse import parse_html, parse_markup
from rag.errors import SourceError

MAX_PARTS = 20_000
_PAGES = ("text/html", "application/xhtml+xml")


def parse_mhtml(content: bytes) -> Parsed:
    """The text of a saved page. Raises SourceError where there is no page in the file."""
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(content)
        page = _find_page(message)
        payload = page.get_payload(decode=True) if page is not None else None
        if page is None or not isinstance(payload, bytes):
            raise SourceError("no saved web page: there is no HTML in it")
        charset = page.get_content_charset()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise SourceError(f"damaged: its parts cannot be told apart ({type(error).__name__}); save it anew") from None
    parsed = _parse_page(payload, charset)
    title = " ".join(_decode_subject(message).split())
    return parsed if parsed.title or not title else replace(parsed, title=title)


def _find_page(message: Message) -> Message | None:
    """The part that the file names as its start, else its first page; a later page is a frame's."""
    start = str(message.get_param("start") or "").strip("<> ")
    pages = []
    for count, part in enumerate(message.walk()):
        if count > MAX_PARTS:
            raise SourceError(f"more than {MAX_PARTS:,} parts in it; save the page anew")
        if part.get_content_type() in _PAGES:
            pages.append(part)
    named = [page for page in pages if start and str(page.get("Content-ID", "")).strip("<> ") == start]
    return next(iter(named or pages), None)


def _parse_page(payload: bytes, charset: str | None) -> Parsed:
    """A page in the encoding that its part declares, where it is written in it."""
    try:
        markup = payload.decode(charset) if charset else ""
    except (LookupError, ValueError):
        markup = ""
    return parse_markup(markup) if markup.strip() else parse_html(payload)


def _decode_subject(message: Message) -> str:
    """The title that browsers put into the file's head."""
    try:
        return str(
            policy.default.header_factory("Subject", " ".join(str(message.get("Subject") or "").split())[:1_000])
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return ""
