"""Answers, documents and reports as plain text for a terminal. Pure: from values to strings."""

from __future__ import annotations

import re
import shutil
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from ingest.report import SourceReport, Totals
from rag.answer.abstention import UNSURE, find_near
from rag.cite.naming import name_documents, name_place
from rag.conditions import Metadata
from rag.english.numbers import format_count
from rag.index.document_records import DocumentRecord
from rag.retrieve.whole_documents import NOTICES
from rag.showing import tell_unproven
from rag.types import Answer, ScoredPassage
from ui.render.emphasis import find_short_place, find_unproven

DOUBT = "?"
"""Put into a marker that stands for nothing: ``[1?]``."""

LONGEST_METADATA = 120
"""Characters of a document's metadata that are shown."""

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Stand for the signs of bold type while lines are broken, which count a character each as these do."""


def render_answer(answer: Answer, *, explain: bool = False, width: int | None = None, bold: bool = False) -> str:
    """An answer with its footnotes below.

    Args:
        answer: a finished one.
        explain: also show what was searched and how it scored.
        width: columns; the terminal's if not given.
        bold: set the words that answer in bold type, with a terminal's control sequences.
    """
    columns = width or _width()
    lines = [_wrap(UNSURE, columns), ""] if answer.unsure else []
    lines += [_wrap(paragraph, columns) for paragraph in _emphasize(answer, bold).split("\n")]
    if bold:
        lines = [line.replace(_OPEN, "\x1b[1m").replace(_CLOSE, "\x1b[22m") for line in lines]
    if answer.route in NOTICES and answer.model == "embedded" and not answer.abstained:
        lines += ["", _wrap(f"Note: {NOTICES[answer.route]}", columns)]
    for note in answer.notes:
        lines += ["", _wrap(f"Note: {visible(note)}", columns)]
    if answer.fallback:
        lines += ["", _wrap(f"Note: {visible(answer.fallback)}", columns)]
    for line in tell_unproven(answer):
        lines += ["", _wrap(f"Note: {visible(line)}", columns)]
    if answer.unknown_markers:
        forged = ", ".join(visible(_doubt(marker)) for marker in dict.fromkeys(answer.unknown_markers))
        lines += ["", _wrap(f"Note: nothing stands behind {forged}.", columns)]
    if answer.left_out:
        lines += [
            "",
            f"Note: {answer.left_out:,} more {'is' if answer.left_out == 1 else 'are'} left out; show them with: --all",
        ]
    if answer.citations:
        lines.append("")
    titles = name_documents(citation.passage for citation in answer.citations)
    for citation in answer.citations:
        title = titles[citation.passage.span.document_id]
        place = name_place(title, citation.passage.heading)
        page = f", page {citation.page}" if citation.page else ""
        label = f"[{citation.number}] "
        told = [] if citation.status == "verbatim" else [str(citation.status)]
        told += ["found, not cited"] if citation.origin == "found" else []
        status = f" ({', '.join(told)})" if told else ""
        where = f"{place}{page}, characters {citation.span.start}-{citation.span.end}{status}"
        where += f"; {known}" if (known := tell_metadata(citation.metadata)) else ""
        lines.append(_wrap(visible(f"{label}“{citation.quote}”"), columns, " " * len(label)))
        lines.append(_wrap(visible(where), columns, " " * len(label), first=" " * len(label)))
    if (at := find_near(answer)) is not None:
        near = answer.passages[at].passage
        place = name_place("", near.heading) or near.title
        opening = visible(textwrap.shorten(near.text.removeprefix(place), 200, placeholder=" …"))
        lines += ["", "The closest passage:", _wrap(f"- {visible(place)}: {opening}", columns, "  ")]
    if explain:
        lines += ["", _explain(answer, columns)]
    return "\n".join(lines)


def render_passages(passages: Sequence[ScoredPassage], width: int | None = None) -> str:
    """Found passages, best first: score, place and words."""
    columns = width or _width()
    blocks = []
    for scored in passages:
        passage = scored.passage
        place = name_place(passage.title, passage.heading)
        head = f"{scored.score:.3f}  {passage.span.document_id} {passage.span.start}-{passage.span.end}  {place}"
        blocks.append(
            visible(head) + "\n" + _wrap(visible(" ".join(passage.text.split())), columns, "       ", "       ")
        )
    return "\n\n".join(blocks)


def render_report(report: SourceReport) -> str:
    """One line that says what became of a source."""
    name = report.document or "-"
    pages = format_count(report.pages, "page") if report.pages else ""
    counts = f"{format_count(report.passages, 'passage')}, {report.characters:,} characters" if report.passages else ""
    size = ", ".join(part for part in (pages, counts) if part)
    reason = f"({report.reason})" if report.reason else ""
    return show_line("  ".join(part for part in (f"{report.status:9}", name, size, report.source, reason) if part))


def render_left_out(report: SourceReport) -> Iterator[str]:
    """A line on how much of a file was kept, and one for each piece of it that was not."""
    if not report.words:
        return
    yield f"    kept {report.words_kept:,} of {format_count(report.words, 'word')}, {report.words_kept / report.words:.0%}"
    for piece in report.left_out:
        yield show_line(
            f"    {piece.reason}, {format_count(piece.words, 'word')}: {piece.sample or 'in smaller pieces'}"
        )


def render_totals(totals: Totals, seconds: float) -> str:
    """One line that sums a run up."""
    counts = (
        (totals.added, "added"),
        (totals.replaced, "replaced"),
        (totals.unchanged, "unchanged"),
        (totals.skipped, "skipped"),
        (totals.failed, "failed"),
        (totals.removed, "removed"),
    )
    parts = [f"{count:,} {name}" for count, name in counts if count]
    if totals.passages:
        parts.append(f"{format_count(totals.passages, 'passage')} written")
    if totals.pages_without_text:
        parts.append(f"{totals.pages_without_text:,} of {totals.pages:,} pages without text")
    sources = format_count(totals.sources, "source")
    return f"{sources}: {', '.join(parts)}, in {seconds:.1f} s" if parts else f"{sources}, in {seconds:.1f} s"


def render_documents(records: Sequence[DocumentRecord]) -> str:
    """A line a document: id, title, author, date and size."""
    lines = []
    for record in records:
        about = ", ".join(part for part in (record.title, record.author, record.date) if part)
        size = f"{format_count(record.passages, 'passage')}, {record.characters:,} characters"
        known = tell_metadata(record.metadata)
        lines.append(show_line(f"{record.id}  {about}  ({size})" + (f"  {known}" if known else "")))
    return "\n".join(lines)


def tell_metadata(metadata: Metadata) -> str:
    """Metadata in a few words, as conditions name them; of very much the beginning."""
    told = ", ".join(f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in metadata)
    return textwrap.shorten(told, LONGEST_METADATA, placeholder=" …")


def show_line(text: str) -> str:
    """Text on one line that cannot steer the terminal: a line break, as a file's name may have, is shown as a symbol too."""
    return re.sub(r"[\n\t]", "\ufffd", visible(text))


def visible(text: str) -> str:
    """Text that cannot steer the terminal: control characters other than line breaks are shown as symbols."""
    return "".join(
        character if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs") else "\ufffd"
        for character in text
    )


def _emphasize(answer: Answer, bold: bool) -> str:
    """The answer's text with the short answer between two signs, where it is to be bold, and what is not proven marked."""
    text = visible(answer.text).replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")
    added = [(sentence.end, " (not proven)") for sentence in find_unproven(answer)]
    added += [(end - 1, DOUBT) for end in _find_forged(answer)]
    if bold and (place := find_short_place(answer)):
        added += [(place[0], _OPEN), (place[1], _CLOSE)]
    for at, sign in sorted(added, reverse=True):
        text = f"{text[:at]}{sign}{text[at:]}"
    return text


def _find_forged(answer: Answer) -> Iterator[int]:
    """Where markers end that stand for nothing; one with a number would look like a footnote's."""
    real = {place for citation in answer.citations for place in citation.markers}
    for marker in dict.fromkeys(answer.unknown_markers):
        for found in re.finditer(re.escape(marker), answer.text):
            if found.span() not in real:
                yield found.end()


def _doubt(marker: str) -> str:
    return f"{marker[:-1]}{DOUBT}{marker[-1:]}"


def _explain(answer: Answer, columns: int) -> str:
    confidence = "unknown" if answer.confidence is None else f"{answer.confidence:.2f}"
    seconds = answer.seconds
    lines = [
        f"asked as    {visible(answer.standalone_question)}",
        f"answered by {answer.model}, route {answer.route}, confidence {confidence}",
        f"seconds     {seconds.retrieve:.3f} finding, {seconds.answer:.3f} answering, {seconds.total:.3f} in all",
        *(
            [f"tokens      {used.input_tokens:,} read, {used.output_tokens:,} written"]
            if (used := answer.usage)
            else []
        ),
        "",
        "Passages it was given:",
        "",
        render_passages(answer.passages, columns),
    ]
    return "\n".join(lines)


def _wrap(text: str, columns: int, indent: str = "", first: str = "") -> str:
    return textwrap.fill(
        text, columns, initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _width() -> int:
    return max(40, min(100, shutil.get_terminal_size((100, 24)).columns))
