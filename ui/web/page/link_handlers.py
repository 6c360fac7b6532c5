"""Links to passages: made for words of a document that somebody sees, and followed by whoever sees the same words."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ingest.limits import MAX_PAGES
from rag.errors import FootnoteError
from rag.types import Document, Span
from ui.render.language import gettext, mark
from ui.render.passage_link import LONGEST_LINK, LONGEST_SPAN, PassageLink, find_words, read_link, write_link
from ui.web.page.payloads import read_count, read_field, read_object
from ui.web.page.session_lookup import SessionLookup, Updates
from ui.web.page.updates import show_document, show_document_choices
from ui.web.session.session import Session

NOT_HERE = mark(
    "The words that this link leads to are not here: the document was removed, has changed since, or is not yours to see."
)
"""One line for all of these, so that it tells a stranger nothing."""

NO_LINK = mark("These words cannot be linked to; the document has changed, or they are too many.")
NOT_FOUND_ON_PAGE = mark("These words could not be told from others on the page; select more of them, or in “Text”.")

LAST_OFFSET = 10**9
MOST_LETTERS = 200_000
"""Characters of a document in which words of a page are looked for."""


class LinkHandlers(SessionLookup):
    """The functions that make and follow links to passages."""

    def link_passage(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> dict[str, str]:
        """A link to words is to be copied: of a text by their offsets, on a page by the words themselves."""
        session = self.find_or_open(session, kept, mine, request)
        values = read_object(event._data)
        try:
            document = session.document(read_field(values, "document"))
        except FootnoteError:
            return {"problem": gettext(NO_LINK)}
        words = read_field(values, "words", LONGEST_SPAN)
        span = _find_on_page(document, values, words) if words else _read_span(document, values)
        if span is None:
            return {"problem": gettext(NOT_FOUND_ON_PAGE if words else NO_LINK)}
        return {"link": write_link(span, document.digest)}

    def open_passage(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """A link is followed; whatever is wrong with it, the same line is said."""
        session = self.find_or_open(session, kept, mine, request)
        link = read_link(read_field(event._data, "link", LONGEST_LINK))
        document = _find_document(session, link) if link else None
        if link is None or document is None:
            return {self._parts.made: {"problem": gettext(NOT_HERE)}, self._parts.session: session}
        span = link.span
        return {
            self._parts.source: show_document(session, span.document_id),
            self._parts.chooser: show_document_choices(session),
            self._parts.made: {"document": span.document_id, "start": span.start, "end": span.end},
            self._parts.session: session,
        }


def _find_document(session: Session, link: PassageLink) -> Document | None:
    """The document of a link, where this person sees it, with the text that the link was made for."""
    try:
        document = session.document(link.span.document_id)
    except FootnoteError:
        return None
    is_same = document.digest.startswith(link.digest) and link.span.end <= len(document.text)
    return document if is_same else None


def _read_span(document: Document, values: dict[str, Any]) -> Span | None:
    start, end = read_count(values, "start", LAST_OFFSET), read_count(values, "end", LAST_OFFSET)
    if start is None or end is None or not start < end <= len(document.text):
        return None
    return _trim(document, start, end)


def _find_on_page(document: Document, values: dict[str, Any], words: str) -> Span | None:
    first, last = read_count(values, "page", MAX_PAGES), read_count(values, "last", MAX_PAGES)
    starts = document.page_starts
    if first is None or last is None or not 1 <= first <= last <= len(starts):
        return None
    low, high = starts[first - 1], starts[last] if last < len(starts) else len(document.text)
    found = find_words(document.text, words, low, min(high, low + MOST_LETTERS))
    return _trim(document, *found) if found else None


def _trim(document: Document, start: int, end: int) -> Span | None:
    """The span without white space at its ends; None where nothing is left, or too much."""
    words = document.text[start:end]
    start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
    return Span(document.id, start, end) if start < end <= start + LONGEST_SPAN else None
