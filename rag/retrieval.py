"""Finding the passages for a question: vectors and keywords, fused by reciprocal rank; also as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.errors import DocumentError
from rag.index import PassageIndex
from rag.index_state import Hit, IndexState
from rag.types import Passage, Question, ScoredPassage

POOL = 30
"""How many passages each kind of search contributes before fusion."""

RANK_OFFSET = 60
"""The k of reciprocal-rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question on its way to an answerer: what is asked, how it reads on its own, and the passages found for it."""

    question: Question
    standalone: str
    passages: tuple[ScoredPassage, ...]
    seconds: float = 0.0


def find_passages(
    question: str, indexes: Sequence[PassageIndex], *, count: int, documents: Sequence[str] = ()
) -> tuple[ScoredPassage, ...]:
    """The ``count`` passages of the indexes that fit the question best, best first, each with a score in [0, 1].

    Args:
        question: one that stands alone.
        indexes: searched together, as one.
        count: how many passages to give.
        documents: ids of the only documents to search; empty for all.

    Raises:
        DocumentError: a document is in none of the indexes.
        IndexUnavailable: an index cannot be read.
    """
    vector = indexes[0].embeddings.embed_query(question)
    by_vector: list[Hit] = []
    by_keyword: list[list[Hit]] = []
    pool = max(POOL, count)
    for generation, wanted in _generations(indexes, documents):
        if wanted:
            nearest, matching = generation.search_documents(vector, question, wanted)
        else:
            nearest, matching = generation.search_vectors(vector, pool), generation.search_keywords(question, pool)
        by_vector += nearest
        by_keyword.append(matching[:pool])
    by_vector.sort(key=lambda hit: -hit.score)
    # Cosines compare across indexes; BM25 scores do not, because what is rare differs: each index ranks its own.
    return fuse(by_vector[:pool], *by_keyword)[:count]


def fuse(*rankings: Sequence[Hit]) -> tuple[ScoredPassage, ...]:
    """Merge rankings, each best first, by reciprocal rank; 1.0 is a passage that leads two of them."""
    scores: dict[str, float] = {}
    passages: dict[str, Passage] = {}
    for hits in rankings:
        for rank, hit in enumerate(hits, start=1):
            passages[hit.passage.id] = hit.passage
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + 1.0 / (RANK_OFFSET + rank)
    best_possible = 2 / (RANK_OFFSET + 1)  # a passage stands in two rankings at most: by meaning, and by keyword
    order = sorted(scores, key=lambda name: (-scores[name], name))
    return tuple(ScoredPassage(passages[name], scores[name] / best_possible) for name in order)


def _generations(indexes: Sequence[PassageIndex], documents: Sequence[str]) -> list[tuple[IndexState, tuple[str, ...]]]:
    """Each index's present state with the documents to search in it; indexes without any of them are left out."""
    current = [index.current() for index in indexes]
    if not documents:
        return [(generation, ()) for generation in current]
    unknown = [name for name in documents if not any(name in generation.records for generation in current)]
    if unknown:
        raise DocumentError(f"no document '{unknown[0]}' in the index; list them with: footnote documents")
    chosen = [(generation, tuple(name for name in documents if name in generation.records)) for generation in current]
    return [(generation, names) for generation, names in chosen if names]


class PassageRetriever(BaseRetriever):
    """Footnote's search as a LangChain retriever.

    Each LangChain document holds a passage's text; its metadata has ``document``, ``start``, ``end`` (code points of
    the document's cleaned text), ``title``, ``heading``, ``page`` and ``score`` (in [0, 1], higher is better).
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: PassageIndex
    k: int = 8

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[LangChainDocument]:
        found = find_passages(query, [self.index], count=self.k if k is None else k)
        return [
            LangChainDocument(
                id=scored.passage.id,
                page_content=scored.passage.text,
                metadata={
                    "document": scored.passage.span.document_id,
                    "start": scored.passage.span.start,
                    "end": scored.passage.span.end,
                    "title": scored.passage.title,
                    "heading": scored.passage.heading,
                    "page": scored.passage.page,
                    "score": scored.score,
                },
            )
            for scored in found
        ]
