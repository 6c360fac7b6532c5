"""Does what saved answers quote still stand in the documents, character by character? The work of ``footnote verify``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args

from rag.english.numbers import format_count
from rag.errors import DocumentError, QuestionError, UsageError
from rag.index.passage_index import PassageIndex
from rag.serialize import parse_answer
from rag.types import SCHEMA_VERSION, Answer, Citation
from ui.render.terminal import visible
from ui.render.transcript import CONVERSATION_KIND

LARGEST_FILE = 64_000_000
"""Bytes of a file that is read; a conversation of a hundred answers has about one million."""

SHOWN_CHARACTERS = 80
"""How much of a quote stands on its line."""

CheckedStatus = Literal["stands", "moved", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one citation: ``turn`` counts the answers from 1, ``now`` is where a moved quote stands today."""

    turn: int
    number: int
    document: str
    start: int
    end: int
    status: CheckedStatus
    now: tuple[int, int] | None
    reason: str
    quote: str


def load_answers(path: Path) -> list[Answer]:
    """The answers of a saved conversation, or of a file with an answer a line.

    Raises:
        UsageError: the file cannot be read, or is something else; one line says which and what.
    """
    try:
        if str(path) == "-":
            raw = _read_bytes(sys.stdin.buffer)
        elif path.is_dir():
            raise UsageError("it is a folder; name the file that was saved")
        else:
            with path.open("rb") as file:
                raw = _read_bytes(file)
        return list(_parse_answers(_decode(raw)))
    except OSError as error:
        raise UsageError(f"cannot read '{visible(str(path))}' ({error.strerror or error})") from None
    except (UsageError, ValueError) as error:  # a path with a NUL in it is a ValueError
        reason = " ".join(visible(str(error)).split())
        raise UsageError(f"cannot verify '{visible(str(path))}': {reason}") from None


def check_answers(answers: Iterable[Answer], index: PassageIndex) -> Iterator[Check]:
    """What became of each citation, answer by answer. Raises IndexUnavailable where a document cannot be read."""
    texts: dict[str, str | None] = {}
    for turn, answer in enumerate(answers, start=1):
        for citation in answer.citations:
            span = citation.span
            if span.document_id not in texts:
                texts[span.document_id] = _find_text(index, span.document_id)
            status, now, reason = check_citation(citation, texts[span.document_id])
            yield Check(
                turn, citation.number, span.document_id, span.start, span.end, status, now, reason, citation.quote
            )


def check_citation(citation: Citation, text: str | None) -> tuple[CheckedStatus, tuple[int, int] | None, str]:
    """What became of a citation in its document's text, where it stands now if it moved, and why it counts as changed."""
    span, quote = citation.span, citation.quote
    if text is None:
        return "gone", None, "no such document"
    if not quote:
        return "changed", None, "the quote is empty"
    if text[span.start : span.end] == quote:
        return "stands", None, ""
    first = text.find(quote)
    if first < 0:
        return "changed", None, "the quote is not in the document"
    if text.find(quote, first + 1) >= 0:
        return "changed", None, "the quote stands in several other places"
    return "moved", (first, first + len(quote)), ""


def render_check(check: Check) -> str:
    """One line for one citation."""
    place = f"{check.document} {check.start}-{check.end}"
    if check.now:
        place += f" -> {check.now[0]}-{check.now[1]}"
    words = " ".join(check.quote.split())
    words = words if len(words) <= SHOWN_CHARACTERS else f"{words[:SHOWN_CHARACTERS]} …"
    reason = f"  ({check.reason})" if check.reason else ""
    return " ".join(visible(f"{check.status:8} {check.turn} [{check.number}]  {place}  “{words}”{reason}").split("\n"))


def render_counts(checks: Sequence[Check], answers: int) -> str:
    """One line that sums up."""
    counts, total = Counter(check.status for check in checks), len(checks)
    words = {"stands": "stand" if counts["stands"] != 1 else "stands"}
    each = [f"{counts[name]:,} {words.get(name, name)}" for name in get_args(CheckedStatus) if counts[name]]
    head = f"{format_count(total, 'citation')} in {format_count(answers, 'answer')}"
    return f"{head}: {', '.join(each)}" if each else head


def _find_text(index: PassageIndex, document_id: str) -> str | None:
    try:
        return index.document(document_id).text
    except DocumentError:
        return None


def _read_bytes(file: BinaryIO) -> bytes:
    raw = file.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise UsageError(f"it is too large; at most {LARGEST_FILE // 1_000_000} MB are read")
    return raw


def _decode(raw: bytes) -> str:
    try:
        return raw.decode(json.detect_encoding(raw))  # what some shells write with > is UTF-16
    except UnicodeDecodeError:
        raise UsageError("it is not text, and so not JSON") from None


def _parse_answers(text: str) -> Iterator[Answer]:
    """The answers in a file's text, whichever of the kinds it is."""
    if not text.strip():
        raise UsageError("it is empty")
    try:
        values = json.loads(text)
    except RecursionError:
        raise UsageError("it is nested too deeply") from None
    except ValueError as error:
        yield from _parse_lines(text, error)
        return
    if isinstance(values, dict) and values.get("kind") == CONVERSATION_KIND:
        if values.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
            raise UsageError(f"'schema_version' is not {SCHEMA_VERSION}; this conversation is of another Footnote")
        turns = values.get("turns")
        if not isinstance(turns, list):
            raise UsageError("'turns' must be a list of answers")
        for number, value in enumerate(turns, start=1):
            yield _parse(value, number, f"turn {number}")
    else:
        yield _parse(values, 1, "line 1")


def _parse_lines(text: str, error: ValueError) -> Iterator[Answer]:
    """An answer a line. ``error`` says why the whole is not one JSON value."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except RecursionError:
            raise UsageError(f"line {number} is nested too deeply") from None
        except ValueError as wrong:
            # Of a file that is one JSON value over several lines, the place where that breaks off says more.
            raise UsageError(f"not JSON ({error if number == 1 else f'line {number}: {wrong}'})") from None
        yield _parse(value, number, f"line {number}")


def _parse(value: Any, number: int, place: str) -> Answer:
    if not isinstance(value, dict) or not ("answer" in value or value.get("error")):
        raise UsageError(
            f"{place} is no answer of Footnote's; save a conversation as JSON, or use: footnote ask --json"
        )
    try:
        # Only questions of a set have names of their own.
        return parse_answer(value | {"id": value.get("id") or str(number)})
    except QuestionError as error:
        raise UsageError(f"{place}: {error}") from None
    except (OverflowError, RecursionError):
        raise UsageError(f"{place}: a number in it is out of range") from None
