"""A conversation: questions are asked, stopped, written anew and taken back."""

from __future__ import annotations

import queue
import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from rag.errors import QuestionError
from rag.index.document_records import DocumentRecord
from rag.types import Answer, Question
from ui.render.language import gettext, mark
from ui.render.messages import render_failure, render_stage, render_stopped
from ui.web.library.library import Library
from ui.web.session.facets import Pairs, find_facets, keep_offered, make_conditions, read_ids
from ui.web.session.history import MOST_TURNS
from ui.web.session.preferences import Preferences
from ui.web.session.server_state import ServerState
from ui.web.session.turns import Turn, answer_turn, bound_question, shorten_question, tell_turns

REMEMBERED_TURNS = 20
"""How many turns of a conversation go with the next question."""

SEARCHING = mark("Searching …")


class Conversation(ABC):
    """The part of a visit that asks. ``edited`` names the turn whose question is being written anew."""

    shared: ServerState
    library: Library
    turns: list[Turn]
    edited: str
    client: str
    preferences: Preferences

    @abstractmethod
    def find_chain(self) -> Any:
        """What answers."""

    @abstractmethod
    def documents(self) -> tuple[DocumentRecord, ...]:
        """The documents that can be asked."""

    def find_where(self) -> Pairs:
        """What these are chosen by, as far as any can still be."""
        chosen = self.preferences.where
        return keep_offered(chosen, find_facets(self.documents())) if chosen else ()

    def narrow(self, given: object) -> None:
        """From now on only some documents are asked, of those that can be; all where none of what is given is one."""
        known = {record.id for record in self.documents()}
        asked = tuple(name for name in read_ids(given) if name in known)
        self.preferences = replace(self.preferences, documents=asked)

    def widen(self) -> None:
        """From now on all documents are asked, however they were chosen."""
        self.preferences = replace(self.preferences, documents=(), where=())

    def find_asked(self) -> tuple[str, ...]:
        """The ids of the documents that alone are asked, as far as they are still there; none where all are."""
        chosen = self.preferences.documents
        known = {record.id for record in self.documents()} if chosen else set()
        return tuple(name for name in chosen if name in known)

    @abstractmethod
    def _keep(self, turn: Turn) -> None:
        """Have a turn kept as it is now."""

    def ask(
        self, text: str, *, alone: bool = False, everything: bool = False, documents: tuple[str, ...] = ()
    ) -> Iterator[Turn]:
        """Answer a question step by step; the turn is yielded each time that there is more to show.

        A question that was written anew takes the place of the old one, and what followed that goes. The chain works in
        a thread of its own, so that stopping never waits for a slow model.

        Args:
            text: the question.
            alone, everything, documents: see ``Turn``.
        """
        self.stop()
        self._cut_at(self.edited)
        self.library.visit()
        try:
            text = bound_question(text)
        except QuestionError as error:
            turn = Turn(
                secrets.token_hex(6), shorten_question(text), render_failure(str(error)), alone, everything, done=True
            )
            self._append(turn)
            yield turn
            return
        turn = Turn(
            secrets.token_hex(6), text, render_stage(gettext(SEARCHING)), alone, everything, documents=documents
        )
        history = () if alone else tell_turns(self.turns)[-REMEMBERED_TURNS:]
        where = () if documents else make_conditions(self.find_where())  # what is pointed at is what is meant
        among = documents or self.find_asked()
        turn.narrowed = bool(where) or 0 < len(among) < len(self.documents())
        question = Question(text, history=history, everything=everything, documents=among, where=where)
        self._append(turn)
        work = (self.shared.question_line, self.find_chain, question, turn, self.client and f"page {self.client}")
        threading.Thread(target=copy_context().run, args=(answer_turn, *work), daemon=True).start()
        try:
            yield turn
            while (item := turn.news.get()) is not None and not turn.done:
                if isinstance(item, int):
                    turn.html = render_stage(
                        gettext("Waiting: %(count)s before you …", count=item) if item else gettext(SEARCHING)
                    )
                elif isinstance(item, Answer):
                    turn.answer = item
                    turn.html = turn.draw(item)
                else:
                    turn.answer = None
                    turn.html = render_failure(str(item))
                yield turn
        finally:
            turn.done = True
            turn.news = queue.SimpleQueue()  # what still comes is nobody's any more
            self._keep(turn)
            self.shared.question_line.ask_all()  # whoever stands behind this one moves up at once

    def stop(self) -> None:
        """End the answer that is being made; what stands there already stays."""
        for turn in self.turns[-1:]:
            if not turn.done:
                turn.done = True
                turn.html = render_stopped(turn.html if turn.answer else "")
                self._keep(turn)
                turn.news.put(None)

    def edit(self, turn_id: str) -> str:
        """Begin to write a question anew; gives its words, which are empty where there is no such turn."""
        turn = self.find_turn(turn_id)
        self.edited = turn.id if turn else ""
        return turn.asked if turn else ""

    def undo(self) -> Turn | None:
        """Take the last question back, with its answer; gives what was taken."""
        self.stop()
        self.edited = ""
        return self.turns.pop() if self.turns else None

    def start_over(self) -> None:
        """Forget the conversation; the added documents stay."""
        self.stop()
        self.edited = ""
        self.turns.clear()

    def find_turn(self, turn_id: str) -> Turn | None:
        """A turn by its id."""
        return next((turn for turn in self.turns if turn.id == turn_id), None)

    def _append(self, turn: Turn) -> None:
        self.turns.append(turn)
        del self.turns[:-MOST_TURNS]

    def _cut_at(self, turn_id: str) -> None:
        for at, turn in enumerate(self.turns):
            if turn.id == turn_id:
                del self.turns[at:]
                break
        self.edited = ""
