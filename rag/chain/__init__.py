"""The whole way from a question to an answer, as one LangChain Runnable of six named steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable

from rag.chain.runnable import Chain, ChainStep
from rag.chain.understand import rewrite_by_rules
from rag.chain.understand import understand as understand_question
from rag.cite.checking import check as check_sentences
from rag.cite.citing import cite as cite_draft
from rag.cite.support import build_support_estimator
from rag.index.embeddings import build_embeddings, build_word_test
from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import read_vocabulary
from rag.retrieve.langchain_retriever import RetrieverStep
from rag.retrieve.ranking import rank as rank_passages
from rag.retrieve.retrieving import retrieve as retrieve_passages
from rag.settings import Settings, read_settings
from rag.steps import Answerer, Cited, Draft, Retrieved, Rewriter, Understood
from rag.types import Answer, Question

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from rag.reader.span_reader import SpanReader


def build_chain(
    indexes: PassageIndex | Sequence[PassageIndex] | BaseRetriever,
    *,
    settings: Settings | None = None,
    chat_model: BaseChatModel | None = None,
    understand: Callable[[str | Question], Understood | Answer] | Runnable[Any, Any] | None = None,
    retrieve: Callable[[Understood], Retrieved] | Runnable[Any, Any] | None = None,
    rank: Callable[[Retrieved], Retrieved] | Runnable[Any, Any] | None = None,
    answer: Answerer | Runnable[Any, Any] | None = None,
    cite: Callable[[Draft], Cited] | Runnable[Any, Any] | None = None,
    check: Callable[[Cited], Answer | Iterator[Answer]] | Runnable[Any, Any] | None = None,
) -> Runnable[str | Question, Answer]:
    """Wire what may be quoted to an answerer.

    Args:
        indexes: what may be quoted: an index, several searched as one, or any LangChain retriever, whose documents are
            quoted as they are.
        settings: how many passages to use, when to abstain, which chat model; those of the environment if not given.
        chat_model: a LangChain chat model that writes the answers, in place of the one that the settings name.
        understand, retrieve, rank, answer, cite, check: each takes the place of the step of that name, a function or
            Runnable from and to the types in ``rag.steps``; for ``retrieve`` a LangChain retriever will do.

    Returns:
        A Runnable from a question, as text or ``Question``, to an ``Answer``. ``stream`` yields whole answers that
        grow; the last equals what ``invoke`` gives. Of a question's history the last 30 turns are used, and the
        first 4,000 characters of each text in them. Calling it raises QuestionError for an empty or over-long
        question and for more than 1,000 documents, DocumentError for an unknown document, and IndexUnavailable when
        the index cannot be read.
    """
    from rag.reader.reranking import build_ranker
    from rag.reader.span_reader import share_reader

    settings = settings or read_settings()
    spans = share_reader()
    model = None
    if chat_model is not None or settings.uses_chat_model:  # else nothing of the chat path is loaded
        from rag.llm.chat_model import build_chat_model
        from rag.llm.rewriting import build_rewriter

        model = chat_model or build_chat_model(settings)
    rewrite = build_rewriter(model) if model else rewrite_by_rules
    if isinstance(indexes, BaseRetriever):
        embeddings = build_embeddings(settings)
        first, second = _search_retriever(indexes, embeddings, settings, rewrite)
    else:
        chosen = (indexes,) if isinstance(indexes, PassageIndex) else tuple(indexes)
        embeddings = chosen[0].embeddings
        first, second = _search_indexes(chosen, settings, rewrite, reads_whole=model is not None)
    if isinstance(retrieve, BaseRetriever):
        second, retrieve = RetrieverStep(retrieve, embeddings, settings.passages), None
    if answer is None:
        answer = _build_answerer(settings, model, embeddings, spans)
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
            "check", check or partial(check_sentences, estimate=build_support_estimator(spans.judge)), Cited, Answer
        ),
    )


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


def _search_retriever(retriever: BaseRetriever, embeddings: Embeddings, settings: Settings, rewrite: Rewriter) -> Steps:
    return partial(understand_question, rewrite=rewrite), RetrieverStep(retriever, embeddings, settings.passages)


def _build_answerer(
    settings: Settings, model: BaseChatModel | None, embeddings: Embeddings, spans: SpanReader
) -> Answerer:
    """Who answers: the chat model where there is one, else the reader."""
    from rag.answer.exact import prefer_exact
    from rag.answer.quoting import build_answerer, build_reader

    quoting = build_answerer(build_reader(embeddings, spans), abstain_below=settings.abstain_below)
    if model is None:
        return prefer_exact(quoting)
    from rag.answer.writing import build_writer
    from rag.llm.chat_model import chat_model_name, find_context

    return prefer_exact(
        build_writer(
            model,
            fallback=quoting,
            model_name=chat_model_name(settings, model),
            timeout=settings.chat_timeout,
            context=find_context(settings, model),
        )
    )
