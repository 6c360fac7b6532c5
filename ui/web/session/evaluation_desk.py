"""Question sets run on the page: in the background, stopped, gone on with; whoever may use the page for it."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rag.errors import FootnoteError, UsageError
from rag.settings import Settings
from rag.types import Answer, Question
from ui.render.evaluation_panel import Progress
from ui.render.language import gettext, ngettext
from ui.render.run_facts import describe_settings
from ui.web.session.run_folder import MADE, RunFolder, measure_folder
from ui.web.session.turns import UNFORESEEN
from ui.web.session.waiting_line import WaitingLine

MOST_RUNNING = 2
"""Runs at once, of all owners together."""

OWN = "own"
"""The owner of what the person at the serving machine runs: all browsers there are theirs."""


class _Stopped(BaseException):
    """The person stopped the run. Not an Exception: the evaluation counts these as failures of the question."""


@dataclass(slots=True)
class Running:
    """A run that is under way, or has ended; ``said`` is then what is to be said of it."""

    name: str
    total: int = 0
    done: int = 0
    said: str = ""
    is_over: bool = False
    watchers: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def tell(self) -> Progress:
        """How far it is."""
        return Progress(self.name, self.done, self.total)


class EvaluationDesk:
    """Question sets and runs of all owners.

    Args:
        settings: where runs are kept.
        line: in which the questions of a run wait among those of people.
    """

    def __init__(self, settings: Settings, line: WaitingLine):
        self._settings = settings
        self._line = line
        self._running: dict[str, Running] = {}
        self._lock = threading.Lock()

    def running(self, owner: str) -> Running | None:
        """The run of an owner that is under way, or was the last."""
        return self._running.get(owner)

    def open(self, owner: str) -> RunFolder:
        """An owner's sets and runs."""
        return RunFolder(self._settings.runs / owner)

    def check_room(self, owner: str) -> None:
        """Raises UsageError where visitors' sets and runs take all the room that uploads may; this machine's are not bound."""
        if owner != OWN and measure_folder(self._settings.runs) > self._settings.max_storage_mb * 1_000_000:
            raise UsageError(gettext("there is no room for question sets and runs; tell whoever runs this page"))

    def start(
        self,
        owner: str,
        name: str,
        limit: int,
        system: Callable[[Question], Answer],
        texts: Mapping[str, str],
        settings: Settings,
        *,
        resume: str = "",
    ) -> Running:
        """Begin to run a set in the background.

        Args:
            owner: whose run it is.
            name: of the set; with ``resume`` that of the run which goes on.
            limit: how many of its questions are asked, a sample; 0 for all.
            system: answers a question.
            texts: of the documents that it sees, by id.
            settings: under which it answers.
            resume: a run that was stopped, to go on with.

        Raises:
            UsageError: there is no such set or run, or others are under way.
        """
        if resume:
            made = self.open(owner).read_made(resume)
            name, limit = str(made.get("set", "")), int(made.get("limit", 0))
        path = self.open(owner).find_sets().get(name)
        if path is None:
            raise UsageError(
                gettext("there is no question set “%(name)s” here any more; choose another one", name=name[:80])
            )
        self.check_room(owner)
        with self._lock:
            others = [each for who, each in self._running.items() if who != owner and not each.is_over]
            own = self._running.get(owner)
            if (own and not own.is_over) or len(others) >= MOST_RUNNING:
                raise UsageError(gettext("another run is under way; stop it, or wait until it has ended"))
            run = resume or f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
            running = self._running[owner] = Running(run)
        folder = self.open(owner).path / run
        work = (owner, running, folder, path, limit, system, texts, settings)
        threading.Thread(target=copy_context().run, args=(self._work, *work), daemon=True).start()
        return running

    def stop(self, owner: str) -> None:
        """End the owner's run after the question that is being answered; what was answered is kept."""
        if running := self._running.get(owner):
            running.stop.set()
            self._line.ask_all()

    def _work(
        self,
        owner: str,
        running: Running,
        folder: Path,
        path: Path,
        limit: int,
        system: Callable[[Question], Answer],
        texts: Mapping[str, str],
        settings: Settings,
    ) -> None:
        from rag.evaluation import evaluate, prepare_questions, read_question_set

        def ask(question: Question) -> Answer:
            with self._line.place(lambda before: not running.stop.is_set(), f"evaluation {owner}") as has_place:
                if not has_place:
                    raise _Stopped
                return system(question)

        def note(label: str, done: int, total: int) -> None:
            running.done, running.total = done, total
            if running.stop.is_set():
                raise _Stopped

        left_out: list[str] = []
        try:
            found = read_question_set(path)
            questions = prepare_questions(
                found, texts, limit=limit or None, on_unlocated=lambda lost: left_out.extend(lost.problems)
            )
            running.total = len(questions)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / MADE).write_text(json.dumps({"set": path.stem, "limit": limit}), encoding="utf-8")
            depends, about = describe_settings(settings, found), {"name": path.name}
            evaluate(
                ask, questions, texts, save=folder, settings=depends, about=about, on_progress=note, system="footnote"
            )
            running.said = _say_left_out(len(left_out)) if left_out else ""
            self.open(owner).prune()
        except _Stopped:
            running.said = gettext(
                "Stopped after %(done)s of %(total)s questions; it can go on from there.",
                done=running.done,
                total=running.total,
            )
        except FootnoteError as error:
            running.said = str(error)
        except Exception:
            logging.getLogger(__name__).exception("a question set could not be run")
            running.said = gettext(UNFORESEEN)
        finally:
            running.is_over = True

    def forget(self, owner: str) -> None:
        """Remove all that an owner brought and ran, where that is theirs alone."""
        self.stop(owner)
        if owner != OWN:
            self._running.pop(owner, None)
            shutil.rmtree(self.open(owner).path, ignore_errors=True)

    def close(self) -> None:
        """Stop what is under way."""
        for owner in list(self._running):
            self.stop(owner)


def _say_left_out(count: int) -> str:
    return ngettext(
        "%(num)s piece of evidence is not where it should be.",
        "%(num)s pieces of evidence are not where they should be.",
        count,
    )
