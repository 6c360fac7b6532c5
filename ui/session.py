"""One person's visit: the conversation, what they chose, and the library that they see; and what all of them share."""

from __future__ import annotations

import hashlib
import logging
import queue
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rag.chain import build_chain
from rag.errors import DocumentError, FootnoteError
from rag.index import DocumentRecord, PassageIndex
from rag.settings import Settings
from rag.types import Answer, Document, Question
from ui.choices import Choices, default_choices, read_choices
from ui.feedback import VERDICTS, Feedback, Verdict, make_question
from ui.history import KeptTurn, keep_turn, pack_turns, refresh_answer, unpack_turns
from ui.library import Library, Reports
from ui.line import Line
from ui.render import render_answer, render_failure, render_stage, render_stopped
from ui.suggester import Suggester
from ui.transcript import render_json, render_markdown
from ui.uploads import Uploads

REMEMBERED_TURNS = 20
"""How many turns of a conversation go with the next question."""

SEARCHING = "Searching …"

SAVED = {"markdown": ("md", "text/markdown", render_markdown), "json": ("json", "application/json", render_json)}
"""The forms in which a conversation is saved: a file name's ending, a media type, and what makes the text."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What every session uses: settings, the index that is served, its chain, the line to ask in, and what is kept."""

    settings: Settings
    index: PassageIndex
    chain: Any
    line: Line
    uploads: Uploads
    feedback: Feedback
    suggester: Suggester


@dataclass(slots=True)
class Turn:
    """One question and what the page shows as its answer.

    ``alone`` says that the question does not refer to what was said before, as a suggested one does not.
    ``news`` brings how many wait before it, snapshots of the answer, or what went wrong; None ends it. ``kept`` is the
    answer with the digests of what it cites, and ``verdict`` what the person said of it.
    """

    id: str
    asked: str
    html: str
    alone: bool = False
    answer: Answer | None = None
    done: bool = False
    kept: KeptTurn | None = None
    verdict: Verdict | None = None
    news: queue.SimpleQueue[int | Answer | FootnoteError | None] = field(default_factory=queue.SimpleQueue)


@dataclass(slots=True)
class Session:
    """One visit. The token is its browser's, and names the library of what that browser added.

    ``shown`` is the document that stands in the source column: its id and digest. ``edited`` is the turn whose question
    is being written anew.
    """

    shared: Shared
    token: str = ""
    choices: Choices = field(init=False)
    turns: list[Turn] = field(default_factory=list)
    shown: tuple[str, str] | None = None
    edited: str = ""
    library: Library = field(init=False)
    _built: tuple[tuple[PassageIndex | None, Choices], Any] | None = None

    def __post_init__(self) -> None:
        if not self.shared.uploads.is_issued(self.token):
            self.token = self.shared.uploads.issue()
        self.choices = default_choices(self.shared.settings)
        self.library = self.shared.uploads.library(self.token)
        self.library.visit()

    @property
    def owner(self) -> str:
        """Names this browser where the token itself may not stand."""
        return hashlib.sha256(self.token.encode()).hexdigest()[:16]

    def choose(self, values: Any) -> None:
        """Take over what the person chose, as far as it fits."""
        self.choices = read_choices(values, self.shared.settings)

    def mine(self) -> dict[str, Any]:
        """What the browser keeps beside the conversation, as JSON values."""
        return {"token": self.token, "choices": self.choices.to_dict()}

    # ---- asking ----

    def ask(self, text: str, *, alone: bool = False) -> Iterator[Turn]:
        """Answer a question step by step; the turn is yielded each time that there is more to show.

        A question that was written anew takes the place of the old one, and what followed that goes. The chain works in
        a thread of its own, so that stopping never waits for a slow model.

        Args:
            text: the question.
            alone: see ``Turn``.
        """
        self.stop()
        self._cut_at(self.edited)
        self.library.visit()
        turn = Turn(secrets.token_hex(6), text, render_stage(SEARCHING), alone)
        question = Question(text, history=() if alone else self._history())
        self.turns.append(turn)
        work = (self.shared.line, self._find_chain, question, turn)
        threading.Thread(target=_answer, args=work, daemon=True).start()
        try:
            yield turn
            while (item := turn.news.get()) is not None and not turn.done:
                if isinstance(item, int):
                    turn.html = render_stage(f"Waiting: {item} before you …" if item else SEARCHING)
                elif isinstance(item, Answer):
                    turn.answer = item
                    turn.html = render_answer(item, turn.id)
                else:
                    turn.answer = None
                    turn.html = render_failure(str(item))
                yield turn
        finally:
            turn.done = True
            self._keep(turn)
            self.shared.line.ask_all()  # whoever stands behind this one moves up at once

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

    def _history(self) -> tuple[tuple[str, str], ...]:
        return _tell(self.turns)[-REMEMBERED_TURNS:]

    def _cut_at(self, turn_id: str) -> None:
        turn = self.find_turn(turn_id)
        if turn:
            del self.turns[self.turns.index(turn) :]
        self.edited = ""

    def _keep(self, turn: Turn) -> None:
        turn.kept = keep_turn(turn.asked, turn.answer, self._digests()) if turn.answer else None

    def _find_chain(self) -> Any:
        """The chain over what this session sees, as it chose; built anew only where either has changed."""
        own = self.library.open_index()
        if own is None and self.choices == default_choices(self.shared.settings):
            return self.shared.chain
        wanted = (own, self.choices)
        if self._built is None or self._built[0] != wanted:
            indexes = [self.shared.index, own] if own else [self.shared.index]
            self._built = wanted, build_chain(indexes, settings=self.choices.apply(self.shared.settings))
        return self._built[1]

    # ---- what was said ----

    def judge(self, turn_id: str, verdict: str) -> Turn | None:
        """Keep what the person says of an answer, or take it back where they said the same before.

        Raises:
            SourceError: it cannot be written.
        """
        turn = self.find_turn(turn_id)
        if turn is None or turn.answer is None or verdict not in VERDICTS:
            return None
        said: Verdict | None = None if turn.verdict == verdict else verdict
        before = self.turns[: self.turns.index(turn)]
        line = make_question(turn.asked, _tell(before), turn.answer, said) if said else None
        self.shared.feedback.keep(self.owner, turn.id, line)
        turn.verdict = said
        return turn

    def suggest(self, count: int) -> tuple[list[str], bool]:
        """Questions that the documents can answer, near to what the last answer rests on, and not asked yet.

        Returns:
            The questions, and whether waiting will bring no others.
        """
        last = self.turns[-1].answer if self.turns else None
        near = [citation.span for citation in last.citations] if last else []
        if last and not near:
            near = [found.passage.span for found in last.passages[:1]]
        own = self.library.open_index()
        indexes = [self.shared.index, own] if own else [self.shared.index]
        return self.shared.suggester.suggest(indexes, [turn.asked for turn in self.turns], near, count)

    # ---- keeping ----

    def keep(self) -> list[dict[str, Any]]:
        """The conversation as JSON values, for the browser to keep."""
        return pack_turns([turn.kept for turn in self.turns if turn.kept])

    def save(self, form: str) -> dict[str, str]:
        """The conversation as a file to keep: its name, its media type and its text; empty while nothing is answered.

        Args:
            form: ``markdown`` or ``json``.
        """
        told = [(turn.asked, turn.answer) for turn in self.turns if turn.answer and turn.done]
        if not told:
            return {}
        ending, kind, render = SAVED.get(form, SAVED["json"])
        today = date.today()
        text = render(told, self.documents(), today)
        return {"name": f"footnote-{today.isoformat()}.{ending}", "kind": kind, "text": text}

    def restore(self, values: Any) -> None:
        """Take up a conversation that the browser kept, as far as it can be read."""
        for kept in unpack_turns(values):
            self.turns.append(Turn(secrets.token_hex(6), kept.asked, "", answer=kept.answer, done=True, kept=kept))
        self.refresh()

    def refresh(self) -> None:
        """Set apart what the answers quote from documents that are gone or have changed."""
        digests = self._digests()
        for turn in self.turns:
            if turn.kept:
                turn.answer = refresh_answer(turn.kept, digests)
                html = render_answer(turn.answer, turn.id)
                turn.html = html if turn.answer.seconds.total > 0 else render_stopped(html)

    def _digests(self) -> dict[str, str]:
        return {record.id: record.digest for record in self.documents()}

    # ---- the library ----

    def change_library(self, change: Callable[[Library], Reports | None]) -> Reports:
        """Do something to the library, and bring the answers into line with it. Raises FootnoteError as that does."""
        reports = change(self.library)
        self.library.visit()
        self.refresh()
        return reports or []

    def add_files(self, paths: Sequence[Path], on_progress: Callable[[str, int, int], None] | None = None) -> Reports:
        """Bring uploaded files into the library. They are deleted, whatever becomes of them.

        Raises:
            FootnoteError: nothing could be added.
        """
        return self.change_library(lambda library: library.add_files(paths, on_progress))

    def documents(self) -> tuple[DocumentRecord, ...]:
        """The documents that this session can see: those that everybody sees, then what was added."""
        return (*self.shared.index.documents(), *self.library.documents())

    def document(self, document_id: str) -> Document:
        """One of them, with its text. Raises DocumentError for any other."""
        try:
            return self.library.document(document_id)
        except DocumentError:
            return self.shared.index.document(document_id)

    def forget_everything(self) -> None:
        """Remove the conversation, what this browser added and said, and what it chose; it gets a new token.

        Raises:
            SourceError: what it said cannot be removed.
        """
        self.start_over()
        self.shared.uploads.forget(self.token)
        self.shared.feedback.forget(self.owner)
        self._built = None
        self.token = ""
        self.__post_init__()


def _tell(turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """What was said, for a question to refer to."""
    return tuple((turn.asked, turn.answer.text) for turn in turns if turn.answer)


def _answer(line: Line, find_chain: Callable[[], Any], question: Question, turn: Turn) -> None:
    """Put an answer's snapshots into the turn's news, and whatever went wrong as one line.

    The place in the line is held until the work has ended, even where nobody waits for it any more: so much of it, and
    no more, is done at once.
    """

    def goes_on(before: int) -> bool:
        turn.news.put(before)
        return not turn.done

    try:
        with line.place(goes_on) as has_place:
            turn.news.put(0)
            for answer in find_chain().stream(question) if has_place and not turn.done else ():
                if turn.done:  # stopped in the meantime
                    break
                turn.news.put(answer)
    except FootnoteError as error:
        turn.news.put(error)
    except Exception:  # a bug, or a failure nobody foresaw: the person gets a line, the log the rest
        logging.getLogger(__name__).exception("a question could not be answered")
        turn.news.put(FootnoteError("something went wrong that was not foreseen; ask again, or ask differently"))
    finally:
        turn.news.put(None)
