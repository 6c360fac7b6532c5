"""Footnote's own question sets: JSON Lines, one question a line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.evaluation.formats.collect import collect_questions
from rag.evaluation.formats.json_files import read_lines
from rag.evaluation.formats.questions import QuestionSet, content_id, parse_question
from rag.types import Question


def read_json_lines(path: Path) -> QuestionSet:
    """Read a file of questions. Blank lines are skipped, unknown keys tolerated; a missing id is made of the content."""

    def parse(values: Any) -> Question:
        question = parse_question(values)
        return question if question.id else replace(question, id=content_id(values))

    problems: list[str] = []
    return collect_questions(read_lines(path, parse, problems), problems, "Footnote")
