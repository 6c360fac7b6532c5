"""Finding the passages for a question: by meaning and by keywords, their scores fused; also as a LangChain retriever."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.conditions import Where
from rag.english.normalizing import Vocabulary
from rag.english.source import asks_about_source
from rag.english.terms import find_terms
from rag.errors import DocumentError, UsageError
from rag.index.metadata import choose_documents
from rag.index.passage_index import PassageIndex
from rag.index.state import Hit, IndexState
from rag.question import read_document_ids
from rag.steps import Ranker
from rag.types import Passage, ScoredPassage

_log = logging.getLogger(__name__)

POOL = 30
"""How many passages each kind of search contributes before fusion."""

OPENING = 3
"""Passages of a document's beginning in which its title, author and date are looked for."""


def find_passages(
    question: str,
    indexes: Sequence[PassageIndex],
    *,
    count: int,
    documents: Sequence[str] = (),
    where: Where | None = None,
) -> tuple[ScoredPassage, ...]:
    """The ``count`` passages of the indexes that fit the question best, best first, each with a score in [0, 1].

    Args:
        question: one that stands alone.
        indexes: searched together, as one.
        count: how many passages to give.
        documents: ids of the only documents to search; empty for all.
        where: what the metadata of the documents must say, as in ``{"kind": "memo", "year": [2023, 2024]}`` or
            ``["kind=memo", "year>=2023"]``.

    Raises:
        DocumentError: a document is in none of the indexes, or none has metadata of such a name.
        QuestionError: ``where`` is no condition.
        IndexUnavailable: an index cannot be read.
    """
    if where:
        fitting = choose_documents((record for index in indexes for record in index.documents()), where)
        named = read_document_ids(documents)
        documents = [name for name in fitting if not named or name in named]
        if not documents:  # which would be all
            return ()
    return search(question, indexes, count=count, documents=documents)[:count]


def search(
    question: str, indexes: Sequence[PassageIndex], *, count: int, documents: Sequence[str] = ()
) -> tuple[ScoredPassage, ...]:
    """All passages among which ``find_passages`` chooses, best first: the nearest and those with most of the words."""
    if not indexes:
        raise UsageError("there is no index to search; open one with: PassageIndex(folder, embeddings)")
    started = time.perf_counter()
    embeddings = indexes[0].embeddings
    vector = embeddings.embed_query(question)
    embedded = time.perf_counter()
    by_vector: list[Hit] = []
    by_keyword: list[Hit] = []
    pool = max(POOL, count)
    for state, wanted in choose_states(indexes, documents):
        state.check_model(embeddings, vector)
        if wanted:
            nearest, matching = state.search_documents(vector, question, wanted, pool)
        else:
            nearest, matching = state.search_vectors(vector, pool), state.search_keywords(question, pool)
        by_vector += nearest
        by_keyword += matching
    _log.debug(
        "%d hits by vector, %d by keyword: embedding %.3f s, searching %.3f s",
        len(by_vector),
        len(by_keyword),
        embedded - started,
        time.perf_counter() - embedded,
    )
    return fuse(by_vector, by_keyword, pool=pool)


def fuse(by_vector: Sequence[Hit], by_keyword: Sequence[Hit], *, pool: int = POOL) -> tuple[ScoredPassage, ...]:
    """Merge two rankings by the mean of their scores, best first; 1.0 is as near and as well matched as can be.

    Both scores lie in [0, 1]: a cosine, and BM25 as a share of the most that the question could score. How far one
    passage is ahead of the next is kept that way, where reciprocal ranks lose it (Bruch, Gai and Ingber, TOIS 2023).

    Args:
        by_vector, by_keyword: hits of any number of indexes, in any order.
        pool: how many of each are taken; one that is missing from a full ranking cannot have scored above its last.
    """
    passages: dict[str, Passage] = {}
    rankings, floors = [], []
    for hits in (by_vector, by_keyword):
        best = sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:pool]
        passages |= {hit.passage.id: hit.passage for hit in best}
        rankings.append({hit.passage.id: max(0.0, hit.score) for hit in best})
        floors.append(max(0.0, best[-1].score) if len(best) == pool else 0.0)
    scores = {
        name: sum(ranking.get(name, floor) for ranking, floor in zip(rankings, floors, strict=True)) / 2
        for name in passages
    }
    order = sorted(scores, key=lambda name: (-scores[name], name))
    return tuple(ScoredPassage(passages[name], min(1.0, scores[name])) for name in order)


def with_openings(
    question: str, passages: tuple[ScoredPassage, ...], indexes: Sequence[PassageIndex]
) -> tuple[ScoredPassage, ...]:
    """The passages, and the first ones of each document that the question may be about itself, where title and author stand.

    Those that were not found by their words come last, and score like the last.
    """
    known = {scored.passage.id for scored in passages}
    told = {scored.passage.span.document_id: scored.passage.title for scored in passages}
    documents = [name for name, title in told.items() if asks_about_source(question, title)]
    if not documents:
        return passages
    holders = [(index, {record.id for record in index.documents()}) for index in indexes]
    openings = [
        passage
        for name in documents
        for index, held in holders
        if name in held
        for passage in index.passages(name)[:OPENING]
    ]
    missing = [passage for passage in openings if passage.id not in known]
    return (*passages, *(ScoredPassage(passage, passages[-1].score) for passage in missing))


def read_vocabulary(indexes: Sequence[PassageIndex], is_common: Callable[[str], bool]) -> Vocabulary:
    """The words of the indexed documents; ``is_common`` tells those that need no document to be words."""
    states = [index.current() for index in indexes]

    def find_word(term: str) -> str | None:
        hits = (hit for state in states for hit in state.search_keywords(term, 1))
        words = (word for hit in hits for word in re.findall(r"[^\W\d_]+", hit.passage.text))
        return next((word for word in words if word[:1].casefold() == term[0] and find_terms([word]) == [[term]]), None)

    return Vocabulary([state.keywords.terms for state in states], find_word, is_common)


def choose_states(
    indexes: Sequence[PassageIndex], documents: Sequence[str]
) -> list[tuple[IndexState, tuple[str, ...]]]:
    """Each index's present state with the documents to search in it, none for all; indexes without any are left out.

    Raises:
        DocumentError: a document is in none of the indexes.
    """
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
    the document's cleaned text), ``title``, ``heading``, ``page`` and ``score`` (in [0, 1], higher is better), beside the
    document's own metadata. ``index`` is one, or several that are searched as one. ``documents`` and ``where`` restrict
    the search as ``find_passages`` does.
    ``rank`` puts them into another order, as ``rag.reader.reranking.build_ranker`` does.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    index: PassageIndex | Sequence[PassageIndex]
    k: int = 8
    documents: tuple[str, ...] = ()
    where: Any = None
    rank: Ranker | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[LangChainDocument]:
        indexes = [self.index] if isinstance(self.index, PassageIndex) else self.index
        found = find_passages(
            query, indexes, count=self.k if k is None else k, documents=self.documents, where=self.where
        )
        found = self.rank(query, found) if self.rank else found
        return [
            LangChainDocument(
                id=scored.passage.id,
                page_content=scored.passage.text,
                metadata={
                    **dict(scored.passage.metadata),
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
