"""Questions as lines of a stream, answered in order: plain text, or JSON objects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.errors import FootnoteError, QuestionError
from rag.types import Answer, Question

MAX_LINE = 1_000_000
"""Bytes of one line; history makes lines long, but a longer one is a document."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be answered, and why."""

    id: str
    reason: str


def answer_lines(lines: Iterable[bytes], chain: Any, documents: Sequence[str] = ()) -> Iterator[Answer | BadLine]:
    """One answer for each line that is not empty, in order; what cannot be answered is a ``BadLine``."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        question: Question | None = None
        try:
            question = read_line(line)
            if documents:
                question = replace(question, documents=tuple(documents))
            yield chain.invoke(question)
        except FootnoteError as error:
            yield BadLine(question.id if question else "", f"line {number}: {error}")


def read_line(line: bytes) -> Question:
    """A question from a line: a JSON object with ``question``, or plain text.

    Raises:
        QuestionError: the line is too long, is not UTF-8, or is an object of another shape.
    """
    from rag.evaluation.formats.questions import parse_question

    if len(line) > MAX_LINE:
        raise QuestionError(f"a line of {len(line):,} bytes; the limit is {MAX_LINE:,}")
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise QuestionError("the line is not UTF-8 text") from None
    if not text.startswith("{"):
        return Question(text)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise QuestionError("the line starts like a JSON object and is none") from None
    return parse_question(values)
