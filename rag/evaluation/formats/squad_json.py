"""SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018): JSON of articles, paragraphs and questions.

Each paragraph is a document, and each question is meant for its own paragraph: one that its paragraph does not answer
may well be answered elsewhere in the article.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.formats.collect import collect_questions, make_document
from rag.evaluation.formats.questions import QuestionSet
from rag.types import Document, Question, Span


def is_squad(values: Any) -> bool:
    """Whether a JSON value looks like a SQuAD file."""
    articles = values.get("data") if isinstance(values, dict) else None
    return isinstance(articles, list) and any(isinstance(item, dict) and "paragraphs" in item for item in articles)


def read_squad(path: Path, values: Mapping[str, Any]) -> QuestionSet:
    """Read the JSON value of a SQuAD file.

    The answers are what the annotators marked, without repetitions. The evidence is the place that most of them marked,
    the first of equals: they marked the same thing in different ways, and one of these is enough.
    """
    problems: list[str] = []
    documents: dict[str, Document] = {}
    found = _read_questions(path, values["data"], documents, problems)
    return collect_questions(list(found), problems, "SQuAD", documents, per_question=True)


def _read_questions(
    path: Path, articles: list[Any], documents: dict[str, Document], problems: list[str]
) -> Iterator[tuple[str, Question]]:
    for at, article in enumerate(articles):
        place = f"{path}: data[{at}]"
        title, paragraphs = (article.get("title"), article.get("paragraphs")) if isinstance(article, dict) else ("", 0)
        title = title.strip() if isinstance(title, str) and title.strip() else f"article-{at + 1}"
        if not isinstance(paragraphs, list):
            problems.append(f"{place}: 'paragraphs' must be a list")
            continue
        for number, paragraph in enumerate(paragraphs):
            inner = f"{place}.paragraphs[{number}]"
            text, asked = (paragraph.get("context"), paragraph.get("qas")) if isinstance(paragraph, dict) else (0, 0)
            if not isinstance(text, str) or not text.strip() or not isinstance(asked, list):
                problems.append(f"{inner}: 'context' must be a text that is not empty, and 'qas' a list")
                continue
            stem = title
            while (name := f"{stem}-{number + 1}") in documents:  # two articles of one title
                stem += f"-{at + 1}"
            documents[name] = make_document(name, title.replace("_", " "), text, f"{inner}.context")
            for order, question in enumerate(asked):
                try:
                    yield f"{inner}.qas[{order}]", _read_question(question, documents[name])
                except QuestionError as error:
                    problems.append(f"{inner}.qas[{order}]: {error}")


def _read_question(values: Any, document: Document) -> Question:
    if not isinstance(values, dict):
        raise QuestionError("a question is a JSON object with 'id', 'question' and 'answers'")
    name, words, answers = values.get("id"), values.get("question"), values.get("answers")
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
        raise QuestionError("'id' must be a text that is not empty")
    if not isinstance(words, str) or not words.strip():
        raise QuestionError("'question' must be a text that is not empty")
    impossible = values.get("is_impossible", False)
    if not isinstance(answers, list) or not isinstance(impossible, bool):
        raise QuestionError("'answers' must be a list, and 'is_impossible' true or false")
    if impossible == bool(answers):
        raise QuestionError("either 'answers' holds some, or 'is_impossible' is true")
    marked = [_read_answer(answer, document) for answer in answers]
    return Question(
        words.strip(),
        id=str(name),
        documents=(document.id,),
        answers=tuple(dict.fromkeys(document.quote(span) for span in marked)),
        evidence=(Counter(marked).most_common(1)[0][0],) if marked else (),
    )


def _read_answer(values: Any, document: Document) -> Span:
    text, start = (values.get("text"), values.get("answer_start")) if isinstance(values, dict) else (None, None)
    if not isinstance(text, str) or not text.strip() or isinstance(start, bool) or not isinstance(start, int):
        raise QuestionError("each of 'answers' needs a 'text' that is not empty and an 'answer_start'")
    if start < 0 or not document.text.startswith(text, start):
        raise QuestionError(f'the answer "{text[:60]}" does not stand at {start} of its paragraph')
    return Span(document.id, start, start + len(text))
