"""How far a span model is from what is right, and from what a teacher finds likely."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from rag.encoder.processor import has_bfloat16
from rag.reader.span_model import IMPOSSIBLE, SpanModel
from rag.reader.training.batches import DeviceBatch

GROUP_SINGLES = 0.3
"""How much each passage of a group weighs by itself, beside the group as a whole."""

TEACHER_WEIGHT = 0.7
"""How much what the teacher finds weighs, beside what is right."""

TEMPERATURE = 2.0
"""The temperature at which model and teacher are compared."""


def measure_loss(model: SpanModel, device_batch: DeviceBatch, teacher: SpanModel | None = None) -> Tensor:
    """The loss of a batch: by what is right, and by what the teacher finds likely where there is one.

    Dialogues are not for a teacher to judge: it was never told of any.
    """
    device = device_batch.slots.device.type
    with torch.autocast(device, torch.bfloat16) if is_fast(device) else contextlib.nullcontext():
        if device_batch.kind == "claim":
            logits = model.judge_claims(device_batch.batch)
            targets = device_batch.supported
            if teacher is not None:
                with torch.no_grad():
                    taught = teacher.judge_claims(device_batch.batch).sigmoid()
                targets = TEACHER_WEIGHT * taught + (1 - TEACHER_WEIGHT) * targets
            return binary_cross_entropy_with_logits(logits, targets)
        scores = model(device_batch.batch)
        if teacher is None or device_batch.kind == "dialogue":
            return _miss_right(scores, device_batch)
        with torch.no_grad():
            taught_scores = teacher(device_batch.batch)
    return (1 - TEACHER_WEIGHT) * _miss_right(scores, device_batch) + TEACHER_WEIGHT * _miss_teacher(
        scores, taught_scores, device_batch
    )


def _miss_right(scores: Sequence[Tensor], device_batch: DeviceBatch) -> Tensor:
    """The mean over starts and ends of ``measure_miss``: of groups where there are any, and of single passages."""
    loss = torch.zeros((), device=device_batch.slots.device)
    for own, right in zip(scores, (device_batch.right_starts, device_batch.right_ends), strict=True):
        single = (measure_miss(own, right) * device_batch.certain).sum() / device_batch.certain.sum().clamp(min=1)
        if device_batch.kind == "group":
            slots = device_batch.slots
            loss += measure_miss(join(own, slots), join_right(right, slots)).mean() / 2 + GROUP_SINGLES * single / 2
        else:
            loss += single / 2
    return loss


def _miss_teacher(scores: Sequence[Tensor], taught: Sequence[Tensor], device_batch: DeviceBatch) -> Tensor:
    """The same beside a teacher's scores: how far the softened distributions are apart (Kullback and Leibler)."""
    loss = torch.zeros((), device=device_batch.slots.device)
    for own, other in zip(scores, taught, strict=True):
        single = measure_divergence(own, other).mean()
        if device_batch.kind == "group":
            loss += (
                measure_divergence(join(own, device_batch.slots), join(other, device_batch.slots)).mean() / 2
                + GROUP_SINGLES * single / 2
            )
        else:
            loss += single / 2
    return loss


def measure_divergence(scores: Tensor, taught: Tensor) -> Tensor:
    """The divergence of each row's distribution from the teacher's, both softened by ``TEMPERATURE``: shape (rows,)."""
    own, other = (each.div(TEMPERATURE).log_softmax(-1) for each in (scores, taught))
    return TEMPERATURE**2 * (other.exp() * (other - own)).sum(-1)


def measure_miss(scores: Tensor, right: Tensor) -> Tensor:
    """Minus the log of the probability that falls on right tokens, wherever the answer's text stands: shape (rows,)."""
    return scores.logsumexp(-1) - scores.masked_fill(~right, -torch.inf).logsumexp(-1)


def join(scores: Tensor, slots: Tensor) -> Tensor:
    """The scores of each group's passages side by side, after one "not here": that of the passage least sure of it.

    Clark and Gardner, ACL 2018 (shared normalisation). Shapes (passages, tokens) and (groups, passages of a group) ->
    (groups, 1 + passages of a group x (tokens - 1)).
    """
    rows = scores[slots].masked_fill((slots < 0)[..., None], IMPOSSIBLE)
    nowhere = rows[..., 0].masked_fill(slots < 0, -IMPOSSIBLE).amin(1)
    return torch.cat([nowhere[:, None], rows[..., 1:].flatten(1)], dim=1)


def join_right(right: Tensor, slots: Tensor) -> Tensor:
    """What is right in ``join``'s arrangement: "not here" only where no passage of the group holds the answer."""
    rows = right[slots]
    nowhere = (rows[..., 0] | (slots < 0)).all(1)
    return torch.cat([nowhere[:, None], (rows[..., 1:] & (slots >= 0)[..., None]).flatten(1)], dim=1)


def is_fast(device: str) -> bool:
    """Whether a device computes faster in bfloat16."""
    return device == "cuda" or has_bfloat16()
