"""Embeddings that need no model, and documents to put into an index with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rag.index.document_records import DocumentRecord
from rag.index.writer import IndexWriter, write_index
from rag.settings import ChromaServer
from rag.types import Passage, Span, text_digest

SPLITTING = "test"


class LetterEmbeddings:
    """Unit vectors that tell texts apart by their letters: real enough to store and search, and quick."""

    def __init__(self, name: str = "letters"):
        self.name = name

    def embed_query(self, text: str) -> list[float]:
        counts = [1e-6 + text.casefold().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"]
        length = sum(count * count for count in counts) ** 0.5
        return [count / length for count in counts]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


LETTERS: Any = LetterEmbeddings()


def put(location: Path | ChromaServer, document: str, *texts: str, **options: Any) -> None:
    """Write a document made of the given passages."""
    with write_index(location, LETTERS, splitting=SPLITTING, **options) as writer:
        add(writer, document, *texts)


def add(writer: IndexWriter, document: str, *texts: str) -> None:
    """Put a document made of the given passages into what is being written."""
    passages, at = [], 0
    for text in texts:
        passages.append(Passage(Span(document, at, at + len(text)), text, title=document.title(), heading="Head"))
        at += len(text)
    whole = "".join(texts)
    record = DocumentRecord(
        document, document.title(), "", "", f"{document}.txt", "0", text_digest(whole), len(texts), len(whole)
    )
    # As rows of an array, which is how the pipeline hands them over.
    writer.add(record, passages, list(np.asarray(LETTERS.embed_documents(list(texts)), dtype=np.float32)))
