"""Fit the embedded answerer on question sets: ``python -m rag.reader.fit --data DIR``.

Three things are fitted on SQuAD's training set, on articles that do not overlap: a linear map that turns a question's
vector into one that looks for its answer (``rag/reader/answer_map.py``), and, with each article asked as if it were a
library of its own, the judges of which sentence answers and whether any does. Further articles are held out, and the
printed figures are theirs.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.index import Hit
from rag.keyword import KeywordIndex
from rag.models import build_embeddings
from rag.reader.answer_map import fit_answer_map
from rag.reader.candidates import (
    ANSWERABILITY_FEATURES,
    FEATURES,
    find_candidates,
    find_wanted_kind,
    measure,
    measure_answerability,
)
from rag.reader.judge import MAP_FILE, WEIGHTS_FILE, Judge
from rag.retrieval import POOL, fuse
from rag.settings import read_settings
from rag.types import Passage, ScoredPassage, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

PASSAGES = 8


@dataclass(frozen=True, slots=True)
class Example:
    """One question, measured: features of its candidates, and which of them hold the answer (none: unanswerable)."""

    features: Matrix
    whole_question: dict[str, float]
    holds_answer: NDArray[np.bool_]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an article: its words, its paragraph's number, and where the answer may stand in it."""

    text: str
    paragraph: int
    spans: tuple[tuple[int, int], ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print the held-out figures, and write the weights."""
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets; squad/ is read")
    parser.add_argument("--articles", type=int, default=70, help="how many articles to fit on")
    parser.add_argument("--held-out", type=int, default=20, help="how many further articles to measure on")
    parser.add_argument("--questions", type=int, default=60, help="questions per article")
    parser.add_argument("--map-articles", type=int, default=340, help="how many other articles to fit the map on")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    source = options.data / "squad" / "train-v2.0-rebuilt.json"
    if not source.is_file():
        print(f"no question set at '{source}'; name the folder of the data sets with --data", file=sys.stderr)
        return 2
    articles = json.loads(source.read_text(encoding="utf-8"))["data"]
    chooser = random.Random(options.seed)
    chooser.shuffle(articles)
    embeddings = build_embeddings(read_settings())
    measured = options.articles + options.held_out
    answer_map = fit_answer_map(articles[measured : measured + options.map_articles], embeddings, options.seed)
    groups: list[list[Example]] = [[], []]
    for number, article in enumerate(articles[:measured]):
        group = groups[0] if number < options.articles else groups[1]
        group.extend(measure_article(article, embeddings, answer_map, chooser, options.questions))
        print(
            f"\rmeasured {number + 1} articles, {len(groups[0])} + {len(groups[1])} questions", end="", file=sys.stderr
        )
    print(file=sys.stderr)
    fitting, held_out = groups
    sentence = fit_sentence_judge(fitting)
    answerable = fit_answerable_judge(fitting, sentence)
    figures = report(held_out, sentence, answerable)
    print(json.dumps(figures, indent=2))
    weights = {
        "fitted_on": f"SQuAD 2.0 train, {options.articles} articles, {len(fitting)} questions, seed {options.seed}",
        "held_out": figures,
        "sentence": {"weights": dict(zip(FEATURES, _rounded(sentence), strict=True)), "bias": round(sentence.bias, 4)},
        "answerable": {
            "weights": dict(zip(ANSWERABILITY_FEATURES, _rounded(answerable), strict=True)),
            "bias": round(answerable.bias, 4),
        },
    }
    np.save(MAP_FILE, answer_map.astype(np.float16))
    WEIGHTS_FILE.write_text(json.dumps(weights, indent=2) + "\n", encoding="utf-8")
    return 0


def measure_article(
    article: Any, embeddings: Any, answer_map: Matrix, chooser: random.Random, limit: int
) -> Iterator[Example]:
    """Ask an article's questions over all of its paragraphs, found by the same fusion as in the product."""
    import numpy as np

    paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
    passages, at = [], 0
    for text in paragraphs:
        passages.append(Passage(Span("article", at, at + len(text)), text, title=article["title"].replace("_", " ")))
        at += len(text)
    asked = [
        Asked(qa["question"], number, tuple(_answer_spans(qa)))
        for number, paragraph in enumerate(article["paragraphs"])
        for qa in paragraph["qas"]
    ]
    chooser.shuffle(asked)
    asked = asked[:limit]
    passage_vectors = np.asarray(embeddings.embed_documents(paragraphs), dtype=np.float32)
    question_vectors = np.asarray(embeddings.embed_documents([item.text for item in asked]), dtype=np.float32)
    keywords = KeywordIndex.build([passage.id for passage in passages], paragraphs)
    everything = find_candidates([ScoredPassage(passage, 0.0) for passage in passages])
    vectors = dict(
        zip((c.span for c in everything), embeddings.embed_documents([c.text for c in everything]), strict=True)
    )
    for item, question_vector in zip(asked, question_vectors, strict=True):
        similarities, scores = passage_vectors @ question_vector, keywords.scores(item.text)
        found = fuse(_top(passages, similarities), [hit for hit in _top(passages, scores) if hit.score > 0])[:PASSAGES]
        candidates = find_candidates(found)
        sentence_vectors = np.asarray([vectors[candidate.span] for candidate in candidates], dtype=np.float32)
        features, whole = measure(
            item.text, find_wanted_kind(item.text), candidates, found, question_vector, sentence_vectors, answer_map
        )
        base = passages[item.paragraph].span.start
        gold = [Span("article", base + start, base + end) for start, end in item.spans]
        holds = np.array([any(span.overlap(candidate.span) for span in gold) for candidate in candidates])
        yield Example(features, whole, holds, bool(item.spans))


def fit_sentence_judge(examples: Sequence[Example]) -> Judge:
    """Softmax regression: among a question's candidates, those that hold the answer should score highest."""
    import torch

    usable = [example for example in examples if example.answerable and example.holds_answer.any()]
    weights = torch.zeros(len(FEATURES), requires_grad=True)
    features = [torch.from_numpy(example.features) for example in usable]
    holds = [torch.from_numpy(example.holds_answer) for example in usable]
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = [rows @ weights for rows in features]
        losses = [
            torch.logsumexp(row, 0) - torch.logsumexp(row[held], 0) for row, held in zip(logits, holds, strict=True)
        ]
        value = torch.stack(losses).mean() + 1e-3 * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    fitted = Judge(tuple(weights.detach().tolist()), 0.0)
    return Judge(fitted.weights, _fit_bias(usable, fitted))


def _fit_bias(examples: Sequence[Example], judge: Judge) -> float:
    """The bias that makes the sigmoid of a candidate's score its probability on average; ranking does not need it."""
    import numpy as np

    raw = np.concatenate([example.features @ np.asarray(judge.weights, dtype=np.float32) for example in examples])
    rate = float(np.concatenate([example.holds_answer for example in examples]).mean())
    low, high = -50.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float((1 / (1 + np.exp(-(raw + middle)))).mean()) < rate else (low, middle)
    return low


def fit_answerable_judge(examples: Sequence[Example], sentence: Judge) -> Judge:
    """Logistic regression: is the best-scored candidate right?"""
    import numpy as np
    import torch

    rows, labels = [], []
    for example in examples:
        scores = sentence(example.features)
        rows.append(measure_answerability(example.features, scores, example.whole_question))
        labels.append(example.answerable and bool(example.holds_answer[scores.argmax()]))
    features, targets = torch.from_numpy(np.stack(rows)), torch.tensor(labels, dtype=torch.float32)
    layer = torch.nn.Linear(features.shape[1], 1)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        error = torch.nn.functional.binary_cross_entropy_with_logits(layer(features).squeeze(1), targets)
        value = error + 1e-4 * layer.weight.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return Judge(tuple(layer.weight.detach()[0].tolist()), float(layer.bias.detach()))


def report(examples: Sequence[Example], sentence: Judge, answerable: Judge) -> dict[str, float]:
    """Held-out figures: how often the right sentence comes first, and how well confidence tells right from wrong."""
    import numpy as np

    first, third, confidences, right, answerables = [], [], [], [], []
    for example in examples:
        scores = sentence(example.features)
        order = np.argsort(-scores, kind="stable")
        if example.answerable:
            first.append(bool(example.holds_answer[order[0]]))
            third.append(bool(example.holds_answer[order[:3]].any()))
        row = measure_answerability(example.features, scores, example.whole_question)
        confidences.append(float(answerable(row[None, :])[0]))
        right.append(example.answerable and bool(example.holds_answer[order[0]]))
        answerables.append(example.answerable)
    confidence = np.array(confidences)
    bins = np.clip((confidence * 10).astype(int), 0, 9)
    error = sum(
        (bins == b).mean() * abs(confidence[bins == b].mean() - np.array(right)[bins == b].mean())
        for b in range(10)
        if (bins == b).any()
    )
    return {
        "questions": len(examples),
        "answerable": int(sum(answerables)),
        "right_sentence_first": round(float(np.mean(first)), 3),
        "right_sentence_in_three": round(float(np.mean(third)), 3),
        "auc_right": round(_auc(confidence, np.array(right)), 3),
        "auc_answerable": round(_auc(confidence, np.array(answerables)), 3),
        "calibration_error": round(float(error), 3),
    }


def _auc(scores: Any, labels: Any) -> float:
    """The chance that a positive scores above a negative (Mann-Whitney U; ties are rare enough not to matter)."""
    ranks = scores.argsort().argsort() + 1
    positives, negatives = int(labels.sum()), int((~labels).sum())
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / max(1, positives * negatives))


def _answer_spans(qa: Any) -> Iterator[tuple[int, int]]:
    if qa.get("is_impossible"):
        return
    for answer in qa["answers"]:
        if answer["text"]:
            yield answer["answer_start"], answer["answer_start"] + len(answer["text"])


def _top(passages: Sequence[Passage], scores: Any) -> list[Hit]:
    return [Hit(passages[row], float(scores[row])) for row in (-scores).argsort(kind="stable")[:POOL]]


def _rounded(judge: Judge) -> list[float]:
    return [round(weight, 4) for weight in judge.weights]


if __name__ == "__main__":
    sys.exit(main())
