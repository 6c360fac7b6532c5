"""Questions, answers and messages as HTML for the page. Pure: from values to strings.

What the page's script needs stands in data attributes: an answer carries its citations as small JSON, a block of the
source carries the offset at which it begins. Offsets count code points, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from rag.answer.abstention import UNSURE, find_near
from rag.cite.naming import name_documents, name_place
from rag.retrieve.whole_documents import NOTICES
from rag.types import Answer, Citation, ScoredPassage, Sentence
from ui.render.emphasis import UNEXPLAINED, find_short, find_short_place, find_unproven
from ui.render.html import put_pieces, render, render_markdown, render_paragraphs, render_part
from ui.render.language import format_number, gettext, mark, ngettext
from ui.render.lost_sources import has_lost_source, is_gone
from ui.render.markers import Piece, find_markers, hold_pieces
from ui.render.redaction import hide_places
from ui.render.transcript import render_plain

SHOWN_PLACES = 3
"""How many places are named below what an answer quotes."""

SHOWN_CHARACTERS = 320
"""How much of a passage or quote is shown where it only points at the source."""

VERDICT_LABELS = {
    "good": (
        mark("Good answer"),
        mark("The answer is right: kept on this server with the answer, to test Footnote by"),
    ),
    "answer-wrong": (
        mark("Answer wrong"),
        mark("The answer is wrong: kept on this server with the answer, to test Footnote by"),
    ),
    "evidence-wrong": (
        mark("Evidence wrong"),
        mark("The footnotes do not show it: kept on this server with the answer, to test Footnote by"),
    ),
}

SHOWN_QUESTION = 1_000
"""How much of a question is shown above its answer."""

DOUBTS = {"close": mark("(nearly in these words)"), "unverified": mark("(not in these words)")}
"""What the label of a footnote adds where its quote is not verbatim."""

UNRATED = ("small_talk", "library")
"""Routes whose answers come from no document: nothing can be said of their evidence."""

_ITEM = re.compile(r"\s*(?:(?:[-*+•>]|\d{1,3}[.)])\s+)*")
_PLAIN = re.compile(r"[^*_`~#|<>&\\\n]*")

_render, _part = partial(render, "messages.html"), partial(render_part, "messages.html")


def render_question(text: str) -> str:
    """What the person asked, as they typed it; of a very long text only the beginning."""
    shown = text.strip()
    if len(shown) > SHOWN_QUESTION:
        shown = f"{shown[:SHOWN_QUESTION]} …"
    return _render("question", words=shown)


def render_answer(
    answer: Answer, answer_id: str, *, is_ours: bool = True, is_all: bool = False, is_narrowed: bool = False
) -> str:
    """An answer with its footnotes as links, and with the places in the source that they point at.

    Args:
        answer: may still be growing.
        answer_id: names it on the page; every link and mark of the answer refers to it.
        is_ours: whether this server gave it. What anybody may have written is no Markdown: reading that is slow where
            somebody means it to be.
        is_all: whether all of a long list was asked for, so that what is still left out cannot be had here.
        is_narrowed: whether only some of the documents were asked; where they do not answer, others may.
    """
    if answer.error:
        return render_failure(answer.error)
    if not answer.text:
        stages = [note for note in answer.notes if note.endswith("…")]
        return render_stage(stages[-1] if stages else gettext("Reading …"))
    is_markdown = answer.model != "embedded" and answer.route not in UNRATED and not answer.abstained and is_ours
    words, held = hold_pieces(answer.text, _find_pieces(answer, answer_id))
    is_whole = answer.seconds.total > 0
    few = "" if is_markdown else _find_few(answer)
    return _render(
        "answer",
        id=answer_id,
        is_abstained=answer.abstained,
        is_narrowed=is_narrowed and answer.abstained,
        doubt=UNSURE if answer.unsure else "",
        few=few,
        places=_list_places(answer) if few else [],
        words=render_markdown(words, held) if is_markdown else render_paragraphs(words, held),
        closest=_list_passages(answer.passages)[near] if (near := find_near(answer)) is not None else None,
        more=_tell_more(answer.left_out) if answer.left_out else "",
        is_all=is_all,
        notices=_list_notices(answer),
        unproven=answer.unproven,
        searched=_list_searched(answer) if is_whole and answer.passages else None,
        marks=find_marks(answer),
    )


def render_actions(turn_id: str, answer: Answer | None, verdict: str | None = None, *, can_rate: bool = True) -> str:
    """What can be done with a question and its answer, as buttons.

    Args:
        turn_id: names it on the page.
        answer: None where there is none.
        verdict: what the person said of it.
        can_rate: whether this server gave the answer, so that something can be said of it.
    """
    has_answer = answer is not None and not answer.error
    is_rated = has_answer and can_rate and answer is not None and answer.route not in UNRATED
    return _render(
        "actions",
        turn_id=turn_id,
        copied=render_plain(answer) if answer is not None and has_answer else None,
        verdicts=VERDICT_LABELS if is_rated else {},
        verdict=verdict,
    )


def render_earlier(asked: str, answer_html: str, answer: Answer | None) -> str:
    """A question that is older than what the server holds, with its answer, which can be copied and not be changed.

    Args:
        asked: the question as it was typed.
        answer_html: as ``render_answer`` made it.
        answer: None where there is none.
    """
    copied = render_plain(answer) if answer is not None and not answer.error else None
    return render_question(asked) + answer_html + _render("copying", copied=copied)


def render_stage(stage: str) -> str:
    """What is going on while there is no answer yet."""
    return _render("stage", words=stage)


def render_failure(message: str) -> str:
    """Why there is no answer, in one line, without places on this machine."""
    return _render("failure", message=hide_places(message))


def render_stopped(answer_html: str = "") -> str:
    """What stood there when the person pressed stop, and a word that it is not the whole answer."""
    return answer_html + _render("stopped")


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


def _find_pieces(answer: Answer, answer_id: str) -> list[Piece]:
    """What stands in the answer's text that is not its words: footnotes, and what is set apart or struck through."""
    titles = name_documents(citation.passage for citation in answer.citations)
    pieces: list[Piece] = [
        (*marker, _render_footnote(citation, answer_id, titles[citation.passage.span.document_id]))
        for citation in answer.citations
        for marker in citation.markers
    ]
    shown = (marker if marker.startswith("[") else f"[{marker}]" for marker in answer.unknown_markers)
    for found in find_markers(answer.text, shown):
        pieces.append((*found.span(), _part("unknown_marker", marker=found.group())))
    for sentence in find_unproven(answer):
        pieces = _set_apart(sentence, answer.text, pieces)
    if place := find_short_place(answer):
        pieces.append((*place, _part("short_answer", words=answer.text[slice(*place)])))
    return pieces


def _set_apart(sentence: Sentence, text: str, pieces: Sequence[Piece]) -> list[Piece]:
    """Grey a sentence that is not proven, and say so behind it; one with signs of Markdown keeps its look, which they make."""
    reason = sentence.reason or gettext(UNEXPLAINED)
    start = sentence.start + _ITEM.match(sentence.text).end()  # type: ignore[union-attr]
    words = text[start : sentence.end]
    inside = [piece for piece in pieces if start <= piece[0] and piece[1] <= sentence.end]
    around = [piece for piece in pieces if piece[1] <= start or sentence.end <= piece[0]]
    if not words or not _PLAIN.fullmatch(words) or len(inside) + len(around) < len(pieces):
        return [*pieces, (sentence.end, sentence.end, _part("unproven", reason=reason))]
    own = [(low - start, high - start, html) for low, high, html in inside]
    greyed = _part("doubted", words=put_pieces(*hold_pieces(words, own)), reason=reason)
    return [*(piece for piece in pieces if piece not in inside), (start, sentence.end, greyed)]


def _render_footnote(citation: Citation, answer_id: str, title: str) -> str:
    # The script shows quote and place beside the link, and describes it by them: the label need not say them too.
    was_found = citation.origin == "found"
    doubts = [gettext(DOUBTS[citation.status])] if citation.status in DOUBTS else []
    doubts += [gettext("(looked up by Footnote: the model did not cite it)")] if was_found else []
    kinds = [citation.status, "found" if was_found else "", "gone" if is_gone(citation.span) else ""]
    return _part(
        "footnote",
        number=citation.number,
        answer_id=answer_id,
        status=" ".join(filter(None, kinds)),
        quote=_shorten(citation.quote),
        place=_place(citation, title),
        doubt="".join(f" {words}" for words in doubts),
    )


def _place(citation: Citation, title: str) -> str:
    """Where a quote stands: "title > heading, page 3"."""
    passage = citation.passage
    page = gettext(", page %(number)s", number=citation.page) if citation.page else ""
    return name_place(title, passage.heading) + page


def _tell_more(count: int) -> str:
    """Said below a long list or section of which only the beginning is quoted."""
    return ngettext(
        "%(num)s more left out here: read on in the source.",
        "%(num)s more left out here: read on in the source.",
        count,
    )


def _find_few(answer: Answer) -> str:
    """The few words that answer, which stand above what they are quoted from; empty where nothing would stand out."""
    place = find_short_place(answer)
    return answer.text[slice(*place)] if place else ""


def _list_places(answer: Answer) -> list[str]:
    """Where the quotes of an answer stand, each place once."""
    titles = name_documents(citation.passage for citation in answer.citations)
    places = (_place(citation, titles[citation.passage.span.document_id]) for citation in answer.citations)
    return list(dict.fromkeys(places))[:SHOWN_PLACES]


def _list_notices(answer: Answer) -> list[str]:
    notices = list(answer.notes)
    if answer.route in NOTICES and answer.model == "embedded" and not answer.abstained:
        notices.insert(0, NOTICES[answer.route])
    if answer.fallback:
        notices.append(answer.fallback)
    if has_lost_source(answer):
        notices.append(gettext("Source removed, or changed since: the quotes are as they were."))
    return notices


def _list_passages(passages: Sequence[ScoredPassage]) -> list[dict[str, Any]]:
    listed = []
    for number, found in enumerate(passages, start=1):
        place = name_place("", found.passage.heading) or found.passage.title
        # A heading that opens its passage need not be said twice.
        listed.append({"number": number, "place": place, "begins": _shorten(found.passage.text.removeprefix(place))})
    return listed


def _list_searched(answer: Answer) -> dict[str, Any]:
    """What was asked of the library, and what came of it, best first.

    The passages' own scores are not told: they come from before the reader put them in this order.
    """
    rows = [
        row if row["place"] else {**row, "place": found.passage.span.document_id}
        for row, found in zip(_list_passages(answer.passages), answer.passages, strict=True)
    ]
    facts = [gettext("Searched for: “%(question)s”", question=answer.standalone_question)]
    if answer.confidence is not None:
        facts.append(gettext("%(share)s%% sure", share=f"{100 * answer.confidence:.0f}"))
    facts.append(gettext("%(seconds)s s", seconds=format_number(answer.seconds.total, ".1f")))
    return {"facts": facts, "passages": rows}


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS].rsplit(' ', 1)[0]} …"
