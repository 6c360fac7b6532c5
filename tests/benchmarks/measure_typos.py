"""How many mistyped words are read as they were meant, and how often a word that is right is changed.

python tests/benchmarks/measure_typos.py --data DIR

SQuAD 1.1 dev, 60 questions of each article beside the article's words. A word of six letters or more that the article
has is mistyped: two letters change places, one is lost, or one is doubled.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rag.encoder.tokens import build_tokenizer
from rag.english.normalizing import Vocabulary, mend
from rag.english.terms import find_terms
from rag.errors import FootnoteError
from rag.evaluation.metrics.intervals import wilson_interval
from rag.index.bm25 import KeywordIndex
from rag.index.embeddings import find_default_model
from rag.reader.training.squad_data import read_articles

QUESTIONS = 60
SHORTEST = 6


def read_words(texts: Sequence[str]) -> Vocabulary:
    """The vocabulary of an article's paragraphs."""
    tokenizer = build_tokenizer(find_default_model())
    index = KeywordIndex.build([str(number) for number in range(len(texts))], texts)
    written = list(dict.fromkeys(word for text in texts for word in re.findall(r"[^\W\d_]+", text)))
    words: dict[str, str] = {}
    for word, terms in zip(written, find_terms(written), strict=True):
        if len(terms) == 1:
            words.setdefault(terms[0], word)
    return Vocabulary([index.terms], words.get, lambda word: len(tokenizer.encode(word, add_special_tokens=False)) == 1)


def mistype(question: str, vocabulary: Vocabulary, chooser: random.Random) -> str | None:
    """The question with one of the article's words mistyped; None where it has none that is long enough."""
    words = [word for word in re.findall(r"[^\W\d_]+", question) if len(word) >= SHORTEST]
    words = [
        word
        for word, terms in zip(words, find_terms(words) if words else (), strict=True)
        if terms and terms[0] in vocabulary
    ]
    if not words:
        return None
    word = chooser.choice(words)
    at = chooser.randrange(1, len(word) - 2)
    before, here, after = word[:at], word[at : at + 2], word[at + 2 :]
    wrong = chooser.choice([before + here[::-1] + after, before + here[1] + after, before + here[0] + here + after])
    return question.replace(word, wrong, 1) if wrong != word else None


def main(arguments: list[str] | None = None) -> None:
    """Print both shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    data = parser.parse_args(arguments).data
    chooser, mended, changed = random.Random(0), [], []
    seconds = 0.0
    for article in read_articles(data / "squad" / "dev-v1.1.json"):
        vocabulary = read_words([paragraph["context"] for paragraph in article["paragraphs"]])
        questions = [qa["question"] for paragraph in article["paragraphs"] for qa in paragraph["qas"]]
        for question in chooser.sample(questions, min(QUESTIONS, len(questions))):
            started = time.perf_counter()
            changed.append(bool(mend(question, vocabulary)[1]))
            seconds += time.perf_counter() - started
            if typed := mistype(question, vocabulary, chooser):
                mended.append(find_terms([mend(typed, vocabulary)[0]]) == find_terms([question]))
    for name, rows in (("mistyped words read as meant", mended), ("questions as they were asked, changed", changed)):
        low, high = wilson_interval(sum(rows), len(rows)) or (0.0, 1.0)
        print(f"{name:40} {100 * sum(rows) / len(rows):5.1f} % ({100 * low:.1f}-{100 * high:.1f}) of {len(rows)}")
    print(f"{'milliseconds a question':40} {1e3 * seconds / len(changed):5.1f}")


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_typos: {error}")
