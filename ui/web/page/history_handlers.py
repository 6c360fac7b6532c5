"""Conversations that the browser keeps: opened, read back beyond what the server holds, saved, and quoted from."""

from __future__ import annotations

from datetime import date
from typing import Any

import gradio as gr

from ui.render.language import gettext, mark
from ui.render.messages import render_earlier
from ui.render.panels import render_notice
from ui.render.quotation import render_quotation
from ui.render.transcript import render_json, render_markdown
from ui.web.page.link_handlers import LinkHandlers
from ui.web.page.payloads import read_count, read_field, read_object
from ui.web.page.session_lookup import Updates
from ui.web.session.history import MOST_TURNS
from ui.web.session.session import Session

MOST_SAVED = 300
"""Turns of one conversation that a browser keeps (``MOST_KEPT_TURNS`` in the page's script)."""

SAVED = {"markdown": ("md", "text/markdown", render_markdown), "json": ("json", "application/json", render_json)}
"""The forms in which a conversation is saved: a file name's ending, a media type, and what makes the text."""

SET_ASIDE = mark("A part of the conversation that this browser kept could not be read and was set aside.")


class HistoryHandlers(LinkHandlers):
    """The functions that answer for conversations as their browser keeps them."""

    def open_conversation(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Another conversation that the browser keeps takes the place of this one; an empty one is new."""
        session = self.find_or_open(session, [], mine, request)
        session.start_over()
        session.restore(read_object(event._data).get("turns"))
        parts = self._parts
        shown = {**self._state(session), **self._conversation(session), parts.next: "", parts.editing: ""}
        return shown | ({} if session.is_whole else self._say(render_notice(gettext(SET_ASIDE))))

    def show_earlier(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> dict[str, list[str]]:
        """Older questions of the conversation are to be seen; of each that cannot be read, nothing is."""
        session = self.find_or_open(session, kept, mine, request)
        turns = session.read_earlier(read_object(event._data).get("turns"), MOST_TURNS)
        return {"turns": [render_earlier(turn.asked, turn.html, turn.answer) if turn else "" for turn in turns]}

    def save(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> dict[str, str]:
        """The conversation is to be a file, with what is older than the server holds; nothing where there is no answer."""
        session = self.find_or_open(session, kept, mine, request)
        turns = [*session.read_earlier(read_object(event._data).get("turns"), MOST_SAVED), *session.turns]
        told = [(turn.asked, turn.answer) for turn in turns if turn and turn.answer and turn.done]
        if not told:
            return {}
        ending, kind, render = SAVED.get(read_field(event._data, "form"), SAVED["json"])
        today = date.today()
        text = render(told, session.documents(), today)
        return {"name": f"footnote-{today.isoformat()}.{ending}", "kind": kind, "text": text}

    def cite(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> dict[str, str]:
        """A footnote's quote is to be copied with its source."""
        session = self.find_or_open(session, kept, mine, request)
        earlier = session.read_earlier([read_object(event._data).get("kept")], 1)
        turn = session.find_turn(read_field(event._data, "turn")) or earlier[0]
        number = read_count(event._data, "number", 2**31)
        found = turn.answer.citations if turn and turn.answer else ()
        citation = next((each for each in found if each.number == number), None)
        if citation is None:
            return {}
        records = {record.id: record for record in session.documents()}
        form = read_field(event._data, "form")
        return {"form": form, "text": render_quotation(citation, records.get(citation.span.document_id), form)}
