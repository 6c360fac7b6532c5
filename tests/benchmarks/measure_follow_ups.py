"""Does a follow-up find what it asks for, once it is made to stand alone? Beside the question as asked and a person's rewrite.

python tests/benchmarks/measure_follow_ups.py --data DIR [--develop]

CANARD's dialogues (QuAC): the collection is every answer of every dialogue, with SQuAD's development paragraphs as noise;
a question's right answer is the one that stands in its dialogue's next turn. The first entries of a dialogue, its topic
and section, count as its first turn, as CANARD counts them. Reported is the half of the dialogues whose sha256 is odd.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rag.english.follow_ups import make_standalone
from rag.errors import FootnoteError
from rag.evaluation.metrics.intervals import wilson_interval
from rag.index.bm25 import KeywordIndex
from rag.index.embeddings import build_embeddings
from rag.index.state import Hit
from rag.reader.training.claims import find_half
from rag.reader.training.dialogues import Turn, read_dialogues
from rag.reader.training.squad_data import read_articles
from rag.retrieve.hybrid import POOL, fuse
from rag.settings import read_settings
from rag.types import Passage, Question, Span

K = 5


def main(arguments: list[str] | None = None) -> None:
    """Print recall for all questions, for those that stand alone already, and for the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--develop", action="store_true", help="the other half, which may be tuned on")
    options = parser.parse_args(arguments)
    half = "even" if options.develop else "odd"
    answers: list[str] = []
    asked: list[tuple[Turn, int]] = []
    for dialogue in read_dialogues(options.data):
        for turn in dialogue.turns:
            if turn.answer is not None:
                if turn.is_answered and find_half(dialogue.id) == half:
                    asked.append((turn, len(answers)))
                answers.append(turn.answer)
    noise = [
        paragraph["context"]
        for article in read_articles(options.data / "squad" / "dev-v1.1.json")
        for paragraph in article["paragraphs"]
    ]
    passages = [Passage(Span(str(row), 0, len(text)), text) for row, text in enumerate([*answers, *noise])]
    texts = [passage.text for passage in passages]
    embeddings = build_embeddings(read_settings())
    vectors = np.asarray(embeddings.embed_documents(texts), dtype=np.float32)
    keywords = KeywordIndex.build([passage.id for passage in passages], texts)

    def find(questions: list[str]) -> list[list[str]]:
        found = []
        for text, vector in zip(
            questions, np.asarray(embeddings.embed_documents(questions), dtype=np.float32), strict=True
        ):
            rankings = []
            for scores in (vectors @ vector, keywords.scores(text)):
                best = np.argsort(-scores, kind="stable")[:POOL]
                rankings.append([Hit(passages[row], float(scores[row])) for row in best if scores[row] > 0])
            found.append([hit.passage.text for hit in fuse(*rankings)[:K]])
        return found

    alone = [turn.rewrite.split() == turn.question.split() for turn, _ in asked]
    print(f"{len(asked)} questions over {len(passages)} passages; recall@{K}, per cent, with 95 % intervals")
    print(f"{'':22} {'all':>20} {f'stand alone ({sum(alone)})':>20} {f'lean ({len(alone) - sum(alone)})':>20}")
    methods: dict[str, Callable[[Turn], str]] = {
        "as asked": lambda turn: turn.question,
        "made to stand alone": lambda turn: make_standalone(Question(turn.question, history=turn.history)),
        "rewritten by a person": lambda turn: turn.rewrite,
    }
    recalls = {}
    for name, rewrite in methods.items():
        found = find([rewrite(turn) for turn, _ in asked])
        hits = [answers[row] in texts for (_, row), texts in zip(asked, found, strict=True)]
        columns = [
            hits,
            *([hit for hit, kind in zip(hits, alone, strict=True) if kind is want] for want in (True, False)),
        ]
        recalls[name] = sum(hits) / len(hits)
        print(f"{name:22} " + " ".join(f"{_format(column):>20}" for column in columns))
    raw, own, person = recalls.values()
    print(
        f"of the gap between the question as asked and the person's rewrite, {100 * (own - raw) / (person - raw):.0f} % is closed"
    )


def _format(hits: list[bool]) -> str:
    low, high = wilson_interval(sum(hits), len(hits)) or (0.0, 1.0)
    return f"{100 * sum(hits) / len(hits):.1f} ({100 * low:.1f}-{100 * high:.1f})"


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_follow_ups: {error}")
