"""Two logistic judges over the measured features: which sentence answers best, and whether it answers at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.reader.candidates import ANSWERABILITY_FEATURES, FEATURES, measure_answerability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

WEIGHTS_FILE = Path(__file__).parent / "weights.json"
MAP_FILE = Path(__file__).parent / "answer_map.npy"


@dataclass(frozen=True, slots=True)
class Judge:
    """A logistic regression: probability = sigmoid(bias + weights . features)."""

    weights: tuple[float, ...]
    bias: float

    def __call__(self, features: Matrix) -> Matrix:
        """The probabilities of rows of features, shape (rows, features) -> (rows,)."""
        import numpy as np

        return np.asarray(1.0 / (1.0 + np.exp(-self._logits(features))), dtype=np.float32)

    def shares(self, features: Matrix) -> Matrix:
        """The probability of each row to be the right one, if one of them is: shape (rows,), summing to 1."""
        import numpy as np

        logits = self._logits(features)
        powers = np.exp(logits - logits.max())
        return np.asarray(powers / powers.sum(), dtype=np.float32)

    def _logits(self, features: Matrix) -> Matrix:
        import numpy as np

        return np.asarray(features @ np.asarray(self.weights, dtype=np.float32) + np.float32(self.bias))


@dataclass(frozen=True, slots=True)
class Judges:
    """``sentence`` scores candidates; ``answerable`` gives the confidence in the best of them.

    ``answer_map``, shape (dimension, dimension), turns a question's vector into one that looks for its answer.
    """

    sentence: Judge
    answerable: Judge
    answer_map: Matrix

    def confidence(self, features: Matrix, scores: Matrix, whole_question: dict[str, float]) -> float:
        """The probability that the best-scored candidate answers the question."""
        return float(self.answerable(measure_answerability(features, scores, whole_question)[None, :])[0])


@cache
def load_judges() -> Judges:
    """The fitted weights that ship with the package (fitted by ``rag/reader/fit.py``)."""
    import numpy as np

    values = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))

    def judge(name: str, features: tuple[str, ...]) -> Judge:
        weights = values[name]["weights"]
        return Judge(tuple(float(weights[feature]) for feature in features), float(values[name]["bias"]))

    answer_map = np.load(MAP_FILE, allow_pickle=False).astype(np.float32)
    return Judges(judge("sentence", FEATURES), judge("answerable", ANSWERABILITY_FEATURES), answer_map)
