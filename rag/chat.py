"""The chat model: built from the settings, read with a bounded wait, and its failures said in one line.

Nothing of an exception's text is ever shown: servers put keys, prompts and addresses with passwords in there.
"""

from __future__ import annotations

import contextvars
import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from rag.errors import ModelError
from rag.settings import Settings

RETRIES = 1
"""How often a failed request is tried again by the provider's own client."""

LISTING_SECONDS = 5.0
"""How long a server may take to list its models."""

PATIENCE = 10
"""A reply may take this many times as long as the longest wait for its next words."""

_KEY_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN)\b")


def build_chat_model(settings: Settings) -> BaseChatModel | None:
    """The chat model that the settings name, or None where they name none.

    With a base URL alone, it is the first model that the server there lists; while that server is down, a model that
    asks again when it is used.

    Raises:
        ModelError: the provider is unknown or its package missing, a key is missing, or the address is none.
    """
    if not settings.uses_chat_model:
        return None
    if settings.chat_base_url and not re.match(r"https?://[^/]", settings.chat_base_url):
        raise ModelError(
            "FOOTNOTE_CHAT_BASE_URL is no address; it starts with http:// or https:// and mostly ends in /v1"
        )
    if settings.chat_model:
        return _build(_full_name(settings), settings)
    first = FirstServedModel(
        connect=lambda: _build(f"openai:{find_first_model(settings)}", settings), host=_host(settings)
    )
    try:
        return first.connected()
    except ModelError:
        return first


def chat_model_name(settings: Settings, model: BaseChatModel) -> str:
    """How answers name their writer: the ``init_chat_model`` string of ``model``, without anything secret."""
    if isinstance(model, FirstServedModel):
        return f"the model at {model.host}"
    own = next((name for key in ("model_name", "model", "model_id") if (name := getattr(model, key, None))), "")
    named = _full_name(settings) if settings.chat_model else ""
    if named and (not own or named.endswith(str(own))):
        return named
    provider = model._get_ls_params().get("ls_provider", model._llm_type)
    return f"{provider}:{own}" if own else str(provider)


def find_first_model(settings: Settings) -> str:
    """The name of the first model that the server at the base URL lists.

    Raises:
        ModelError: it cannot be asked within ``LISTING_SECONDS``, or lists none.
    """
    import openai

    seconds = min(LISTING_SECONDS, settings.chat_timeout)
    try:
        with openai.OpenAI(
            base_url=settings.chat_base_url, api_key=_api_key(settings), timeout=seconds, max_retries=0
        ) as client:
            return next(str(model.id) for model in client.models.list().data)
    except Exception as error:  # the server may send anything, and the client raises as it meets it
        empty = isinstance(error, StopIteration)
        raise ModelError(
            "lists no model; name one in FOOTNOTE_CHAT_MODEL" if empty else describe_failure(error)
        ) from None


def stream_text(model: BaseChatModel, messages: Sequence[BaseMessage], *, timeout: float) -> Generator[str]:
    """The model's reply, piece by piece as it comes.

    The model is read in a thread of its own, because not every provider's client bounds its waits. Leaving the
    iteration early stops the thread, and with it the request, at the next piece.

    Args:
        model: any LangChain chat model.
        messages: the prompt.
        timeout: seconds to wait for the next piece; the whole may take ``PATIENCE`` times as long.

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

    def read() -> None:
        try:
            with closing(model.stream(list(messages))) as stream:  # type: ignore[type-var]
                if all(put(str(chunk.text)) for chunk in stream):
                    put(None)
        except Exception as error:  # each provider has a family of its own
            put(error)

    Thread(target=contextvars.copy_context().run, args=(read,), name="chat-model", daemon=True).start()
    deadline = time.monotonic() + PATIENCE * timeout
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
                return
            if piece:
                begun = True
                yield piece
        late = time.monotonic() >= deadline
        raise ModelError(
            f"did not finish within {PATIENCE * timeout:g} s" if late else f"sent nothing for {timeout:g} s"
        )
    finally:
        stopped.set()


def describe_failure(error: BaseException, *, begun: bool = False) -> str:
    """What a provider's exception means, as the end of a sentence; only its type and status are looked at.

    Args:
        error: as the provider's client raised it.
        begun: whether a part of the reply had come already.
    """
    if isinstance(error, ModelError):
        return str(error)
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    match status:
        case 401 | 403:
            return f"refused the key ({status})"
        case 404:
            return "is not known there (404): check the model's name, and whether the address ends in /v1"
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


class FirstServedModel(BaseChatModel):
    """Whatever model a server lists first, asked for when it is first used: the server may start after Footnote."""

    connect: Callable[[], BaseChatModel] = Field(exclude=True)
    host: str
    _model: BaseChatModel | None = PrivateAttr(default=None)

    @property
    def _llm_type(self) -> str:
        return "first-served"

    def connected(self) -> BaseChatModel:
        """The model itself.

        Raises:
            ModelError: the server cannot be asked.
        """
        if self._model is None:
            self._model = self.connect()
        return self._model

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from self.connected()._stream(messages, stop, run_manager, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self.connected()._generate(messages, stop, run_manager, **kwargs)


def _build(name: str, settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": settings.chat_timeout, "max_retries": RETRIES}
    if settings.chat_base_url:
        options["base_url"] = settings.chat_base_url
    if name.startswith("openai:") and settings.chat_base_url:
        options["api_key"] = _api_key(settings)
    elif key := settings.chat_api_key.get_secret_value():
        options["api_key"] = key
    try:
        model: BaseChatModel = init_chat_model(name, **options)
        return model
    except ImportError as error:
        package = re.search(r"pip install ([\w.-]+)", str(error))
        install = f"install it with: pip install {package.group(1)}" if package else "install its LangChain package"
        raise ModelError(f"the package for the chat model '{name}' is missing; {install}") from None
    except Exception as error:  # providers check their options in their own ways
        variable = _KEY_VARIABLE.search(str(error))
        if variable:
            raise ModelError(f"the chat model '{name}' needs a key; set {variable.group()}") from None
        if isinstance(error, ValueError) and "infer model provider" in str(error):
            raise ModelError(
                f"the provider of the chat model '{name}' is unknown; write FOOTNOTE_CHAT_MODEL as provider:model, "
                "or set FOOTNOTE_CHAT_BASE_URL to an OpenAI-compatible server"
            ) from None
        raise ModelError(
            f"cannot set up the chat model '{name}' ({type(error).__name__}); check FOOTNOTE_CHAT_MODEL"
        ) from None


def _full_name(settings: Settings) -> str:
    """The model's name with its provider; at a base URL, a bare name is that of an OpenAI-compatible server's model."""
    from langchain.chat_models import base

    name = settings.chat_model
    # Names such as "mistral:7b" have a colon of their own, so the list of providers has to be asked.
    has_provider = name.partition(":")[0] in base._BUILTIN_PROVIDERS and ":" in name
    return f"openai:{name}" if settings.chat_base_url and not has_provider else name


def _api_key(settings: Settings) -> str:
    return settings.chat_api_key.get_secret_value() or os.environ.get("OPENAI_API_KEY") or "not-needed"


def _host(settings: Settings) -> str:
    """The server's name and port, without the user and password that an address may hold."""
    return urlsplit(settings.chat_base_url).netloc.rpartition("@")[2]
