"""The chain's step from what is asked to passages: those that any LangChain retriever finds.

Nothing is indexed. Each LangChain document becomes a passage, and is its own source: spans point into its text.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableConfig

from rag.index.metadata import keep_plain
from rag.question import read_where
from rag.retrieve.retrieving import make_retrieved, retrieve_parts
from rag.steps import Retrieved, Understood
from rag.types import Passage, ScoredPassage, Span

if TYPE_CHECKING:
    from langchain_core.documents import Document as LangChainDocument
    from langchain_core.embeddings import Embeddings
    from langchain_core.runnables import Runnable


OWN = ("document", "start", "end", "title", "heading", "page", "score")
"""What ``PassageRetriever`` tells of a passage, beside the metadata of its document."""

_log = logging.getLogger(__name__)


class RetrieverStep:
    """Retrieves by a LangChain retriever, sync and async; its run is a child of the step's.

    Args:
        retriever: any.
        embeddings: score the passages that come without a score, by the cosine with the question.
        count: how many passages are kept at most.
    """

    def __init__(self, retriever: Runnable[str, list[LangChainDocument]], embeddings: Embeddings, count: int = 8):
        self._retriever = retriever
        self._embeddings = embeddings
        self._count = count

    def __call__(self, asked: Understood, config: RunnableConfig) -> Retrieved:
        """What the retriever finds for a question, or for each of several."""
        return self._gather(asked, [self._retriever.invoke(text, config) for text in _read_questions(asked)])

    async def acall(self, asked: Understood, config: RunnableConfig) -> Retrieved:
        """The same, awaiting the retriever."""
        found = [await self._retriever.ainvoke(text, config) for text in _read_questions(asked)]
        return await asyncio.to_thread(self._gather, asked, found)

    def _gather(self, asked: Understood, found: Sequence[Sequence[LangChainDocument]]) -> Retrieved:
        remaining = iter(found)

        def find(single: Understood) -> Retrieved:
            return make_retrieved(single, self._score(single, next(remaining)))

        return retrieve_parts(asked, find, self._count)

    def _score(self, asked: Understood, documents: Sequence[LangChainDocument]) -> list[ScoredPassage]:
        wanted, conditions = asked.question.documents, read_where(asked.question.where)
        pairs = [
            (passage, _find_score(document.metadata))
            for passage, document in make_passages(documents)
            if (not wanted or passage.span.document_id in wanted)
            and all(condition.fits(document.metadata) for condition in conditions)
        ][: self._count]
        unscored = sum(score is None for _, score in pairs)
        _log.debug("%d documents found, %d passages kept, %d without a score", len(documents), len(pairs), unscored)
        if unscored:
            import numpy as np

            question = np.asarray(self._embeddings.embed_query(asked.standalone))
            texts = np.asarray(self._embeddings.embed_documents([passage.text for passage, _ in pairs]))
            lengths = np.linalg.norm(texts, axis=1) * np.linalg.norm(question)
            cosines = (texts @ question / np.maximum(lengths, 1e-12)).clip(0.0, 1.0).tolist()
            return [ScoredPassage(passage, cosine) for (passage, _), cosine in zip(pairs, cosines, strict=True)]
        return [ScoredPassage(passage, score) for passage, score in pairs if score is not None]


def make_passages(documents: Sequence[LangChainDocument]) -> list[tuple[Passage, LangChainDocument]]:
    """Passages of LangChain documents, each once and with its document; those without text are left out.

    A document with the metadata of ``PassageRetriever`` keeps its span. Any other is a source of its own, named by its
    id, or by where it is from and its text; its span is all of its text.
    """
    found: dict[str, tuple[Passage, LangChainDocument]] = {}
    for document in documents:
        text, metadata = document.page_content, document.metadata
        if not text.strip():
            continue
        own = _find_span(text, metadata)
        span = own or Span(_name(document), 0, len(text))
        page = metadata.get("page") if own else None  # other loaders count from 0
        title = str(metadata.get("title") or PurePath(str(metadata.get("source") or "")).name)
        heading = str(metadata.get("heading") or "")
        passage = Passage(
            span,
            text,
            title,
            heading,
            page if isinstance(page, int) else None,
            metadata=keep_plain(metadata, without=OWN if own else ()),
        )
        found.setdefault(passage.id, (passage, document))
    return list(found.values())


def _read_questions(asked: Understood) -> list[str]:
    return [part.standalone for part in asked.parts or (asked,)]


def _find_span(text: str, metadata: dict[str, Any]) -> Span | None:
    match metadata:
        case {"document": str(name), "start": int(start), "end": int(end)} if end - start == len(text):
            return Span(name, start, end)
    return None


def _name(document: LangChainDocument) -> str:
    digest = hashlib.sha256(document.page_content.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return document.id or f"{document.metadata.get('source') or 'document'}#{digest}"


def _find_score(metadata: dict[str, Any]) -> float | None:
    """The score that a retriever gives with a document, where it is one in [0, 1]."""
    score = next((metadata[key] for key in ("score", "relevance_score") if key in metadata), None)
    return float(score) if isinstance(score, int | float) and 0 <= score <= 1 else None
