"""Natural questions over real documents (``natural/`` of the data sets), each asked of its own document."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.pipeline import ingest_paths
from rag.chain.understand import rewrite_by_rules, understand
from rag.errors import QuestionSetError
from rag.index.passage_index import PassageIndex
from rag.retrieve.retrieving import retrieve
from rag.steps import Retrieved
from rag.types import Answer, Document, Question, Span


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
    path = data / "natural" / "questions.jsonl"
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        raise QuestionSetError(f"no questions at '{path}'; name the folder of the data sets with --data") from None
    ingest_paths([data / "natural" / "documents"], directory=index, embeddings=embeddings)
    opened = PassageIndex(index, embeddings)
    names = {Path(record.source).name: record.id for record in opened.documents()}
    letters: dict[str, tuple[str, list[int]]] = {}
    for row in rows:
        if row["split"] != split or row["document"] not in names:
            continue
        name = names[row["document"]]
        history = tuple((asked, told) for asked, told in row.get("history") or ())
        asked = understand(Question(row["question"], history=history, documents=(name,)), rewrite=rewrite_by_rules)
        found = None if isinstance(asked, Answer) else retrieve(asked, indexes=(opened,), count=count)
        document = opened.document(name)
        if name not in letters:
            letters[name] = keep_letters(document.text)
        gold = tuple(tuple(find_letters(piece["quote"], document, letters[name])) for piece in row["evidence"])
        yield AskedOfDocument(row["id"], found, gold, bool(row["evidence"]))


def find_letters(quote: str, document: Document, letters: tuple[str, Sequence[int]]) -> Iterator[Span]:
    """Where a quote stands in a document, by letters and digits alone."""
    text, places = letters
    wanted, _ = keep_letters(quote)
    at = text.find(wanted) if wanted else -1
    while at >= 0:
        yield Span(document.id, places[at], places[at + len(wanted) - 1] + 1)
        at = text.find(wanted, at + 1)


def keep_letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits of a text, and the place of each."""
    kept, places = [], []
    for place, character in enumerate(text):
        for folded in unicodedata.normalize("NFKC", character).casefold():
            if folded.isalnum():
                kept.append(folded)
                places.append(place)
    return "".join(kept), places
