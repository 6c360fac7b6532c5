"""Logistic scorers over the measured features: which passage and which sentence answer best, and whether any does."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.reader.features import (
    ANSWERABILITY_FEATURES,
    FEATURES,
    PASSAGE_FEATURES,
    Measured,
    measure_answerability,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

SCORERS_FILE = Path(__file__).parent / "weights.json"


@dataclass(frozen=True, slots=True)
class LogisticScorer:
    """A logistic regression: probability = sigmoid(bias + weights . features)."""

    weights: tuple[float, ...]
    bias: float

    def __call__(self, features: Matrix, gains: Matrix | float = 0.0) -> Matrix:
        """The probabilities of rows of features, shape (rows, features) -> (rows,); ``gains`` are added to the log odds."""
        import numpy as np

        return np.asarray(1.0 / (1.0 + np.exp(-self.logits(features) - gains)), dtype=np.float32)

    def logits(self, features: Matrix) -> Matrix:
        """The log odds of those probabilities."""
        import numpy as np

        return np.asarray(features @ np.asarray(self.weights, dtype=np.float32) + np.float32(self.bias))


@dataclass(frozen=True, slots=True)
class Scorers:
    """``passage`` ranks what was found, ``sentence`` scores candidates; ``answerable`` gives the confidence in the best."""

    passage: LogisticScorer
    sentence: LogisticScorer
    answerable: LogisticScorer

    def confidence(self, scores: Matrix, measured: Measured) -> float:
        """The probability that the best-scored candidate answers the question."""
        logit = self.answerable.logits(measure_answerability(scores, measured.span_over_others)[None, :])[0]
        return 1 / (1 + math.exp(measured.misfits[scores.argmax()] - logit))


@cache
def load_scorers() -> Scorers:
    """The fitted weights that ship with the package (fitted by ``rag/reader/training/fitting.py``)."""
    values = json.loads(SCORERS_FILE.read_text(encoding="utf-8"))

    def scorer(name: str, features: tuple[str, ...]) -> LogisticScorer:
        weights = values[name]["weights"]
        return LogisticScorer(tuple(float(weights[feature]) for feature in features), float(values[name]["bias"]))

    return Scorers(
        scorer("passage", PASSAGE_FEATURES), scorer("sentence", FEATURES), scorer("answerable", ANSWERABILITY_FEATURES)
    )


def load_threshold() -> float:
    """How far above "not here" a span has to score for a question to be answered from one passage, as fitted."""
    return float(json.loads(SCORERS_FILE.read_text(encoding="utf-8"))["threshold"])
