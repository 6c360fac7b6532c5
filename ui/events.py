"""What happens when something is pressed, asked or added: from the session to what the page shows of it.

Each function gets the session and what the browser keeps, and gives new values for parts of the page, by part. The
session is missing where the server has forgotten it; then it is made anew of what the browser kept.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import FootnoteError
from ui.choices import read_costs
from ui.layout import Parts
from ui.library import Library, Reports
from ui.panels import (
    render_done,
    render_editing,
    render_next,
    render_progress,
    render_reports,
    render_settings,
    render_status,
)
from ui.render import render_failure
from ui.session import Session
from ui.views import EXAMPLES, find_wanted, show_choices, show_document, show_library, show_messages, suggest

SUGGESTING_SECONDS = 12.0
"""For how long, after an answer, questions that can follow it are waited for."""

Shown = dict[Any, Any]
"""New values for parts of the page."""


class Events:
    """The functions that answer the page's events.

    Args:
        parts: of the page.
        open_session: makes the session of a browser with a token, which may be anything.
        chat_model: the name of the model that could write the answers, empty where there is none.
    """

    def __init__(self, parts: Parts, open_session: Callable[[Any], Session], chat_model: str):
        self._parts = parts
        self._open = open_session
        self._chat_model = chat_model

    # ---- coming in ----

    def begin(self, kept: Any, mine: Any) -> Shown:
        """The page is opened."""
        session = self._enter(None, kept, mine)
        examples = [{"text": text} for text in suggest(session.documents())]
        parts = self._parts
        return {
            **self._state(session),
            parts.status: self._status(session),
            parts.chat: gr.Chatbot(value=show_messages(session), examples=examples),
            parts.source: show_document(session, find_wanted(session)),
            parts.chooser: show_choices(session),
            parts.library: show_library(session),
            parts.settings: self._settings(session),
        }

    def _enter(self, session: Session | None, kept: Any, mine: Any) -> Session:
        if session is None:
            given = mine if isinstance(mine, dict) else {}
            session = self._open(given.get("token"))
            session.choose(given.get("choices"))
            session.restore(kept)
        return session

    def _state(self, session: Session) -> Shown:
        return {self._parts.session: session, self._parts.mine: session.mine()}

    def _say(self, html: str) -> Shown:
        """What became of a change, below the question and in the library: only one of them can be seen at a time."""
        return {self._parts.report: html, self._parts.report_too: html}

    def _status(self, session: Session) -> str:
        return render_status("" if session.choices.quotes else self._chat_model)

    def _settings(self, session: Session) -> str:
        is_shared = session.shared.settings.share_library
        return render_settings(self._chat_model, session.choices, read_costs(), is_shared=is_shared)

    # ---- asking ----

    def ask(self, text: str, session: Session | None, kept: Any, mine: Any) -> Iterator[Shown]:
        """A question is asked: the answer grows, then the source shows what it rests on."""
        if text.strip():
            yield from self._answer(self._enter(session, kept, mine), text)
        else:
            yield {self._parts.question: gr.skip()}

    def ask_example(self, session: Session | None, kept: Any, mine: Any, event: gr.SelectData) -> Iterator[Shown]:
        """One of the first suggestions is pressed."""
        yield from self._answer(self._enter(session, kept, mine), str(event.value["text"]), alone=True)

    def ask_suggested(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData) -> Iterator[Shown]:
        """One of the later suggestions is pressed."""
        yield from self._answer(self._enter(session, kept, mine), str(event._data.get("text", "")), alone=True)

    def retry(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData) -> Iterator[Shown]:
        """The last question is asked again, as things are set now."""
        session = self._enter(session, kept, mine)
        if turn := session.undo():
            yield from self._answer(session, turn.asked, alone=turn.alone)
        else:
            yield {self._parts.session: session}

    def _answer(self, session: Session, text: str, *, alone: bool = False) -> Iterator[Shown]:
        parts = self._parts
        first = {parts.question: gr.Textbox(value="", submit_btn=False, stop_btn="Stop"), parts.next: ""}
        first |= {parts.editing: "", parts.session: session}
        for _ in session.ask(text, alone=alone):
            yield {parts.chat: show_messages(session)} | first
            first = {}
        yield {
            **self._state(session),
            **self._conversation(session),
            parts.question: gr.Textbox(submit_btn="Ask", stop_btn=False),
            parts.source: show_document(session, find_wanted(session)),
            parts.chooser: show_choices(session),
        }

    def _conversation(self, session: Session) -> Shown:
        return {self._parts.chat: show_messages(session), self._parts.kept: session.keep()}

    def suggest_next(self, session: Session | None) -> Iterator[Shown]:
        """After an answer: questions that can follow it, as soon as there are some."""
        turn = session.turns[-1] if session and session.turns else None
        if session is None or turn is None or not turn.done or turn.answer is None:
            yield {self._parts.next: ""}
            return
        late = time.monotonic() + SUGGESTING_SECONDS
        questions, is_final = session.suggest(EXAMPLES)
        while not questions and not is_final and time.monotonic() < late:
            time.sleep(0.25)
            if session.turns[-1:] != [turn]:  # the conversation has gone on
                return
            questions, is_final = session.suggest(EXAMPLES)
        yield {self._parts.next: render_next(questions, turn.answer.abstained)}

    def stop(self, session: Session | None) -> Any:
        """The answer that is being made is stopped; what is asking then ends by itself."""
        if session:
            session.stop()
        return gr.Textbox(submit_btn="Ask", stop_btn=False)

    # ---- what was said ----

    def act(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData) -> Shown:
        """One of the buttons under an answer is pressed, but for those that ask again."""
        parts = self._parts
        session = self._enter(session, kept, mine)
        action, turn_id = str(event._data.get("action", "")), str(event._data.get("turn", ""))
        if action == "undo":
            turn = session.undo()
            words = turn.asked if turn else ""
            shown = self._conversation(session) | {parts.editing: "", parts.next: ""}
            return shown | {parts.question: gr.Textbox(value=words, submit_btn="Ask", stop_btn=False)}
        if action in ("edit", "keep"):
            words = session.edit(turn_id) if action == "edit" else session.edit("")
            return {parts.question: words, parts.editing: render_editing(words), parts.session: session}
        try:
            session.judge(turn_id, action)
        except FootnoteError as error:
            return self._say(render_failure(str(error))) | {parts.session: session}
        return {parts.chat: show_messages(session), parts.session: session}

    def start_over(self, session: Session | None) -> Shown:
        """The conversation is forgotten."""
        if session:
            session.start_over()
        parts = self._parts
        cleared = {parts.chat: [], parts.kept: [], parts.next: "", parts.editing: ""}
        return cleared | {parts.question: gr.Textbox(value="", submit_btn="Ask", stop_btn=False)}

    def save(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData) -> dict[str, str]:
        """The conversation is to be a file."""
        return self._enter(session, kept, mine).save(str(event._data.get("form", "")))

    # ---- the source ----

    def choose_document(self, document_id: str, session: Session | None, kept: Any, mine: Any) -> Shown:
        """Another document is chosen."""
        session = self._enter(session, kept, mine)
        return {self._parts.source: show_document(session, document_id), self._parts.session: session}

    def open_document(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData) -> Shown:
        """A footnote of another document is followed."""
        session = self._enter(session, kept, mine)
        shown = {self._parts.source: show_document(session, str(event._data.get("document", "")))}
        return shown | {self._parts.chooser: show_choices(session), self._parts.session: session}

    # ---- the library ----

    def add(self, files: Sequence[str] | None, session: Session | None, kept: Any, mine: Any) -> Iterator[Shown]:
        """Files are uploaded."""
        paths = [Path(file) for file in files or ()]
        upload = self._parts.upload
        for shown in self._change(session, kept, mine, lambda library, tell: library.add_files(paths, tell)):
            yield shown | {upload: gr.UploadButton(interactive=False)}
        yield {upload: gr.UploadButton(value=None, interactive=True)}

    def paste(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData) -> Iterator[Shown]:
        """Text is pasted."""
        title, text = str(event._data.get("title", "")), str(event._data.get("text", ""))
        yield from self._change(session, kept, mine, lambda library, tell: library.add_text(title, text, tell))

    def reindex(self, session: Session | None, kept: Any, mine: Any) -> Iterator[Shown]:
        """What was added is to be indexed anew."""
        yield from self._change(session, kept, mine, lambda library, tell: library.reindex(tell))

    def remove(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData) -> Iterator[Shown]:
        """A document is to be removed."""
        name, title = str(event._data.get("document", "")), str(event._data.get("title", ""))
        yield from self._change(session, kept, mine, lambda library, tell: library.remove(name), f"Removed “{title}”.")

    def _change(
        self,
        session: Session | None,
        kept: Any,
        mine: Any,
        change: Callable[[Library, Callable[[str, int, int], None]], Reports | None],
        done: str = "",
    ) -> Iterator[Shown]:
        """Do something to the library in a thread of its own, and show how far it is and what became of it."""
        session = self._enter(session, kept, mine)
        parts = self._parts
        before = {record.id: record.title for record in session.documents()}
        news: queue.Queue[tuple[str, int, int] | Reports | FootnoteError] = queue.Queue()

        def work() -> None:
            try:
                news.put(session.change_library(lambda library: change(library, lambda *step: news.put(step))))
            except FootnoteError as error:
                news.put(error)

        threading.Thread(target=work, daemon=True).start()
        yield self._say(render_progress("Reading", 0, 1)) | {parts.session: session}
        while isinstance(item := news.get(), tuple):
            yield self._say(render_progress(*item))
        if isinstance(item, FootnoteError):
            yield self._say(render_failure(str(item))) | {parts.library: show_library(session)}
            return
        records = session.documents()
        added = [report.document for _, report in item if report.document]
        titles = before | {record.id: record.title for record in records}
        wanted = added[0] if added else find_wanted(session)
        yield {
            **self._state(session),
            **self._conversation(session),
            **self._say(render_reports(item, titles.get) if item else render_done(done)),
            parts.source: show_document(session, wanted),
            parts.chooser: show_choices(session),
            parts.library: show_library(session),
        }

    # ---- choices ----

    def choose(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData) -> Shown:
        """Something is set."""
        session = self._enter(session, kept, mine)
        session.choose(event._data)
        return self._state(session) | {self._parts.status: self._status(session)}

    def forget(self, session: Session | None, kept: Any, mine: Any) -> Shown:
        """All is forgotten that this browser brought."""
        session = self._enter(session, kept, mine)
        parts = self._parts
        try:
            session.forget_everything()
        except FootnoteError as error:
            return self._say(render_failure(str(error))) | {parts.session: session}
        return {
            **self.begin([], session.mine()),
            parts.kept: [],
            parts.next: "",
            parts.editing: "",
            parts.question: gr.Textbox(value="", submit_btn="Ask", stop_btn=False),
            **self._say(render_done("All is forgotten: the conversation, what you added, said and set.")),
        }
