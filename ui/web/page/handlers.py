"""What happens when something is pressed, asked or added: from the session to what the page shows of it.

Each function gets the session and what the browser keeps, and gives new values for parts of the page, by part. The
session is missing where the server has forgotten it; then it is made anew of what the browser kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import gradio as gr

from rag.english.intents import MAX_CHARACTERS
from rag.errors import FootnoteError
from rag.llm.local.table import PREFIX
from ui.render.language import gettext
from ui.render.messages import render_failure
from ui.render.panels import (
    render_done,
    render_editing,
    render_hint,
    render_next,
    render_notice,
    render_settings,
    render_status,
)
from ui.web.page.evaluation_handlers import EvaluationHandlers
from ui.web.page.history_handlers import SET_ASIDE, HistoryHandlers
from ui.web.page.library_handlers import LibraryHandlers
from ui.web.page.page_handlers import PageHandlers
from ui.web.page.payloads import read_field, read_object, read_text
from ui.web.page.session_lookup import Updates
from ui.web.page.updates import (
    MOST_SUGGESTED,
    find_wanted,
    show_chat,
    show_document,
    show_document_choices,
    show_library,
    show_messages,
    show_narrowed,
)
from ui.web.session.facets import find_facets
from ui.web.session.own_machine import find_offered
from ui.web.session.preferences import read_costs
from ui.web.session.session import Session

SUGGESTING_SECONDS = 12.0
"""For how long, after an answer, questions that can follow it are waited for."""

LONGEST_TYPED = 6_000_000
"""Characters, as many as can be sent; what may be asked is far less."""


class Handlers(LibraryHandlers, PageHandlers, HistoryHandlers, EvaluationHandlers):
    """The functions that answer the page's events."""

    # ---- coming in ----

    def begin(self, kept: Any, mine: Any, request: gr.Request) -> Updates:
        """The page is opened."""
        return self._begin(self.find_or_open(None, kept, mine, request))

    def _begin(self, session: Session) -> Updates:
        parts = self._parts
        return {
            **self._state(session),
            parts.status: self._status(session),
            parts.kept: session.keep(),
            parts.source: show_document(session, find_wanted(session)),
            parts.chat: show_chat(session),
            parts.chooser: show_document_choices(session),
            parts.library: show_library(session),
            parts.narrowed: show_narrowed(session),
            parts.settings: self._settings(session),
            **({} if session.is_whole else self._say(render_notice(gettext(SET_ASIDE)))),
        }

    def _status(self, session: Session) -> str:
        chosen = session.preferences
        writer = f"{PREFIX}{chosen.model}" if chosen.model else self._chat_model
        return render_status("" if chosen.quotes else writer, dict(session.find_where()))

    def _settings(self, session: Session) -> str:
        is_shared = session.shared.settings.share_library
        home = f"{urlsplit(session.shared.settings.root_path).path.rstrip('/')}/"
        costs = read_costs()
        return render_settings(
            self._chat_model,
            session.preferences.show(),
            costs,
            is_shared=is_shared,
            user=session.user,
            home=home,
            facets=find_facets(session.documents()),
            offered=find_offered(session.shared.settings) if session.is_own else (),
            measures=self.may_measure(session),
        )

    # ---- asking ----

    def ask(self, text: Any, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> Iterator[Updates]:
        """A question is asked: the answer grows, then the source shows what it rests on."""
        words = read_text(text, LONGEST_TYPED)
        if words.strip():
            yield from self._answer(self.find_or_open(session, kept, mine, request), words)
        else:
            yield {self._parts.question: gr.skip()}

    def ask_example(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """One of the first suggestions is pressed."""
        words = read_field(read_object(event._data).get("value"), "text", MAX_CHARACTERS)
        yield from self._ask_alone(self.find_or_open(session, kept, mine, request), words)

    def ask_suggested(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """One of the later suggestions is pressed."""
        words = read_field(event._data, "text", MAX_CHARACTERS)
        yield from self._ask_alone(self.find_or_open(session, kept, mine, request), words)

    def ask_about(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """A question is asked of one document, about words of it that were picked there."""
        session = self.find_or_open(session, kept, mine, request)
        words, document = read_field(event._data, "text", LONGEST_TYPED), read_field(event._data, "document")
        if words.strip():
            yield from self._answer(session, words, documents=(document,) if document else ())
        else:
            yield {self._parts.session: session}

    def _ask_alone(self, session: Session, words: str) -> Iterator[Updates]:
        if words.strip():
            yield from self._answer(session, words, alone=True)
        else:
            yield {self._parts.session: session}

    def retry(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """The last question is asked again, as things are set now; for all of a long list or of all documents where wanted."""
        session = self.find_or_open(session, kept, mine, request)
        if turn := session.undo():
            everything, wide = (read_field(event._data, name) == "yes" for name in ("all", "wide"))
            asked = {"alone": turn.alone, "everything": everything, "documents": () if wide else turn.documents}
            if wide:
                yield self._widen(session)
            yield from self._answer(session, turn.asked, **asked)
        else:
            yield {self._parts.session: session}

    def _widen(self, session: Session) -> Updates:
        parts, had_conditions = self._parts, session.find_where()
        session.widen()
        shown = {parts.session: session, parts.narrowed: show_narrowed(session)}
        settings = {parts.status: self._status(session), parts.settings: self._settings(session)}
        return shown | (settings if had_conditions else {})

    def _answer(self, session: Session, text: str, **asked: Any) -> Iterator[Updates]:
        """Answer a question; ``asked`` is how, as ``Conversation.ask`` takes it."""
        parts = self._parts
        first = {parts.question: gr.Textbox(value="", submit_btn=False, stop_btn=gettext("Stop")), parts.next: ""}
        first |= {parts.editing: "", parts.session: session}
        for _ in session.ask(text, **asked):
            yield {parts.chat: show_messages(session)} | first
            first = {}
        yield {
            **self._state(session),
            **self._conversation(session),
            parts.question: gr.Textbox(submit_btn=gettext("Ask"), stop_btn=False),
            parts.source: show_document(session, find_wanted(session)),
            parts.chooser: show_document_choices(session),
        }

    def suggest_again(self, session: Session | None, request: gr.Request) -> Iterator[Updates]:
        """A conversation is taken up again: what can follow it, as after its last answer; nothing for one that is new."""
        found = self.find(session, request)
        if found and found.turns:
            yield from self.suggest_next(session, request)
        else:
            yield {self._parts.next: ""}

    def suggest_next(self, session: Session | None, request: gr.Request) -> Iterator[Updates]:
        """After an answer: questions that can follow it, as soon as there are some."""
        session = self.find(session, request)
        turns = session.turns[-1:] if session else []
        if session is None or any(not turn.done or turn.answer is None for turn in turns):
            yield {self._parts.next: ""}
            return
        late = time.monotonic() + SUGGESTING_SECONDS
        questions, is_final = session.suggest(MOST_SUGGESTED)
        while not questions and not is_final and time.monotonic() < late:
            time.sleep(0.25)
            if session.turns[-1:] != turns:  # the conversation has gone on
                return
            questions, is_final = session.suggest(MOST_SUGGESTED)
        follows = any(turn.answer and not turn.answer.abstained for turn in turns)
        yield {self._parts.next: render_next(questions, follows=follows)}

    def stop(self, session: Session | None, request: gr.Request) -> Any:
        """The answer that is being made is stopped; what is asking then ends by itself."""
        if session := self.find(session, request):
            session.stop()
        return gr.Textbox(submit_btn=gettext("Ask"), stop_btn=False)

    # ---- what was said ----

    def act(self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request) -> Updates:
        """One of the buttons under an answer is pressed, but for those that ask again."""
        parts = self._parts
        session = self.find_or_open(session, kept, mine, request)
        action, turn_id = read_field(event._data, "action"), read_field(event._data, "turn")
        if action == "undo":
            turn = session.undo()
            words = turn.asked if turn else ""
            shown = self._conversation(session) | {parts.editing: "", parts.next: ""}
            return shown | {parts.question: gr.Textbox(value=words, submit_btn=gettext("Ask"), stop_btn=False)}
        if action in ("edit", "keep"):
            words = session.edit(turn_id) if action == "edit" else session.edit("")
            return {parts.question: words, parts.editing: render_editing(words), parts.session: session}
        try:
            session.rate(turn_id, action)
        except FootnoteError as error:
            return self._say(render_failure(str(error))) | {parts.session: session}
        return {parts.chat: show_messages(session), parts.session: session}

    # ---- the source ----

    def open_document(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """A footnote of another document is followed."""
        session = self.find_or_open(session, kept, mine, request)
        shown = {self._parts.source: show_document(session, read_field(event._data, "document"))}
        return shown | {self._parts.chooser: show_document_choices(session), self._parts.session: session}

    def choose_document(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Another document is chosen; what to ask of it comes a little later."""
        return self.open_document(session, kept, mine, event, request) | {self._parts.next: ""}

    # ---- choices ----

    def dismiss(self, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> Updates:
        """What became of a change has been read."""
        session = self.find_or_open(session, kept, mine, request)
        settings = session.shared.settings
        hint = render_hint(settings.max_upload_mb, settings.share_library)
        return {self._parts.report: hint, self._parts.report_too: "", self._parts.session: session}

    def choose(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Something is set."""
        session = self.find_or_open(session, kept, mine, request)
        session.choose(event._data)
        return self._state(session) | {self._parts.status: self._status(session)}

    def narrow(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Only some documents are to be asked, or all again."""
        session = self.find_or_open(session, kept, mine, request)
        session.narrow(read_object(event._data).get("documents"))
        return self._state(session) | {self._parts.narrowed: show_narrowed(session)}

    def reset_choices(self, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> Updates:
        """All is set as the server has it."""
        session = self.find_or_open(session, kept, mine, request)
        session.choose(None)
        shown = {self._parts.status: self._status(session), self._parts.settings: self._settings(session)}
        return self._state(session) | shown

    def forget(self, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> Updates:
        """All is forgotten that this browser brought."""
        session = self.find_or_open(session, kept, mine, request)
        parts = self._parts
        try:
            session.forget_everything()
        except FootnoteError as error:
            return self._say(render_failure(str(error))) | {parts.session: session}
        return {
            **self._begin(session),
            parts.next: "",
            parts.editing: "",
            parts.question: gr.Textbox(value="", submit_btn=gettext("Ask"), stop_btn=False),
            **self._say(render_done(gettext("All is forgotten: the conversation, what you added, said and set."))),
        }
