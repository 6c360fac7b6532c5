"""Fit what decides with what the span model reads: ``python tests/benchmarks/fit_answers.py --data DIR``.

On articles of SQuAD's training set that the span model has not learnt from, each asked as if it were a library of its
own, and on natural questions over real documents: the threshold of answering, the scorer that ranks passages, the one
that says how likely a sentence belongs to the answer, and the one that says how likely the best is right. The figures
are of further articles, held out from both.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from rag.evaluation.metrics.calibration import measure_ece
from rag.evaluation.metrics.spans import share_half
from rag.index.bm25 import KeywordIndex
from rag.index.embeddings import build_embeddings
from rag.index.state import Hit
from rag.reader.features import (
    ANSWERABILITY_FEATURES,
    FEATURES,
    PASSAGE_FEATURES,
    find_sentence_candidates,
    measure,
    measure_passages,
)
from rag.reader.nearness import MeasureNearness, build_nearness
from rag.reader.scoring import LogisticScorer, Scorers
from rag.reader.span_reader import PassageReading, SpanReader
from rag.reader.training.evaluation import find_best_threshold, predict
from rag.reader.training.regressions import (
    Example,
    SentenceExample,
    fit_answerable_scorer,
    fit_choice,
    fit_sentence_scorer,
)
from rag.reader.training.squad_data import hold_out, read_articles
from rag.reader.training.validation import measure_auc
from rag.retrieve.hybrid import POOL, fuse
from rag.settings import read_settings
from rag.types import Passage, ScoredPassage, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

PASSAGES = 8

SQUAD_WEIGHT = 0.2
"""What a question of SQuAD counts beside a natural one: its askers saw the paragraph, and borrowed its words."""


@dataclass(frozen=True, slots=True)
class Found:
    """A question with the passages found for it, as they were read, and where its answer may stand; ``weight`` in fitting."""

    text: str
    passages: tuple[ScoredPassage, ...]
    readings: tuple[PassageReading, ...]
    gold: tuple[Span, ...]
    weight: float = 1.0


def fit(
    data: Path, reader: SpanReader, natural: Sequence[Found] = (), *, articles: int, questions: int, seed: int
) -> tuple[Scorers, dict[str, Any]]:
    """Fit the scorers, and measure them.

    Args:
        data: folder of the data sets; ``squad/train-v2.0-rebuilt.json`` is read.
        reader: reads with the trained span model.
        natural: people's questions over documents, as found and read, to fit on as well.
        articles: how many of the articles that were kept out of training to fit on; the rest is for the figures.
        questions: how many questions of each article to ask.
        seed: of the choice of questions.

    Raises:
        QuestionSetError: there is no such file, or it is in another format.
        ModelError: the embedding model or the span model cannot be loaded.
    """
    _, kept_out = hold_out(read_articles(data / "squad" / "train-v2.0-rebuilt.json"))
    embeddings, chooser = build_embeddings(read_settings()), random.Random(seed)
    groups: tuple[list[Found], list[Found]] = ([], [])
    for number, article in enumerate(tqdm(kept_out, unit="article", file=sys.stderr, disable=None)):
        groups[number >= articles].extend(find_all(article, embeddings, reader, chooser, questions))
    fitting, held_out = groups
    weighed = [replace(found, weight=SQUAD_WEIGHT) for found in fitting] if natural else fitting
    nearness = build_nearness(embeddings)
    scorers = fit_scorers([*weighed, *natural], nearness)
    threshold = find_best_threshold(predict(kept_out, reader), even=True)
    counts = {"articles": articles, "questions": len(fitting), "natural_questions": len(natural), "seed": seed}
    facts = {"threshold": round(threshold, 4), "fitted_on": counts, "held_out": report(held_out, scorers, nearness)}
    return scorers, facts


def save_scorers(path: Path, scorers: Scorers, facts: dict[str, Any]) -> None:
    """Write the scorers' weights with what is known of them, as ``load_scorers`` reads them."""

    def values(scorer: LogisticScorer, names: Sequence[str]) -> dict[str, Any]:
        weights = [round(weight, 4) for weight in scorer.weights]
        return {"weights": dict(zip(names, weights, strict=True)), "bias": round(scorer.bias, 4)}

    fitted = {
        "passage": values(scorers.passage, PASSAGE_FEATURES),
        "sentence": values(scorers.sentence, FEATURES),
        "answerable": values(scorers.answerable, ANSWERABILITY_FEATURES),
    }
    path.write_text(json.dumps(facts | fitted, indent=2) + "\n", encoding="utf-8")


def find_all(article: Any, embeddings: Any, reader: SpanReader, chooser: random.Random, limit: int) -> Iterator[Found]:
    """Ask an article's questions over all of its paragraphs, found by the same fusion as in the product."""
    import numpy as np

    paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
    passages, at = [], 0
    for text in paragraphs:
        passages.append(Passage(Span("article", at, at + len(text)), text, title=article["title"].replace("_", " ")))
        at += len(text)
    asked = [(qa, number) for number, paragraph in enumerate(article["paragraphs"]) for qa in paragraph["qas"]]
    chooser.shuffle(asked)
    asked = asked[:limit]
    passage_vectors = np.asarray(embeddings.embed_documents(paragraphs), dtype=np.float32)
    vectors = np.asarray(embeddings.embed_documents([qa["question"] for qa, _ in asked]), dtype=np.float32)
    keywords = KeywordIndex.build([passage.id for passage in passages], paragraphs)
    for (qa, number), vector in zip(asked, vectors, strict=True):
        similarities, scores = passage_vectors @ vector, keywords.scores(qa["question"])
        found = fuse(_top(passages, similarities), [hit for hit in _top(passages, scores) if hit.score > 0])[:PASSAGES]
        base = passages[number].span.start
        gold = tuple(Span("article", base + start, base + end) for start, end in _answer_spans(qa))
        readings = tuple(reader.read(qa["question"], [scored.passage.text for scored in found]))
        yield Found(qa["question"], found, readings, gold)


def fit_scorers(fitting: Sequence[Found], nearness: MeasureNearness) -> Scorers:
    """The three scorers, each on what the one before it decides."""
    passage = fit_choice([measure_found(found) for found in fitting], len(PASSAGE_FEATURES))
    examples = [measure_sentences(found, passage, nearness) for found in fitting]
    sentence = fit_sentence_scorer(examples)
    return Scorers(passage, sentence, fit_answerable_scorer(examples, sentence))


def measure_found(found: Found) -> Example:
    """A question's passages as features."""
    import numpy as np

    holds = [any(span.overlap(scored.passage.span) for span in found.gold) for scored in found.passages]
    features = measure_passages(found.passages, found.readings)
    return Example(features, np.array(holds, dtype=bool), bool(found.gold), found.weight)


def measure_sentences(found: Found, passage: LogisticScorer, nearness: MeasureNearness) -> SentenceExample:
    """The sentences of a question's passages as features, once the passages are ranked."""
    import numpy as np

    scores = passage(measure_passages(found.passages, found.readings))
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    ranked = [ScoredPassage(found.passages[row].passage, float(scores[row])) for row in order]
    candidates = find_sentence_candidates(ranked)
    measured = measure(found.text, candidates, ranked, [found.readings[row] for row in order], nearness)
    holds = np.array([any(share_half(candidate.span, span) for span in found.gold) for candidate in candidates])
    return SentenceExample(measured.features, holds, bool(found.gold), found.weight, measured)


def report(held_out: Sequence[Found], scorers: Scorers, nearness: MeasureNearness) -> dict[str, float]:
    """Held-out figures: how often the right passage and sentence come first, and how well confidence tells."""
    import numpy as np

    examples = [measure_sentences(found, scorers.passage, nearness) for found in held_out]
    found_first, passage_first, first, third = [], [], [], []
    confidences, right, answerables = [], [], []
    for found, example in zip(held_out, examples, strict=True):
        scores = scorers.sentence(example.features)
        order = np.argsort(-scores, kind="stable")
        if example.answerable:
            passages = measure_found(found)
            found_first.append(bool(passages.holds_answer[0]))
            passage_first.append(bool(passages.holds_answer[scorers.passage(passages.features).argmax()]))
            first.append(bool(example.holds_answer[order[0]]))
            third.append(bool(example.holds_answer[order[:3]].any()))
        confidences.append(scorers.confidence(scores, example.measured))
        right.append(example.answerable and bool(example.holds_answer[order[0]]))
        answerables.append(example.answerable)
    confidence = np.array(confidences)
    error = measure_ece(np.column_stack([confidence, right]), np.ones((1, len(right))))[0]
    return {
        "questions": len(examples),
        "answerable": int(sum(answerables)),
        "right_passage_first_as_found": round(float(np.mean(found_first)), 3),
        "right_passage_first": round(float(np.mean(passage_first)), 3),
        "right_sentence_first": round(float(np.mean(first)), 3),
        "right_sentence_in_three": round(float(np.mean(third)), 3),
        "auc_right": round(measure_auc(confidence, np.array(right)), 3),
        "auc_answerable": round(measure_auc(confidence, np.array(answerables)), 3),
        "calibration_error": round(float(error), 3),
    }


def _answer_spans(qa: Any) -> Iterator[tuple[int, int]]:
    if qa.get("is_impossible"):
        return
    for answer in qa["answers"]:
        if answer["text"]:
            yield answer["answer_start"], answer["answer_start"] + len(answer["text"])


def _top(passages: Sequence[Passage], scores: Any) -> list[Hit]:
    return [Hit(passages[row], float(scores[row])) for row in (-scores).argsort(kind="stable")[:POOL]]
