"""The span model: a BERT encoder with two scores a token, where an answer starts and where it ends; ``[CLS]`` is "not here".

Devlin et al., NAACL 2019. The encoder is the embedding model's own, fine-tuned; its word embeddings stay as they are,
and so are not shipped again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rag.errors import ModelError
from rag.models import has_bfloat16

WEIGHTS_FILE = Path(__file__).parent / "span_model.safetensors"
CARD_FILE = Path(__file__).parent / "span_model.json"
"""The digest of the weights and how they came about."""

WORD_TABLE = "encoder.embeddings.word_embeddings.weight"
IMPOSSIBLE = -1e4
MOST_QUESTION_TOKENS = 48
MOST_TOKENS = 256


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


@dataclass(frozen=True, slots=True)
class Special:
    """The ids of the tokenizer's special tokens."""

    cls: int = 101
    sep: int = 102
    pad: int = 0


def build_batch(pairs: Sequence[tuple[Sequence[int], Sequence[int]]], special: Special = Special()) -> Batch:
    """Pad pairs of question and passage tokens into one batch."""
    lengths = [len(question) + len(passage) + 3 for question, passage in pairs]
    width = max(lengths)
    ids = torch.full((len(pairs), width), special.pad)
    types, attended, answerable = torch.zeros_like(ids), torch.zeros_like(ids), torch.zeros_like(ids)
    for row, ((question, passage), length) in enumerate(zip(pairs, lengths, strict=True)):
        ids[row, :length] = torch.tensor([special.cls, *question, special.sep, *passage, special.sep])
        first = len(question) + 2
        types[row, first:length] = 1
        attended[row, :length] = 1
        answerable[row, first : length - 1] = 1
        answerable[row, 0] = 1
    return Batch(ids, types, attended, answerable.bool())


class SpanModel(nn.Module):
    """From token ids to start and end scores."""

    def __init__(self, encoder: Any):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.hidden_size, 2)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Scores of starts and of ends, each of shape (sequences, tokens), hopeless where no span may stand."""
        hidden = self.encoder(
            input_ids=batch.ids, token_type_ids=batch.types, attention_mask=batch.attended
        ).last_hidden_state
        scores = self.head(hidden.float()).float().masked_fill(~batch.answerable[..., None], IMPOSSIBLE)
        return scores[..., 0], scores[..., 1]


def build_span_model(folder: str) -> SpanModel:
    """An untrained span model on the encoder in a folder, without dropout, which costs half the speed on a CPU."""
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig.from_pretrained(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    encoder = BertModel(config, add_pooling_layer=False)
    kept = load_file(str(Path(folder) / "model.safetensors"))
    encoder.load_state_dict({name: kept[name].float() for name in encoder.state_dict()})
    encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    return SpanModel(encoder)


def save_weights(model: SpanModel, weights: Path, card: Path, facts: dict[str, Any]) -> None:
    """Write everything but the word embeddings as 16-bit numbers, and a card with their digest."""
    from safetensors.torch import save_file

    state = {name: value.to(torch.float16).cpu().contiguous() for name, value in model.state_dict().items()}
    state.pop(WORD_TABLE)
    save_file(state, str(weights))
    card.write_text(json.dumps({"sha256": _digest(weights)} | facts, indent=2) + "\n", encoding="utf-8")


def load_span_model(folder: str, weights: Path = WEIGHTS_FILE, card: Path = CARD_FILE) -> SpanModel:
    """The trained span model, ready to read.

    Args:
        folder: the embedding model's files, for its configuration and word embeddings.
        weights: as ``save_weights`` wrote them.
        card: the file that names their digest.

    Raises:
        ModelError: the weights are missing, or are not those that the card names.
    """
    from safetensors.torch import load_file

    if not weights.is_file() or not card.is_file():
        raise ModelError(f"the reader's weights are missing from '{weights.parent}'; install Footnote again")
    expected = json.loads(card.read_text(encoding="utf-8"))["sha256"]
    if (found := _digest(weights)) != expected:
        raise ModelError(
            f"the reader's weights in '{weights}' are not the published ones (sha256 {found[:12]}…); install Footnote again"
        )
    model = build_span_model(folder)
    state = {name: value.float() for name, value in load_file(str(weights)).items()}
    model.load_state_dict(model.state_dict() | state)
    if torch.cuda.is_available():
        model.to("cuda")
    elif has_bfloat16():
        model.encoder.to(torch.bfloat16)
    return model.eval()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
