"""BERT as ONNX Runtime computes it: from token ids to one vector for each token.

The graph beside this file holds no weights; those of the installed safetensors files are handed to it, so that nothing is
kept twice and one graph serves the embedding model and the reader. Written by ``python -m rag.reader.training graph``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.encoder.allocator import give_back_memory
from rag.encoder.batches import TokenBatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Numbers = Mapping[str, NDArray[Any]]

GRAPH = Path(__file__).parent / "bert.onnx"

LAYERS = 6

LINEAR = {"mixed": "attention.output.dense", "widened": "intermediate.dense", "narrowed": "output.dense"}
"""What the graph calls a layer's linear maps, and what the published weights do."""

NORMS = {"mixed_norm": "attention.output.LayerNorm", "narrowed_norm": "output.LayerNorm"}


class BertEncoder:
    """An encoder of 6 layers and 384 hidden units, ready to be used from many threads.

    Args:
        tensors: its weights by their published names, without a prefix, as 32 or 16 bits a number.
        words: the word embeddings, of shape (vocabulary, hidden units): rows are taken from it as they are needed.
    """

    width: int
    """Its hidden units."""

    def __init__(self, tensors: Numbers, words: NDArray[Any]):
        self._words = words
        self._positions = _as_floats(tensors["embeddings.position_embeddings.weight"])
        self._types = _as_floats(tensors["embeddings.token_type_embeddings.weight"])
        self._lock = threading.Lock()
        self.width = words.shape[1]
        self._session = _open_session(arrange_weights(tensors))
        give_back_memory()

    def encode(self, batch: TokenBatch) -> Floats:
        """Hidden states of shape (sequences, tokens, hidden units); those of padding mean nothing."""
        import numpy as np

        at = np.arange(batch.ids.shape[1])
        summed = self._words[batch.ids].astype(np.float32)
        summed += self._positions[at]
        summed += self._types[(at >= batch.seconds[:, None]).astype(np.int64)]
        # All processors work on one batch: two at once take twice the memory, which stays with a server, and no less time.
        # Of eight people who ask at once, one had 860 MB without this lock, and 530 with it.
        with self._lock:
            (hidden,) = self._session.run(None, {"summed": summed, "lengths": batch.lengths.astype(np.int32)})
        return hidden  # type: ignore[no-any-return]


def arrange_weights(tensors: Numbers) -> dict[str, Floats]:
    """The weights as the graph names and lays them: query, key and value side by side, matrices from input to output."""
    import numpy as np

    found = {f"norm.{part}": tensors[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")}
    for layer in range(LAYERS):
        ours, theirs = f"{layer}.", f"encoder.layer.{layer}."
        asked = [f"{theirs}attention.self.{name}" for name in ("query", "key", "value")]
        found[f"{ours}attended.weight"] = np.concatenate([tensors[f"{name}.weight"].T for name in asked], axis=1)
        found[f"{ours}attended.bias"] = np.concatenate([tensors[f"{name}.bias"] for name in asked])
        for name, published in LINEAR.items():
            found[f"{ours}{name}.weight"] = tensors[f"{theirs}{published}.weight"].T
            found[f"{ours}{name}.bias"] = tensors[f"{theirs}{published}.bias"]
        for name, published in NORMS.items():
            for part in ("weight", "bias"):
                found[f"{ours}{name}.{part}"] = tensors[f"{theirs}{published}.{part}"]
    return {name: _as_floats(value) for name, value in found.items()}


def _as_floats(numbers: NDArray[Any]) -> Floats:
    import numpy as np

    return np.ascontiguousarray(numbers, dtype=np.float32)


def import_runtime() -> Any:
    """ONNX Runtime with its telemetry off: its official builds report to their maker from the moment they are imported.

    Only the variable keeps all of it away; the call is for a program that has imported it before.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _open_session(weights: Mapping[str, Floats]) -> Any:
    onnxruntime = import_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = count_processors()
    # Threads that wait do not turn in circles: other questions, and the page, run on the same processors.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in weights.values()]
    options.add_external_initializers(list(weights), values)
    session = onnxruntime.InferenceSession(GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"])
    values.clear()
    return session


def count_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
