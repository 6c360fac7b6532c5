"""Answers in the form that other tools keep them: samples with a question's words, a response and what was retrieved.

ragas calls these user_input, response and retrieved_contexts; deepeval input, actual_output and retrieval_context. A file
of them is JSON Lines, or one JSON list. Contexts are located in the documents by their words.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.formats.json_files import raise_problems, read_bytes, read_lines
from rag.evaluation.run.replies import Declines, MisfitError, ReplyReader
from rag.types import Answer, Question

ASKED_KEYS = ("user_input", "input", "question")
"""Under which of these a sample has the question's words."""

GIVEN_KEYS = ("response", "actual_output")
"""A sample has one of these; by it, it is told from an answer as Footnote writes it."""


def is_samples(path: Path) -> bool:
    """Whether a file holds samples. Raises QuestionSetError where it cannot be read."""
    content = read_bytes(path).lstrip()
    whole = content.startswith(b"[")
    try:
        found = json.loads(content if whole else content.split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        return False
    first = found[0] if whole and found else found
    return isinstance(first, dict) and any(key in first for key in GIVEN_KEYS) and "answer" not in first


def refuse_slip(values: Any) -> None:
    """Refuse a row that has a question's words and no response, which is no answer as Footnote writes it.

    Raises:
        QuestionError: it is one; the message says which key may be meant.
    """
    if not isinstance(values, dict) or "id" in values or "text" in values:
        return
    if asked := next((key for key in ASKED_KEYS if key in values), None):
        others = [str(key) for key in values if key != asked]
        near = [key for key in others if difflib.get_close_matches(key, GIVEN_KEYS, 1)]
        meant = difflib.get_close_matches(near[0], GIVEN_KEYS, 1)[0] if near else ""
        slip = f"unknown key '{near[0]}'; did you mean '{meant}'?" if near else f"it has: {', '.join(values)}"
        raise QuestionError(f"the row with '{asked}' has no '{GIVEN_KEYS[0]}'; {slip}")


def read_samples(
    path: Path,
    questions: Sequence[Question],
    texts: Mapping[str, str] | None = None,
    declines: Declines | None = None,
) -> dict[str, Answer]:
    """The answers of a file of samples, by question id; a sample belongs to the question of its id, else of its words.

    Samples of other questions are left out.

    Raises:
        QuestionSetError: the file cannot be read, or a line is no sample.
    """
    by_id = {question.id: question for question in questions}
    by_words = {_fold(question.text): question for question in questions}
    reader, problems = ReplyReader(texts, declines), list[str]()

    def parse(values: Any) -> Answer | None:
        asked = next((values[key] for key in ASKED_KEYS if key in values), None) if isinstance(values, dict) else None
        if not isinstance(asked, str):
            raise QuestionError(f"a sample is a JSON object with {GIVEN_KEYS[0]} and {ASKED_KEYS[0]}, a text")
        question = by_id.get(str(values.get("id"))) or by_words.get(_fold(asked))
        if question is None or _fold(question.text) != _fold(asked):
            return None
        # What the question set says of the same row must not be read as what was retrieved, or as the answer.
        held = {key: value for key, value in values.items() if key not in (*ASKED_KEYS, "documents", "answer")}
        try:
            return replace(reader.read(question, held), id=question.id, model="unknown")
        except MisfitError as error:
            raise QuestionError(str(error)) from None

    found = list(_read_rows(path, parse, problems))
    raise_problems(problems)
    return {answer.id: answer for answer in found if answer is not None}


def _read_rows(path: Path, parse: Callable[[Any], Answer | None], problems: list[str]) -> Iterator[Answer | None]:
    content = read_bytes(path).lstrip()
    if not content.startswith(b"["):
        yield from (answer for _, answer in read_lines(path, parse, problems))
        return
    for number, values in enumerate(json.loads(content), start=1):
        try:
            yield parse(values)
        except QuestionError as error:
            problems.append(f"{path}: sample {number}: {error}")


def _fold(text: str) -> str:
    return " ".join(text.split())
