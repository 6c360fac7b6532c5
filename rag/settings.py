"""All settings: one frozen set of scalars, read from the environment (prefix ``FOOTNOTE_``). It builds nothing."""

from __future__ import annotations

import difflib
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import UsageError
from rag.masking import mask_addresses

PREFIX = "FOOTNOTE_"
OTHER_VARIABLES = frozenset({"FOOTNOTE_DATASETS", "FOOTNOTE_ARTICLES", "FOOTNOTE_REQUIRE_BROWSER"})
"""Variables that tests and benchmarks read."""

_log = logging.getLogger(__name__)

Engine = Literal["auto", "onnx", "torch"]

DEFAULT_EMBEDDING_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """An index on a Chroma server: where it listens, the name of the index there, and what this machine keeps of it.

    ``timeout`` is in seconds and bounds each call; ``cache`` is a folder for what derives from the passages.
    """

    url: str
    collection: str = "footnote"
    timeout: float = 30.0
    token: str = field(default="", repr=False)
    cache: Path = field(default_factory=lambda: user_cache_path("footnote"))

    @property
    def shown_url(self) -> str:
        """The address without a password in it."""
        return mask_addresses(self.url)

    def __str__(self) -> str:
        """The place as messages name it."""
        return f"{self.collection} on {self.shown_url}"


class Settings(BaseSettings):
    """Footnote's settings. Each field is also the environment variable ``FOOTNOTE_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    index: Path = Field(
        default_factory=lambda: user_data_path("footnote") / "index", description="Folder of the passage index."
    )
    chroma_url: str = Field(default="", description="Address of a Chroma server; empty: the folder above is the index.")
    chroma_token: SecretStr = Field(default=SecretStr(""), description="Sent to that server with each call.")
    chroma_timeout: float = Field(default=30.0, gt=0, description="Seconds to wait for that server's next words.")
    collection: str = Field(default="footnote", description="Name of the index on that server.")
    embedding_model: str = Field(
        default=DEFAULT_EMBEDDING_MODEL, description="Any sentence-transformers name, or the path of a local model."
    )
    engine: Engine = Field(
        default="auto",
        description="What runs the default models: onnx; torch, which starts later and is faster on processors with AMX and "
        "on graphics cards; auto: onnx, and torch to embed many passages where it is faster.",
    )
    passages: int = Field(default=8, ge=1, le=50, description="How many passages are given to the answerer.")
    abstain_below: float = Field(
        default=0.2, ge=0, le=1, description="The embedded answerer abstains when its confidence is lower."
    )
    chat_model: str = Field(
        default="", description="A chat model as LangChain's init_chat_model names it; empty: quote only."
    )
    chat_base_url: str = Field(default="", description="Address of an OpenAI-compatible server.")
    chat_api_key: SecretStr = Field(
        default=SecretStr(""), description="Key for that server; else the provider's own variable is used."
    )
    chat_timeout: float = Field(default=60.0, gt=0, description="Seconds to wait for the chat model's next words.")
    chat_context: int = Field(
        default=0, ge=0, description="Tokens that the chat model reads at once; 0: what is known of it, else 6,000."
    )
    chat_max_tokens: int = Field(
        default=4_000, ge=50, description="Tokens that the chat model may write for one answer, thinking included."
    )
    chat_threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Threads of a chat model of this machine; 0: one for each core. Fewer are faster where others compute.",
    )
    models: Path = Field(
        default_factory=lambda: user_cache_path("footnote") / "models",
        description="Folder of the chat models that run on this machine.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the web page is served on.")
    port: int = Field(default=7860, ge=0, le=65535, description="Port that the web page is served on.")
    max_upload_mb: float = Field(default=20.0, gt=0, description="Largest file that the page accepts, in megabytes.")
    max_documents: int = Field(default=20, ge=1, description="How many documents may be added in the page.")
    uploads: Path = Field(
        default_factory=lambda: user_data_path("footnote") / "uploads", description="Folder of what the page is given."
    )
    max_storage_mb: float = Field(
        default=5_000.0, gt=0, description="Megabytes that this folder may hold; then nothing more can be added."
    )
    max_libraries: int = Field(default=10_000, ge=1, description="How many libraries this folder may hold.")
    max_feedback_mb: float = Field(
        default=20.0, gt=0, description="Megabytes that the file of what people say of answers may have."
    )
    session_memory_mb: float = Field(
        default=256.0, gt=0, description="Megabytes that the visits held in memory may take, all together."
    )
    library_places: int = Field(
        default=2, ge=1, le=100, description="How many libraries the page changes at once; more wait."
    )
    evaluation: bool = Field(
        default=False,
        description="Whether all who use the page may run question sets; where only this machine reaches it, they can.",
    )
    runs: Path = Field(
        default_factory=lambda: user_data_path("footnote") / "runs",
        description="Folder of the runs of question sets that are made on the page.",
    )
    web_pages: bool = Field(default=False, description="Whether the page fetches web pages for those who use it.")
    web_hosts: str = Field(
        default="",
        description="Hosts that web pages may be fetched from, and networks, with commas; empty: any public one.",
    )
    ocr_languages: str = Field(
        default="eng",
        pattern=r"^[A-Za-z][\w/+-]{0,100}$",
        description="Languages of scanned pages, as tesseract names them: eng+deu.",
    )
    ocr_seconds: float = Field(default=600.0, gt=0, description="Seconds that OCR may take for one file.")
    share_library: bool = Field(
        default=False, description="Whether all who use the page share the documents that they add."
    )
    concurrency: int = Field(default=4, ge=1, le=100, description="How many questions the page answers at once.")
    auth: SecretStr = Field(
        default=SecretStr(""), description="Who may use the page: user:password, several with blanks between them."
    )
    login_hours: float = Field(
        default=12.0, gt=0, description="Hours without a request after which one has to log in again."
    )
    requests_per_minute: float = Field(
        default=1200.0, ge=0, description="Questions, clicks and uploads that one client may send in a minute; 0: any."
    )
    allow_origins: str = Field(
        default="", description="Other sites whose pages may ask here: https://host, with commas between them."
    )
    trusted_hosts: str = Field(default="", description="Host names that a proxy asks for, with commas between them.")
    root_path: str = Field(
        default="", description="Where a proxy shows the page: a path like /docs, or the whole address."
    )
    lock_timeout: float = Field(default=600.0, ge=0, description="Seconds to wait for another writer of the index.")

    @field_validator("chroma_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/\s]+\S*", value):
            raise ValueError(f"'{value}' is no address; write it like http://127.0.0.1:8000")
        return value.rstrip("/")

    @field_validator("collection")
    @classmethod
    def _check_collection(cls, value: str) -> str:
        if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,200}[a-zA-Z0-9]", value):
            raise ValueError(f"'{value}' does not fit; use 3 letters or more out of a-z, A-Z, 0-9, '.', '_' and '-'")
        return value

    @field_validator("auth")
    @classmethod
    def _check_auth(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not all(re.fullmatch("[^:]+:.+", account) for account in text.split() or [""]):
            raise ValueError("write user:password, several with blanks between them")  # without the value: it is secret
        return value

    @field_validator("trusted_hosts")
    @classmethod
    def _check_hosts(cls, value: str) -> str:
        for name in filter(None, map(str.strip, value.split(","))):
            if not re.fullmatch(r"[\w.-]+|\[?[0-9a-fA-F:.]+\]?", name):
                raise ValueError(f"'{name}' is no host name; write it like docs.example.org, without port or path")
        return value

    @field_validator("allow_origins")
    @classmethod
    def _check_origins(cls, value: str) -> str:
        for origin in filter(None, map(str.strip, value.split(","))):
            if not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?", origin):
                raise ValueError(f"'{origin}' is no origin; write it like https://intranet.example.org, without a path")
        return value

    @field_validator("root_path")
    @classmethod
    def _check_root_path(cls, value: str) -> str:
        if not re.fullmatch(r"(https?://[\w.:\[\]-]+)?(/[\w.~-]+)*/?", value):
            raise ValueError(f"'{value}' does not fit; write it like /docs or https://example.org/docs")
        return value.rstrip("/")

    @property
    def accounts(self) -> dict[str, str]:
        """The passwords of those who may use the page, by user; empty where anybody may."""
        # A password may hold colons, a name none.
        return dict(account.split(":", 1) for account in self.auth.get_secret_value().split())

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names that are trusted beside this machine's own, in small letters."""
        names = [name.strip().strip("[]").lower() for name in self.trusted_hosts.split(",")]
        return tuple(filter(None, [*names, urlsplit(self.root_path).hostname or ""]))

    @property
    def origins(self) -> tuple[str, ...]:
        """The other sites whose pages may ask, as browsers write them."""
        return tuple(filter(None, (origin.strip().lower() for origin in self.allow_origins.split(","))))

    @property
    def location(self) -> Path | ChromaServer:
        """Where the index is: a folder, or a Chroma server."""
        if not self.chroma_url:
            return self.index
        token = self.chroma_token.get_secret_value()
        return ChromaServer(self.chroma_url, self.collection, self.chroma_timeout, token)

    @property
    def uses_chat_model(self) -> bool:
        """Whether an LLM is to write the answers; otherwise the embedded answerer quotes."""
        return bool(self.chat_model or self.chat_base_url)


def find_unknown(environment: Iterable[str]) -> list[str]:
    """The variables that begin like settings of Footnote, and are none: what is misspelt would have no effect."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    return sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)


@cache
def _warn_unknown(name: str) -> None:
    """Warn once of a variable that has no effect."""
    names = [f"{PREFIX}{field.upper()}" for field in Settings.model_fields]
    _log.warning("%s is no setting of Footnote and has no effect%s", name, _suggest(name.upper(), names))


def _suggest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else "; see: footnote settings"


def read_settings(**overrides: object) -> Settings:
    """The settings of the environment, with the given fields on top (a None means: not given).

    Raises:
        UsageError: a value does not fit, or there is no setting of that name; the message names the variable.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    for name in find_unknown(os.environ):
        _warn_unknown(name)
    if unknown := [name for name in given if name not in Settings.model_fields]:
        raise UsageError(f"no setting '{unknown[0]}'{_suggest(unknown[0], Settings.model_fields)}")
    if "index" in given:
        given = {"chroma_url": ""} | given  # a folder that is named here wins over a server named in the environment
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "FOOTNOTE_" + str(first["loc"][0]).upper() if first["loc"] else "the settings"
        told = first["msg"].removeprefix("Value error, ")
        if first["type"] == "string_pattern_mismatch":  # a pattern tells nobody what to write
            about = Settings.model_fields[str(first["loc"][0])].description or ""
            told = f"what it is set to does not fit; it is for: {about.rstrip('.')}"
        raise UsageError(f"{name}: {told}; see: footnote settings") from None
