"""Answers, documents and messages as HTML for the page. Pure: from values to strings, and every word is escaped.

What the page's script needs stands in data attributes: an answer carries its citations as small JSON, a block of the
source carries the offset at which it begins. Offsets count code points, as everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from html import escape

from ingest.report import SourceReport
from rag.summary import NOTICES
from rag.types import Answer, Citation, Document, ScoredPassage, Sentence
from ui.prose import hold_pieces, put_pieces, render_markdown, tidy
from ui.stress import explain_unproven, find_short_place, find_unproven
from ui.transcript import render_plain

SHOWN_PASSAGES = 3
"""How many of the closest passages an abstention lists."""

SHOWN_CHARACTERS = 320
"""How much of a passage or quote is shown where it only points at the source."""

SHOWN_QUESTION = 1_000
"""How much of a question is shown above its answer."""


def render_question(text: str) -> str:
    """What the person asked, as they typed it; of a very long text only the beginning."""
    shown = text.strip()
    if len(shown) > SHOWN_QUESTION:
        shown = f"{shown[:SHOWN_QUESTION]} …"
    return f'<div class="asked" dir="auto">{_escape(shown)}</div>'


def render_answer(answer: Answer, answer_id: str) -> str:
    """An answer with its footnotes as links, and with the places in the source that they point at.

    Args:
        answer: may still be growing.
        answer_id: names it on the page; every link and mark of the answer refers to it.
    """
    if answer.error:
        return render_failure(answer.error)
    if not answer.text:
        stages = [note for note in answer.notes if note.endswith("…")]
        return render_stage(stages[-1] if stages else "Reading …")
    parts = [_render_text(answer, answer_id)]
    if answer.abstained and answer.passages:
        parts.append(_render_passages(answer.passages[:SHOWN_PASSAGES], answer_id))
    if answer.route in NOTICES and answer.model == "embedded" and not answer.abstained:
        parts.append(f'<p class="notice">{_escape(NOTICES[answer.route])}</p>')
    parts += [f'<p class="notice">{_escape(note)}</p>' for note in answer.notes]
    if answer.fallback:
        parts.append(f'<p class="notice">{_escape(answer.fallback)}</p>')
    if answer.seconds.total > 0:  # it is whole
        parts.append(_render_copy(answer))
    kind = "answer abstained" if answer.abstained else "answer"
    marks = escape(json.dumps(find_marks(answer), separators=(",", ":")))
    return f'<div class="{kind}" data-answer="{escape(answer_id)}" data-marks="{marks}">{"".join(parts)}</div>'


def render_stage(stage: str) -> str:
    """What is going on while there is no answer yet."""
    return f'<p class="stage" role="status">{_escape(stage)}</p>'


def render_failure(message: str) -> str:
    """Why there is no answer, in one line."""
    return f'<p class="failure" role="alert">{_escape(_as_sentence(message))}</p>'


def render_stopped(answer_html: str = "") -> str:
    """What stood there when the person pressed stop, and a word that it is not the whole answer."""
    return f'{answer_html}<p class="notice">Stopped.</p>'


def find_marks(answer: Answer) -> dict[str, list[list[int | str]]]:
    """The places that an answer points at, as JSON values: ``[number, document, start, end]`` each.

    ``short`` holds the few words that answer, numbered 0; ``passages`` the closest passages of an abstention.
    """
    short = answer.short_answer
    closest = answer.passages[:SHOWN_PASSAGES] if answer.abstained else ()
    return {
        "citations": [
            [citation.number, citation.span.document_id, citation.span.start, citation.span.end]
            for citation in answer.citations
        ],
        "short": [[0, short.span.document_id, short.span.start, short.span.end]] if short else [],
        "passages": [
            [number, found.passage.span.document_id, found.passage.span.start, found.passage.span.end]
            for number, found in enumerate(closest, start=1)
        ],
    }


def render_document(document: Document) -> str:
    """A document for the reading column: headings and paragraphs, each with the offset at which it begins."""
    blocks = [
        f'<{tag} dir="auto" data-start="{start}">{_escape(document.text[start:end])}</{tag}>'
        for start, end, tag in find_blocks(document)
    ]
    return f'<article class="document" data-document="{escape(document.id)}">{"".join(blocks)}</article>'


def find_blocks(document: Document) -> list[tuple[int, int, str]]:
    """The headings and paragraphs of a document, as offsets and the HTML element for each.

    Paragraphs are parted by empty lines; line breaks within one are kept. Together they hold every character of the
    text that is not white space, so that any span can be marked.
    """
    headings = {heading.start: heading for heading in document.outline}
    blocks: list[tuple[int, int, str]] = []
    for paragraph in re.finditer(r"\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*", document.text):
        start, end = paragraph.span()
        for line in re.finditer(r"[^\n]+", document.text[start:end]):
            at = paragraph.start() + line.start()
            if heading := headings.get(at):
                if start < at:
                    blocks.append((start, at - 1, "p"))
                start = paragraph.start() + line.end()
                blocks.append((at, start, f"h{min(heading.level + 1, 6)}"))
                start += 1
        if start < end:
            blocks.append((start, end, "p"))
    return blocks


def render_empty_source() -> str:
    """What the reading column says while there is nothing to read."""
    return '<p class="hint">Nothing to read yet. Add a document, and its text appears here.</p>'


def render_progress(label: str, done: int, total: int) -> str:
    """How far the work on an upload has come."""
    counted = f"{done:,} of {total:,}" if total > 1 else ""
    return (
        f'<p class="report working" role="status">{_escape(label)} … <span class="count">{counted}</span>'
        f'<progress max="{max(total, 1)}" value="{done}" aria-label="{_escape(label)}"></progress></p>'
    )


def render_reports(reports: Sequence[tuple[str, SourceReport]], title_of: Callable[[str], str | None]) -> str:
    """What became of each uploaded file, a line each.

    Args:
        reports: the file's own name, and the report on it.
        title_of: a document's title by its id, where it has one.
    """
    return "".join(
        f'<p class="report {report.status}" role="status">{_report(name, report, title_of)}</p>'
        for name, report in reports
    )


def _report(name: str, report: SourceReport, title_of: Callable[[str], str | None]) -> str:
    file = f"<b>{_escape(name)}</b>"
    size = f"{report.characters:,} characters in {report.passages:,} {_plural('passage', report.passages)}"
    if report.pages:
        size = f"{report.pages:,} {_plural('page', report.pages)}, {size}"
    title = f"“{_escape(title_of(report.document or '') or name)}”"
    note = f" {_escape(_as_sentence(report.reason))}" if report.reason else ""
    match report.status:
        case "added":
            return f"Added {file} as {title}: {size}.{note}"
        case "replaced":
            return f"Replaced {title} with the new {file}: {size}.{note}"
        case "unchanged":
            return f"{file} is here already, unchanged."
        case _:
            return f"{file} was not added: {_escape(_as_sentence(report.reason or 'it cannot be read'))}"


def render_status(chat_model: str) -> str:
    """One line that says who answers: ``chat_model`` names it; empty means the embedded answerer."""
    if not chat_model:
        return '<p class="status"><span class="dot" aria-hidden="true"></span>Offline: quotes the document</p>'
    return f'<p class="status online"><span class="dot" aria-hidden="true"></span>{_escape(chat_model)} writes</p>'


def _render_text(answer: Answer, answer_id: str) -> str:
    pieces = [(*marker, _footnote(citation, answer_id)) for citation in answer.citations for marker in citation.markers]
    pieces += _unknown_pieces(answer)
    pieces += [(sentence.end, sentence.end, _unproven(answer, sentence)) for sentence in find_unproven(answer)]
    if place := find_short_place(answer):
        start, end = place
        pieces.append((start, end, f'<strong class="short">{_escape(answer.text[start:end])}</strong>'))
    words, held = hold_pieces(answer.text, pieces)
    if answer.model != "embedded" and answer.route not in ("small_talk", "library") and not answer.abstained:
        body = render_markdown(words, held)
    else:
        paragraphs = [part for part in re.split(r"\n\s*\n", words) if part.strip()]
        body = "".join(f'<p dir="auto">{put_pieces(part.strip(), held, newline="<br>")}</p>' for part in paragraphs)
    return f'<div class="words">{body}</div>'


def _footnote(citation: Citation, answer_id: str) -> str:
    # The script shows quote and place beside the link, and describes it by them: the label need not say them too.
    doubt = {"close": " (nearly in these words)", "unverified": " (not in these words)"}.get(citation.status, "")
    return (
        f'<a class="footnote {citation.status}" href="#source" data-citation="{citation.number}" '
        f'data-answer="{escape(answer_id)}" data-quote="{_escape(_shorten(citation.quote))}" '
        f'data-place="{_escape(_place(citation))}" aria-label="Footnote {citation.number}{doubt}">'
        f"{citation.number}</a>"
    )


def _place(citation: Citation) -> str:
    """Where a quote stands: "title > heading, page 3"."""
    passage = citation.passage
    names = [name for name in dict.fromkeys((passage.title, passage.heading)) if name]
    return " > ".join(names) + (f", page {citation.page}" if citation.page else "")


def _unproven(answer: Answer, sentence: Sentence) -> str:
    why = _escape(explain_unproven(answer, sentence))
    # Reached by keyboard too, since the page's script shows the reason beside it.
    return f' <span class="unproven" tabindex="0" role="note" data-reason="{why}">not proven</span>'


def _unknown_pieces(answer: Answer) -> list[tuple[int, int, str]]:
    """Markers in the text that nothing stands behind, struck through."""
    pieces = []
    for marker in dict.fromkeys(answer.unknown_markers):
        shown = marker if marker.startswith("[") else f"[{marker}]"
        html = f'<s class="unknown" title="Nothing in the documents stands behind this mark">{_escape(shown)}</s>'
        pieces += [(found.start(), found.end(), html) for found in re.finditer(re.escape(shown), answer.text)]
    return pieces


def _render_copy(answer: Answer) -> str:
    words = _escape(render_plain(answer))
    label = "Copy the answer with its footnotes"
    return (
        f'<div class="actions"><button type="button" data-copy="{words}" title="{label}" aria-label="{label}">'
        "Copy</button></div>"
    )


def _render_passages(passages: Sequence[ScoredPassage], answer_id: str) -> str:
    items = []
    for number, found in enumerate(passages, start=1):
        place = found.passage.heading or found.passage.title
        words = found.passage.text.removeprefix(place)  # a heading that opens its passage need not be said twice
        items.append(
            f'<li><a class="closest" href="#source" data-passage="{number}" data-answer="{escape(answer_id)}">'
            f'<span class="place">{_escape(place)}</span>'
            f'<q dir="auto">{_escape(_shorten(words))}</q></a></li>'
        )
    return f'<p class="lead">The closest passages are these:</p><ol class="passages">{"".join(items)}</ol>'


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS].rsplit(' ', 1)[0]} …"


def _as_sentence(message: str) -> str:
    line = " ".join(message.split())
    return line[:1].upper() + line[1:] + ("" if line.endswith((".", "!", "?", "…")) else ".")


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _escape(text: str) -> str:
    return escape(tidy(text))
