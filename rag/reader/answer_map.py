"""A linear map from a question's vector to one that lies near its answer's sentence; fitted, not trained end to end.

An encoder of meaning puts a question near sentences on the same matter. Which of them answers is another thing, and a
single matrix learns a good part of it: score(question, sentence) = question . map . sentence.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.sentences import find_sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

QUESTIONS_PER_PARAGRAPH = 3
OTHERS = 30
"""Sentences from elsewhere in the article that each question has to tell from its own paragraph's."""

EPOCHS, BATCH, LEARNING_RATE, PULL = 6, 256, 2e-4, 1e-4
"""``PULL`` keeps the map near the identity, which is plain cosine similarity."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with the rows of its answer's sentence, its paragraph's sentences and its article's sentences."""

    question: str
    answer: int
    paragraph: range
    article: range


def fit_answer_map(articles: Sequence[Any], embeddings: Any, seed: int) -> Matrix:
    """The map fitted on articles in SQuAD's JSON, shape (dimension, dimension)."""
    import numpy as np
    import torch

    sentences, pairs = find_pairs(articles, random.Random(seed))
    print(f"embedding {len(sentences)} sentences and {len(pairs)} questions for the map …", file=sys.stderr)
    rows = torch.tensor(embeddings.embed_documents(sentences), dtype=torch.float32)
    questions = torch.tensor(embeddings.embed_documents([pair.question for pair in pairs]), dtype=torch.float32)
    chooser = np.random.default_rng(seed)
    answer_map = torch.eye(rows.shape[1], requires_grad=True)
    sharpness = torch.tensor(20.0, requires_grad=True)
    identity = torch.eye(rows.shape[1])
    groups: list[dict[str, Any]] = [{"params": [answer_map]}, {"params": [sharpness], "lr": 0.05}]
    optimizer = torch.optim.Adam(groups, lr=LEARNING_RATE)
    for epoch in range(EPOCHS):
        order = chooser.permutation(len(pairs))
        for at in range(0, len(order), BATCH):
            chosen = order[at : at + BATCH]
            candidates, present = _candidates([pairs[row] for row in chosen], chooser)
            looking = questions[torch.from_numpy(chosen)] @ answer_map
            scores = torch.einsum("bd,bmd->bm", looking, rows[candidates]) * sharpness
            scores = scores.masked_fill(~present, -1e9)
            loss = torch.nn.functional.cross_entropy(scores, torch.zeros(len(chosen), dtype=torch.long))
            loss = loss + PULL * (answer_map - identity).square().sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        print(f"map: epoch {epoch + 1} of {EPOCHS}, last loss {loss.item():.3f}", file=sys.stderr)
    return answer_map.detach().numpy()


def find_pairs(articles: Sequence[Any], chooser: random.Random) -> tuple[list[str], list[Pair]]:
    """All sentences of the articles, and some answerable questions of each paragraph."""
    sentences: list[str] = []
    pairs: list[Pair] = []
    for article in articles:
        first = len(sentences)
        found: list[tuple[str, int, range]] = []
        for paragraph in article["paragraphs"]:
            text, base = paragraph["context"], len(sentences)
            spans = find_sentences(text)
            sentences += [text[start:end] for start, end in spans]
            asked = [qa for qa in paragraph["qas"] if not qa.get("is_impossible") and qa["answers"]]
            chooser.shuffle(asked)
            for qa in asked[:QUESTIONS_PER_PARAGRAPH]:
                at = qa["answers"][0]["answer_start"]
                holding = [row for row, (start, end) in enumerate(spans) if start <= at < end]
                if holding:
                    found.append((qa["question"], base + holding[0], range(base, len(sentences))))
        whole = range(first, len(sentences))
        pairs += [Pair(question, answer, own, whole) for question, answer, own in found]
    return sentences, pairs


def _candidates(pairs: Sequence[Pair], chooser: Any) -> tuple[Any, Any]:
    """Rows to choose from, the answer's first, padded to one width; and which of them are no padding."""
    import torch

    lists = []
    for pair in pairs:
        others = chooser.integers(pair.article.start, pair.article.stop, OTHERS).tolist()
        elsewhere = [row for row in others if row not in pair.paragraph]
        lists.append([pair.answer, *(row for row in pair.paragraph if row != pair.answer), *elsewhere])
    width = max(map(len, lists))
    present = torch.tensor([[at < len(rows) for at in range(width)] for rows in lists])
    return torch.tensor([rows + [rows[0]] * (width - len(rows)) for rows in lists]), present
