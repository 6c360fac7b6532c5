"""What Footnote runs on: is it all there, is it what was published, and what could be used. Nothing is changed."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from rag.encoder.processor import find_torch_pays, has_bfloat16, name_processor
from rag.english.numbers import format_count
from rag.errors import FootnoteError, ModelError
from rag.index.embeddings import EMBEDDING_WEIGHTS, Published, check_weights, find_model_path
from rag.index.findings import Finding
from rag.llm import providers
from rag.llm.local.process import PACKAGE
from rag.llm.local.table import PREFIX, find_local_models
from rag.reader.weights import CARD_FILE, READER_WEIGHTS, WEIGHTS_FILE
from rag.settings import DEFAULT_EMBEDDING_MODEL, ChromaServer, Settings

PACKAGES = ("footnote", "chromadb", "langchain-core", "sentence-transformers", "onnxruntime", "torch", "gradio")
"""Those whose versions are told."""

REINSTALL = "install Footnote again"

USABLE = "could use"
"""The check of what is there and not used; its findings are no faults."""

MOST_CACHED = 5
"""How many models of the local cache have a line of their own."""


def examine_setup(settings: Settings) -> Iterator[Finding]:
    """Check what Footnote runs on, one finding after another; a chat model that is set is asked for one word."""
    yield check_versions()
    yield check_embedding_model(settings)
    yield check_reader()
    yield check_engine(settings)
    if not settings.uses_chat_model:
        yield Finding("answerer", True, "embedded: offline, by quoting only")
        return
    name = providers.name_chat_model(settings)
    yield Finding("answerer", True, f"chat model {name}" if settings.chat_model else name)
    yield check_chat_model(settings)


def check_versions() -> Finding:
    """The packages that matter most are installed; which versions they have."""
    versions = {package: providers.find_version(package) for package in PACKAGES}
    missing = [package for package, version in versions.items() if not version]
    if missing:
        return Finding("versions", False, f"{', '.join(missing)} not installed", REINSTALL)
    told = [f"python {platform.python_version()}", *(f"{package} {version}" for package, version in versions.items())]
    return Finding("versions", True, ", ".join(told))


def check_embedding_model(settings: Settings) -> Finding:
    """The embedding model's files are on this machine; those of the default model are the published ones."""
    advice = ""
    try:
        name, path = settings.embedding_model, find_model_path(settings)
        check_weights(settings)
        if name == DEFAULT_EMBEDDING_MODEL:
            detail = f"{name} {_name_publisher(EMBEDDING_WEIGHTS)}"
        elif Path(path).is_dir():
            if not any((Path(path) / file).is_file() for file in ("modules.json", "config.json")):
                return Finding("weights", False, f"no embedding model in '{path}'", "correct FOOTNOTE_EMBEDDING_MODEL")
            detail = f"{name} found"
        elif providers.is_cached(path):
            detail = f"{name} found in the local cache"
        else:
            detail = f"{name} not on this machine"
            advice = "it will be fetched from the Hugging Face hub when it is first used"
    except ModelError as error:
        what, _, advice = str(error).rpartition("; ")
        return Finding("weights", False, what, advice)
    except OSError as error:
        return Finding("weights", False, f"the model's files cannot be read ({type(error).__name__})", REINSTALL)
    return Finding("weights", True, detail, advice)


def check_reader() -> Finding:
    """The reader's weights are the published ones, by a digest that does not lie beside them, and by their card's."""
    try:
        with WEIGHTS_FILE.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        named = json.loads(CARD_FILE.read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Finding("reader", False, f"its files cannot be read ({type(error).__name__})", REINSTALL)
    if digest != READER_WEIGHTS.sha256:
        advice = f"unless you trained it yourself, {REINSTALL}"
        return Finding("reader", False, f"its weights are not the published ones (sha256 {digest})", advice)
    if digest != named:
        return Finding("reader", False, "its card is that of other weights", REINSTALL)
    return Finding("reader", True, f"{WEIGHTS_FILE.name} {_name_publisher(READER_WEIGHTS)}")


def check_engine(settings: Settings) -> Finding:
    """What runs the default models, on which kind of processor, and whether another engine would be faster here."""
    onnx, torch = providers.find_version("onnxruntime"), providers.find_version("torch")
    if not onnx:
        return Finding("engine", False, "onnxruntime not installed", REINSTALL)
    processor = name_processor()
    if settings.engine == "torch":
        return Finding("engine", True, f"PyTorch {torch} on {processor}; it takes seconds to load")
    pays = find_torch_pays() if settings.engine == "auto" else None
    bulk = f", and PyTorch {torch} from the {pays:,}th passage of an ingest on, if it proves faster" if pays else ""
    detail = f"ONNX Runtime {onnx} on {processor}{bulk}"
    advice = "FOOTNOTE_ENGINE=torch answers faster here once it is loaded, for a server" if has_bfloat16() else ""
    return Finding("engine", True, detail, advice)


def _name_publisher(weights: Published) -> str:
    return f"as published by {weights.publisher}, sha256 {weights.sha256}"


def check_chat_model(settings: Settings) -> Finding:
    """The chat model of the settings replies; in how many seconds."""
    from rag.llm.trial import try_chat_model  # loads LangChain

    trial = try_chat_model(settings)
    if not trial.failure:
        aside = "" if "ready" in trial.reply.casefold() else ", in other words than it was asked for"
        return Finding("chat model", True, f"{trial.model} replied in {trial.seconds:.1f} s{aside}")
    what, _, advice = trial.failure.rpartition("; ")
    if what:
        return Finding("chat model", False, what, advice)
    if "refused the key" in trial.failure:
        advice = "correct the key: FOOTNOTE_CHAT_API_KEY, or the provider's own variable"
    elif "cannot be reached" in trial.failure:
        wrong = "start the server, or correct FOOTNOTE_CHAT_BASE_URL"
        advice = wrong if settings.chat_base_url else "check the network"
    else:
        advice = "until it replies, Footnote answers by quoting"
    return Finding("chat model", False, trial.failure, advice)


def check_server(server: ChromaServer) -> Finding:
    """The Chroma server answers, and has an index."""
    from rag.index.server.connection import Connection

    began = time.monotonic()
    try:
        with closing(Connection(server)) as connection:
            seconds = time.monotonic() - began
            has_index = connection.find(server.collection) is not None
    except FootnoteError as error:
        what, _, advice = str(error).rpartition("; ")
        return Finding("server", False, what, advice)
    detail = f"{server.shown_url} answers in {seconds:.1f} s"
    if has_index:
        return Finding("server", True, f"{detail} and has an index '{server.collection}'")
    advice = "create one with: footnote ingest PATH"
    return Finding("server", True, f"{detail} and has no index '{server.collection}' yet", advice)


def find_usable(settings: Settings, environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """What could write answers and is not set to: keys by the names of their variables, servers, cached models."""
    found: list[Finding] = []
    used = providers.find_provider(settings)
    to_unset = [name for name in ("chat_base_url", "chat_api_key") if name in settings.model_fields_set]
    for key in providers.find_keys(environment):
        provider, names = key.provider, " and ".join(key.variables)
        if provider.name == used:
            continue
        setting = f"FOOTNOTE_CHAT_MODEL={provider.name}:{provider.example}{_without(to_unset)}"
        is_there = f"{names} {'are' if key.variables[1:] else 'is'} set, {provider.package} is {'' if key.is_installed else 'not '}installed"
        package = f"'footnote[{provider.extra}]'" if provider.extra else provider.package
        install = "" if key.is_installed else f"pip install {package}, then "
        found.append(Finding(USABLE, True, is_there, f"{install}set {setting}"))
    in_use = providers.find_ports_in_use(settings)
    ports = {port: usual for port, usual in providers.SERVERS.items() if port not in in_use}
    for server in providers.find_servers(ports):
        counted = format_count(server.models, "model") + (", the first" if server.models > 1 else "")
        detail = f"a server on port {server.port} ({server.usual}, as a rule) with {counted} '{server.first}'"
        others = _without([name for name in ("chat_model",) if name in settings.model_fields_set])
        found.append(Finding(USABLE, True, detail, f"set FOOTNOTE_CHAT_BASE_URL={server.url}{others}"))
    install = "" if providers.find_version(PACKAGE) else "pip install 'footnote[local]', then "
    for name, path in find_local_models(settings.models):
        if settings.chat_model not in (f"{PREFIX}{name}", f"{PREFIX}{path}"):
            detail = f"the model {name} on this machine, {path.stat().st_size / 1e6:,.0f} MB"
            setting = f"FOOTNOTE_CHAT_MODEL={PREFIX}{name}{_without(to_unset)}"
            found.append(Finding(USABLE, True, detail, f"{install}set {setting}"))
    cached = [
        model
        for model in providers.find_cached_models(providers.find_hub_cache())
        if settings.chat_model != f"huggingface:{model.name}"
    ]
    for model in cached[:MOST_CACHED]:
        detail = f"{model.name} in the local Hugging Face cache, {model.size / 1e6:,.0f} MB"
        setting = f"FOOTNOTE_CHAT_MODEL=huggingface:{model.name}{_without(to_unset)}"
        found.append(Finding(USABLE, True, detail, f"set {setting}"))
    if more := cached[MOST_CACHED:]:
        found.append(Finding(USABLE, True, f"{len(more):,} more chat models in the local Hugging Face cache"))
    nothing = "nothing else found" + ("" if settings.uses_chat_model else "; Footnote answers by quoting")
    return tuple(found) or (Finding(USABLE, True, nothing),)


def _without(names: Sequence[str]) -> str:
    variables = " and ".join(f"FOOTNOTE_{name.upper()}" for name in names)
    return f", and unset {variables}" if variables else ""
