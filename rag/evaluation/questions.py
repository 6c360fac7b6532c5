"""Question sets: JSON Lines in, frozen ``Question`` objects out; every problem of a file is told at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import QuestionError, QuestionSetError
from rag.evaluation.evidence import load_evidence, parse_evidence, replace_evidence, resolve_evidence
from rag.evaluation.lines import raise_problems, read_bytes, read_lines, render_names
from rag.types import Question

SPLITS = ("develop", "report")
"""Tune on the first, report the second."""


def load_questions(path: Path | str, documents: Mapping[str, str] | None = None) -> tuple[Question, ...]:
    """Read a question set, one JSON object a line; blank lines are skipped and unknown keys tolerated.

    Args:
        path: the file.
        documents: texts by document id. Where given, evidence is located in them, so that it comes back as spans.

    Returns:
        The questions in file order. One without an ``id`` is named after the content of its line.

    Raises:
        QuestionSetError: the file cannot be read, or lines are wrong; one ``FILE:LINE: what`` a line.
    """
    questions = _load_by_place(Path(path))
    if documents is None:
        return tuple(questions.values())
    return resolve_evidence(tuple(questions.values()), documents, tuple(questions))


def prepare_questions(
    path: Path | str,
    documents: Mapping[str, str],
    *,
    document: str | None = None,
    evidence: Path | str | None = None,
    split: str | None = None,
) -> tuple[Question, ...]:
    """Read a question set and make it ready to be asked of these documents.

    Args:
        path: the question set.
        documents: texts by document id, those that the offsets of answers refer to.
        document: ask this document only, whichever ones the questions name.
        evidence: a file of offsets into ``document`` (into the only document, if none is named) that take the place
            of the questions' own evidence.
        split: keep only the questions of this split.

    Raises:
        QuestionSetError: a file cannot be read or has bad lines, evidence is not where it should be, a document is
            unknown, or no question is left.
    """
    questions = _load_by_place(Path(path))
    if document is None and evidence is not None:
        if len(documents) != 1:
            raise QuestionSetError(f"{evidence}: which document are these offsets for? add: --document ID")
        document = next(iter(documents))
    if document is not None:
        if document not in documents:
            raise QuestionSetError(f"no document '{document}'; there are: {render_names(list(documents))}")
        questions = {place: replace(asked, documents=(document,)) for place, asked in questions.items()}
    if document is not None and evidence is not None:
        gold = load_evidence(evidence, document, documents[document])
        ready = replace_evidence(tuple(questions.values()), gold, evidence)
    else:
        ready = resolve_evidence(tuple(questions.values()), documents, tuple(questions))
    kept = tuple(question for question in ready if split is None or question.split == split)
    if not kept:
        raise QuestionSetError(f"{path}: no question of the split '{split}'")
    return kept


def parse_question(values: Any) -> Question:
    """A question from the JSON object of one line; ``id`` stays empty where it is absent.

    Raises:
        QuestionError: the object has another shape; one line says which key and why.
    """
    if not isinstance(values, dict):
        raise QuestionError("a question is a JSON object with the key 'question'")
    documents = _parse_texts(values, "documents") or ()
    return Question(
        text=_parse_words(values),
        id=_parse_id(values),
        history=_parse_history(values),
        documents=documents,
        answers=_parse_answers(values),
        evidence=parse_evidence(values, documents),
        tags=_parse_texts(values, "tags") or (),
        split=_parse_split(values),
    )


def questions_digest(path: Path | str) -> str:
    """The sha256 of a question set's bytes: a report names it, so that figures of different sets are told apart."""
    return hashlib.sha256(read_bytes(Path(path))).hexdigest()


def _load_by_place(path: Path) -> dict[str, Question]:
    """The questions of a file by place, ``FILE:LINE``, each with an id of its own."""

    def parse(values: Any) -> Question:
        question = parse_question(values)
        return question if question.id else replace(question, id=_content_id(values))

    problems: list[str] = []
    questions: dict[str, Question] = {}
    lines: dict[str, str] = {}
    for place, question in read_lines(path, parse, problems):
        if question.id in lines:
            problems.append(f"{place}: the id '{question.id}' is already that of line {lines[question.id]}")
            continue
        lines[question.id] = place.rpartition(":")[2]
        questions[place] = question
    raise_problems(problems)
    if not questions:
        raise QuestionSetError(f"{path}: no questions; one JSON object a line is expected")
    return questions


def _parse_words(values: Mapping[str, Any]) -> str:
    words = values.get("question")
    if not isinstance(words, str) or not words.strip():
        raise QuestionError("'question' must be a text that is not empty")
    return words


def _parse_id(values: Mapping[str, Any]) -> str:
    name = values.get("id")
    if name is None:
        return ""
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
        raise QuestionError("'id' must be a text that is not empty")
    return str(name)


def _parse_history(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    turns = values.get("history")
    if turns is None:
        return ()
    fits = isinstance(turns, list) and all(
        isinstance(turn, list) and len(turn) == 2 and all(isinstance(text, str) for text in turn) for turn in turns
    )
    if not fits:
        raise QuestionError("'history' must be a list of pairs [question, answer]")
    return tuple((asked, answered) for asked, answered in turns)


def _parse_answers(values: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Accepted answers: none at all where abstaining is right, None where nothing is known."""
    answers = _parse_texts(values, "answers")
    answerable = values.get("answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise QuestionError("'answerable' must be true or false")
    if answerable is False and answers:
        raise QuestionError("'answerable' is false, yet there are answers")
    if answerable is True and answers == ():
        raise QuestionError("'answerable' is true, yet 'answers' is empty; leave 'answers' out where it is unknown")
    return () if answerable is False else answers


def _parse_split(values: Mapping[str, Any]) -> str:
    split = values.get("split")
    if split is None or split == "":
        return ""
    if split not in SPLITS:
        raise QuestionError(f"'split' must be {' or '.join(SPLITS)}, not {json.dumps(split)[:40]}")
    return str(split)


def _parse_texts(values: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    texts = values.get(key)
    if texts is None:
        return None
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise QuestionError(f"'{key}' must be a list of texts that are not empty")
    return tuple(texts)


def _content_id(values: Any) -> str:
    """The same for the same content, however its line is spaced and its keys are ordered."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
