"""What happens when a page of a source is to be seen: who asks, for what, and what they are shown."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ingest.limits import MAX_PAGES
from ingest.views import AskedPage, PageView, Sought, seek_span
from rag.errors import DocumentError, FootnoteError
from rag.types import Document
from ui.render.language import gettext, mark
from ui.web.page.payloads import read_count, read_field, read_object
from ui.web.page.session_lookup import SessionLookup
from ui.web.page.updates import SOURCE_GONE
from ui.web.session.session import Session

NARROWEST, WIDEST = 200, 2_000
"""Dots of a picture's width; 0 asks for the places of words alone."""

MOST_SPANS = 60
LONGEST_SPAN = 5_000
"""Characters; what is longer is looked for by its beginning."""

NO_SUCH_PAGE = mark("there is no such page")
AS_TEXT = mark("of this document only the text is kept")


class PageHandlers(SessionLookup):
    """The function that answers for a page of a source."""

    def view_page(self, session: Session | None, mine: Any, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """A page is looked at. The visit is not kept where it was made for this: it has no conversation."""
        session = self.find_or_open(session, [], mine, request)
        values = read_object(event._data)
        ticket, name = read_count(values, "ticket", 2**31), read_field(values, "document")
        told: dict[str, Any] = {"ticket": ticket or 0, "document": name}
        page, width = read_count(values, "page", MAX_PAGES), read_count(values, "width", WIDEST)
        if page is None or width is None or 0 < width < NARROWEST:
            return told | {"problem": gettext(NO_SUCH_PAGE)}
        try:
            document = session.document(name)
            kept = (index.original(document) for index in session.indexes())
            content = next((each for each in kept if each is not None), None)
            if content is None or not document.page_starts:
                return told | {"problem": gettext(AS_TEXT)}
            asked = AskedPage(page, width, _read_spans(values.get("spans"), document, page))
            told["page"] = page or next((each.first for each in asked.sought), 1)
            view = session.shared.pages.view(session.owner, document.source_digest, content, asked)
        except DocumentError:
            return told | {"problem": gettext(SOURCE_GONE)}
        except FootnoteError as error:
            return told | {"problem": str(error)}
        return told | _show(view)


def _read_spans(values: Any, document: Document, page: int) -> tuple[Sought, ...]:
    """The spans of a document that may stand on a page, from what a browser sent; for page 0 the first one alone."""
    spans = []
    for value in values[:MOST_SPANS] if isinstance(values, list) else ():
        if isinstance(value, list) and len(value) == 3 and all(type(each) is int for each in value):
            number, start, end = value
            end = min(end, len(document.text), start + LONGEST_SPAN)
            if 0 <= start < end and 0 <= number < 2**31:
                spans.append(seek_span(document, start, end, number))
    if not page:
        first = spans[:1]
        page = first[0].first if first else 1
        return (*first, *(each for each in spans[1:] if each.first <= page <= each.last))
    return tuple(each for each in spans if each.first <= page <= each.last)


def _show(view: PageView) -> dict[str, Any]:
    return {
        "page": view.page,
        "pages": view.pages,
        "sizes": view.sizes,
        "picture": f"data:image/png;base64,{view.picture}" if view.picture else "",
        "lines": view.lines,
        "boxes": view.boxes,
        "unsure": view.unsure,
    }
