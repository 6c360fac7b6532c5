"""What the span model says of tokens and claims, worked out on ONNX Runtime: the encoder, and two heads of a few numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.encoder.batches import TokenBatch
from rag.encoder.bert import BertEncoder
from rag.encoder.tensors import map_tensors
from rag.reader.weights import CARD_FILE, WEIGHTS_FILE, check_digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

IMPOSSIBLE = -1e4
"""The logit where no span may start or end."""

WORD_TABLE = "embeddings.word_embeddings.weight"
"""The published name of the word embeddings, which the span model shares with the embedding model."""


class SpanScorer(Protocol):
    """The span model, whatever computes it; a batch's pairs are a question, or a claim, and a passage."""

    def score_spans(self, batch: TokenBatch) -> tuple[Floats, Floats]:
        """Logits of starts and of ends, each of shape (sequences, tokens): of the passage's tokens, and of ``[CLS]``."""

    def score_claims(self, batch: TokenBatch) -> Floats:
        """Logits of the passages supporting the claims, of shape (sequences,)."""


class OnnxSpanScorer:
    """The span model on ONNX Runtime.

    Args:
        encoder: the encoder, with the span model's weights.
        spans: weight and bias of the head of starts and ends, of shapes (2, hidden units) and (2,).
        support: those of the head of claims, of shapes (1, hidden units) and (1,).
    """

    def __init__(self, encoder: BertEncoder, spans: tuple[Floats, Floats], support: tuple[Floats, Floats]):
        self._encoder, self._spans, self._support = encoder, spans, support

    def score_spans(self, batch: TokenBatch) -> tuple[Floats, Floats]:
        """As ``SpanScorer`` says."""
        import numpy as np

        weight, bias = self._spans
        scores = self._encoder.encode(batch) @ weight.T + bias
        at = np.arange(batch.ids.shape[1])
        allowed = (at >= batch.seconds[:, None]) & (at < batch.lengths[:, None] - 1) | (at == 0)
        scores[~allowed] = IMPOSSIBLE
        return scores[..., 0], scores[..., 1]

    def score_claims(self, batch: TokenBatch) -> Floats:
        """As ``SpanScorer`` says."""
        weight, bias = self._support
        return (self._encoder.encode(batch)[:, 0] @ weight.T + bias)[:, 0]


def load_span_scorer(folder: str, weights: Path = WEIGHTS_FILE, card: Path = CARD_FILE) -> OnnxSpanScorer:
    """The trained span model on ONNX Runtime.

    Args:
        folder: the embedding model's files, for its word embeddings.
        weights: as training wrote them.
        card: the file that names their digest.

    Raises:
        ModelError: the weights are missing, or are not those that the card names.
    """
    import numpy as np

    check_digest(weights, card)
    tensors = map_tensors(weights)
    words = map_tensors(Path(folder) / "model.safetensors")[WORD_TABLE]
    encoder = {name.removeprefix("encoder."): value for name, value in tensors.items() if name.startswith("encoder.")}
    spans, support = (
        (tensors[f"{head}.weight"].astype(np.float32), tensors[f"{head}.bias"].astype(np.float32))
        for head in ("head", "support")
    )
    return OnnxSpanScorer(BertEncoder(encoder, words), spans, support)
