"""Putting questions together as they are read: an id for each, and no id twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rag.evaluation.formats.questions import QuestionSet
from rag.types import Document, Question, text_digest


def collect_questions(
    found: Iterable[tuple[str, Question]],
    problems: list[str],
    format: str,
    documents: Mapping[str, Document] | None = None,
    *,
    per_question: bool = False,
) -> QuestionSet:
    """A set of the questions that were found, each with its place; one whose id was there before is a problem."""
    questions: dict[str, Question] = {}
    places: dict[str, str] = {}
    for place, question in found:
        if question.id in places:
            if question == questions[places[question.id]]:
                words = " ".join(question.text.split())
                told = f"{place}: the same as {_name_place(places[question.id])}, '{words:.60}'; leave one out"
                problems.append(f"{told}, or give each an id")
                continue
            problems.append(f"{place}: the id '{question.id}' is already that of {_name_place(places[question.id])}")
            continue
        places[question.id] = place
        questions[place] = question
    return QuestionSet(
        tuple(questions.values()),
        tuple(questions),
        format,
        documents=documents or {},
        per_question=per_question,
        problems=tuple(problems),
    )


def make_document(name: str, title: str, text: str, source: str) -> Document:
    """A document that a question set brings, as it stands."""
    return Document(id=name, title=title, text=text, source=source, source_digest=text_digest(text))


def _name_place(place: str) -> str:
    line = place.rpartition(":")[2].strip()
    return f"line {line}" if line.isdigit() else line
