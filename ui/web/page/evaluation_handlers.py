"""What happens in the panel in which question sets are run; it does nothing where those who use the page may not run any."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.errors import FootnoteError, UsageError
from rag.types import Answer, Question
from ui.render.evaluation_panel import EvaluationPanel, render_evaluation
from ui.render.language import gettext, mark, ngettext
from ui.web.page.payloads import read_count, read_field
from ui.web.page.session_lookup import SessionLookup, Updates
from ui.web.session.run_folder import LONGEST_SET, MOST_QUESTIONS
from ui.web.session.session import Session

LOOK_SECONDS = 0.5
"""How often the panel is told how far a run is."""

WATCHED_SECONDS = 6 * 60 * 60
"""For how long at most; the run itself goes on, and is found when the panel is opened again."""

NOT_HERE = mark("question sets are run here by whoever serves this page alone; run them with: footnote evaluate")
RATED = "rated-answers"


class EvaluationHandlers(SessionLookup):
    """The functions that answer for question sets and their runs."""

    def open_evaluation(self, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> Iterator[Updates]:
        """The panel is opened; while a run is under way it tells how far that is."""
        session = self.find_or_open(session, kept, mine, request)
        yield from self._watch(session)

    def run_set(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """A set is to be run, or a run that was stopped goes on."""
        session = self.find_or_open(session, kept, mine, request)
        name, resume = read_field(event._data, "set"), read_field(event._data, "resume")
        limit = read_count(event._data, "limit", MOST_QUESTIONS) or 0
        try:
            self._check(session)
            chain, seen = (
                session.find_chain(),
                {each.id: session.document(each.id).text for each in session.documents()},
            )

            def system(question: Question) -> Answer:
                answer: Answer = chain.invoke(question)
                return answer

            settings = session.preferences.apply(session.shared.settings)
            session.shared.evaluation.start(session.runs_owner, name, limit, system, seen, settings, resume=resume)
        except FootnoteError as error:
            yield self._show(session, str(error))
            return
        yield from self._watch(session)

    def stop_run(self, session: Session | None, kept: Any, mine: Any, request: gr.Request) -> None:
        """The run is to end; whoever watches it is told."""
        session = self.find_or_open(session, kept, mine, request)
        session.shared.evaluation.stop(session.runs_owner)

    def act_on_run(
        self, session: Session | None, kept: Any, mine: Any, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """A report is read, two runs are compared, a run is removed, or a set is added."""
        session = self.find_or_open(session, kept, mine, request)
        data = event._data
        action, name = read_field(data, "action"), read_field(data, "name")
        try:
            self._check(session)
            folder = session.shared.evaluation.open(session.runs_owner)
            if action == "report":
                return self._show(session, report=folder.read_report(name))
            if action == "compare":
                after = read_field(data, "after")
                return self._show(session, table=folder.compare(name, after), compared=(name, after))
            if action == "remove":
                folder.remove_run(name)
                return self._show(session)
            if action in ("add", "rated"):
                session.shared.evaluation.check_room(session.runs_owner)
            if action == "add":
                added = folder.add_set(name, read_field(data, "text", LONGEST_SET) or "")
                return self._show(session, gettext("Added the set %(name)s.", name=added))
            if action == "rated":
                lines = session.shared.feedback.list_said(session.owner)
                added = folder.add_set(RATED, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
                said = ngettext(
                    "Added the set %(name)s: %(num)s question from what you said of answers.",
                    "Added the set %(name)s: %(num)s questions from what you said of answers.",
                    len(lines),
                    name=added,
                )
                return self._show(session, said)
        except FootnoteError as error:
            return self._show(session, str(error))
        return self._show(session)

    def may_measure(self, session: Session) -> bool:
        """Whether somebody may run question sets: whoever sits at the machine, and others where the operator lets them."""
        return session.is_own or session.shared.settings.evaluation

    def _check(self, session: Session) -> None:
        if not self.may_measure(session):
            raise UsageError(gettext(NOT_HERE))

    def _watch(self, session: Session) -> Iterator[Updates]:
        running = session.shared.evaluation.running(session.runs_owner)
        if running is None or running.is_over or not self.may_measure(session):
            yield self._show(session)
            return
        late, shown = time.monotonic() + WATCHED_SECONDS, -1
        running.watchers += 1
        mine = running.watchers  # who watches anew takes the place of who watched before, and its thread
        while not running.is_over and running.watchers == mine and time.monotonic() < late:
            if running.done != shown:
                shown = running.done
                yield self._show(session)
            time.sleep(LOOK_SECONDS)
        if running.watchers == mine:
            yield self._show(session, running.said)

    def _show(self, session: Session, said: str = "", **more: Any) -> Updates:
        desk = session.shared.evaluation
        if not self.may_measure(session):
            panel = EvaluationPanel((), (), is_open=False, said=gettext(NOT_HERE))
        else:
            folder, running = desk.open(session.runs_owner), desk.running(session.runs_owner)
            is_on = running is not None and not running.is_over
            runs = [row for row in folder.list_runs() if not (running and is_on and row.name == running.name)]
            rated = len(session.shared.feedback.list_said(session.owner))
            panel = EvaluationPanel(folder.list_sets(), runs, rated, running.tell() if running and is_on else None)
            panel = replace(panel, said=said, **more)
        return {self._parts.evaluation: render_evaluation(panel), self._parts.session: session}
