"""A conversation to keep: as Markdown with numbered footnotes, as JSON, and one answer as plain text. Pure.

Headings and notes are in the language that is spoken; in JSON all is as programs read it. Nothing that a document, a chat
model or a person wrote is active in the Markdown: no link, image, heading, footnote or HTML can come of it. What has to hold for that: all words go through ``escape_markdown``, and stand on one line.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from rag.answer.abstention import UNSURE, find_near
from rag.cite.naming import name_place
from rag.index.document_records import DocumentRecord
from rag.retrieve.whole_documents import NOTICES
from rag.showing import tell_unproven
from rag.types import SCHEMA_VERSION, Answer, Citation, Span
from ui.render.emphasis import find_unproven
from ui.render.language import gettext, mark
from ui.render.lost_sources import GONE, move_spans
from ui.render.markers import PIECE, find_markers, hold_pieces, make_showable
from ui.render.redaction import file_name, hide_sources

CONVERSATION_KIND = "footnote-conversation"
"""Names the JSON of a saved conversation among other files."""

AskedAndAnswered = tuple[str, Answer]
"""What was asked, and the answer."""

STATUSES = {"verbatim": mark("verbatim"), "close": mark("close"), "unverified": mark("unverified")}
"""How a quote was matched."""

SHOWN_CHARACTERS = 320
"""How much of such a passage is shown."""

_ACTIVE = re.compile(
    r"[\\`*_\[\]<>|~$#^]"  # marks of Markdown, wherever they stand
    r"|&(?=[#\w])"  # would begin an entity
    r"|:(?=\S)"  # in a web address, and around the name of an emoji
    r"|@(?=\w)"
    r"|(?<=\w)\.(?=[^\W\d_])"  # a bare host name becomes a link in some renderers
    r"|(?<=\ue001)[:(]"  # after a footnote's mark: would define it, or make a link of it
    r"|^[-+=:]"  # would begin a list, or make the line above a heading
)
_NUMBERED = re.compile(r"^(\d+)([.)])")


def render_markdown(turns: Sequence[AskedAndAnswered], records: Iterable[DocumentRecord], today: date) -> str:
    """A conversation as Markdown: questions are headings, and footnotes count on from answer to answer.

    Args:
        turns: what was asked, and the finished answer.
        records: of the documents that there are; those that the conversation cites are listed.
        today: the day on which it is saved.
    """
    told = [(asked, _put_back(answer)) for asked, answer in turns]
    blocks = ["# " + gettext("A conversation with Footnote"), gettext("Saved on %(day)s.", day=today.isoformat())]
    footnotes: list[str] = []
    for asked, answer in told:
        names = _name_footnotes(answer, len(footnotes))
        blocks.append("## " + (_escape_line(asked) or gettext("(no words)")))
        blocks += _render_answer(answer, names)
        by_number = {citation.number: citation for citation in answer.citations}
        footnotes += [f"[^{name}]: {_render_footnote(by_number[number])}" for number, name in names.items()]
    if listed := "\n".join(_render_record(record) for record in _find_cited(turns, records)):
        blocks += ["---", gettext("Documents:"), listed]
    return "\n\n".join([*blocks, *footnotes]) + "\n"


def render_json(turns: Sequence[AskedAndAnswered], records: Iterable[DocumentRecord], today: date) -> str:
    """A conversation as JSON: its answers as ``footnote ask --json`` gives them, and the documents that they cite."""
    values = {
        "schema_version": SCHEMA_VERSION,
        "kind": CONVERSATION_KIND,
        "exported": today.isoformat(),
        "documents": [
            {
                "document": record.id,
                "title": record.title,
                "digest": record.digest,
                "source_digest": record.source_digest,
                "source": file_name(record.source),
            }
            for record in _find_cited(turns, records)
        ],
        "turns": [hide_sources(_put_back(answer).to_dict()) for _, answer in turns],
    }
    text = json.dumps(values, ensure_ascii=False, indent=2)
    # Half a surrogate pair is allowed in JSON as an escape, and nowhere in UTF-8.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found.group()):04x}", text) + "\n"


def render_plain(answer: Answer) -> str:
    """One answer with its footnotes as plain text, for the clipboard."""
    words, held = hold_pieces(answer.text, _find_pieces(answer, lambda number: f" [{number}]", lambda text: text))
    blocks = [PIECE.sub(lambda found: held[int(found.group(1))][1], words).strip()]
    blocks += [gettext("Note:") + f" {make_showable(note)}" for note in _list_notes(answer)]
    rows = [f"[{each.number}] “{_one_line(each.quote)}”\n    {_locate(each)}" for each in answer.citations]
    if closest := _find_closest(answer):
        rows.append(gettext("The closest passage:") + f" {': '.join(map(_one_line, closest))}")
    return "\n\n".join([*blocks, "\n".join(rows)]).strip()


def escape_markdown(line: str) -> str:
    """One line of words in which nothing is Markdown, HTML or a link."""
    return _NUMBERED.sub(r"\1\\\2", _ACTIVE.sub(lambda found: f"\\{found.group()}", line))


def _render_answer(answer: Answer, names: dict[int, int]) -> Iterator[str]:
    """The blocks of one answer: its paragraphs, the notes, the closest passage."""

    def refer(number: int) -> str:
        return f"[^{names[number]}]"

    words, held = hold_pieces(answer.text, _find_pieces(answer, refer, escape_markdown))
    # GitHub leaves out a footnote that nothing refers to.
    unplaced = "".join(refer(each.number) for each in answer.citations if not each.markers)
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", words):
        lines = [escape_markdown(line.strip()) for line in paragraph.split("\n") if line.strip()]
        if lines:
            paragraphs.append(PIECE.sub(lambda found: held[int(found.group(1))][1], "\\\n".join(lines)))
    if unplaced:
        paragraphs.append(gettext("See also") + unplaced)
    yield from paragraphs
    for note in _list_notes(answer):
        yield "> " + gettext("Note:") + f" {_escape_line(note)}"
    if closest := _find_closest(answer):
        yield gettext("The closest passage:") + f"\n\n- {': '.join(map(_escape_line, closest))}"


def _find_pieces(
    answer: Answer, refer: Callable[[int], str], escape: Callable[[str], str]
) -> list[tuple[int, int, str]]:
    """What stands in place of markers, and behind sentences that are not proven."""
    pieces = [(*place, refer(citation.number)) for citation in answer.citations for place in citation.markers]
    real = {(start, end) for start, end, _ in pieces}
    shown = (marker if marker.startswith("[") else f"[{marker}]" for marker in answer.unknown_markers)
    for found in find_markers(answer.text, shown):
        if found.span() not in real:
            pieces.append((*found.span(), f" {escape(_doubt(found.group()))}"))
    doubt = " " + gettext("(not proven)")
    return pieces + [(sentence.end, sentence.end, doubt) for sentence in find_unproven(answer)]


def _list_notes(answer: Answer) -> Iterator[str]:
    """What is said beside an answer, a line each."""
    if answer.error:
        yield gettext("there is no answer: %(reason)s", reason=answer.error)
    elif not answer.seconds.total:
        yield gettext("this answer was stopped before it was whole.")
    if answer.unsure:
        yield UNSURE
    if answer.route in NOTICES and answer.model == "embedded" and not answer.abstained:
        yield NOTICES[answer.route]
    yield from answer.notes
    if answer.fallback:
        yield answer.fallback
    yield from tell_unproven(answer)
    if answer.unknown_markers:
        markers = ", ".join(_doubt(marker) for marker in dict.fromkeys(answer.unknown_markers))
        yield gettext("nothing stands behind %(markers)s.", markers=markers)


def _find_closest(answer: Answer) -> tuple[str, str] | None:
    """Place and opening of the passage that a refusal points at."""
    if (at := find_near(answer)) is None:
        return None
    passage = answer.passages[at].passage
    place = name_place("", passage.heading) or passage.title or passage.span.document_id
    return place, textwrap.shorten(passage.text.removeprefix(place), SHOWN_CHARACTERS, placeholder=" …")


def _name_footnotes(answer: Answer, used: int) -> dict[int, int]:
    """The number of each citation in the whole conversation, in the order in which their markers are read.

    GitHub counts footnotes in that order, so that what it shows are the numbers that the file has.
    """
    read = sorted(answer.citations, key=lambda citation: min(citation.markers, default=(len(answer.text), 0)))
    return {number: used + at for at, number in enumerate(dict.fromkeys(each.number for each in read), start=1)}


def _render_footnote(citation: Citation) -> str:
    return f"“{_escape_line(citation.quote)}” — {_escape_line(_locate(citation))}"


def _render_record(record: DocumentRecord) -> str:
    title = _escape_line(record.title or record.id)
    digest = gettext("sha256 of its text %(digest)s", digest=_escape_line(record.digest))
    return f"- {title} ({_escape_line(file_name(record.source))}), {digest}"


def _locate(citation: Citation) -> str:
    """Where a quote stands, and how it was matched: "title > heading, page 3, characters 10-20 (close, found, not cited)"."""
    passage = citation.passage
    place = _one_line(name_place(passage.title, passage.heading))
    page = gettext("page %(number)s", number=citation.page) if citation.page else ""
    characters = gettext("characters %(start)s-%(end)s", start=citation.span.start, end=citation.span.end)
    where = ", ".join(part for part in (place, page, characters) if part)
    status = gettext(STATUSES.get(citation.status, citation.status))
    found = gettext(", found, not cited") if citation.origin == "found" else ""
    return f"{where} ({status}{found})"


def _find_cited(turns: Sequence[AskedAndAnswered], records: Iterable[DocumentRecord]) -> list[DocumentRecord]:
    """The records of the documents that the answers point at, as those stood when they were pointed at."""
    spans = [citation.span for _, answer in turns for citation in answer.citations]
    spans += [found.passage.span for _, answer in turns for found in answer.passages]
    cited = {span.document_id for span in spans}
    return [record for record in records if record.id in cited]


def _put_back(answer: Answer) -> Answer:
    """The answer with the spans that it had when it was given: those in a document that has changed since are set apart."""

    def move(span: Span) -> Span:
        return replace(span, document_id=span.document_id.removeprefix(f"{GONE}:"))

    return move_spans(answer, move)


def _escape_line(text: str) -> str:
    return escape_markdown(_one_line(text))


def _one_line(text: str) -> str:
    return " ".join(make_showable(text).split())


def _doubt(marker: str) -> str:
    return f"{marker[:-1]}?{marker[-1:]}" if marker.endswith("]") else f"[{marker}?]"
