"""Natural questions over real documents (``natural/`` of the data sets), each asked of its own document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.pipeline import ingest_paths
from rag.chain.understand import rewrite_by_rules, understand
from rag.errors import QuestionSetError
from rag.evaluation.formats.letters import Letters, find_letters, keep_letters
from rag.index.passage_index import PassageIndex
from rag.retrieve.retrieving import retrieve
from rag.steps import Retrieved
from rag.types import Answer, Question, Span


def find_documents(
    data: Path, split: str, index: Path, embeddings: Any
) -> Iterator[tuple[dict[str, Any], PassageIndex, str]]:
    """The questions of a split as they stand in their file, the index that holds all documents, and the id of each one's own.

    Raises:
        QuestionSetError: the file of questions is missing.
    """
    path = data / "natural" / "questions.jsonl"
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        raise QuestionSetError(f"no questions at '{path}'; name the folder of the data sets with --data") from None
    ingest_paths([data / "natural" / "documents"], directory=index, embeddings=embeddings)
    opened = PassageIndex(index, embeddings)
    names = {Path(record.source).name: record.id for record in opened.documents()}
    for row in rows:
        if row["split"] == split and row["document"] in names:
            yield row, opened, names[row["document"]]


@dataclass(frozen=True, slots=True)
class AskedOfDocument:
    """A question's passages as found in its document, and where each piece of its evidence stands there.

    ``found`` is None where it was answered without any document.
    """

    id: str
    found: Retrieved | None
    gold: tuple[tuple[Span, ...], ...]
    answerable: bool


def ask_documents(data: Path, split: str, index: Path, embeddings: Any, *, count: int) -> Iterator[AskedOfDocument]:
    """Find the passages for the questions of a split, ``count`` for each; the documents are put into an index first.

    Raises:
        QuestionSetError: the file of questions is missing.
    """
    letters: dict[str, Letters] = {}
    for row, opened, name in find_documents(data, split, index, embeddings):
        history = tuple((asked, told) for asked, told in row.get("history") or ())
        asked = understand(Question(row["question"], history=history, documents=(name,)), rewrite=rewrite_by_rules)
        found = None if isinstance(asked, Answer) else retrieve(asked, indexes=(opened,), count=count)
        document = opened.document(name)
        if name not in letters:
            letters[name] = keep_letters(document.text)
        gold = tuple(
            tuple(Span(name, *place) for place in find_letters(piece["quote"], document.text, letters[name]))
            for piece in row["evidence"]
        )
        yield AskedOfDocument(row["id"], found, gold, bool(row["evidence"]))
