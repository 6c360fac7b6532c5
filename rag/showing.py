"""An answer with its footnotes to look at: as Markdown, as HTML for a notebook, and in one short line. Pure.

Nothing that a document or a chat model wrote is active in any of them: no link, image, heading or HTML can come of it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.types import Answer, Citation

SHORT = 60
"""Characters of an answer that its ``repr`` shows."""

_MARKS = re.compile(
    r"[\\`*_\[\]<>|~$#^{}!]"  # marks of Markdown, wherever they stand
    r"|&(?=[#\w])"  # would begin an entity
    r"|:(?=/)|@(?=\w)|(?<=\w)\.(?=[^\W\d_])"  # addresses become links
    r"|^\s*[-+=](?=[-+=\s]|$)"  # would begin a list, or make the line above a heading
    r"|^[:(]"  # would make a link of the marker before it, or define it
)
_STATED = "{} wrote"
_STATED_BY = re.compile(r"(?P<name>.+) wrote")
_NUMBERED = re.compile(r"^(\s*\d+)([.)])(?=\s)")


def state_sender(name: str) -> str:
    """A heading for what stands far below the name of its sender."""
    return _STATED.format(name)


def read_stated_sender(heading: str) -> str:
    """The sender whom a passage's heading states; empty where it states none."""
    found = _STATED_BY.fullmatch(heading.rsplit(" > ", 1)[-1])
    return found["name"] if found else ""


def render_markdown(answer: Answer) -> str:
    """The answer with Markdown's footnotes, each with its exact quote and where that stands."""
    told = _cut(answer, _escape_markdown, lambda number: f"[^{number}]", lambda doubt: f" *({doubt})*")
    blocks = [told or "(no answer)", *(f"*{_escape_markdown(note)}*" for note in _list_notes(answer))]
    blocks += [
        f"[^{citation.number}]: “{_escape_markdown(_one_line(citation.quote))}” — {_escape_markdown(_locate(citation))}"
        for citation in answer.citations
    ]
    return "\n\n".join(blocks) + "\n"


def render_html(answer: Answer) -> str:
    """The answer as a piece of HTML: paragraphs with raised numbers, and the quotes below them."""
    told = _cut(answer, escape, lambda number: f"<sup>[{number}]</sup>", lambda doubt: f" <em>({doubt})</em>")
    paragraphs = [part.replace("\n", "<br>") for part in re.split(r"\n\s*\n", told.strip()) if part.strip()]
    lines = [f'<p dir="auto">{part}</p>' for part in paragraphs or ["(no answer)"]]
    lines += [f'<p dir="auto"><em>{escape(note)}</em></p>' for note in _list_notes(answer)]
    if answer.citations:
        rows = [
            f'<li value="{citation.number}" dir="auto">“{escape(citation.quote)}” '
            f"<small>{escape(_locate(citation))}</small></li>"
            for citation in answer.citations
        ]
        lines.append(f"<ol>{''.join(rows)}</ol>")
    return f"<div>{''.join(lines)}</div>"


def describe(answer: Answer) -> str:
    """The answer in one line: its first words, and how many citations prove it."""
    if answer.error is not None:
        return f"<Answer failed: {textwrap.shorten(answer.error, SHORT, placeholder='…')}>"
    words = textwrap.shorten(answer.text, SHORT, placeholder="…")
    count = len(answer.citations)
    proof = "abstained" if answer.abstained else f"{count} citation{'' if count == 1 else 's'}"
    return f"<Answer {words!r}, {proof}>"


def list_doubts(answer: Answer) -> list[tuple[int, str]]:
    """For each sentence that nothing proves, where it ends in the answer's text, and what is made of it."""
    doubted = (each for each in answer.sentences if each.supported is False)
    return [(each.end, "contradicted" if each.verdict == "contradicted" else "not proven") for each in doubted]


def mark_doubts(answer: Answer) -> str:
    """The answer's text, in which it is said behind each sentence that nothing proves."""
    text = answer.text
    for end, doubt in sorted(list_doubts(answer), reverse=True):
        text = f"{text[:end]} ({doubt}){text[end:]}"
    return text


def _cut(answer: Answer, show: Callable[[str], str], mark: Callable[[int], str], doubt: Callable[[str], str]) -> str:
    """The answer's text with its markers as ``mark`` writes them, doubts as ``doubt``, and all other words as ``show`` does."""
    marked = [(start, end, mark(each.number)) for each in answer.citations for start, end in each.markers]
    places = sorted([*marked, *((end, end, doubt(said)) for end, said in list_doubts(answer))])
    pieces, at = [], 0
    for start, end, told in places:
        if at <= start <= end <= len(answer.text):
            pieces += [_show_lines(answer.text[at:start], show, begins=at == 0), told]
            at = end
    pieces.append(_show_lines(answer.text[at:], show, begins=at == 0))
    unplaced = "".join(mark(each.number) for each in answer.citations if not each.markers)
    return "".join(pieces) + unplaced


def _show_lines(text: str, show: Callable[[str], str], *, begins: bool) -> str:
    """A piece of text as it is shown; white space that begins a line, which would make it code, goes.

    ``begins`` tells whether the first line begins with the piece, or goes on after a marker.
    """
    first, *lines = text.split("\n")
    return "\n".join([show(first.lstrip() if begins else first), *(show(line.lstrip()) for line in lines)])


def tell_unproven(answer: Answer) -> list[str]:
    """What a chat model wrote and nothing proves, where something else is answered, in one line; empty where there is none."""
    words = " ".join(_one_line(each.text) for each in answer.unproven)
    return [f"not proven, and no part of the answer, is what the chat model wrote: “{words}”"] if words else []


def _list_notes(answer: Answer) -> list[str]:
    told = [*answer.notes, *([answer.fallback] if answer.fallback else []), *tell_unproven(answer)]
    told += [answer.error] if answer.error else []
    return [*map(_one_line, told), *(["I am not sure of this."] if answer.unsure else [])]


def _locate(citation: Citation) -> str:
    """Where a quote stands, in words and in offsets."""
    page = f"page {citation.page}" if citation.page is not None else ""
    status = citation.status if citation.status != "verbatim" else ""
    heading = citation.passage.heading
    if sender := read_stated_sender(heading):
        heading, sender = heading.rpartition(" > ")[0], f"from {sender}"
    places = (citation.passage.title or citation.span.document_id, heading, sender, page, status)
    told = ", ".join(_one_line(place) for place in places if place)
    return f"{told} ({citation.span.document_id} {citation.span.start}–{citation.span.end})"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escape_markdown(line: str) -> str:
    return _NUMBERED.sub(r"\1\\\2", _MARKS.sub(lambda found: f"\\{found.group()}", line))
