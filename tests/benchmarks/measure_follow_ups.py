"""Does a follow-up find what it asks for, once it is made to stand alone? Beside the question as asked and a person's rewrite.

python tests/benchmarks/measure_follow_ups.py --data DIR [--develop]

CANARD's dialogues (QuAC): the collection is every answer of every dialogue, with SQuAD's development paragraphs as noise;
a question's right answer is the one that stands in its dialogue's next turn. The first entries of a dialogue, its topic
and section, count as its first turn, as CANARD counts them. Reported is the half of the dialogues whose sha256 is odd.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rag.conversation import make_standalone
from rag.errors import FootnoteError
from rag.evaluation.intervals import wilson_interval
from rag.index_state import Hit
from rag.keyword import KeywordIndex
from rag.models import build_embeddings
from rag.reader.dataset import read_articles
from rag.retrieval import POOL, fuse
from rag.settings import read_settings
from rag.types import Passage, Question, Span

K = 5
UNANSWERED = ("CANNOTANSWER", "I don't know")


def read_dialogues(path: Path) -> tuple[list[tuple[Any, int]], list[str]]:
    """Questions with the row of their right answer, and all answers."""
    turns = json.loads(path.read_text(encoding="utf-8"))
    answers: dict[tuple[str, int], str] = {}
    for turn in turns:
        for number, answer in enumerate(turn["History"][3::2], start=1):
            answers[turn["QuAC_dialog_id"], number] = answer
    rows = {key: row for row, key in enumerate(answers)}
    asked = [(turn, (turn["QuAC_dialog_id"], turn["Question_no"])) for turn in turns]
    kept = [(turn, rows[key]) for turn, key in asked if key in rows and not answers[key].startswith(UNANSWERED)]
    return kept, list(answers.values())


def read_question(turn: Any) -> Question:
    told = turn["History"]
    return Question(turn["Question"], history=tuple(zip(told[::2], told[1::2], strict=True)))


def main(arguments: list[str] | None = None) -> None:
    """Print recall for all questions, for those that stand alone already, and for the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--develop", action="store_true", help="the other half, which may be tuned on")
    options = parser.parse_args(arguments)
    asked, answers = read_dialogues(options.data / "canard" / "dev.json")
    asked = [(turn, row) for turn, row in asked if _is_odd(turn["QuAC_dialog_id"]) is not options.develop]
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

    alone = [turn["Rewrite"].split() == turn["Question"].split() for turn, _ in asked]
    print(f"{len(asked)} questions over {len(passages)} passages; recall@{K}, per cent, with 95 % intervals")
    print(f"{'':22} {'all':>20} {f'stand alone ({sum(alone)})':>20} {f'lean ({len(alone) - sum(alone)})':>20}")
    methods: dict[str, Callable[[Any], str]] = {
        "as asked": lambda turn: turn["Question"],
        "made to stand alone": lambda turn: make_standalone(read_question(turn)),
        "rewritten by a person": lambda turn: turn["Rewrite"],
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


def _is_odd(name: str) -> bool:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 1


def _format(hits: list[bool]) -> str:
    low, high = wilson_interval(sum(hits), len(hits)) or (0.0, 1.0)
    return f"{100 * sum(hits) / len(hits):.1f} ({100 * low:.1f}-{100 * high:.1f})"


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_follow_ups: {error}")
