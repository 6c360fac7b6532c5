"""The whole way from a question to an answer, as one LangChain Runnable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from rag.answer.small_talk import format_library, format_small_talk
from rag.english.follow_ups import make_standalone
from rag.english.intents import (
    MAX_CHARACTERS,
    asks_about_library,
    asks_for_list,
    asks_for_summary,
    find_small_talk,
)
from rag.english.normalizing import split_questions, tidy
from rag.index.document_records import DocumentRecord
from rag.index.embeddings import build_word_test
from rag.index.passage_index import PassageIndex
from rag.question import read_question
from rag.retrieve.hybrid import Ranker, Retrieved, find_passages, read_vocabulary, with_openings
from rag.retrieve.whole_documents import find_central_passages, read_whole
from rag.settings import Settings, read_settings
from rag.types import Answer, Question, Route, Seconds, Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Answerer = Callable[[Retrieved], Iterator[Answer]]
"""Answers one question with growing snapshots; the last one is the answer."""

Rewriter = Callable[[Question], tuple[str, Usage | None]]
"""Makes a question stand alone, and tells the tokens that a chat model took for it."""


def build_chain(
    indexes: PassageIndex | Sequence[PassageIndex],
    *,
    settings: Settings | None = None,
    chat_model: BaseChatModel | None = None,
) -> Runnable[str | Question, Answer]:
    """Wire an index, or several searched as one, to an answerer.

    Args:
        indexes: what may be quoted.
        settings: how many passages to use, when to abstain, which chat model; those of the environment if not given.
        chat_model: a LangChain chat model that writes the answers, in place of the one that the settings name.

    Returns:
        A Runnable from a question, as text or ``Question``, to an ``Answer``. ``stream`` yields whole answers that
        grow; the last equals what ``invoke`` gives. Of a question's history the last 30 turns are used, and the
        first 4,000 characters of each text in them. Calling it raises QuestionError for an empty or over-long
        question and for more than 1,000 documents, DocumentError for an unknown document, and IndexUnavailable when
        the index cannot be read.
    """
    settings = settings or read_settings()
    chosen = (indexes,) if isinstance(indexes, PassageIndex) else tuple(indexes)
    answerer, rewrite, rank, reads_whole = _build_answerer(chosen, settings, chat_model)
    word_test = cache(lambda: build_word_test(chosen[0].embeddings))

    def prepare(asked: str | Question) -> Retrieved | Answer:
        started = time.perf_counter()
        question = read_question(asked)
        if kind := find_small_talk(question.text):
            text = format_small_talk(kind, _records(chosen))
            return Answer(question.text, text, id=question.id, route="small_talk", seconds=_since(started))
        if asks_about_library(question.text):
            text = format_library(_records(chosen))
            return Answer(question.text, text, id=question.id, route="library", seconds=_since(started))
        if asks_for_summary(question.text):
            central = find_central_passages(chosen, question.documents)
            whole = read_whole(chosen, question.documents) if reads_whole else ()
            return Retrieved(question, question.text, central, time.perf_counter() - started, "summary", whole=whole)
        parts = [find(single) for single in _ask_singly(question)]
        return parts[0] if len(parts) == 1 else _gather(question, parts, settings.passages)

    def find(question: Question) -> Retrieved:
        """What is found for a single question."""
        started = time.perf_counter()
        text, notes = tidy(question.text, read_vocabulary(chosen, lambda word: word_test()(word)))
        standalone, used = rewrite(replace(question, text=text))
        passages = find_passages(standalone, chosen, count=settings.passages, documents=question.documents)
        passages = rank(standalone, with_openings(standalone, passages, chosen))[: settings.passages]
        route: Route = "list" if asks_for_list(question.text) else "passages"
        whole = read_whole(chosen, question.documents) if reads_whole and route == "list" else ()
        seconds = time.perf_counter() - started
        return Retrieved(question, standalone, passages, seconds, route, notes=notes, whole=whole, usage=used)

    return RunnableLambda(prepare, name="retrieve") | AnswerStep(answerer)


class AnswerStep(Runnable[Retrieved | Answer, Answer]):
    """The last step: streams an answerer's snapshots, sync and async. What is an answer already passes through."""

    def __init__(self, answerer: Answerer):
        self._answerer = answerer

    def invoke(self, input: Retrieved | Answer, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """The final answer."""
        *_, last = self._snapshots(input)
        return last

    def transform(
        self, input: Iterator[Retrieved | Answer], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Answer]:
        """The answer as it grows."""
        for item in input:
            yield from self._snapshots(item)

    def stream(
        self, input: Retrieved | Answer, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Answer]:
        """The answer as it grows."""
        yield from self._snapshots(input)

    async def ainvoke(self, input: Retrieved | Answer, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """The final answer; the work is done in a thread."""
        return await asyncio.to_thread(self.invoke, input)

    async def atransform(
        self, input: AsyncIterator[Retrieved | Answer], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Answer]:
        """The answer as it grows; the work is done in a thread."""
        async for item in input:
            async for snapshot in self.astream(item):
                yield snapshot

    async def astream(
        self, input: Retrieved | Answer, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Answer]:
        """The answer as it grows; the work is done in a thread."""
        snapshots = self._snapshots(input)
        while (snapshot := await asyncio.to_thread(next, snapshots, None)) is not None:
            yield snapshot

    def _snapshots(self, item: Retrieved | Answer) -> Iterator[Answer]:
        return iter([item]) if isinstance(item, Answer) else self._answerer(item)


def _build_answerer(
    indexes: Sequence[PassageIndex], settings: Settings, chat_model: BaseChatModel | None
) -> tuple[Answerer, Rewriter, Ranker, bool]:
    """Who answers, who makes follow-ups stand alone, who ranks what is found, and whether whole documents can be read.

    The first two are the chat model where there is one, else the reader; passages are ranked alike for both.
    """
    from rag.answer.quoting import build_answerer, build_reader
    from rag.reader.reranking import build_ranker
    from rag.reader.span_reader import share_reader

    spans = share_reader()
    rank = build_ranker(spans)
    embedded = build_answerer(build_reader(indexes[0].embeddings, spans), abstain_below=settings.abstain_below)
    if chat_model is None and not settings.uses_chat_model:  # and then nothing of the chat path is loaded
        return embedded, _rewrite_alone, rank, False
    from rag.answer.writing import build_rewriter, build_writer
    from rag.cite.support import build_judge
    from rag.llm.chat_model import build_chat_model, chat_model_name, find_context

    model = chat_model or build_chat_model(settings)
    if model is None:
        return embedded, _rewrite_alone, rank, False
    writer = build_writer(
        model,
        fallback=embedded,
        model_name=chat_model_name(settings, model),
        timeout=settings.chat_timeout,
        judge=build_judge(spans.judge),
        context=find_context(settings, model),
    )
    return writer, build_rewriter(model), rank, True


def _rewrite_alone(question: Question) -> tuple[str, None]:
    return make_standalone(question), None


def _ask_singly(question: Question) -> list[Question]:
    """The questions that a question holds; each has those before it as its history."""
    history = list(question.history)
    singles = []
    for text in split_questions(question.text):
        singles.append(replace(question, text=text, history=tuple(history)))
        history.append((text, ""))
    return singles


def _gather(question: Question, parts: Sequence[Retrieved], count: int) -> Retrieved:
    """Several questions as one, with the best passages of each in turn."""
    rows = chain.from_iterable(zip_longest(*(part.passages for part in parts)))
    passages = {scored.passage.id: scored for scored in rows if scored}
    return Retrieved(
        question,
        " ".join(part.standalone for part in parts)[:MAX_CHARACTERS],
        tuple(passages.values())[:count],
        sum(part.seconds for part in parts),
        parts[0].route,
        parts=tuple(parts),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        usage=sum((part.usage for part in parts if part.usage), Usage()) if any(part.usage for part in parts) else None,
    )


def _records(indexes: Sequence[PassageIndex]) -> list[DocumentRecord]:
    return [record for index in indexes for record in index.documents()]


def _since(started: float) -> Seconds:
    seconds = time.perf_counter() - started
    return Seconds(0.0, seconds, seconds)
