"""A larger span model that teaches the small one: any encoder that cuts texts into the same word pieces.

It learns the same examples first; then the small one learns, beside what is right, how likely the teacher finds every
other token (Hinton, Vinyals and Dean 2015). Nothing of the teacher ships.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rag.encoder.tokens import build_tokenizer
from rag.errors import ModelError
from rag.reader.span_model import Batch, SpanModel

SPECIAL = (("[PAD]", "<pad>"), ("[UNK]", "<unk>"), ("[CLS]", "<s>"), ("[SEP]", "</s>"))
"""The same special token in the two spellings that are usual."""


class Teacher(SpanModel):
    """A span model on another encoder, which takes the small model's batches.

    Args:
        encoder: gives ``last_hidden_state``.
        ids: its id for each of the small model's, shape (vocabulary,).
    """

    ids: Tensor

    def __init__(self, encoder: Any, ids: Tensor):
        super().__init__(encoder)
        self.register_buffer("ids", ids)

    def _encode(self, batch: Batch) -> Tensor:
        hidden = self.encoder(input_ids=self.ids[batch.ids], attention_mask=batch.attended)
        return hidden.last_hidden_state.float()  # type: ignore[no-any-return]


def build_teacher(folder: str, student_folder: str, *, dropout: float = 0.0) -> Teacher:
    """An untrained teacher on the encoder in a folder; its word embeddings stay as they are.

    Raises:
        ModelError: there is no encoder, or it cuts texts into other pieces than the small model.
    """
    from transformers import AutoConfig, AutoModel

    if not (Path(folder) / "tokenizer.json").is_file():
        raise ModelError(f"no encoder in '{folder}'; name a folder with model.safetensors and tokenizer.json")
    ids = match_vocabularies(build_tokenizer(student_folder), build_tokenizer(folder))
    config = AutoConfig.from_pretrained(folder, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)
    encoder = AutoModel.from_pretrained(folder, config=config, dtype=torch.float32, add_pooling_layer=False)
    encoder.get_input_embeddings().weight.requires_grad_(False)
    return Teacher(encoder, ids)


def match_vocabularies(student: Any, teacher: Any) -> Tensor:
    """The teacher's id of each of the student's word pieces, shape (vocabulary,).

    Raises:
        ModelError: the teacher lacks one.
    """
    known = teacher.get_vocab()
    known |= {ours: known[theirs] for ours, theirs in SPECIAL if theirs in known}
    pieces = sorted(student.get_vocab().items(), key=lambda piece: piece[1])
    missing = [piece for piece, _ in pieces if piece not in known]
    if missing:
        raise ModelError(
            f"the teacher's vocabulary lacks '{missing[0]}'; take one that cuts texts as BERT uncased does"
        )
    return torch.tensor([known[piece] for piece, _ in pieces])
