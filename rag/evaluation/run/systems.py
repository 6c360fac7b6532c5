"""Any system that answers questions, as one function from a ``Question``: each is given what it takes.

A function of a text is given the question's text, one of a ``Question`` the whole of it, one of a dictionary its parts by
name. What a question has beside its words, its ``history`` and ``documents``, goes to parameters of these names.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
import threading
import typing
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from rag.errors import UsageError
from rag.question import read_where, tell_where
from rag.types import Question

Ask = Callable[[Question], Any]

WORDS = ("question", "input", "query", "user_input", "text")
"""What a system may call the question's words."""

TURNS = ("history", "chat_history")
"""What it may call what was said before."""

PARTS: Mapping[str, Callable[[Question], Any]] = {
    **dict.fromkeys(WORDS, lambda question: question.text),
    **dict.fromkeys(TURNS, lambda question: list(question.history)),
    "documents": lambda question: list(question.documents),
    "where": lambda question: tell_where(read_where(question.where)),
    "id": lambda question: question.id,
}
"""What a system may be given of a question, by the name that it asks for it."""

_log = logging.getLogger(__name__)


def adapt_system(system: Any, *, has_history: bool = False) -> Ask:
    """A function that gives a system what it takes of a question; its reply is whatever it is.

    Args:
        system: a LangChain Runnable, or a function or method, sync or async.
        has_history: whether some questions have a conversation before them; it is told where the system sees none of it.

    Raises:
        UsageError: it cannot be called, or wants something that a question does not have.
    """
    invoke = getattr(system, "invoke", None)
    if callable(invoke):
        ask, sees_history = _adapt_runnable(system, invoke)
    elif callable(system) and not isinstance(system, type):
        ask, sees_history = _adapt_function(system)
    else:
        raise UsageError(
            f"a system that answers is a function or a LangChain Runnable, not {type(system).__name__}; "
            "give a function from a question's text to a text"
        )
    if has_history and not sees_history:
        _log.warning(
            "some questions have a conversation before them, and the system is given their words alone; "
            "give it a parameter or a key 'history', or let it take a Question"
        )
    return ask


def _adapt_runnable(runnable: Any, invoke: Callable[..., Any]) -> tuple[Ask, bool]:
    taken: Any = None
    with suppress(Exception):  # whatever a Runnable of somebody's own makes of it
        taken = runnable.InputType
    if _takes_question(taken):
        return invoke, True
    fields: dict[str, Any] = {}
    with suppress(Exception):
        fields = dict(runnable.get_input_schema().model_fields)
    if not fields or "root" in fields or taken is str:
        if "messages" in getattr(taken, "__annotations__", {}):  # an agent of LangGraph, whose state is a conversation
            return lambda question: invoke({"messages": _tell_turns(question, last=True)}), True
        if _takes_mapping(taken):
            return lambda question: invoke(_give_messages(question, PARTS)), True
        return lambda question: invoke(question.text), False
    if "messages" in fields and not any(name in fields for name in WORDS):
        return lambda question: invoke({"messages": _tell_turns(question, last=True)}), True
    wanted = [name for name, field in fields.items() if field.is_required()]
    _refuse_unknown(wanted, "the chain takes a dictionary with")
    names = [name for name in fields if name in PARTS]
    return lambda question: invoke(_give_messages(question, names)), any(name in names for name in TURNS)


def _give_messages(question: Question, names: typing.Iterable[str]) -> dict[str, Any]:
    """The parts of a question by name; what was said before as messages, which prompts of LangChain take."""
    given = {name: PARTS[name](question) for name in names}
    return given | {name: _tell_turns(question) for name in TURNS if name in given}


def _tell_turns(question: Question, *, last: bool = False) -> list[tuple[str, str]]:
    """What was said before as messages; where ``last``, the question itself after it."""
    told = [message for asked, answered in question.history for message in (("human", asked), ("ai", answered))]
    return [*told, ("human", question.text)] if last else told


def _adapt_function(function: Callable[..., Any]) -> tuple[Ask, bool]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some that are written in C do not tell
        return lambda question: function(question.text), False
    hints: dict[str, Any] = {}
    with suppress(Exception):  # annotations may name what is not there
        hints = typing.get_type_hints(function if inspect.isroutine(function) else type(function).__call__)
    given = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    if not given and not any(each.kind == each.VAR_POSITIONAL for each in parameters):
        if any(each.kind == each.VAR_KEYWORD for each in parameters):
            raise UsageError("the function takes keywords only (**); name one of them: def ask(question, **others)")
        raise UsageError("the function takes nothing; give one from a question's text to a text")
    first, rest = (given[0] if given else None), parameters[1:] if given else []
    named = [each for each in rest if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    _refuse_unknown([each.name for each in named if each.default is each.empty], "the function takes")
    names = [each.name for each in named if each.name in PARTS and each.name not in WORDS]
    hint = hints.get(first.name, first.annotation) if first else None
    if _takes_question(hint):
        return lambda question: function(question, **_give(question, names)), True
    if _takes_mapping(hint):
        return lambda question: function(_give(question, PARTS), **_give(question, names)), True
    return lambda question: function(question.text, **_give(question, names)), any(name in TURNS for name in names)


def _give(question: Question, names: typing.Iterable[str]) -> dict[str, Any]:
    return {name: PARTS[name](question) for name in names}


def _refuse_unknown(names: list[str], what: str) -> None:
    if unknown := [name for name in names if name not in PARTS]:
        raise UsageError(
            f"{what} '{unknown[0]}', which a question does not have; it has: {', '.join(PARTS)}; "
            "wrap it in a function of the question's text"
        )


def _takes_question(hint: Any) -> bool:
    if isinstance(hint, str):  # an annotation that could not be evaluated
        return re.search(r"\bQuestion\b", hint) is not None
    return hint is Question or Question in typing.get_args(hint)


def _takes_mapping(hint: Any) -> bool:
    kind = typing.get_origin(hint) or hint
    return isinstance(kind, type) and (issubclass(kind, Mapping) or typing.is_typeddict(kind))


class Waiting:
    """Waits for what a system gives by and by: coroutines and asynchronous streams, all of them in one event loop.

    One loop for all, because what a client of theirs keeps open belongs to the loop that it was opened in.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def finish(self, reply: Any) -> Any:
        """The reply itself: awaited where it is a coroutine, gathered where it is a stream."""
        if inspect.isawaitable(reply):
            reply = self._run(_await(reply))
        if isinstance(reply, AsyncIterator):
            return join_pieces(self._run(_gather(reply)))
        return join_pieces(list(reply)) if isinstance(reply, Iterator) else reply

    def close(self) -> None:
        """End the loop, where one was needed."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, work: Any) -> Any:
        with self._lock:
            if self._loop is None:
                loop = self._loop = asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(loop,), name="waiting", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def join_pieces(pieces: list[Any]) -> Any:
    """What a stream gave as one reply: texts joined, also those of messages; of anything else the last, which is whole."""
    texts = [piece if isinstance(piece, str) else getattr(piece, "content", None) for piece in pieces]
    words = [text for text in texts if isinstance(text, str)]
    return "".join(words) if len(words) == len(pieces) else pieces[-1]


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _await(reply: Any) -> Any:
    return await reply


async def _gather(pieces: AsyncIterator[Any]) -> list[Any]:
    return [piece async for piece in pieces]
