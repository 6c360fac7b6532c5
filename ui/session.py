"""What one browser owns: its conversation and the documents it added; and what all of them share."""

from __future__ import annotations

import logging
import queue
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ingest.pipeline import ingest_paths
from ingest.report import SourceReport
from rag.chain import build_chain
from rag.errors import DocumentError, FootnoteError
from rag.index import DocumentRecord, PassageIndex
from rag.settings import Settings
from rag.types import Answer, Document, Question
from ui.history import pack_turns, unpack_turns
from ui.line import Line
from ui.render import render_answer, render_failure, render_stage, render_stopped
from ui.transcript import render_json, render_markdown

REMEMBERED_TURNS = 20
"""How many turns of a conversation go with the next question."""

SEARCHING = "Searching …"

SAVED = {"markdown": ("md", "text/markdown", render_markdown), "json": ("json", "application/json", render_json)}
"""The forms in which a conversation is saved: a file name's ending, a media type, and what makes the text."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What every session uses: settings, the index that is served, its chain, a place for uploads, the line to ask in."""

    settings: Settings
    index: PassageIndex
    chain: Any
    folder: Path
    line: Line


@dataclass(slots=True)
class Turn:
    """One question and what the page shows as its answer.

    ``news`` brings how many wait before it, snapshots of the answer, or what went wrong; None ends it.
    """

    id: str
    asked: str
    html: str
    answer: Answer | None = None
    done: bool = False
    news: queue.SimpleQueue[int | Answer | FootnoteError | None] = field(default_factory=queue.SimpleQueue)


@dataclass(slots=True)
class Session:
    """One browser's conversation. Its token names its private folder, and is known to nobody else.

    ``shown`` is the document that stands in the source column: its id and digest.
    """

    shared: Shared
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    turns: list[Turn] = field(default_factory=list)
    shown: tuple[str, str] | None = None
    _own: PassageIndex | None = None
    _chain: Any = None
    _writing: threading.Lock = field(default_factory=threading.Lock)

    @property
    def folder(self) -> Path:
        """Where the documents that this browser added live, until the session ends."""
        return self.shared.folder / self.token

    def ask(self, text: str) -> Iterator[Turn]:
        """Answer a question step by step; the turn is yielded each time that there is more to show.

        The chain works in a thread of its own, so that stopping never waits for a slow model.
        """
        turn = Turn(secrets.token_hex(6), text, render_stage(SEARCHING))
        history = tuple((past.asked, past.answer.text) for past in self.turns if past.answer)[-REMEMBERED_TURNS:]
        self.turns.append(turn)
        question = Question(text, history=history)
        work = (self.shared.line, self._chain or self.shared.chain, question, turn)
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
            self.shared.line.ask_all()  # whoever stands behind this one moves up at once

    def stop(self) -> None:
        """End the answer that is being made; what stands there already stays."""
        for turn in self.turns[-1:]:
            if not turn.done:
                turn.done = True
                turn.html = render_stopped(turn.html if turn.answer else "")
                turn.news.put(None)

    def start_over(self) -> None:
        """Forget the conversation; the added documents stay."""
        self.stop()
        self.turns.clear()

    def keep(self) -> list[dict[str, Any]]:
        """The conversation as JSON values, for the browser to keep."""
        told = [(turn.asked, turn.answer) for turn in self.turns if turn.answer]
        return pack_turns(told, self._digests())

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

    def restore(self, kept: Any) -> None:
        """Take up a conversation that the browser kept, as far as it can be read."""
        for asked, answer in unpack_turns(kept, self._digests()):
            name = secrets.token_hex(6)
            html = render_answer(answer, name)
            is_whole = answer.seconds.total > 0
            self.turns.append(Turn(name, asked, html if is_whole else render_stopped(html), answer, done=True))

    def _digests(self) -> dict[str, str]:
        return {record.id: record.digest for record in self.documents()}

    def add_files(
        self, paths: Sequence[Path], on_progress: Callable[[str, int, int], None] | None = None
    ) -> list[tuple[str, SourceReport]]:
        """Bring uploaded files into this session's own index. The files are deleted, whatever becomes of them.

        Returns:
            The name of each file as the person knows it, and the report on it.

        Raises:
            FootnoteError: nothing could be added.
        """
        files = self.folder / "files"
        files.mkdir(parents=True, exist_ok=True)
        # Under its own name in one folder, so that a file that is added again replaces its old version.
        moved = [Path(shutil.move(path, files / path.name)) for path in paths]
        directory = self.folder / "index"
        try:
            with self._writing:
                reports = ingest_paths(
                    moved,
                    directory=directory,
                    embeddings=self.shared.index.embeddings,
                    settings=self.shared.settings,
                    on_progress=on_progress,
                    reserved=[record.id for record in self.shared.index.documents()],
                )
                if self._own is None:
                    own = PassageIndex(directory, self.shared.index.embeddings)
                    self._chain = build_chain([self.shared.index, own], settings=self.shared.settings)
                    self._own = own
        finally:
            for path in moved:
                path.unlink(missing_ok=True)
        return [(Path(report.source).name, report) for report in reports]

    def documents(self) -> tuple[DocumentRecord, ...]:
        """The documents that this session can see: the shared ones, then its own."""
        own = self._own.documents() if self._own else ()
        return (*self.shared.index.documents(), *own)

    def document(self, document_id: str) -> Document:
        """One of them, with its text. Raises DocumentError for any other."""
        if self._own:
            try:
                return self._own.document(document_id)
            except DocumentError:
                pass
        return self.shared.index.document(document_id)

    def close(self) -> None:
        """Forget everything: the conversation, and the added documents with their files."""
        self.turns.clear()
        self._own = self._chain = None
        shutil.rmtree(self.folder, ignore_errors=True)


def _answer(line: Line, chain: Any, question: Question, turn: Turn) -> None:
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
            for answer in chain.stream(question) if has_place and not turn.done else ():
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
