"""The whole way from a question to an answer, as one LangChain Runnable of six named steps."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable
from langchain_core.runnables.base import RunnableBindingBase

from rag.chain.runnable import Chain, ChainStep
from rag.chain.understand import rewrite_by_rules
from rag.chain.understand import understand as understand_question
from rag.cite.checking import check as check_sentences
from rag.cite.citing import cite as cite_draft
from rag.cite.judging import build_support_estimator
from rag.errors import UsageError
from rag.index.embeddings import build_embeddings, build_word_test
from rag.index.passage_index import PassageIndex
from rag.index.profile import check_same_model
from rag.retrieve.hybrid import read_vocabulary
from rag.retrieve.langchain_retriever import RetrieverStep
from rag.retrieve.ranking import rank as rank_passages
from rag.retrieve.retrieving import retrieve as retrieve_passages
from rag.settings import Settings, read_settings
from rag.steps import Answerer, Cited, Draft, Retrieved, Rewriter, Understood
from rag.turns import Asked
from rag.types import Answer, Question

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings

    from rag.llm.streaming import ChatModel
    from rag.reader.span_reader import SpanReader


_log = logging.getLogger(__name__)


def build_chain(
    indexes: PassageIndex | Sequence[PassageIndex] | Runnable[str, list[Document]],
    *,
    settings: Settings | None = None,
    chat_model: ChatModel | None = None,
    understand: Callable[[str | Question], Understood | Answer] | Runnable[Any, Any] | None = None,
    retrieve: Callable[[Understood], Retrieved] | Runnable[Any, Any] | None = None,
    rank: Callable[[Retrieved], Retrieved] | Runnable[Any, Any] | None = None,
    answer: Answerer | Runnable[Any, Any] | None = None,
    cite: Callable[[Draft], Cited] | Runnable[Any, Any] | None = None,
    check: Callable[[Cited], Answer | Iterator[Answer]] | Runnable[Any, Any] | None = None,
) -> Runnable[Asked, Answer]:
    """Wire what may be quoted to an answerer.

    Args:
        indexes: what may be quoted: an index, several searched as one, or any LangChain retriever, whose documents are
            quoted as they are.
        settings: how many passages to use, when to abstain, which chat model; those of the environment if not given.
        chat_model: a LangChain chat model that writes the answers, in place of the one that the settings name; or one
            that is wrapped, ``with_retry`` or ``with_fallbacks`` say, or any Runnable from messages to a message.
        understand, retrieve, rank, answer, cite, check: each takes the place of the step of that name, a function or
            Runnable from and to the types in ``rag.steps``; for ``retrieve`` a LangChain retriever will do.

    Returns:
        A Runnable from a question, as text, ``Question``, dictionary of its parts or messages, to an ``Answer``; it can be
        pickled. ``stream`` yields whole answers that grow; the last equals what ``invoke`` gives. Of a question's history the last 30 turns are used, and the
        first 4,000 characters of each text in them. Calling it raises QuestionError for an empty or over-long
        question and for more than 1,000 documents, DocumentError for an unknown document, and IndexUnavailable when
        the index cannot be read.
    """
    steps = {
        "understand": understand,
        "retrieve": retrieve,
        "rank": rank,
        "answer": answer,
        "cite": cite,
        "check": check,
    }
    rebuild = partial(build_chain, indexes, settings=settings, chat_model=chat_model, **steps)  # type: ignore[arg-type]
    if not isinstance(indexes, Runnable):
        indexes = read_indexes(indexes)  # a slip should be told before the models are loaded
    if chat_model is not None and not isinstance(chat_model, Runnable):
        raise UsageError(
            f"a chat model is one of LangChain, not {type(chat_model).__name__}; or name one in the settings"
        )
    from rag.answer.exact import prefer_exact
    from rag.reader.reranking import build_ranker
    from rag.reader.span_reader import share_reader

    started = time.perf_counter()
    settings = settings or read_settings()
    spans = share_reader(settings.engine)
    model = None
    if chat_model is not None or settings.uses_chat_model:  # else nothing of the chat path is loaded
        from rag.llm.chat_model import build_chat_model
        from rag.llm.rewriting import build_rewriter

        model = chat_model or build_chat_model(settings)
    rewrite = build_rewriter(model) if model else rewrite_by_rules
    if isinstance(indexes, Runnable):  # a retriever, or one that retries, falls back or is configured
        embeddings = build_embeddings(settings)
        first, second = _search_retriever(indexes, embeddings, settings, rewrite)
    else:
        embeddings = indexes[0].embeddings
        first, second = _search_indexes(indexes, settings, rewrite, reads_whole=model is not None)
    if isinstance(retrieve, BaseRetriever) or (
        isinstance(retrieve, RunnableBindingBase) and isinstance(retrieve.bound, BaseRetriever)
    ):
        second, retrieve = RetrieverStep(retrieve, embeddings, settings.passages), None
    quoting = _build_quoting(settings, embeddings, spans)
    if answer is None:
        answer = prefer_exact(_build_writer(settings, model, quoting, spans) if model else quoting)
    stand_in = partial(_answer_alone, quoting) if model else None
    _log.debug("a chain is built in %.2f s; a chat model writes: %s", time.perf_counter() - started, model is not None)
    return Chain(
        ChainStep("understand", understand or first, str | Question, Understood | Answer),
        ChainStep("retrieve", retrieve or second, Understood, Retrieved),
        ChainStep(
            "rank",
            rank or partial(rank_passages, ranker=build_ranker(spans), count=settings.passages),
            Retrieved,
            Retrieved,
        ),
        ChainStep("answer", answer, Retrieved, Draft),
        ChainStep("cite", cite or cite_draft, Draft, Cited),
        ChainStep(
            "check",
            check
            or partial(
                check_sentences, estimate=build_support_estimator(spans.judge, spans.read_pairs), stand_in=stand_in
            ),
            Cited,
            Answer,
        ),
        rebuild=rebuild,
    )


def read_indexes(indexes: object) -> tuple[PassageIndex, ...]:
    """One index or many, as a tuple.

    Raises:
        UsageError: there are none, they are no indexes, or one was opened without embeddings.
        IndexMismatchError: they were made with different embedding models.
    """
    found = (indexes,) if isinstance(indexes, PassageIndex) else indexes
    if isinstance(found, str | os.PathLike) or not isinstance(found, Iterable):
        raise UsageError(
            f"what is searched is an index or a LangChain retriever, not {type(indexes).__name__}; "
            "open an index with: PassageIndex(folder, embeddings)"
        )
    chosen = list(found)
    if not chosen:
        raise UsageError("there is no index to search; open one with: PassageIndex(folder, embeddings)")
    for index in chosen:
        if not isinstance(index, PassageIndex):
            raise UsageError(
                f"what is searched are indexes, not {type(index).__name__}; "
                "open one with: PassageIndex(folder, embeddings)"
            )
    opened = [index for index in chosen if index.embeddings is not None]  # one that was opened without raises
    check_same_model([index.current().profile for index in opened])
    return tuple(chosen)


Steps = tuple[Callable[[str | Question], Understood | Answer], Callable[..., Retrieved]]
"""The steps that depend on what is searched: ``understand`` and ``retrieve``."""


def _search_indexes(
    indexes: Sequence[PassageIndex], settings: Settings, rewrite: Rewriter, *, reads_whole: bool
) -> Steps:
    word_test = cache(lambda: build_word_test(indexes[0].embeddings))
    first = partial(
        understand_question,
        rewrite=rewrite,
        library=lambda: [record for index in indexes for record in index.documents()],
        read_vocabulary=lambda: read_vocabulary(indexes, lambda word: word_test()(word)),
    )
    return first, partial(retrieve_passages, indexes=indexes, count=settings.passages, reads_whole=reads_whole)


def _search_retriever(
    retriever: Runnable[str, list[Document]], embeddings: Embeddings, settings: Settings, rewrite: Rewriter
) -> Steps:
    return partial(understand_question, rewrite=rewrite), RetrieverStep(retriever, embeddings, settings.passages)


def _build_quoting(settings: Settings, embeddings: Embeddings, spans: SpanReader) -> Answerer:
    """The embedded answerer, which quotes."""
    from rag.answer.quoting import build_answerer, build_reader

    return build_answerer(build_reader(embeddings, spans), abstain_below=settings.abstain_below)


def _build_writer(settings: Settings, model: ChatModel, quoting: Answerer, spans: SpanReader) -> Answerer:
    """The answerer that lets a chat model write; one of this machine, which reads slowly, is told excerpts."""
    from rag.answer.excerpts import build_excerpter
    from rag.answer.writing import build_writer
    from rag.llm.chat_model import chat_model_name, find_context, find_timeout, is_local

    return build_writer(
        model,
        fallback=quoting,
        model_name=chat_model_name(settings, model),
        timeout=find_timeout(settings),
        context=find_context(settings, model),
        excerpts=build_excerpter(spans) if is_local(settings) else None,
    )


def _answer_alone(answerer: Answerer, found: Retrieved) -> Answer:
    """What an answerer whose sentences are quotes says in the end."""
    from rag.answer.writing import read_drafts

    *_, draft = read_drafts(answerer(found))
    return cite_draft(draft).answer
