"""Reading a chat model's reply as it comes: with a bounded wait, citations of the provider's own kind, and tokens counted.

Nothing of an exception's text is ever shown: servers put keys, prompts and addresses with passwords in there.
"""

from __future__ import annotations

import contextvars
import logging
import re
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeAlias

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableWithFallbacks
from langchain_core.runnables.base import RunnableBindingBase

from rag.errors import ModelError
from rag.llm.reply_markers import LONGEST_QUOTE
from rag.types import Usage

_log = logging.getLogger(__name__)

ChatModel: TypeAlias = BaseChatModel | Runnable[Any, Any]
"""A chat model of LangChain, or anything from messages to a message: one that is wrapped, with retries or fallbacks."""

PATIENCE = 10
"""A reply may take this many times as long as the longest wait for its next words."""

LONGEST_THOUGHT = 120_000
"""Characters that a model may think aloud before it answers."""

_BREAKS_MARKERS = re.compile(r'[\s\[\]【】［］〔〕"“”„«»]+')


class ChunkReader:
    """The text of a reply's chunks. A citation of the provider's own (Anthropic's) becomes a marker ``[key "words"]``.

    Args:
        keys: the evidence key of each document, in the order in which the prompt holds them.
    """

    def __init__(self, keys: Sequence[str] = ()):
        self.usage = Usage()
        self._keys = keys
        self._block: object = None
        self._cited: list[str] = []

    def read(self, chunk: Any) -> str:
        """The text of one chunk, after the citations of the block before it; a text is one, whole."""
        if isinstance(chunk, str):
            return chunk
        told = getattr(chunk, "usage_metadata", None) or {}
        self.usage += Usage(int(told.get("input_tokens") or 0), int(told.get("output_tokens") or 0))
        if isinstance(chunk.content, str):
            return chunk.content
        text = ""
        for block in chunk.content:
            if isinstance(block, str):
                text += block
            elif isinstance(block, dict) and block.get("type") == "text":
                if block.get("index") != self._block:
                    text += self.close()
                    self._block = block.get("index")
                text += block.get("text") or ""
                self._cited += [self._mark(citation) for citation in block.get("citations") or ()]
        return text

    def close(self) -> str:
        """The markers of the block that has ended."""
        markers, self._cited = "".join(dict.fromkeys(self._cited)), []
        return markers

    def _mark(self, citation: dict[str, Any]) -> str:
        number = citation.get("document_index")
        if not isinstance(number, int) or not 0 <= number < len(self._keys):
            return ""
        words = _BREAKS_MARKERS.sub(" ", str(citation.get("cited_text") or "")).strip()
        return f' [{self._keys[number]} "{words[:LONGEST_QUOTE]}"]' if words else f" [{self._keys[number]}]"


def stream_text(
    model: ChatModel,
    messages: Sequence[BaseMessage],
    *,
    timeout: float,
    keys: Sequence[str] = (),
    on_usage: Callable[[Usage], None] | None = None,
) -> Generator[str]:
    """The model's reply, piece by piece as it comes.

    The model is read in a thread of its own, because not every provider's client bounds its waits. Leaving the
    iteration early stops the thread, and with it the request, at the next piece.

    Args:
        model: any LangChain chat model.
        messages: the prompt.
        timeout: seconds to wait for the next piece; the whole may take ``PATIENCE`` times as long.
        keys: evidence keys of the documents in the messages, where the provider cites those by their number itself.
        on_usage: told the tokens read and written, as far as the provider counts them.

    Raises:
        ModelError: the reply failed or stopped coming; the message says how, as in "refused the key (401)".
    """
    pieces: Queue[str | Exception | None] = Queue(maxsize=256)
    stopped = Event()

    def put(piece: str | Exception | None) -> bool:
        while not stopped.is_set():
            try:
                pieces.put(piece, timeout=0.1)
                return True
            except Full:
                continue
        return False

    chunks = ChunkReader(keys)

    def copy(asked: ChatModel) -> None:
        with closing(asked.stream(list(messages))) as stream:  # type: ignore[type-var]
            if all(put(chunks.read(chunk)) for chunk in stream) and put(chunks.close()):
                put(None)

    def read() -> None:
        try:
            try:
                copy(model)
            except Exception as error:
                if not (other := leave_out_temperature(model, error)):
                    raise
                _log.info("the chat model takes no temperature but its own; it is asked again without one")
                copy(other)
        except Exception as error:  # each provider has a family of its own
            put(error)

    Thread(target=contextvars.copy_context().run, args=(read,), name="chat-model", daemon=True).start()
    started = time.monotonic()
    deadline = started + PATIENCE * timeout
    begun = False
    try:
        while (now := time.monotonic()) < deadline:
            try:
                piece = pieces.get(timeout=min(timeout, deadline - now))
            except Empty:
                break
            if isinstance(piece, Exception):
                raise ModelError(describe_failure(piece, begun=begun)) from piece
            if piece is None:
                _log.debug("the reply is whole after %.2f s; tokens: %s", time.monotonic() - started, chunks.usage)
                if on_usage and chunks.usage != Usage():
                    on_usage(chunks.usage)
                return
            if piece:
                if not begun:
                    _log.debug("the first words of a reply came after %.2f s", time.monotonic() - started)
                begun = True
                yield piece
        late = time.monotonic() >= deadline
        raise ModelError(
            f"did not finish within {PATIENCE * timeout:g} s" if late else f"sent nothing for {timeout:g} s"
        )
    finally:
        stopped.set()


def leave_out_temperature(model: ChatModel, error: Exception) -> BaseChatModel | None:
    """The same model with its provider's own temperature, where it refused the one that was asked for; else None.

    Some models, those that reason above all, take no other than their own.
    """
    connected = getattr(model, "connected", None)  # one that stands for another, which a server listed
    model = connected() if connected else model
    is_refusal = getattr(error, "status_code", None) in (400, 422) and "temperature" in str(error).casefold()
    if not is_refusal or not isinstance(model, BaseChatModel) or getattr(model, "temperature", None) is None:
        return None
    return model.model_copy(update={"temperature": None})


def find_models(model: ChatModel) -> list[BaseChatModel]:
    """The chat models that a wrapped one asks, the first of them first; none where a function hides them."""
    if isinstance(model, BaseChatModel):
        return [model]
    inner: list[Runnable[Any, Any]] = []
    if isinstance(model, RunnableWithFallbacks):
        inner = [model.runnable, *model.fallbacks]
    elif isinstance(model, RunnableBindingBase):
        inner = [model.bound]
    return [found for each in inner for found in find_models(each)]


def find_provider(model: BaseChatModel) -> str:
    """LangChain's name of who provides a model: its package's, or of one of somebody's own, what its class is called."""
    package = type(model).__module__.partition(".")[0]
    if package.startswith("langchain_") and package != "langchain_core":
        return package.removeprefix("langchain_")
    return type(model).__name__.removeprefix("Chat").removesuffix("ChatModel").casefold()


def describe_failure(error: BaseException, *, begun: bool = False) -> str:
    """What a provider's exception means, as the end of a sentence; only its type and status are looked at.

    Args:
        error: as the provider's client raised it.
        begun: whether a part of the reply had come already.
    """
    if isinstance(error, ModelError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1:]  # its words may hold a key or a text
    _log.debug(
        "a call of a chat model ended in %s%s",
        type(error).__name__,
        "".join(f", {at.filename}:{at.lineno}" for at in last),
    )
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    match status:
        case 401 | 403:
            return f"refused the key ({status})"
        case 404:
            return "is not known there (404): check the model's name, and whether the address ends in /v1"
        case 400 | 413 | 422:
            return f"refused the request ({status}); where its window is small, set FOOTNOTE_CHAT_CONTEXT"
        case 429:
            return "is over its rate limit or quota (429)"
        case int():
            return f"answered with an error ({status})"
    kinds = " ".join(kind.__name__ for kind in type(error).__mro__)
    if "Timeout" in kinds:
        return "did not answer in time"
    if re.search(r"Connect(?:ion)?Error|ConnectionRefused|TransportError", kinds):
        return "broke off in the middle" if begun else "cannot be reached"
    return f"sent no proper reply ({type(error).__name__})"
