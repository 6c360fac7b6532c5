"""ragas' samples of one turn: JSON Lines with user_input, reference and reference_contexts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.formats.collect import collect_questions
from rag.evaluation.formats.json_files import read_lines
from rag.evaluation.formats.questions import QuestionSet, content_id
from rag.types import Evidence, Question

HOP = re.compile(r"^<\d+-hop>\s*")
"""What ragas writes before each context of a question that needs several."""


def read_ragas(path: Path) -> QuestionSet:
    """Read a file of samples: the reference is the gold answer, its contexts are quotes of the documents in the index."""
    problems: list[str] = []
    return collect_questions(read_lines(path, _read_sample, problems), problems, "ragas")


def _read_sample(values: Any) -> Question:
    if not isinstance(values, dict):
        raise QuestionError("a sample is a JSON object with the key 'user_input'")
    words, reference = values.get("user_input"), values.get("reference")
    contexts, kind, name = values.get("reference_contexts"), values.get("synthesizer_name"), values.get("id")
    if isinstance(words, list):
        raise QuestionError("samples of several turns are not read; write them with 'question' and 'history'")
    if not isinstance(words, str) or not words.strip():
        raise QuestionError("'user_input' must be a text that is not empty")
    if reference is not None and not isinstance(reference, str):
        raise QuestionError("'reference' must be a text")
    contexts = [] if contexts is None else contexts
    if not isinstance(contexts, list) or not all(isinstance(text, str) and text.strip() for text in contexts):
        raise QuestionError("'reference_contexts' must be a list of texts that are not empty")
    return Question(
        words,
        id=name if isinstance(name, str) and name.strip() else content_id(values),
        answers=(reference,) if reference and reference.strip() else None,
        evidence=tuple(Evidence(HOP.sub("", text)) for text in contexts),
        tags=(kind,) if isinstance(kind, str) and kind.strip() else (),
    )
