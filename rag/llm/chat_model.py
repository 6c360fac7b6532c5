"""The chat model: built from the settings; what is wrong with them is one line that names the next step."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from pydantic import Field, SecretStr

from rag.errors import ModelError
from rag.llm.local.process import find_process
from rag.llm.local.table import PREFIX, find_model_file
from rag.llm.prompts import DEFAULT_CONTEXT, REPLY_SHARE
from rag.llm.providers import PROVIDERS
from rag.llm.streaming import ChatModel, describe_failure, find_models, find_provider
from rag.settings import Settings

RETRIES = 2
"""How often a request that met 429, 5xx or no connection is tried again by the provider's own client, with back-off."""

LISTING_SECONDS = 5.0
"""How long a server may take to list its models."""

LOCAL_SECONDS = 300.0
"""How long a model of this machine may be silent unless the settings say: it is loaded first, and two busy cores read 30 of
a prompt's tokens a second."""

ALONE: RunnableConfig = {"callbacks": []}
"""A model that stands for another tells of its runs itself."""

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
    if settings.chat_base_url and not _is_address(settings.chat_base_url):
        raise ModelError(
            "FOOTNOTE_CHAT_BASE_URL is no address; it starts with http:// or https:// and mostly ends in /v1"
        )
    if is_local(settings):
        return _build_local(settings)
    if settings.chat_model:
        return _build(_full_name(settings), settings)
    first = LateModel(
        connect=cache(lambda: _build(f"openai:{find_first_model(settings)}", settings)),
        label=f"the model at {_host(settings)}",
    )
    try:
        return first.connected()
    except ModelError:
        return first


def chat_model_name(settings: Settings, model: ChatModel) -> str:
    """How answers name their writer: the ``init_chat_model`` string of ``model``, without anything secret.

    Of one with fallbacks it is the first's; of one that a function hides, the function's name.
    """
    asked = next(iter(find_models(model)), None)
    if isinstance(asked, LateModel):
        return asked.label
    if asked is None:
        return getattr(model, "name", None) or type(model).__name__
    model = asked
    own = next((name for key in ("model_name", "model", "model_id") if (name := getattr(model, key, None))), "")
    named = _full_name(settings) if settings.chat_model else ""
    if named and (not own or named.endswith(str(own))):
        return named
    provider = find_provider(model)
    return f"{provider}:{own}" if own else provider


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


class LateModel(BaseChatModel):
    """A model that is asked for when it is used: its server may start after Footnote, or be still loading it."""

    connect: Callable[[], BaseChatModel] = Field(exclude=True)
    label: str

    @property
    def _llm_type(self) -> str:
        return "late"

    def connected(self) -> BaseChatModel:
        """The model itself.

        Raises:
            ModelError: the server cannot be asked.
        """
        return self.connect()

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        """The model itself with tools that it may call. Raises ModelError where the server cannot be asked."""
        return self.connected().bind_tools(tools, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self.connected().stream(messages, ALONE, stop=stop, **kwargs):
            yield ChatGenerationChunk(message=chunk)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = self.connected().invoke(messages, ALONE, stop=stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])


def _build_local(settings: Settings) -> BaseChatModel:
    """A model of this machine, which begins to load at once in a process of its own."""
    path = find_model_file(settings.chat_model.removeprefix(PREFIX), settings.models)
    process = find_process(path, path.stem, settings.chat_context or DEFAULT_CONTEXT, settings.chat_threads)
    process.start()

    @cache
    def ask_at(url: str) -> BaseChatModel:
        place = {"chat_base_url": url, "chat_api_key": SecretStr(process.key)}
        return _build(f"openai:{path.stem}", settings.model_copy(update=place))

    return LateModel(connect=lambda: ask_at(process.find_url()), label=settings.chat_model)


def _build(name: str, settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name, **_options(name, settings))
        return model
    except ImportError as error:
        package = re.search(r"pip install ([\w.-]+)", str(error))
        install = f"install it with: {_install(name, package.group(1))}" if package else "install its LangChain package"
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


def _install(name: str, package: str) -> str:
    extra = next((provider.extra for provider in PROVIDERS if provider.name == name.partition(":")[0]), "")
    return f"pip install 'footnote[{extra}]'" if extra else f"pip install {package}"


def _options(name: str, settings: Settings) -> dict[str, Any]:
    """What the provider's client is told: waits, retries, how much may be written, and where and as whom to ask."""
    window = settings.chat_context or DEFAULT_CONTEXT
    is_small = settings.chat_base_url or settings.chat_context or name.startswith("ollama:")
    longest = min(settings.chat_max_tokens, window // REPLY_SHARE) if is_small else settings.chat_max_tokens
    # A model that refuses 0 is asked again without (streaming.py); those of transformers raise, and take none by default.
    options: dict[str, Any] = {} if name.startswith("huggingface:") else {"temperature": 0}
    if settings.chat_base_url:
        options["base_url"] = settings.chat_base_url
    if name.startswith("openai:") and settings.chat_base_url:
        options["api_key"] = _api_key(settings)
        options["stream_usage"] = True  # else tokens are counted only for OpenAI itself
    elif key := settings.chat_api_key.get_secret_value():
        options["api_key"] = key
    if name.startswith("ollama:"):  # it cuts what is longer than its window without a word
        return options | {
            "num_ctx": window,
            "num_predict": longest,
            "client_kwargs": {"timeout": settings.chat_timeout},
        }
    return options | {"timeout": find_timeout(settings), "max_retries": RETRIES, "max_tokens": longest}


def find_context(settings: Settings, model: ChatModel) -> int | None:
    """Tokens that the model reads and writes at once, as set or as LangChain knows; None where nobody says."""
    windows = [(getattr(each, "profile", None) or {}).get("max_input_tokens") or 0 for each in find_models(model)]
    return settings.chat_context or min(windows, default=0) or None


def find_timeout(settings: Settings) -> float:
    """Seconds to wait for the model's next words."""
    is_set = "chat_timeout" in settings.model_fields_set
    return LOCAL_SECONDS if is_local(settings) and not is_set else settings.chat_timeout


def is_local(settings: Settings) -> bool:
    """Whether the model runs on this machine, in a process that Footnote starts."""
    return settings.chat_model.startswith(PREFIX)


def _full_name(settings: Settings) -> str:
    """The model's name with its provider; at a base URL, a bare name is that of an OpenAI-compatible server's model."""
    from langchain.chat_models import base

    name = settings.chat_model
    # Names such as "mistral:7b" have a colon of their own, so the list of providers has to be asked.
    has_provider = name.partition(":")[0] in base._BUILTIN_PROVIDERS and ":" in name
    return f"openai:{name}" if settings.chat_base_url and not has_provider else name


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # an open bracket, a port that is no number
        return False


def _api_key(settings: Settings) -> str:
    return settings.chat_api_key.get_secret_value() or os.environ.get("OPENAI_API_KEY") or "not-needed"


def _host(settings: Settings) -> str:
    """The server's name and port, without the user and password that an address may hold."""
    return urlsplit(settings.chat_base_url).netloc.rpartition("@")[2]
