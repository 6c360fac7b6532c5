"""What the page shows of a session: its messages, its documents, its library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import gradio as gr

from ingest.report import SourceReport
from rag.errors import DocumentError, FootnoteError
from rag.index.document_records import DocumentRecord
from ui.render.language import gettext, mark, ngettext
from ui.render.lost_sources import has_lost_source
from ui.render.messages import render_actions, render_failure, render_question
from ui.render.panels import find_labels, render_library, render_narrowed, render_notice, render_pending, render_report
from ui.render.source import render_chooser, render_document, render_empty_source
from ui.web.library.library import Reports
from ui.web.library.pending_replacements import PendingReplacement
from ui.web.library.provenance import read_provenance
from ui.web.page.layout import own_html
from ui.web.session.session import Session
from ui.web.session.suggester import read_written

SOURCE_GONE = mark("the source is no longer here, or has changed since; the quotes of the answer are as they were")

MOST_REPORTED = 20
"""Lines on what became of files: an archive may hold thousands."""

MOST_SUGGESTED = 3
"""How many questions the page suggests."""


def suggest(records: Sequence[DocumentRecord], shown: str = "") -> list[str]:
    """Questions to begin with: those written for the document that is shown, or else ones that fit any."""
    if not records:
        return ["What can you do?"]
    record = next((each for each in records if each.id == shown), records[0])
    if written := read_written().get(record.id):
        return written[:MOST_SUGGESTED]
    first = f"Summarise “{record.title}”" if len(records) > 1 else "Summarise the document"
    return ["Which documents do you have?", first, "What can you do?"][:MOST_SUGGESTED]


def show_chat(session: Session) -> gr.Chatbot:
    """The conversation, and what to begin one with about the document that is shown."""
    shown = session.shown[0] if session.shown else ""
    examples = [{"text": text} for text in suggest(session.documents(), shown)]
    return gr.Chatbot(value=show_messages(session), examples=examples)


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
    return render_library(
        session.shared.index.documents(), added, gettext(library.problem) if library.problem else "", adders
    )


def show_narrowed(session: Session) -> str:
    """Which documents alone are asked, as HTML; empty where all are."""
    labels = find_labels(session.documents())
    return render_narrowed({name: labels[name] for name in session.find_asked()}, len(labels))


def show_reports(reports: Reports, titles: Mapping[str, str]) -> str:
    """What became of each file, a line each, and of very many the first. ``titles`` has the documents' titles by their ids."""
    ranked = sorted(reports, key=partial(_find_rank, is_long=len(reports) > MOST_REPORTED))
    shown = [
        render_report(name, each, titles.get(each.document or ""))
        if isinstance(each, SourceReport)
        else render_pending(each.id, each.name, each.added_by)
        for name, each in ranked[:MOST_REPORTED]
    ]
    left = len(reports) - len(shown)
    return "".join(shown) + (
        render_notice(ngettext("And %(num)s file more.", "And %(num)s files more.", left)) if left else ""
    )


def _find_rank(report: tuple[str, SourceReport | PendingReplacement], *, is_long: bool) -> int:
    """What has to be answered comes first, then what failed; of what was left out, a long list tells last."""
    _, each = report
    if isinstance(each, PendingReplacement):
        return 0
    return {"failed": 1, "skipped": 4 if is_long else 2}.get(each.status, 3)


def show_document_choices(session: Session) -> str:
    """The documents that the source column can show, as HTML; the page's script tells which of them it does."""
    labels = find_labels(session.documents())
    return render_chooser([(record.id, labels[record.id]) for record in session.documents()])


def show_document(session: Session, document_id: str) -> Any:
    """The source column with a document; nothing is sent again that stands there already."""
    try:
        document = session.document(document_id)
    except DocumentError:
        session.shown = None
        return render_failure(gettext(SOURCE_GONE)) if document_id else render_empty_source()
    except FootnoteError as error:
        session.shown = None
        return render_failure(str(error))
    if session.shown == (document.id, document.digest):
        return gr.skip()
    session.shown = (document.id, document.digest)
    return render_document(document, has_pages=any(index.has_original(document) for index in session.indexes()))


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
