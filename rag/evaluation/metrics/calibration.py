"""Is the answerer sure where it is right? Risk against coverage, reliability, and the figures that sum them up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.evaluation.metrics.cases import Case, is_right
from rag.evaluation.metrics.intervals import wilson_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BINS = 10
"""Bins of equal width between confidence 0 and 1."""

MAX_POINTS = 200
"""Points of a risk-coverage curve; more cannot be told apart on a page."""

FAILED = 2.0
"""The place of a failure on the curve: before every answer, as if it were the surest, so that failing never helps."""

ABSTAINED = -2.0
"""Added to the confidence of an abstention, which puts it after every answer."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """If only the surest replies were given: their share of all questions, and the share of them that is not right.

    ``confidence`` is that of the least sure among them; None once abstentions are counted in (``answered`` is False).
    """

    coverage: float
    risk: float
    confidence: float | None
    answered: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence is from ``low`` to ``high``: how sure they were, and how many were right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


def place_on_curve(case: Case) -> tuple[float, float] | None:
    """Where a reply stands in the order of confidence, and 1 if it is not right. None where its confidence is unknown.

    Failures come first, and abstentions last: one is right where the question has no answer.
    """
    if case.outcome == "failed":
        return FAILED, 1.0
    if case.answer.confidence is None:
        return None
    shift = ABSTAINED if case.outcome == "abstained" else 0.0
    return case.answer.confidence + shift, float(not is_right(case))


def rate_confidence(case: Case) -> tuple[float, float] | None:
    """The confidence of an answer, and 1 if it is correct. None for what is no answer, or has no confidence."""
    if case.outcome not in ("correct", "wrong") or case.answer.confidence is None:
        return None
    return case.answer.confidence, float(case.outcome == "correct")


def measure_aurc(pairs: Array, weights: Array) -> Array:
    """The area under the risk-coverage curve (Geifman and El-Yaniv 2017): the mean risk over all coverages.

    Args:
        pairs: place and loss of each reply, shape (replies, 2).
        weights: how often each is counted, shape (draws, replies).

    Returns:
        One area a draw; NaN where there is no reply with a confidence.
    """
    import numpy as np

    if not (pairs[:, 0] < FAILED).any():
        return np.full(len(weights), np.nan)
    _, losses = _order(pairs)
    drawn = weights[:, np.argsort(-pairs[:, 0], kind="stable")]
    seen, wrong = np.cumsum(drawn, axis=1), np.cumsum(drawn * losses, axis=1)
    # A reply that is drawn w times covers w places; their mean risk is that of the middle one.
    middle = (drawn - 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        risks = np.where(drawn > 0, (wrong - losses * middle) / (seen - middle), 0.0)
        areas: Array = (drawn * risks).sum(axis=1) / seen[:, -1]
    return areas


def measure_ece(pairs: Array, weights: Array) -> Array:
    """The expected calibration error (Naeini et al. 2015) over ten bins of equal width; arguments as above."""
    import numpy as np

    if not len(pairs):
        return np.full(len(weights), np.nan)
    bins = _find_bins(pairs[:, 0])
    gaps = np.zeros((len(pairs), BINS))
    gaps[np.arange(len(pairs)), bins] = pairs[:, 1] - pairs[:, 0]
    with np.errstate(invalid="ignore"):
        errors: Array = np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)
    return errors


def trace_risk_coverage(values: Iterable[Any]) -> tuple[CurvePoint, ...]:
    """The risk-coverage curve of the metric ``aurc``'s values: a point for each confidence, thinned to 200."""
    import numpy as np

    pairs = _to_pairs(values)
    if not len(pairs) or not (pairs[:, 0] < FAILED).any():
        return ()
    places, losses = _order(pairs)
    ends = np.flatnonzero(np.append(places[1:] != places[:-1], True))
    if len(ends) > MAX_POINTS:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, MAX_POINTS).round().astype(int))]
    risks = np.cumsum(losses) / np.arange(1, len(losses) + 1)
    return tuple(
        CurvePoint(
            float((end + 1) / len(losses)),
            float(risks[end]),
            float(min(places[end], 1.0)) if places[end] >= 0 else None,
            bool(places[end] >= 0),
        )
        for end in ends
    )


def bin_reliability(values: Iterable[Any]) -> tuple[Bin, ...]:
    """The reliability diagram of the metric ``ece``'s values: the bins that are not empty, with Wilson intervals."""
    import numpy as np

    pairs = _to_pairs(values)
    bins = _find_bins(pairs[:, 0])
    diagram = []
    for number in np.unique(bins).tolist():
        confidences, right = pairs[bins == number].T
        low, high = wilson_interval(float(right.sum()), len(right)) or (0.0, 1.0)
        diagram.append(
            Bin(
                number / BINS,
                (number + 1) / BINS,
                len(right),
                float(confidences.mean()),
                float(right.mean()),
                low,
                high,
            )
        )
    return tuple(diagram)


def _to_pairs(values: Iterable[Any]) -> Array:
    import numpy as np

    pairs = [value for value in values if isinstance(value, tuple | list)]
    return np.asarray(pairs, dtype=float).reshape(-1, 2)


def _order(pairs: Array) -> tuple[Array, Array]:
    """Places from the surest on, and losses in that order; replies that tie share their mean loss.

    So the curve does not depend on the order in which equals come: it is the mean over all of their orders.
    """
    import numpy as np

    order = np.argsort(-pairs[:, 0], kind="stable")
    places, losses = pairs[order].T
    _, block = np.unique(-places, return_inverse=True)
    return places, (np.bincount(block, losses) / np.bincount(block))[block]


def _find_bins(confidences: Array) -> NDArray[np.int64]:
    import numpy as np

    return np.clip((confidences * BINS).astype(np.int64), 0, BINS - 1)
