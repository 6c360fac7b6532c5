"""Steps of the chain as LangChain Runnables: named, typed, traced, sync and async; what they give may grow."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import Context
from typing import Any, TypeVar, cast

from langchain_core.runnables import Runnable, RunnableConfig, RunnableSequence
from langchain_core.runnables.config import (
    ensure_config,
    get_async_callback_manager_for_config,
    get_callback_manager_for_config,
    patch_config,
    set_config_context,
)
from langchain_core.runnables.utils import accepts_config
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import PrivateAttr

from rag.cite.naming import name_documents
from rag.errors import QuestionError
from rag.showing import mark_doubts
from rag.turns import Asked
from rag.types import Answer

Given = TypeVar("Given")
Made = TypeVar("Made")

_NOTHING: Any = object()

_log = logging.getLogger(__name__)


class _Watch:
    """How long one run of a step works, without the steps before and after it, which work between its results."""

    def __init__(self, step: str):
        self._step = step
        self._seconds = 0.0
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        self._seconds += time.perf_counter() - self._started
        if kind:
            _log.debug("%s: %s after %.3f s", self._step, kind.__name__, self._seconds)

    def tell(self, given: object, made: object) -> None:
        """Log what the step took and, where it made the answer, what became of the question. No words of either."""
        if isinstance(given, Answer):
            return
        _log.debug("%s: %.3f s", self._step, self._seconds)
        if isinstance(made, Answer):
            _log.info("%s", describe_outcome(made))


class ChainStep(Runnable[Given, Made]):
    """One step of the chain.

    Args:
        name: its name in traces.
        call: a function of what the step before it gives, or a Runnable. A function that returns an iterator gives
            growing results, the last of which is the result. One with a parameter ``config`` gets the run's; its
            method ``acall``, where it has one, is awaited in place of a thread.
        given, made: the types of what goes in and what comes out.
    """

    def __init__(self, name: str, call: Callable[..., Any] | Runnable[Any, Any], given: Any, made: Any):
        self.name = name
        self._call = call
        self._acall = getattr(call, "acall", None)
        self._given = given
        self._made = made

    @property
    def func(self) -> Callable[..., Any] | Runnable[Any, Any]:
        """What is called: by it, one step is told from another of the same name."""
        return self._call

    @property
    def InputType(self) -> Any:
        """The type of what goes in."""
        return self._given

    @property
    def OutputType(self) -> Any:
        """The type of what comes out."""
        return self._made

    def invoke(self, input: Given, config: RunnableConfig | None = None, **kwargs: Any) -> Made:
        """The result."""

        def run(given: Given, config: RunnableConfig) -> Made:
            watch = _Watch(self.get_name())
            with watch:
                if isinstance(self._call, Runnable) and not isinstance(given, Answer):
                    last = cast("Made", self._call.invoke(given, config))
                else:
                    *_, last = self._results(given, config)
            watch.tell(given, last)
            return last

        return self._call_with_config(cast("Any", run), input, config)

    async def ainvoke(self, input: Given, config: RunnableConfig | None = None, **kwargs: Any) -> Made:
        """The result; what cannot be awaited is done in a thread."""

        async def run(given: Given, config: RunnableConfig) -> Made:
            watch = _Watch(self.get_name())
            with watch:
                if isinstance(self._call, Runnable) and not isinstance(given, Answer):
                    last = cast("Made", await self._call.ainvoke(given, config))
                else:
                    last = [made async for made in self._aresults(given, config)][-1]
            watch.tell(given, last)
            return last

        return await self._acall_with_config(cast("Any", run), input, config)

    def transform(self, input: Iterator[Given], config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Made]:
        """The result as it grows, for each of what the step before it gives."""
        # LangChain's own helper keeps all that went in until the end: answers are whole each time, and many.
        first = next(input, _NOTHING)
        if first is _NOTHING:
            return
        config = ensure_config(config)
        manager = get_callback_manager_for_config(config)
        run = manager.on_chain_start(None, first, name=self.get_name(), run_id=config.pop("run_id", None))
        child = patch_config(config, callbacks=run.get_child())
        given, made = first, None
        watch = _Watch(self.get_name())
        try:
            context = _make_context(child)
            while given is not _NOTHING:
                with watch:
                    results = _run_in(context, context.run(self._results, given, child))
                    piece = next(results, _NOTHING)
                while piece is not _NOTHING:
                    made = piece
                    yield made
                    with watch:
                        piece = next(results, _NOTHING)
                latest, given = given, next(input, _NOTHING)
        except GeneratorExit:
            run.on_chain_end(made)
            raise
        except BaseException as error:
            run.on_chain_error(error)
            raise
        watch.tell(latest, made)
        run.on_chain_end(made)

    async def atransform(
        self, input: AsyncIterator[Given], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Made]:
        """The result as it grows; what cannot be awaited is done in a thread."""
        first = await anext(input, _NOTHING)
        if first is _NOTHING:
            return
        config = ensure_config(config)
        manager = get_async_callback_manager_for_config(config)
        run = await manager.on_chain_start(None, first, name=self.get_name(), run_id=config.pop("run_id", None))
        child = patch_config(config, callbacks=run.get_child())
        given, made = first, None
        watch = _Watch(self.get_name())
        try:
            while given is not _NOTHING:
                results = self._aresults(given, child)
                while True:
                    with watch:
                        piece = await anext(results, _NOTHING)
                    if piece is _NOTHING:
                        break
                    made = piece
                    yield made
                latest, given = given, await anext(input, _NOTHING)
        except GeneratorExit:
            await run.on_chain_end(made)
            raise
        except BaseException as error:
            await run.on_chain_error(error)
            raise
        watch.tell(latest, made)
        await run.on_chain_end(made)

    def stream(self, input: Given, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Made]:
        """The result as it grows."""
        yield from self.transform(iter([input]), config)

    async def astream(self, input: Given, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Made]:
        """The result as it grows."""

        async def one() -> AsyncIterator[Given]:
            yield input

        async for made in self.atransform(one(), config):
            yield made

    def _results(self, given: Given, config: RunnableConfig) -> Iterator[Made]:
        """All results for one input; an answer passes through every step as it is."""
        if isinstance(given, Answer):
            return iter([cast("Made", given)])
        if isinstance(self._call, Runnable):
            return self._call.stream(given, config)
        made = self._call(given, config=config) if accepts_config(self._call) else self._call(given)
        return made if isinstance(made, Iterator) else iter([made])

    async def _aresults(self, given: Given, config: RunnableConfig) -> AsyncIterator[Made]:
        if isinstance(self._call, Runnable) and not isinstance(given, Answer):
            async for made in self._call.astream(given, config):
                yield made
        elif self._acall is not None and not isinstance(given, Answer):
            yield await self._acall(given, config=config)
        else:
            context = _make_context(config)
            pieces = _run_in(context, await asyncio.to_thread(lambda: context.run(self._results, given, config)))
            while (made := await asyncio.to_thread(next, pieces, _NOTHING)) is not _NOTHING:
                yield made


def _make_context(config: RunnableConfig) -> Context:
    """A context in which LangChain finds the run's config; a copy, since a thread may be in it when its task is cancelled."""
    with set_config_context(config) as context:
        return context.copy()


def _run_in(context: Context, results: Iterator[Made]) -> Iterator[Made]:
    while (made := context.run(next, results, _NOTHING)) is not _NOTHING:
        yield made


class Chain(RunnableSequence[Asked, Answer]):
    """The steps one after another: from a question, as text, ``Question``, dictionary or messages, to an ``Answer``.

    Args:
        steps: one after another.
        rebuild: makes the chain anew: what is given to another process in its place.
    """

    _rebuild: Callable[[], Any] | None = PrivateAttr(None)

    def __init__(self, *steps: ChainStep[Any, Any], rebuild: Callable[[], Any] | None = None):
        super().__init__(*steps, name="footnote")
        self._rebuild = rebuild

    def __reduce__(self) -> Any:
        """What builds it again, from places and settings: indexes and models are opened where it arrives."""
        return (self._rebuild, ()) if self._rebuild else super().__reduce__()

    def as_tool(self, *args: Any, **kwargs: Any) -> BaseTool:
        """A tool for a chat model: it gives a ``question`` as text, and is told the answer with its footnotes, as text.

        The arguments are those of ``StructuredTool.from_function``: ``name``, ``description`` and others.
        """

        def ask(question: str, config: RunnableConfig) -> str:
            try:
                return format_for_model(self.invoke(question, config))
            except QuestionError as error:  # the model can ask better; an error would end its run
                return str(error)

        async def ask_async(question: str, config: RunnableConfig) -> str:
            try:
                return format_for_model(await self.ainvoke(question, config))
            except QuestionError as error:
                return str(error)

        told = {"name": "ask_documents", "description": "Answers a question from the documents, with footnotes."}
        return StructuredTool.from_function(*args, **{"func": ask, "coroutine": ask_async} | told | kwargs)


def describe_outcome(answer: Answer) -> str:
    """What became of a question in one line for the log: who answered, how, and how long it took; none of its words."""
    outcome = "failed" if answer.error else "declined" if answer.abstained else "answered"
    sure = "" if answer.confidence is None else f", confidence {answer.confidence:.2f}"
    stands_in = f"; {answer.fallback}" if answer.fallback else ""
    return (
        f"{outcome} by {answer.model}, route {answer.route}: {len(answer.citations)} footnotes from "
        f"{len(answer.passages)} passages{sure}, {answer.seconds.total:.3f} s{stands_in}"
    )


def format_for_model(answer: Answer) -> str:
    """An answer with its footnotes as plain text; what nothing proves is called that."""
    titles = name_documents(citation.passage for citation in answer.citations)
    notes = [
        f"[{citation.number}] {titles[citation.passage.span.document_id]}: “{citation.quote}”"
        for citation in answer.citations
    ]
    return "\n".join([mark_doubts(answer), *notes])
