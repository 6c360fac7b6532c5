"""What could write answers on this machine: keys, model servers, models in the cache.

It only looks. The names of variables are read, never told with their values; nothing but the loopback is asked, and
nothing is loaded or used that the settings do not name.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import time
import warnings
from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from rag.llm.local.table import PREFIX
from rag.settings import Settings

LOOPBACK = "127.0.0.1"
SERVERS = {11434: "Ollama", 1234: "LM Studio", 8000: "vLLM", 8080: "llama.cpp or LocalAI"}
"""The ports on which model servers listen unless told otherwise."""

PROBE_SECONDS = 0.3
MOST_BYTES = 1_000_000
"""A list of models that is longer is none."""

MOST_CHARACTERS = 60
"""A model's name that is longer is cut."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One whose models LangChain knows. ``extra`` is Footnote's that brings the package; empty: it is there already."""

    name: str
    extra: str
    package: str
    variables: tuple[str, ...] = ()
    example: str = "MODEL"


PROVIDERS = (
    Provider("openai", "", "langchain-openai", ("OPENAI_API_KEY",), "gpt-5-mini"),
    Provider("anthropic", "anthropic", "langchain-anthropic", ("ANTHROPIC_API_KEY",)),
    Provider("google_genai", "google", "langchain-google-genai", ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
    Provider("mistralai", "mistral", "langchain-mistralai", ("MISTRAL_API_KEY",)),
    Provider("ollama", "ollama", "langchain-ollama"),
    Provider("huggingface", "", "langchain-huggingface"),
)


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A provider whose key is in the environment, under the names ``variables``."""

    provider: Provider
    variables: tuple[str, ...]
    is_installed: bool


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server on the loopback that lists models, and whose port it usually is."""

    port: int
    usual: str
    models: int
    first: str

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://{LOOPBACK}:{self.port}/v1"


@dataclass(frozen=True, slots=True)
class CachedModel:
    """A chat model in the Hugging Face hub's cache; ``size`` is in bytes."""

    name: str
    size: int


def find_version(package: str) -> str:
    """The installed version of a package; empty where it is not installed. Nothing is imported."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def find_keys(environment: Mapping[str, str]) -> tuple[FoundKey, ...]:
    """The providers whose key the environment holds."""
    found = []
    for provider in PROVIDERS:
        present = tuple(name for name in provider.variables if environment.get(name, "").strip())
        if present:
            found.append(FoundKey(provider, present, bool(find_version(provider.package))))
    return tuple(found)


def find_servers(ports: Mapping[int, str], seconds: float = PROBE_SECONDS) -> tuple[FoundServer, ...]:
    """The servers on these ports of the loopback that list at least one model within ``seconds``."""
    answers: Queue[FoundServer | None] = Queue()
    for port, usual in ports.items():
        # A thread that a dripping server keeps is left behind: no wait of its own bounds the whole of an answer.
        Thread(target=lambda port=port, usual=usual: answers.put(_probe(port, usual, seconds)), daemon=True).start()
    deadline = time.monotonic() + seconds
    found = []
    with suppress(Empty):
        for _ in ports:
            found.append(answers.get(timeout=max(0.0, deadline - time.monotonic())))
    order = list(ports)
    return tuple(sorted((server for server in found if server), key=lambda server: order.index(server.port)))


def _probe(port: int, usual: str, seconds: float) -> FoundServer | None:
    # http.client asks no proxy and follows no redirect, so that nothing leaves the loopback.
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
    try:
        with closing(connection):
            connection.request("GET", "/v1/models", headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read(MOST_BYTES + 1)
        if response.status != 200 or len(body) > MOST_BYTES:
            return None
        names = [str(model["id"]) for model in json.loads(body)["data"]]
    except Exception:  # whatever listens there may answer anything
        return None
    return FoundServer(port, usual, len(names), shorten_name(names[0])) if names else None


def shorten_name(name: str) -> str:
    """A name that others chose, on one line and not too long."""
    line = " ".join(name.split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def find_hub_cache() -> Path:
    """The folder where the Hugging Face hub's files are kept on this machine."""
    from huggingface_hub import constants

    return Path(os.environ.get("HF_HUB_CACHE") or constants.HF_HUB_CACHE).expanduser()


def find_cached_models(folder: Path) -> tuple[CachedModel, ...]:
    """The chat models in a cache folder, by name: generators of text with weights and a template for talks."""
    from huggingface_hub import scan_cache_dir

    try:
        repositories = scan_cache_dir(folder).repos
    except Exception:  # there is no such folder, or it cannot be read
        return ()
    found = [
        CachedModel(repository.repo_id, repository.size_on_disk)
        for repository in repositories
        if repository.repo_type == "model"
        and re.fullmatch(r"[\w.-]+(/[\w.-]+)?", repository.repo_id, re.ASCII)
        and any(_holds_chat_model(revision.snapshot_path) for revision in repository.revisions)
    ]
    return tuple(sorted(found, key=lambda model: model.name))


def is_cached(name: str) -> bool:
    """Whether the files of an embedding model are in the hub's cache; a bare name may be sentence-transformers' own."""
    from huggingface_hub import try_to_load_from_cache

    names = [name] if "/" in name else [name, f"sentence-transformers/{name}"]
    for full in names:
        with suppress(Exception):  # what is no name of the hub's
            if isinstance(try_to_load_from_cache(full, "config.json", cache_dir=find_hub_cache()), str):
                return True
    return False


def _holds_chat_model(snapshot: Path) -> bool:
    names = {path.name for path in snapshot.iterdir()}
    architectures = _read_json(snapshot / "config.json").get("architectures") or ()
    has_template = names & {"chat_template.jinja", "chat_template.json"} or (
        "chat_template" in _read_json(snapshot / "tokenizer_config.json")
    )
    return (
        any(str(name).endswith("ForCausalLM") for name in architectures)
        and any(name.endswith((".safetensors", ".bin")) for name in names)
        and bool(has_template)
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def find_provider(settings: Settings) -> str:
    """The name of the provider whose chat model the settings name; empty where they name none, or nobody knows."""
    if not settings.uses_chat_model:
        return ""
    name = settings.chat_model
    if name.startswith(PREFIX):
        return PREFIX.removesuffix(":")
    from langchain.chat_models import base

    prefix = name.partition(":")[0]
    if ":" in name and prefix in base._BUILTIN_PROVIDERS:
        return prefix
    if settings.chat_base_url:
        return "openai"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(base._attempt_infer_model_provider(name) or "")


def find_ports_in_use(settings: Settings) -> Collection[int]:
    """The ports of the loopback on which the settings' own chat model answers."""
    if settings.chat_model.startswith("ollama:") and not settings.chat_base_url:
        return {11434}
    try:
        address = urlsplit(settings.chat_base_url)
        is_near = address.hostname in (LOOPBACK, "localhost", "::1", "0.0.0.0")
        return {address.port or (443 if address.scheme == "https" else 80)} if is_near else set()
    except ValueError:
        return set()


def name_chat_model(settings: Settings) -> str:
    """How messages name the chat model of the settings before it is asked; without the password of an address."""
    if settings.chat_model:
        return shorten_name(settings.chat_model)
    try:
        host = urlsplit(settings.chat_base_url).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return f"the first model at {host or 'FOOTNOTE_CHAT_BASE_URL'}"
