"""The span model's figures on a question set in SQuAD's JSON, each question asked of its own paragraph."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from rag.errors import QuestionSetError
from rag.evaluation.metrics.squad import exact_match_of, f1_of
from rag.reader.span_reader import SpanReader
from rag.reader.training.squad_data import read_articles

AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best span for a question, how far it scored above "not here", and what answering with it is worth."""

    id: str
    text: str
    margin: float
    answerable: bool
    exact: float
    f1: float


def evaluate(path: Path, reader: SpanReader, threshold: float) -> dict[str, Any]:
    """SQuAD's figures, in per cent, at a threshold; and, labelled as such, at the best one for this very set.

    A question is answered where its span's score is more than ``threshold`` above "not here". For a set without
    unanswerable questions the figures without any threshold are given too, as SQuAD 1.1 is scored.

    Raises:
        QuestionSetError: the file cannot be read, is in another format, or has no questions.
    """
    predictions = predict(read_articles(path), reader)
    if not predictions:
        raise QuestionSetError(f"no questions in '{path}'")
    figures: dict[str, Any] = {"n": len(predictions), "threshold": round(threshold, 4)}
    figures |= _score(predictions, threshold)
    if all(prediction.answerable for prediction in predictions):
        figures["always_answering"] = _score(predictions, -float("inf"))
    else:
        best = find_best_threshold(predictions)
        figures["tuned_on_this_set"] = {"threshold": round(best, 4)} | _score(predictions, best)
    return figures


def predict(articles: Sequence[Any], reader: SpanReader) -> list[Prediction]:
    """The best span of every question's paragraph, with what it scores by SQuAD's rules."""
    asked = [
        (qa, paragraph["context"])
        for article in articles
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]
    predictions = []
    with tqdm(total=len(asked), unit="question", file=sys.stderr, disable=None) as bar:
        for at in range(0, len(asked), AT_ONCE):
            part = asked[at : at + AT_ONCE]
            readings = reader.read_pairs([(qa["question"].strip(), text) for qa, text in part])
            for (qa, text), reading in zip(part, readings, strict=True):
                span = reading.best_span()
                words = text[span.start : span.end]
                answers = (
                    [] if qa.get("is_impossible") else [answer["text"] for answer in qa["answers"] if answer["text"]]
                )
                exact = max((exact_match_of(words, answer) for answer in answers), default=0.0)
                f1 = max((f1_of(words, answer) for answer in answers), default=0.0)
                predictions.append(
                    Prediction(str(qa["id"]), words, span.score - reading.nowhere, bool(answers), exact, f1)
                )
            bar.update(len(part))
    return predictions


def find_best_threshold(predictions: Sequence[Prediction], *, even: bool = False) -> float:
    """The threshold at which F1 is highest.

    With ``even``, where unanswerable questions together weigh as much as answerable ones: what is unknown of the next
    question is then taken as one to one, and not as in this set.
    """
    unanswerable = sum(not prediction.answerable for prediction in predictions)
    weight = (len(predictions) - unanswerable) / unanswerable if even and unanswerable else 1.0
    order = sorted(predictions, key=lambda prediction: -prediction.margin)
    gained = best = 0.0
    threshold = order[0].margin
    following = [*(prediction.margin for prediction in order[1:]), order[-1].margin - 2.0]
    for prediction, after in zip(order, following, strict=True):
        gained += prediction.f1 if prediction.answerable else -weight
        if gained > best and after < prediction.margin:  # a threshold cannot part equals
            middle = (prediction.margin + after) / 2
            best, threshold = gained, middle if middle < prediction.margin else after
    return threshold


def _score(predictions: Sequence[Prediction], threshold: float) -> dict[str, Any]:
    def mean(values: Sequence[float]) -> float | None:
        return round(100 * sum(values) / len(values), 2) if values else None

    exact, f1 = [], []
    for prediction in predictions:
        answered = prediction.margin > threshold
        declined_rightly = float(not answered and not prediction.answerable)
        exact.append(prediction.exact if answered and prediction.answerable else declined_rightly)
        f1.append(prediction.f1 if answered and prediction.answerable else declined_rightly)
    kinds = [prediction.answerable for prediction in predictions]
    return {
        "exact": mean(exact),
        "f1": mean(f1),
        "has_answer_exact": mean([value for value, kind in zip(exact, kinds, strict=True) if kind]),
        "has_answer_f1": mean([value for value, kind in zip(f1, kinds, strict=True) if kind]),
        "no_answer_f1": mean([value for value, kind in zip(f1, kinds, strict=True) if not kind]),
    }
