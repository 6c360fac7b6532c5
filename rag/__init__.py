"""Footnote: answers about your documents, every sentence proven by exact characters of the source.

    from rag import PassageIndex, build_chain, build_embeddings, read_settings

    index = PassageIndex("index", build_embeddings(read_settings()))
    answer = build_chain(index).invoke("When did the mill burn down?")

Documents are brought in by ``ingest`` (``ingest_paths``, ``ingest_texts``, ``Library``), answers are measured by
``rag.evaluation``. Everything that fails on purpose is a ``FootnoteError``. Each module logs under its own name
(``logging.getLogger("rag")``), never texts above DEBUG. Importing it loads nothing heavy; each name is imported when it is
first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.chain import build_chain
    from rag.chain.text import to_text
    from rag.errors import FootnoteError
    from rag.index.embeddings import build_embeddings
    from rag.index.passage_index import PassageIndex
    from rag.retrieve.hybrid import PassageRetriever
    from rag.settings import Settings, read_settings
    from rag.types import Answer, Citation, Document, Passage, Question, Sentence, Span

HOMES = {
    "Answer": "rag.types",
    "Citation": "rag.types",
    "Document": "rag.types",
    "FootnoteError": "rag.errors",
    "Passage": "rag.types",
    "PassageIndex": "rag.index",
    "PassageRetriever": "rag.retrieve.hybrid",
    "Question": "rag.types",
    "Sentence": "rag.types",
    "Settings": "rag.settings",
    "Span": "rag.types",
    "build_chain": "rag.chain",
    "build_embeddings": "rag.index.embeddings",
    "read_settings": "rag.settings",
    "to_text": "rag.chain.text",
}
"""Where each public name is defined."""

__all__ = [
    "Answer",
    "Citation",
    "Document",
    "FootnoteError",
    "Passage",
    "PassageIndex",
    "PassageRetriever",
    "Question",
    "Sentence",
    "Settings",
    "Span",
    "build_chain",
    "build_embeddings",
    "read_settings",
    "to_text",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return find_version()
    if name not in HOMES:
        raise AttributeError(f"module 'rag' has no attribute '{name}'")
    return getattr(importlib.import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})


def find_version() -> str:
    """The version that is installed; "unknown" where the source is used without being installed."""
    from importlib import metadata

    try:
        return metadata.version("footnote")
    except metadata.PackageNotFoundError:
        return "unknown"
