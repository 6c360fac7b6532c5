"""Retrieval: how high the relevant passages stand, and how much of the evidence they hold.

The ranking functions take what TREC's evaluation takes: which of the retrieved items are relevant, best first, and
how many relevant items there are in all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from rag.evaluation.metrics.cases import Case
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.metrics.spans import count_characters, count_shared
from rag.types import Span


def measure_hit(relevant: Sequence[bool], k: int) -> float:
    """1 if one of the first ``k`` is relevant (TREC's success)."""
    return float(any(relevant[:k]))


def measure_reciprocal_rank(relevant: Sequence[bool]) -> float:
    """One over the rank of the first relevant item; 0 if there is none (TREC's recip_rank)."""
    return next((1 / rank for rank, good in enumerate(relevant, start=1) if good), 0.0)


def measure_recall(relevant: Sequence[bool], total: int, k: int) -> float:
    """Relevant items among the first ``k`` / relevant items; 0 where there are none (TREC's recall)."""
    return sum(relevant[:k]) / total if total else 0.0


def measure_ndcg(relevant: Sequence[bool], total: int, k: int) -> float:
    """Discounted gain of the first ``k`` / that of the best order (Järvelin and Kekäläinen 2002; TREC's ndcg_cut)."""
    gain = math.fsum(1 / math.log2(rank + 1) for rank, good in enumerate(relevant[:k], start=1) if good)
    best = math.fsum(1 / math.log2(rank + 1) for rank in range(1, min(k, total) + 1))
    return gain / best if best else 0.0


def reciprocal_rank(case: Case) -> float:
    """One over the rank of the first passage that overlaps gold evidence."""
    return measure_reciprocal_rank(case.relevant)


def span_recall(case: Case, k: int) -> float:
    """Characters of evidence in the first ``k`` passages / characters of evidence."""
    return max(_count_covered(case, k, piece)[0] / count_characters(piece) for piece in _list_wanted(case))


def span_precision(case: Case, k: int) -> float:
    """Characters of evidence in the first ``k`` passages / characters of these; 0 for none.

    What two passages both hold is retrieved twice, and evidence among it is found once, so that overlap costs.
    """
    covered, retrieved = _count_covered(case, k, case.gold)
    return covered / retrieved if retrieved else 0.0


def span_iou(case: Case, k: int) -> float:
    """Characters of evidence found / (characters retrieved + characters of evidence missed)."""

    def measure(piece: Sequence[Span]) -> float:
        covered, retrieved = _count_covered(case, k, piece)
        return covered / (retrieved + count_characters(piece) - covered)

    return max(map(measure, _list_wanted(case)))


def _list_wanted(case: Case) -> list[tuple[Span, ...]]:
    """What there is to find: all of the evidence, or each piece of it where one is enough."""
    return [(piece,) for piece in case.gold] if case.question.any_evidence else [case.gold]


def _count_covered(case: Case, k: int, wanted: Sequence[Span]) -> tuple[int, int]:
    """Characters of the wanted evidence in the first ``k`` passages, and characters retrieved."""
    spans = [scored.passage.span for scored in case.answer.passages[:k]]
    return count_shared(spans, wanted), sum(span.end - span.start for span in spans)


CHROMA = "Smith and Troynikov 2024 (Chroma's chunking report)"


def _at(
    name: str,
    measure: Callable[[Case, int], float],
    definition: str,
    source: str,
    kind: Literal["mean", "proportion"] = "mean",
) -> Callable[[int], Metric]:
    """What makes a metric of the first ``k`` passages for any k, which stands as {k} in its definition."""

    def make(k: int) -> Metric:
        told = definition.replace("{k}", str(k))
        return Metric(
            f"{name}@{k}", lambda case: measure(case, k), "with evidence", kind, told, source, needs="passages"
        )

    return make


RANKED: Mapping[str, Callable[[int], Metric]] = {
    "hit": _at(
        "hit",
        lambda case, k: measure_hit(case.relevant, k),
        "one of the first {k} passages overlaps gold evidence",
        "success@k of TREC",
        "proportion",
    ),
    "recall": _at(
        "recall",
        lambda case, k: measure_recall(case.relevant, case.relevant_total, k),
        "share of the relevant passages among the first {k}; evidence that no passage touches counts as one missed",
        "recall_k of TREC",
    ),
    "ndcg": _at(
        "ndcg",
        lambda case, k: measure_ndcg(case.relevant, case.relevant_total, k),
        "discounted gain of the first {k} passages, as a share of that of the best order",
        "Järvelin and Kekäläinen 2002; ndcg_cut_k of TREC",
    ),
    "span_recall": _at(
        "span_recall", span_recall, "share of the evidence's characters that stand in the first {k} passages", CHROMA
    ),
    "span_precision": _at(
        "span_precision",
        span_precision,
        "share of the characters of the first {k} passages that is evidence; 0 where nothing is retrieved",
        CHROMA,
    ),
    "span_iou": _at(
        "span_iou",
        span_iou,
        "characters of evidence in the first {k} passages / characters retrieved, or evidence and missed",
        CHROMA,
    ),
}
"""The metrics that look at the first k passages, for any k."""
