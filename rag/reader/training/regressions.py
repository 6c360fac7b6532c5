"""Logistic regressions over what was measured of passages, sentences and questions: each question counts by its weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.reader.features import Measured, measure_answerability
from rag.reader.scoring import LogisticScorer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """Rows of features, and which of them hold the answer (none: unanswerable)."""

    features: Matrix
    holds_answer: NDArray[np.bool_]
    answerable: bool
    weight: float


@dataclass(frozen=True, slots=True)
class SentenceExample(Example):
    """The same of the sentences of a question's passages, with all that is measured of them."""

    measured: Measured


def fit_choice(examples: Sequence[Example], width: int) -> LogisticScorer:
    """Softmax regression: among a question's rows, those that hold the answer should score highest."""
    import torch

    usable = [example for example in examples if example.answerable and example.holds_answer.any()]
    weights = torch.zeros(width, requires_grad=True)
    features = [torch.from_numpy(example.features) for example in usable]
    holds = [torch.from_numpy(example.holds_answer) for example in usable]
    counts = torch.tensor([example.weight for example in usable])
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = [rows @ weights for rows in features]
        losses = [
            torch.logsumexp(row, 0) - torch.logsumexp(row[held], 0) for row, held in zip(logits, holds, strict=True)
        ]
        value = (torch.stack(losses) * counts).sum() / counts.sum() + 1e-3 * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    fitted = LogisticScorer(tuple(weights.detach().tolist()), 0.0)
    return LogisticScorer(fitted.weights, _fit_bias(usable, fitted))


def _fit_bias(examples: Sequence[Example], scorer: LogisticScorer) -> float:
    """The bias that makes the sigmoid of a candidate's score its probability on average; ranking does not need it."""
    import numpy as np
    from scipy.optimize import brentq
    from scipy.special import expit

    raw = np.concatenate([example.features @ np.asarray(scorer.weights, dtype=np.float32) for example in examples])
    counts = np.concatenate([np.full(len(example.holds_answer), example.weight) for example in examples])
    rate = np.average(np.concatenate([example.holds_answer for example in examples]), weights=counts)
    return float(brentq(lambda bias: float(np.average(expit(raw + bias), weights=counts) - rate), -50.0, 50.0))


def fit_sentence_scorer(examples: Sequence[SentenceExample]) -> LogisticScorer:
    """Logistic regression over all sentences: does it belong to the answer? None does, where the question has none."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    features = np.concatenate([example.features for example in examples])
    holds = np.concatenate([example.holds_answer for example in examples])
    counts = np.concatenate([np.full(len(example.holds_answer), example.weight) for example in examples])
    fitted = LogisticRegression(C=10.0, max_iter=1_000).fit(features, holds, sample_weight=counts)
    return LogisticScorer(tuple(fitted.coef_[0].tolist()), float(fitted.intercept_[0]))


def fit_answerable_scorer(examples: Sequence[SentenceExample], sentence: LogisticScorer) -> LogisticScorer:
    """Logistic regression: is the best-scored candidate right?

    By hand, because what speaks against a candidate is taken off its logit: scikit-learn's takes no such offset.
    """
    import numpy as np
    import torch

    rows, misfits, labels = [], [], []
    for example in examples:
        scores = sentence(example.features)
        rows.append(measure_answerability(scores, example.measured.span_over_others))
        misfits.append(example.measured.misfits[scores.argmax()])
        labels.append(example.answerable and bool(example.holds_answer[scores.argmax()]))
    features, targets = torch.from_numpy(np.stack(rows)), torch.tensor(labels, dtype=torch.float32)
    losses = torch.from_numpy(np.array(misfits))
    counts = torch.tensor([example.weight for example in examples])
    layer = torch.nn.Linear(features.shape[1], 1)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = layer(features).squeeze(1) - losses
        error = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, weight=counts)
        value = error + 1e-4 * layer.weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return LogisticScorer(tuple(layer.weight.detach()[0].tolist()), float(layer.bias.detach()))
