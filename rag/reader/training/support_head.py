"""The support head, fitted anew where the encoder under it has learnt on: it shall say what it said before."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from tqdm import tqdm

from rag.reader.span_model import SpanModel
from rag.reader.training.squad_data import EncodedClaim
from rag.reader.training.validation import AT_ONCE, in_batches, pair_claims, read_fast

CLAIMS = 20_000
"""Claims that are read, drawn by chance."""

PULL = 1e-3
"""How much the squared distance from the head as it is weighs."""


def refit_support(model: SpanModel, before: SpanModel, claims: Sequence[EncodedClaim], seed: int = 0) -> None:
    """Fit the head to what a model says of claims, the encoder as it is: what the claims teach is known already.

    Args:
        model: its head is changed in place.
        before: knows support; both where they are, in 32 bits.
        claims: what is read; their labels are not.
        seed: of the choice among them.
    """
    chosen = random.Random(seed).sample(list(claims), min(CLAIMS, len(claims)))
    features, said = [], []
    batches = in_batches(model, pair_claims(chosen))
    for _, batch in tqdm(batches, "support head", -(-len(chosen) // AT_ONCE), unit="batch", disable=None):
        with torch.no_grad(), read_fast(model):
            features.append(model.encode_claims(batch).float())
            said.append(before.judge_claims(batch).sigmoid())
    read, likely = torch.cat(features), torch.cat(said)
    head = model.support
    first = head.weight.detach().clone()
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        missed = binary_cross_entropy_with_logits(head(read)[:, 0], likely)
        value: torch.Tensor = missed + PULL * (head.weight - first).square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
