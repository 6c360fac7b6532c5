"""Embedding models on PyTorch: any that sentence-transformers loads, and the default one for many texts at once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoder.processor import has_bfloat16, multiplies_bfloat16
from rag.errors import ModelError, first_line

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


def load_torch_embeddings(name: str, path: str, *, for_many: bool = False) -> Embeddings:
    """A model of sentence-transformers: unit vectors, bfloat16 inside where the processor is surely faster with it.

    Args:
        name: by which an index remembers it.
        path: its folder, or its name on the Hugging Face hub.
        for_many: it embeds many texts at once, so that bfloat16 is also tried where it is only perhaps faster.

    Raises:
        ModelError: it cannot be loaded.
    """
    import numpy as np
    import torch
    from langchain_huggingface import HuggingFaceEmbeddings
    from pydantic import PrivateAttr
    from transformers.utils import logging as transformers_logging

    class SharedEmbeddings(HuggingFaceEmbeddings):  # type: ignore[misc]  # it is typed as Any
        """One model for many threads: the tokenizer underneath must not be entered twice at once."""

        name: str
        _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

        def _embed(self, texts: list[str], encode_kwargs: dict[str, Any]) -> list[list[float]]:
            if not texts:
                return []
            with self._lock:
                vectors = np.asarray(super()._embed(texts, encode_kwargs), dtype=np.float32)
            # Normalised here and not by the model, whose bfloat16 would leave lengths up to 0.4 % off.
            return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).tolist()  # type: ignore[no-any-return]

    transformers_logging.disable_progress_bar()
    is_short = multiplies_bfloat16() if for_many else has_bfloat16()
    dtype = torch.bfloat16 if is_short and not torch.cuda.is_available() else torch.float32
    try:
        return SharedEmbeddings(
            name=name,
            model_name=path,
            model_kwargs={"local_files_only": Path(path).is_dir(), "model_kwargs": {"dtype": dtype}},
            encode_kwargs={"batch_size": 16},  # sorted by length, so that small batches pad less
        )
    except Exception as error:  # the hub, the file system and torch each raise families of their own
        raise ModelError(
            f"cannot load the embedding model '{name}' ({first_line(error)}); "
            "check FOOTNOTE_EMBEDDING_MODEL and the network"
        ) from error
