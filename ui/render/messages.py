"""Questions, answers and messages as HTML for the page. Pure: from values to strings, and every word is escaped.

What the page's script needs stands in data attributes: an answer carries its citations as small JSON, a block of the
source carries the offset at which it begins. Offsets count code points, as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from rag.answer.abstention import UNSURE
from rag.retrieve.whole_documents import NOTICES
from rag.types import Answer, Citation, ScoredPassage, Sentence
from ui.render.emphasis import explain_unproven, find_short, find_short_place, find_unproven
from ui.render.inline_html import find_markers, hold_pieces, render_markdown, render_paragraphs, tidy
from ui.render.redaction import hide_places
from ui.render.transcript import render_plain
from ui.web.history import has_lost_source, is_gone

SHOWN_PASSAGES = 3
"""How many of the closest passages an abstention lists."""

SHOWN_CHARACTERS = 320
"""How much of a passage or quote is shown where it only points at the source."""

_KEPT = "kept on this server with the answer, to test Footnote by"
VERDICT_LABELS = {
    "good": ("Good answer", f"The answer is right: {_KEPT}"),
    "answer-wrong": ("Answer wrong", f"The answer is wrong: {_KEPT}"),
    "evidence-wrong": ("Evidence wrong", f"The footnotes do not show it: {_KEPT}"),
}

LOST = "Source removed, or changed since: the quotes are as they were."

SHOWN_QUESTION = 1_000
"""How much of a question is shown above its answer."""


def render_question(text: str) -> str:
    """What the person asked, as they typed it; of a very long text only the beginning."""
    shown = text.strip()
    if len(shown) > SHOWN_QUESTION:
        shown = f"{shown[:SHOWN_QUESTION]} …"
    return f'<div class="asked" dir="auto">{escape_text(shown)}</div>'


def render_answer(answer: Answer, answer_id: str, *, is_ours: bool = True) -> str:
    """An answer with its footnotes as links, and with the places in the source that they point at.

    Args:
        answer: may still be growing.
        answer_id: names it on the page; every link and mark of the answer refers to it.
        is_ours: whether this server gave it. What anybody may have written is no Markdown: reading that is slow where
            somebody means it to be.
    """
    if answer.error:
        return render_failure(answer.error)
    if not answer.text:
        stages = [note for note in answer.notes if note.endswith("…")]
        return render_stage(stages[-1] if stages else "Reading …")
    parts = [f'<p class="lead doubt">{escape_text(UNSURE)}</p>'] if answer.unsure else []
    parts.append(_render_text(answer, answer_id, is_ours))
    if answer.abstained and answer.passages:
        parts.append(_render_passages(answer.passages[:SHOWN_PASSAGES], answer_id))
    if answer.route in NOTICES and answer.model == "embedded" and not answer.abstained:
        parts.append(f'<p class="notice">{escape_text(NOTICES[answer.route])}</p>')
    parts += [f'<p class="notice">{escape_text(note)}</p>' for note in answer.notes]
    if answer.fallback:
        parts.append(f'<p class="notice">{escape_text(answer.fallback)}</p>')
    if has_lost_source(answer):
        parts.append(f'<p class="notice">{escape_text(LOST)}</p>')
    if answer.seconds.total > 0 and answer.passages:  # it is whole
        parts.append(_render_searched(answer, answer_id))
    kind = "answer abstained" if answer.abstained else "answer"
    marks = escape(json.dumps(find_marks(answer), separators=(",", ":")))
    return f'<div class="{kind}" data-answer="{escape(answer_id)}" data-marks="{marks}">{"".join(parts)}</div>'


def render_actions(turn_id: str, answer: Answer | None, verdict: str | None = None, *, can_rate: bool = True) -> str:
    """What can be done with a question and its answer, as buttons. The last two of the first group fit the last turn only.

    Args:
        turn_id: names it on the page.
        answer: None where there is none.
        verdict: what the person said of it.
        can_rate: whether this server gave the answer, so that something can be said of it.
    """
    turn = f'data-turn="{escape(turn_id)}"'
    buttons = [
        f'<button type="button" data-act="edit" {turn} title="Ask this otherwise">Edit</button>',
        f'<button type="button" class="last" data-act="retry" {turn}>Ask again</button>',
        f'<button type="button" class="last" data-act="undo" {turn} title="Take this question back">Undo</button>',
    ]
    if answer is None or answer.error:
        return _group(buttons)
    label = "Copy the answer with its footnotes"
    copied = f'data-copy="{escape_text(render_plain(answer))}" title="{label}" aria-label="{label}"'
    buttons.insert(0, f'<button type="button" {copied}>Copy</button>')
    if answer.route in ("small_talk", "library") or not can_rate:
        return _group(buttons)
    buttons.append('<span class="verdicts" role="group" aria-label="What do you say of this answer?">')
    for name, (label, title) in VERDICT_LABELS.items():
        pressed = "true" if verdict == name else "false"
        buttons.append(
            f'<button type="button" data-act="{name}" {turn} aria-pressed="{pressed}" title="{title}">{label}</button>'
        )
    return _group([*buttons, "</span>"])


def _group(buttons: Sequence[str]) -> str:
    return f'<div class="actions">{"".join(buttons)}</div>'


def render_stage(stage: str) -> str:
    """What is going on while there is no answer yet."""
    return f'<p class="stage" role="status">{escape_text(stage)}</p>'


def render_failure(message: str) -> str:
    """Why there is no answer, in one line, without places on this machine."""
    return f'<p class="failure" role="alert">{escape_text(as_sentence(hide_places(message)))}</p>'


def render_stopped(answer_html: str = "") -> str:
    """What stood there when the person pressed stop, and a word that it is not the whole answer."""
    return f'{answer_html}<p class="notice">Stopped.</p>'


def find_marks(answer: Answer) -> dict[str, list[list[int | str]]]:
    """The places that an answer points at, as JSON values: ``[number, document, start, end]`` each.

    ``short`` holds the few words that answer, numbered 0; ``passages`` what was found for the question, best first.
    """
    short = find_short(answer)
    return {
        "citations": [
            [citation.number, citation.span.document_id, citation.span.start, citation.span.end]
            for citation in answer.citations
        ],
        "short": [[0, short.span.document_id, short.span.start, short.span.end]] if short else [],
        "passages": [
            [number, found.passage.span.document_id, found.passage.span.start, found.passage.span.end]
            for number, found in enumerate(answer.passages, start=1)
        ],
    }


def _render_text(answer: Answer, answer_id: str, is_ours: bool) -> str:
    pieces = [(*marker, _footnote(citation, answer_id)) for citation in answer.citations for marker in citation.markers]
    pieces += _unknown_pieces(answer)
    pieces += [(sentence.end, sentence.end, _unproven(answer, sentence)) for sentence in find_unproven(answer)]
    if place := find_short_place(answer):
        start, end = place
        pieces.append((start, end, f'<strong class="short">{escape_text(answer.text[start:end])}</strong>'))
    words, held = hold_pieces(answer.text, pieces)
    is_prose = answer.model != "embedded" and answer.route not in ("small_talk", "library") and not answer.abstained
    render = render_markdown if is_prose and is_ours else render_paragraphs
    body = render(words, held)
    return f'<div class="words">{body}</div>'


def _footnote(citation: Citation, answer_id: str) -> str:
    # The script shows quote and place beside the link, and describes it by them: the label need not say them too.
    doubt = {"close": " (nearly in these words)", "unverified": " (not in these words)"}.get(citation.status, "")
    status = escape(f"{citation.status} gone" if is_gone(citation.span) else citation.status)
    return (
        f'<a class="footnote {status}" href="#source" data-citation="{citation.number}" '
        f'data-answer="{escape(answer_id)}" data-quote="{escape_text(_shorten(citation.quote))}" '
        f'data-place="{escape_text(_place(citation))}" aria-label="Footnote {citation.number}{doubt}">'
        f"{citation.number}</a>"
    )


def _place(citation: Citation) -> str:
    """Where a quote stands: "title > heading, page 3"."""
    passage = citation.passage
    names = [name for name in dict.fromkeys((passage.title, passage.heading)) if name]
    return " > ".join(names) + (f", page {citation.page}" if citation.page else "")


def _unproven(answer: Answer, sentence: Sentence) -> str:
    why = escape_text(explain_unproven(answer, sentence))
    # Reached by keyboard too, since the page's script shows the reason beside it.
    return f' <span class="unproven" tabindex="0" role="note" data-reason="{why}">not proven</span>'


def _unknown_pieces(answer: Answer) -> list[tuple[int, int, str]]:
    """Markers in the text that nothing stands behind, struck through."""
    opening = '<s class="unknown" title="Nothing in the documents stands behind this mark">'
    shown = (marker if marker.startswith("[") else f"[{marker}]" for marker in answer.unknown_markers)
    found = find_markers(answer.text, shown)
    return [(*each.span(), f"{opening}{escape_text(each.group())}</s>") for each in found]


def _render_passages(passages: Sequence[ScoredPassage], answer_id: str) -> str:
    items = []
    for number, found in enumerate(passages, start=1):
        place = found.passage.heading or found.passage.title
        words = found.passage.text.removeprefix(place)  # a heading that opens its passage need not be said twice
        items.append(
            f'<li><a class="closest" href="#source" data-passage="{number}" data-answer="{escape(answer_id)}">'
            f'<span class="place">{escape_text(place)}</span>'
            f'<q dir="auto">{escape_text(_shorten(words))}</q></a></li>'
        )
    return f'<p class="lead">The closest passages are these:</p><ol class="passages">{"".join(items)}</ol>'


def _render_searched(answer: Answer, answer_id: str) -> str:
    """What was asked of the library, and what came of it, folded away."""
    best = max(found.score for found in answer.passages) or 1.0
    rows = []
    for number, found in enumerate(answer.passages, start=1):
        place = found.passage.heading or found.passage.title or found.passage.span.document_id
        words = found.passage.text.removeprefix(place)  # a heading that opens its passage need not be said twice
        rows.append(
            f'<li><a class="searched-passage" href="#source" data-passage="{number}" data-answer="{escape(answer_id)}">'
            f'<span class="score"><meter min="0" max="1" value="{max(0.0, found.score / best):.2f}" '
            f'aria-hidden="true"></meter> {found.score:.2f}</span>'
            f'<span class="place">{escape_text(place)}</span>'
            f'<span class="begins" dir="auto">{escape_text(_shorten(words))}</span></a></li>'
        )
    facts = [f"Searched for: “{answer.standalone_question or answer.question}”"]
    if answer.confidence is not None:
        facts.append(f"{answer.confidence:.0%} sure")
    facts.append(f"{answer.seconds.total:.1f} s")
    return (
        '<details class="searched"><summary>What was searched</summary>'
        f"<p>{escape_text(' · '.join(facts))}</p><ol>{''.join(rows)}</ol></details>"
    )


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS].rsplit(' ', 1)[0]} …"


def as_sentence(message: str) -> str:
    """A message as a sentence on one line."""
    line = " ".join(message.split())
    return line[:1].upper() + line[1:] + ("" if line.endswith((".", "!", "?", "…")) else ".")


def escape_text(text: str) -> str:
    """Text as HTML shows it, whatever it holds."""
    return escape(tidy(text))
