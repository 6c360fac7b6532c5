"""What happens when something is added, pasted, replaced, removed or indexed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.report import SourceReport
from rag.errors import FootnoteError
from ui.render.language import gettext, mark
from ui.render.messages import render_failure
from ui.render.panels import find_labels, render_done, render_doubt, render_progress, render_waiting
from ui.web.library.library import Reports
from ui.web.library.received import Progress
from ui.web.page.library_jobs import Step, work_in_line
from ui.web.page.payloads import read_field, read_object, read_paths
from ui.web.page.session_lookup import SessionLookup, Updates
from ui.web.page.updates import (
    find_wanted,
    show_chat,
    show_document,
    show_document_choices,
    show_library,
    show_narrowed,
    show_reports,
)
from ui.web.session.session import Session

LONGEST_PASTED = 6_000_000
"""Characters, as many as can be sent; what may be added is far less."""

LONGEST_ADDRESS = 2_000
"""Characters of a web page's address."""

HELD_NO_LONGER = mark("that file is here no longer; add it again")


class LibraryHandlers(SessionLookup):
    """The functions that answer the library's events."""

    def add(self, files: Any, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> Iterator[Updates]:
        """Files are uploaded."""
        session = self.find_or_open(session, kept, mine, request)
        paths = [Path(file) for file in read_paths(files, session.library.limit)]
        upload = self._parts.upload
        if not paths:
            nothing = self._say(
                render_failure(
                    gettext("nothing was added; choose up to %(limit)s files at once", limit=session.library.limit)
                )
            )
            yield nothing | {upload: gr.UploadButton(value=None, interactive=True), self._parts.session: session}
            return
        change = lambda tell: session.add_files(paths, tell)  # noqa: E731
        for shown in self._change(session, change, give_up=lambda: session.library.discard(paths)):
            yield shown | {upload: gr.UploadButton(interactive=False)}
        yield {upload: gr.UploadButton(value=None, interactive=True)}

    def paste(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """Text is pasted."""
        session = self.find_or_open(session, kept, mine, request)
        title, text = read_field(event._data, "title"), read_field(event._data, "text", LONGEST_PASTED)
        yield from self._change(session, lambda tell: session.add_text(title, text, tell))

    def add_page(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """A web page is to be fetched and added."""
        session = self.find_or_open(session, kept, mine, request)
        if wait := session.shared.page_rate.take(session.client):
            yield self._say(
                render_failure(gettext("too many web pages at once; try again in %(seconds)s s", seconds=wait))
            ) | {self._parts.session: session}
            return
        address = read_field(event._data, "address", LONGEST_ADDRESS)
        yield from self._change(session, lambda tell: session.add_page(address, tell))

    def replace(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """A file that was held is to take the place of what somebody else added."""
        session = self.find_or_open(session, kept, mine, request)
        held_id = read_field(event._data, "held")
        if held_id in session.held:
            yield from self._change(session, lambda tell: session.replace_document(held_id, tell))
        else:
            yield self._say(render_failure(gettext(HELD_NO_LONGER))) | {self._parts.session: session}

    def reindex(self, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> Iterator[Updates]:
        """What was added is to be indexed anew."""
        session = self.find_or_open(session, kept, mine, request)
        yield from self._change(session, lambda tell: session.change_library(lambda library: library.reindex(tell)))

    def remove(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """A document is to be removed; what somebody else added, only after a yes."""
        session = self.find_or_open(session, kept, mine, request)
        name = read_field(event._data, "document")
        titles = find_labels(session.library.documents())
        adder = session.find_adder(name)
        if adder and read_object(event._data).get("sure") is not True:
            yield self._say(render_doubt(name, titles.get(name, name), adder)) | {self._parts.session: session}
            return
        done = gettext("Removed “%(title)s”.", title=titles.get(name, name))
        yield from self._change(
            session, lambda tell: session.change_library(lambda library: library.remove(name)), done
        )

    def _change(
        self,
        session: Session,
        change: Callable[[Progress], Reports],
        done: str = "",
        give_up: Callable[[], None] = lambda: None,
    ) -> Iterator[Updates]:
        """Do something to the library as soon as there is a place for it, and show how far it is and what became of it."""
        parts = self._parts
        before = {record.id: record.title for record in session.documents()}
        yield self._say(render_progress("Reading", 0, 1), is_over=False) | {parts.session: session}
        reports: Reports = []
        for item in work_in_line(session.shared.library_line, session.library.folder.name, change, give_up):
            if isinstance(item, FootnoteError):
                yield self._say(render_failure(str(item))) | {parts.library: show_library(session)}
                return
            if isinstance(item, int):
                yield self._say(render_waiting(item), is_over=False)
            elif isinstance(item, Step):
                yield self._say(render_progress(item.label, item.done, item.total), is_over=False)
            else:
                reports = item
        records = session.documents()
        added = [report.document for _, report in reports if isinstance(report, SourceReport) and report.document]
        titles = before | {record.id: record.title for record in records}
        wanted = added[0] if added else find_wanted(session)
        yield {
            **self._state(session),
            **self._say(show_reports(reports, titles) if reports else render_done(done)),
            parts.source: show_document(session, wanted),
            parts.chat: show_chat(session),
            parts.chooser: show_document_choices(session),
            parts.library: show_library(session),
            parts.narrowed: show_narrowed(session),
            parts.next: "",
        }
