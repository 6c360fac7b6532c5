"""The default embedding model on ONNX Runtime: ready in a third of a second, where PyTorch takes five."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings

from rag.encoder.batches import gather, pad_texts
from rag.encoder.bert import BertEncoder
from rag.encoder.tensors import map_tensors
from rag.encoder.tokens import build_tokenizer
from rag.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

MOST_TOKENS = 256
"""Tokens of a text that the model reads, special ones included, as its publisher set it."""

TRIED = 32
"""Texts that both engines embed before the other one is taken for faster."""


class EncoderEmbeddings(Embeddings):
    """Unit vectors of 384 numbers, the mean of a text's token vectors; of a long text, its first 256 tokens.

    Args:
        name: by which an index remembers the model.
        folder: its files.
        faster: gives the same model on an engine that may be faster for many texts; None where there is none.
        many: after how many texts loading that pays.
    """

    def __init__(self, name: str, folder: str, faster: Callable[[], Embeddings] | None = None, many: int = 0):
        self.name, self._folder, self._faster, self._many = name, folder, faster, many
        self.tokenizer = build_tokenizer(folder)
        self.max_tokens = MOST_TOKENS
        self._truncating = build_tokenizer(folder)
        self._truncating.enable_truncation(MOST_TOKENS)
        tensors = map_tensors(Path(folder) / "model.safetensors")
        self._encoder = BertEncoder(tensors, tensors["embeddings.word_embeddings.weight"])
        self._lock = threading.Lock()
        self._embedded = 0
        self._other: Embeddings | None = None

    def __reduce__(self) -> Any:
        """Where the model's files lie: another process maps them anew."""
        return EncoderEmbeddings, (self.name, self._folder, self._faster, self._many)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each text, in order."""
        return self._embed(texts).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self._embed([text])[0].tolist()  # type: ignore[no-any-return]

    def embed_many(self, texts: list[str]) -> list[list[float]]:
        """The same as ``embed_documents``, for those who bring documents in: the faster engine is taken when it pays."""
        other = self._choose_faster(texts)
        return self.embed_documents(texts) if other is None else other.embed_documents(texts)

    def _choose_faster(self, texts: list[str]) -> Embeddings | None:
        with self._lock:
            self._embedded += len(texts)
            if self._faster is not None and self._embedded > self._many and texts:
                load, self._faster = self._faster, None
                try:
                    other = load()
                except ModelError as error:  # slower is better than not at all
                    _log.warning("%s; going on with ONNX Runtime", error)
                    return None
                self._other = other if self._is_faster(other, texts[:TRIED]) else None
            return self._other

    def _is_faster(self, other: Embeddings, texts: list[str]) -> bool:
        """Whether another engine embeds some texts in less time; each embeds them once before, which is slower."""
        seconds = []
        for embed in (self._embed, other.embed_documents):
            embed(texts)
            began = time.perf_counter()
            embed(texts)
            seconds.append(time.perf_counter() - began)
        return seconds[1] < seconds[0]

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        vectors = np.zeros((len(texts), self._encoder.width), dtype=np.float32)
        tokens = [found.ids for found in self._truncating.encode_batch(list(texts))]
        for rows in gather(range(len(tokens)), lambda row: len(tokens[row])):
            batch = pad_texts([tokens[row] for row in rows])
            hidden = self._encoder.encode(batch)
            attended = np.arange(batch.ids.shape[1]) < batch.lengths[:, None]
            vectors[rows] = np.einsum("sth,st->sh", hidden, attended.astype(np.float32))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors
