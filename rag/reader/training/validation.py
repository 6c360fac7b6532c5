"""How well a span model in training does on articles that it does not learn from, straight from tokens, on any device."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from rag.evaluation.metrics.squad import f1_of
from rag.reader.span_model import MOST_QUESTION_TOKENS, MOST_TOKENS, Batch, SpanModel, build_batch
from rag.reader.span_reader import LONGEST_SPAN
from rag.reader.training.examples import MOST_CLAIM_TOKENS, ExampleBuilder
from rag.reader.training.loss import is_fast
from rag.reader.training.plan import GROUP
from rag.reader.training.squad_data import Dataset, EncodedClaim, EncodedQuestion

AT_ONCE = 128
GROUPS = 2_000
"""Questions asked over several passages, drawn by chance."""

Pair = tuple[Sequence[int], Sequence[int]]


def measure_held_out(model: SpanModel, dataset: Dataset) -> dict[str, float]:
    """Figures in per cent, the model where it is.

    ``answerable_f1``: always answering. ``auc_answerable``: the span's score above "not here" tells which questions
    are answerable. ``f1`` at the best threshold of this very set, and ``f1_even`` where answerable and unanswerable
    weigh the same. ``right_passage``: the highest among the question's own and up to seven neighbours. ``auc_claims``:
    which claims are supported.
    """
    questions = dataset.questions
    room = MOST_TOKENS - 3 - MOST_QUESTION_TOKENS
    passages = [dataset.paragraphs[asked.paragraph].ids[:room] for asked in questions]
    pairs: list[Pair] = [
        (asked.ids[:MOST_QUESTION_TOKENS], ids) for asked, ids in zip(questions, passages, strict=True)
    ]
    found = predict(model, pairs)
    gains = [_gain(dataset, asked, low, high) for asked, (_, low, high) in zip(questions, found, strict=True)]
    margins = torch.tensor([margin for margin, _, _ in found])
    answerable = torch.tensor([not asked.impossible for asked in questions])
    f1 = torch.tensor(gains)
    figures = {
        "answerable_f1": float(f1[answerable].mean()),
        "auc_answerable": measure_auc(margins, answerable),
        "f1": _best_f1(margins, f1, answerable, torch.ones(len(f1))),
        "f1_even": _best_f1(
            margins, f1, answerable, torch.where(answerable, 0.5 / answerable.sum(), 0.5 / (~answerable).sum())
        ),
        "right_passage": _measure_groups(model, dataset),
    }
    if dataset.claims:
        figures["auc_claims"] = measure_claims(model, dataset)
    return {name: round(100 * value, 2) for name, value in figures.items()}


def predict(model: SpanModel, pairs: Sequence[Pair]) -> list[tuple[float, int, int]]:
    """The best span of each passage: its score above "not here", and its first and last token in the passage."""
    found: dict[int, tuple[float, int, int]] = {}
    for rows, batch in in_batches(model, pairs):
        with torch.inference_mode(), read_fast(model):
            starts, ends = model(batch)
        width = starts.shape[1]
        band = torch.ones(width, width, dtype=torch.bool, device=starts.device).triu().tril(LONGEST_SPAN - 1)
        band[0] = False
        sums = (starts[:, :, None] + ends[:, None, :]).masked_fill(~band, -torch.inf).flatten(1)
        best, at = sums.max(1)
        margins = best - starts[:, 0] - ends[:, 0]
        for row, margin, place in zip(rows, margins.tolist(), at.tolist(), strict=True):
            first = len(pairs[row][0]) + 2
            found[row] = (margin, place // width - first, place % width - first)
    return [found[row] for row in range(len(pairs))]


def measure_claims(model: SpanModel, dataset: Dataset) -> float:
    """The area under the curve of supported claims against others."""
    scores = predict_support(model, pair_claims(dataset.claims))
    return measure_auc(torch.tensor(scores), torch.tensor([claim.supported for claim in dataset.claims]))


def pair_claims(claims: Sequence[EncodedClaim]) -> list[Pair]:
    """Claims as what is read: cut to the tokens that fit."""
    return [(claim.ids[:MOST_CLAIM_TOKENS], claim.evidence[: MOST_TOKENS - 3 - MOST_CLAIM_TOKENS]) for claim in claims]


def predict_support(model: SpanModel, pairs: Sequence[Pair]) -> list[float]:
    """For each pair of a claim and a text, the logit of the text supporting the claim."""
    scores: dict[int, float] = {}
    for rows, batch in in_batches(model, pairs):
        with torch.inference_mode(), read_fast(model):
            logits = model.judge_claims(batch).tolist()
        scores |= dict(zip(rows, logits, strict=True))
    return [scores[row] for row in range(len(pairs))]


def measure_auc(scores: Any, labels: Any) -> float:
    """The chance that a positive scores above a negative, ties counted half; 0 where all are of one kind."""
    return float(roc_auc_score(labels, scores)) if 0 < labels.sum() < len(labels) else 0.0


def _measure_groups(model: SpanModel, dataset: Dataset) -> float:
    builder, chooser = ExampleBuilder(dataset), random.Random(0)
    asked = [question for question in dataset.questions if question.places]
    chosen = chooser.sample(asked, min(GROUPS, len(asked)))
    groups = [[question.paragraph, *builder.find_neighbours(question)[: GROUP - 1]] for question in chosen]
    room = MOST_TOKENS - 3 - MOST_QUESTION_TOKENS
    pairs: list[Pair] = [
        (question.ids[:MOST_QUESTION_TOKENS], dataset.paragraphs[number].ids[:room])
        for question, group in zip(chosen, groups, strict=True)
        for number in group
    ]
    margins = [margin for margin, _, _ in predict(model, pairs)]
    right, at = 0, 0
    for group in groups:
        own = margins[at : at + len(group)]
        right += own[0] == max(own)
        at += len(group)
    return right / max(1, len(groups))


def _gain(dataset: Dataset, asked: EncodedQuestion, low: int, high: int) -> float:
    paragraph = dataset.paragraphs[asked.paragraph]
    words = paragraph.text[paragraph.offsets[low][0] : paragraph.offsets[high][1]]
    return 0.0 if asked.impossible else max((f1_of(words, answer) for answer in asked.answers), default=0.0)


def _best_f1(margins: Tensor, f1: Tensor, answerable: Tensor, weights: Tensor) -> float:
    order = margins.argsort(descending=True)
    gains = (torch.where(answerable, f1, -1.0) * weights)[order].cumsum(0)
    declined = (weights * ~answerable).sum()
    return float((declined + gains.max().clamp(min=0)) / weights.sum())


def in_batches(model: SpanModel, pairs: Sequence[Pair]) -> Iterator[tuple[list[int], Batch]]:
    """Pairs of like length together, on the model's device, each batch with the rows that it holds."""
    order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][0]) + len(pairs[row][1]))
    for at in range(0, len(order), AT_ONCE):
        rows = order[at : at + AT_ONCE]
        yield rows, build_batch([pairs[row] for row in rows]).to(model.head.weight.device)


def read_fast(model: SpanModel) -> contextlib.AbstractContextManager[Any]:
    """Where a model is computed in 16 bits if that is faster."""
    device = model.head.weight.device.type
    return torch.autocast(device, torch.bfloat16) if is_fast(device) else contextlib.nullcontext()
