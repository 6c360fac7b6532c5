"""Are answers of a few words judged rightly? Right and wrong ones of SQuAD 2.0's development set, before and beside the reader.

python tests/benchmarks/measure_short_claims.py --data DIR [--train] [--paragraphs N]

Of each of N paragraphs one question, with its own answer and with that to another question of the same paragraph; cited is
the paragraph, or the sentence alone that the answer stands in. Judged by words and the head, as any sentence, and by whether
the reader would answer with them. ``--train`` takes SQuAD 1.1's training articles, by which the threshold was chosen.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from rag.cite.judging import SUPPORTED, build_support_estimator
from rag.cite.short_claims import MOST_WORDS
from rag.cite.support import CitedClaim
from rag.english.sentences import find_sentences
from rag.errors import FootnoteError
from rag.reader.span_reader import share_reader
from rag.types import Passage, Span


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--train", action="store_true", help="the articles by which the threshold was chosen")
    parser.add_argument("--paragraphs", type=int, default=500)
    options = parser.parse_args(arguments)
    path = options.data / "squad" / ("train-v1.1.json" if options.train else "dev-v2.0.json")
    drawn = list(draw(json.loads(path.read_text(encoding="utf-8"))["data"], options.paragraphs))
    spans = share_reader()
    judges = {
        "as any sentence": build_support_estimator(spans.judge),
        "with its question": build_support_estimator(spans.judge, spans.read_pairs),
    }
    print(f"{len(drawn)} claims, half of them right{'':22} AUROC  kept  marked  balanced")
    for cited in ("paragraph", "sentence"):
        claims = [whole if cited == "paragraph" else alone for whole, alone, _ in drawn]
        right = np.array([is_right for _, _, is_right in drawn])
        for name, judge in judges.items():
            judged = np.array([each.support for each in judge(claims)])
            kept, marked = (judged[right] >= SUPPORTED).mean(), (judged[~right] < SUPPORTED).mean()
            area = roc_auc_score(right, judged)
            print(f"  beside the {cited:10} {name:30} {area:7.3f} {kept:6.3f} {marked:6.3f} {(kept + marked) / 2:8.3f}")


def draw(
    articles: list[dict[str, list[dict[str, object]]]], count: int
) -> Iterator[tuple[CitedClaim, CitedClaim, bool]]:
    """Claims beside their paragraph and beside their sentence, and whether they are right: two of each paragraph."""
    chance = random.Random(0)
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    chance.shuffle(paragraphs)
    for paragraph in paragraphs:
        text, asked = str(paragraph["context"]), paragraph["qas"]
        assert isinstance(asked, list)
        short = [qa for qa in asked if qa["answers"] and len(qa["answers"][0]["text"].split()) <= MOST_WORDS]
        if len(short) < 2 or count <= 0:
            continue
        own, other = chance.sample(short, 2)
        words = [qa["answers"][0]["text"].casefold() for qa in (own, other)]
        if words[0] in words[1] or words[1] in words[0]:
            continue
        count -= 1
        for qa, is_right in ((own, True), (other, False)):
            answer, at = qa["answers"][0]["text"], qa["answers"][0]["answer_start"]
            low, high = next(place for place in find_sentences(text) if place[0] <= at < place[1])
            yield cite(own["question"], answer, text), cite(own["question"], answer, text[low:high]), is_right


def cite(question: str, answer: str, text: str) -> CitedClaim:
    """An answer as a sentence that cites a text."""
    return CitedClaim(f"{answer}.", (text,), (Passage(Span("d", 0, len(text)), text),), (question,))


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_short_claims: {error}")
