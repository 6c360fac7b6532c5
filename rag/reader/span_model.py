"""The span model: a BERT encoder with two scores a token, where an answer starts and where it ends; ``[CLS]`` is "not here".

Devlin et al., NAACL 2019. The encoder is the embedding model's own, fine-tuned; its word embeddings stay as they are,
and so are not shipped again. A second head reads the same encoder's ``[CLS]``: does a passage support a claim?
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from rag.encoder.batches import TokenBatch, pad_pairs
from rag.encoder.processor import has_bfloat16
from rag.reader.weights import CARD_FILE, WEIGHTS_FILE, check_digest, digest_of

if TYPE_CHECKING:
    from rag.reader.span_scores import Floats

WORD_TABLE = "encoder.embeddings.word_embeddings.weight"
IMPOSSIBLE = -1e4
MOST_QUESTION_TOKENS = 48
MOST_TOKENS = 384


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences ``[CLS] question [SEP] passage [SEP]``, padded: int64 and bool arrays of shape (sequences, tokens).

    ``answerable`` marks where a span may start or end: the passage's tokens, and ``[CLS]``.
    """

    ids: Tensor
    types: Tensor
    attended: Tensor
    answerable: Tensor

    def to(self, device: str | torch.device) -> Batch:
        """The same on another device."""
        return Batch(*(getattr(self, name).to(device) for name in ("ids", "types", "attended", "answerable")))


def build_batch(pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Batch:
    """Pad pairs of question and passage tokens into one batch."""
    return lay_out_tokens(pad_pairs(pairs))


def lay_out_tokens(batch: TokenBatch) -> Batch:
    """The batch of padded token ids as tensors."""
    return lay_out(torch.from_numpy(batch.ids), torch.from_numpy(batch.seconds), torch.from_numpy(batch.lengths))


def lay_out(ids: Tensor, firsts: Tensor, lengths: Tensor) -> Batch:
    """The batch of padded token ids, on their device; the arguments are the parts of a ``TokenBatch``."""
    at = torch.arange(ids.shape[1], device=ids.device)
    attended = at < lengths[:, None]
    types = attended & (at >= firsts[:, None])
    answerable = (types & (at < lengths[:, None] - 1)) | (at == 0)
    return Batch(ids.long(), types.long(), attended.long(), answerable)


class SpanModel(nn.Module):
    """From token ids to start and end scores, or to whether a passage supports a claim."""

    def __init__(self, encoder: Any):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.hidden_size, 2)
        self.support = nn.Linear(encoder.config.hidden_size, 1)
        seeded = torch.Generator().manual_seed(0)  # alike in all, so that the weights of several can be averaged
        for head in (self.head, self.support):
            nn.init.normal_(head.weight, std=0.02, generator=seeded)
            nn.init.zeros_(head.bias)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Scores of starts and of ends, each of shape (sequences, tokens), hopeless where no span may stand."""
        scores = self.head(self._encode(batch)).float().masked_fill(~batch.answerable[..., None], IMPOSSIBLE)
        return scores[..., 0], scores[..., 1]

    def judge_claims(self, batch: Batch) -> Tensor:
        """Whether the passages support the claims that stand in the questions' places: logits of shape (sequences,)."""
        return self.support(self.encode_claims(batch))[:, 0].float()  # type: ignore[no-any-return]

    def encode_claims(self, batch: Batch) -> Tensor:
        """What the support head reads: shape (sequences, hidden units)."""
        return self._encode(batch)[:, 0]

    def _encode(self, batch: Batch) -> Tensor:
        hidden = self.encoder(input_ids=batch.ids, token_type_ids=batch.types, attention_mask=batch.attended)
        return hidden.last_hidden_state.float()  # type: ignore[no-any-return]


def build_span_model(folder: str, *, dropout: float = 0.0) -> SpanModel:
    """An untrained span model on the encoder in a folder; dropout takes half the speed on a CPU, and none on a GPU."""
    from safetensors.torch import load_file

    model = _build_empty(folder, dropout)
    kept = load_file(str(Path(folder) / "model.safetensors"))
    model.encoder.load_state_dict({name: kept[name].float() for name in model.encoder.state_dict()})
    model.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


def _build_empty(folder: str, dropout: float = 0.0) -> SpanModel:
    """The span model with nothing meaningful in its encoder: drawing numbers that are overwritten takes a quarter second."""
    from transformers import BertConfig, BertModel
    from transformers.initialization import no_init_weights

    config = BertConfig.from_pretrained(folder, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)
    with no_init_weights():
        encoder = BertModel(config, add_pooling_layer=False)
    return SpanModel(encoder)


def save_weights(model: SpanModel, weights: Path, card: Path, facts: dict[str, Any]) -> None:
    """Write everything but the word embeddings as 16-bit numbers, and a card with their digest."""
    from safetensors.torch import save_file

    state = {name: value.to(torch.float16).cpu().contiguous() for name, value in model.state_dict().items()}
    state.pop(WORD_TABLE)
    save_file(state, str(weights))
    card.write_text(json.dumps({"sha256": digest_of(weights)} | facts, indent=2) + "\n", encoding="utf-8")


class TorchSpanScorer:
    """The span model at work on PyTorch: faster than ONNX Runtime on graphics cards and processors with matrix units."""

    def __init__(self, model: SpanModel):
        self._model = model.eval()

    def score_spans(self, batch: TokenBatch) -> tuple[Floats, Floats]:
        """As ``SpanScorer`` says."""
        with torch.inference_mode():
            starts, ends = self._model(self._bring(batch))
            return starts.cpu().numpy(), ends.cpu().numpy()

    def score_claims(self, batch: TokenBatch) -> Floats:
        """As ``SpanScorer`` says."""
        with torch.inference_mode():
            return self._model.judge_claims(self._bring(batch)).cpu().numpy()

    def _bring(self, batch: TokenBatch) -> Batch:
        return lay_out_tokens(batch).to(self._model.head.weight.device)


def load_span_model(folder: str, weights: Path = WEIGHTS_FILE, card: Path = CARD_FILE) -> SpanModel:
    """The trained span model where and as this machine reads fastest; arguments and errors as ``read_span_model``."""
    model = read_span_model(folder, weights, card)
    if torch.cuda.is_available():
        model.to("cuda")
    elif has_bfloat16():
        model.encoder.to(torch.bfloat16)
    return model


def read_span_model(folder: str, weights: Path = WEIGHTS_FILE, card: Path = CARD_FILE) -> SpanModel:
    """The trained span model in 32 bits.

    Args:
        folder: the embedding model's files, for its configuration and word embeddings.
        weights: as ``save_weights`` wrote them.
        card: the file that names their digest.

    Raises:
        ModelError: the weights are missing, or are not those that the card names.
    """
    from safetensors import safe_open
    from safetensors.torch import load_file

    check_digest(weights, card)
    model = _build_empty(folder)
    with safe_open(str(Path(folder) / "model.safetensors"), "pt") as file:
        words = file.get_tensor(WORD_TABLE.removeprefix("encoder."))
    model.load_state_dict({WORD_TABLE: words.float(), **load_file(str(weights))})  # strict: none may be missing
    return model.eval()
