"""Chroma's chunking evaluation (Smith and Troynikov 2024): a CSV of questions with exact excerpts of long documents.

``questions_df.csv`` has the columns question, references (a JSON list of content, start_index, end_index) and
corpus_id; the documents lie beside it, as ``corpora/ID.md``, ``corpora_ID.md`` or ``ID.md``, or with ``.txt``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.errors import QuestionError, QuestionSetError
from rag.evaluation.formats.collect import collect_questions, make_document
from rag.evaluation.formats.evidence import locate_quote
from rag.evaluation.formats.json_files import read_text
from rag.evaluation.formats.questions import QuestionSet, choose_split
from rag.types import Document, Question, Span

QUESTIONS_FILE = "questions_df.csv"
COLUMNS = ("question", "references", "corpus_id")
PLACES = ("corpora/{}.md", "corpora_{}.md", "{}.md", "corpora/{}.txt", "corpora_{}.txt", "{}.txt")


def read_chroma(path: Path) -> QuestionSet:
    """Read the CSV and the documents that it names.

    Every question is asked of all documents, as in the report. The set has one file for developing and reporting, so
    the split is made by the sha256 of the question; the document is the question's tag.

    Raises:
        QuestionSetError: the file cannot be read, or has other columns.
    """
    problems: list[str] = []
    documents: dict[str, Document] = {}
    found = list(_read_rows(path, documents, problems))
    return collect_questions(found, problems, "Chroma", documents)


def find_corpora(path: Path) -> list[Path]:
    """The files of the documents that the CSV names, in alphabetical order."""
    names = {(row.get("corpus_id") or "").strip() for _, row in _open_rows(path, [])}
    return sorted(file for name in names if (file := _find_document(path.parent, name)))


def _read_rows(path: Path, documents: dict[str, Document], problems: list[str]) -> Iterator[tuple[str, Question]]:
    missing: set[str] = set()
    for place, row in _open_rows(path, problems):
        name = (row.get("corpus_id") or "").strip()
        if name not in documents and name not in missing:
            try:
                documents[name] = _read_document(path, name)
            except (QuestionError, QuestionSetError) as error:
                missing.add(name)
                problems.append(f"{place}: {error}")
        if name in missing:
            continue
        try:
            yield place, _read_question(row, documents[name])
        except QuestionError as error:
            problems.append(f"{place}: {error}")


def _open_rows(path: Path, problems: list[str]) -> Iterator[tuple[str, Mapping[str, str | None]]]:
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    try:
        columns = set(reader.fieldnames or ())
    except csv.Error as error:
        raise QuestionSetError(f"{path}:1: not CSV ({error})") from None
    if not set(COLUMNS) <= columns:
        raise QuestionSetError(f"{path}: a question set in CSV has the columns {', '.join(COLUMNS)}")
    try:
        for row in reader:
            yield f"{path}:{reader.line_num}", row
    except csv.Error as error:
        problems.append(f"{path}:{reader.line_num}: not CSV ({error})")


def _read_document(path: Path, name: str) -> Document:
    file = _find_document(path.parent, name)
    if file is None:
        raise QuestionError(f"no document '{name}' beside the questions; expected: {PLACES[0].format(name)}")
    text = read_text(file)
    if not text.strip():
        raise QuestionError(f"the document '{file}' is empty")
    return make_document(name, name.replace("_", " "), text, str(file))


def _find_document(folder: Path, name: str) -> Path | None:
    if not name or name.startswith(".") or any(sign in name for sign in "/\\\0"):
        return None  # a name, and never a way out of the folder
    return next((folder / place.format(name) for place in PLACES if (folder / place.format(name)).is_file()), None)


def _read_question(row: Mapping[str, str | None], document: Document) -> Question:
    words = (row.get("question") or "").strip()
    if not words:
        raise QuestionError("'question' is empty")
    try:
        references = json.loads(row.get("references") or "")
    except (ValueError, RecursionError):
        raise QuestionError("'references' is not JSON") from None
    if not isinstance(references, list) or not references:
        raise QuestionError("'references' must be a list of objects with content, start_index and end_index")
    name = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Question(
        words,
        id=name,
        evidence=tuple(_read_reference(values, document) for values in references),
        tags=(document.id,),
        split=choose_split(words),
    )


def _read_reference(values: Any, document: Document) -> Span:
    content = values.get("content") if isinstance(values, dict) else None
    if not isinstance(content, str) or not content.strip():
        raise QuestionError("each of 'references' needs a 'content' that is not empty")
    start = values.get("start_index")
    if isinstance(start, int) and start >= 0 and document.text.startswith(content, start):
        return Span(document.id, start, start + len(content))
    place = locate_quote(content, document.text)
    if place is None:
        raise QuestionError(f'the reference "{" ".join(content.split())[:60]}" does not stand in {document.id}')
    return Span(document.id, *place)
