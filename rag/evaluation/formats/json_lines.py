"""Footnote's own question sets: JSON Lines, one question a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.formats.collect import collect_questions
from rag.evaluation.formats.json_files import read_lines
from rag.evaluation.formats.questions import KEYS, QuestionSet, content_id, parse_question, to_values
from rag.types import Question


def read_json_lines(path: Path) -> QuestionSet:
    """Read a file of questions. Blank lines are skipped; a missing id is made of the content.

    Keys that mean nothing here are counted, and are a problem only where they are a slip for one that does.
    """
    problems: list[str] = []
    others = Counter[str]()

    def parse(values: Any) -> Question:
        question = read_question_values(values)
        others.update(str(key) for key in values if key not in KEYS)
        return question

    found = collect_questions(read_lines(path, parse, problems), problems, "Footnote")
    return replace(found, other_keys=dict(others))


def read_questions(rows: Iterable[Question | Mapping[str, Any]]) -> QuestionSet:
    """A set of questions in memory: ``Question`` objects, or objects with the keys of a file's lines."""
    problems: list[str] = []

    def read() -> Iterator[tuple[str, Question]]:
        for number, row in enumerate(rows, start=1):
            try:
                if isinstance(row, Question):
                    yield f"question {number}", row if row.id else replace(row, id=content_id(to_values(row)))
                else:
                    yield f"question {number}", read_question_values(row)
            except QuestionError as error:
                problems.append(f"question {number}: {error}")

    found = list(read())
    digest = content_id([to_values(question) for _, question in found])
    return replace(collect_questions(found, problems, "Footnote"), digest=digest)


def read_question_values(values: Any) -> Question:
    """A question from the JSON object of one line, with an id. Raises QuestionError where it has another shape."""
    question = parse_question(values)
    return question if question.id else replace(question, id=content_id(values))
