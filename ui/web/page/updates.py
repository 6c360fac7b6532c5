"""What the page shows of a session: its messages, its documents, its library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from ingest.report import SourceReport
from rag.english.numbers import format_count
from rag.errors import DocumentError, FootnoteError
from rag.index.document_records import DocumentRecord
from ui.render.lost_sources import has_lost_source
from ui.render.messages import render_actions, render_failure, render_question
from ui.render.panels import find_labels, render_library, render_notice, render_pending, render_report
from ui.render.source import render_document, render_empty_source
from ui.web.library.library import Reports
from ui.web.library.pending_replacements import PendingReplacement
from ui.web.library.provenance import read_provenance
from ui.web.page.layout import own_html
from ui.web.session.session import Session
from ui.web.session.suggester import read_written

SOURCE_GONE = "the source is no longer here, or has changed since; the quotes of the answer are as they were"

MOST_REPORTED = 20
"""Lines on what became of files: an archive may hold thousands."""

MOST_SUGGESTED = 3
"""How many questions the page suggests."""


def suggest(records: Sequence[DocumentRecord]) -> list[str]:
    """Questions to begin with: those written for the first document that has some, else ones that fit any."""
    for record in records:
        if written := read_written().get(record.id):
            return written[:MOST_SUGGESTED]
    if not records:
        return ["What can you do?"]
    first = f"Summarise “{records[0].title}”" if len(records) > 1 else "Summarise the document"
    return ["Which documents do you have?", first, "What can you do?"][:MOST_SUGGESTED]


def show_messages(session: Session) -> list[dict[str, Any]]:
    """The conversation, as the messages of the chat."""
    messages = []
    for turn in session.turns:
        html = turn.html + (
            render_actions(turn.id, turn.answer, turn.verdict, can_rate=turn.is_ours) if turn.done else ""
        )
        messages.append({"role": "user", "content": own_html(render_question(turn.asked))})
        messages.append({"role": "assistant", "content": own_html(html)})
    return messages


def show_library(session: Session) -> str:
    """The documents of the library panel, as HTML."""
    added, library = session.library.documents(), session.library
    known = read_provenance(library.folder) if library.is_shared else {}
    adders = {name: by.tell(session.owner) for name, by in known.items()}
    return render_library(session.shared.index.documents(), added, library.problem, adders)


def show_reports(reports: Reports, titles: Mapping[str, str]) -> str:
    """What became of each file, a line each, and of very many the first. ``titles`` has the documents' titles by their ids."""
    shown = [
        render_report(name, each, titles.get(each.document or ""))
        if isinstance(each, SourceReport)
        else render_pending(each.id, each.name, each.added_by)
        for name, each in sorted(reports, key=_find_rank)[:MOST_REPORTED]
    ]
    left = len(reports) - len(shown)
    return "".join(shown) + (render_notice(f"And {format_count(left, 'file')} more.") if left else "")


def _find_rank(report: tuple[str, SourceReport | PendingReplacement]) -> int:
    """What has to be answered comes before what was done, and what was left out last."""
    _, each = report
    return 0 if isinstance(each, PendingReplacement) else 2 if each.status == "skipped" else 1


def show_document_choices(session: Session) -> gr.Dropdown:
    """The documents that the source column can show."""
    labels = find_labels(session.documents())
    choices = [(labels[record.id], record.id) for record in session.documents()]
    return gr.Dropdown(choices=choices, value=session.shown[0] if session.shown else None, visible=bool(choices))


def show_document(session: Session, document_id: str) -> Any:
    """The source column with a document; nothing is sent again that stands there already."""
    try:
        document = session.document(document_id)
    except DocumentError:
        session.shown = None
        return render_failure(SOURCE_GONE) if document_id else render_empty_source()
    except FootnoteError as error:
        session.shown = None
        return render_failure(str(error))
    if session.shown == (document.id, document.digest):
        return gr.skip()
    session.shown = (document.id, document.digest)
    return render_document(document)


def find_wanted(session: Session) -> str:
    """The document to show beside the last answer: the one shown if it is cited or nothing is, else the first cited."""
    answer = session.turns[-1].answer if session.turns else None
    cited = [citation.span.document_id for citation in answer.citations] if answer else []
    if answer and has_lost_source(answer):
        cited = []
    known = [record.id for record in session.documents()]
    shown = session.shown[0] if session.shown else ""
    if shown in known and (shown in cited or not cited):
        return shown
    return next((name for name in [*cited, *known] if name in known), "")
