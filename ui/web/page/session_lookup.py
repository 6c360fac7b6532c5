"""Who sends an event: their visit, as the server has it or made anew of what the browser kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ui.render.panels import render_dismiss
from ui.web.page.layout import Parts
from ui.web.page.payloads import read_field, read_object
from ui.web.page.updates import show_messages
from ui.web.security.rates import find_client
from ui.web.session.own_machine import is_at_machine
from ui.web.session.session import Session

Updates = dict[Any, Any]
"""New values for parts of the page."""


class SessionLookup:
    """What all functions begin with, and what most of them show.

    Args:
        parts: of the page.
        open_session: makes the session of a browser with a token, which may be anything.
        chat_model: the name of the model that could write the answers, empty where there is none.
    """

    def __init__(self, parts: Parts, open_session: Callable[[Any], Session], chat_model: str):
        self._parts = parts
        self._open = open_session
        self._chat_model = chat_model

    def find_or_open(self, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> Session:
        """The visit of whoever sends this; made anew where the server has none, or one of somebody else."""
        user = request.username or ""
        if session is None or session.is_forgotten or session.user != user:
            given = read_object(mine)
            session = self._open(read_field(given, "token"))
            session.is_at_machine = is_at_machine(request)
            if user:
                session.log_in(user)
            session.recall(given, kept)
        session.client, session.is_at_machine = find_client(request), is_at_machine(request)
        session.shared.memory.use(session)
        return session

    def find(self, session: Session | None, request: gr.Request) -> Session | None:
        """The visit of whoever sends this, where the server has one."""
        is_theirs = session is not None and session.user == (request.username or "") and not session.is_forgotten
        return session if is_theirs else None

    def _state(self, session: Session) -> Updates:
        return {self._parts.session: session, self._parts.mine: session.mine()}

    def _say(self, html: str, *, is_over: bool = True) -> Updates:
        """What becomes of a change, below the question and in the library: only one of them can be seen at a time."""
        said = render_dismiss() + html if is_over else html
        return {self._parts.report: said, self._parts.report_too: said}

    def _conversation(self, session: Session) -> Updates:
        return {self._parts.chat: show_messages(session), self._parts.kept: session.keep()}
