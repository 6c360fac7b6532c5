"""What reading and checking a chat model's reply costs: ``python tests/benchmarks/time_replies.py``.

Three tables, made with no chat model:

1. Seconds to read a reply of a million characters, ordinary prose and ten texts made to hinder, each beside one plain
   ``re.sub(r"\\[(\\w+)\\]", ...)`` over the same text; and of an eighth, a quarter and a half of it. ``growth`` is the
   whole against the eighth: 8 where time grows as the text does.
2. Milliseconds to find and judge the evidence of a sentence: an ordinary answer of twelve sentences that cite eight
   passages of the bundled article, with nothing remembered and with everything; without a judge, with one that takes
   no time, and with the model that judges. Medians.
3. The time of a reply that comes in pieces of seven characters, read and composed at each as the writer does, but with
   no pause between two snapshots: an upper bound.

``--characters`` and ``--repeats`` make it smaller.
"""

from __future__ import annotations

import argparse
import gc
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import rag.cite.citations  # noqa: E402
import rag.cite.quote_matching  # noqa: E402
import rag.cite.support  # noqa: E402
from ingest.pipeline import ingest_paths  # noqa: E402
from rag.cite.checking import judge_sentences  # noqa: E402
from rag.cite.citations import compose_written, read_proofs  # noqa: E402
from rag.cite.judging import SupportEstimator, build_support_estimator  # noqa: E402
from rag.english.sentences import find_sentences  # noqa: E402
from rag.index.embeddings import build_embeddings  # noqa: E402
from rag.index.passage_index import PassageIndex  # noqa: E402
from rag.llm.prompts import number_passages  # noqa: E402
from rag.llm.reply_parser import cut_thought, read_reply  # noqa: E402
from rag.reader.span_reader import SpanReader  # noqa: E402
from rag.retrieve.hybrid import find_passages  # noqa: E402
from rag.settings import read_settings  # noqa: E402
from rag.types import Passage  # noqa: E402

ARTICLE = ROOT / "data" / "articles" / "hanoi-summit.md"
QUESTION = "What did the two leaders want from the summit?"
PASSAGES, SENTENCES, PIECE = 8, 12, 7
PLAIN = re.compile(r"\[(\w+)\]")
HOSTILE = {
    "[": "[",
    "`": "`",
    "[[": "[[",
    "【": "【",
    "(": "(",
    "Sources:\\n": "Sources:\n",
    "a [b": "a [b",
    "`a ``b ": "`a ``b ",
    '[k7qd "a': '[k7qd "a',
}


def find_evidence() -> dict[str, Passage]:
    """Eight passages of the bundled article, as the real pipeline cuts them, by evidence keys."""
    embeddings = build_embeddings(read_settings())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ingest_paths([ARTICLE], directory=folder, embeddings=embeddings)
        found = find_passages(QUESTION, [PassageIndex(folder, embeddings)], count=PASSAGES)
    passages = [scored.passage for scored in found]
    return number_passages(passages)


def make_answer(passages: dict[str, Passage]) -> str:
    """Twelve sentences of the passages, with a word or two left out of each, which cite in the ways that models do."""
    chance = random.Random(0)
    written = []
    for number in range(SENTENCES):
        key = list(passages)[number % len(passages)]
        text = passages[key].text
        words = (
            max((text[low:high] for low, high in find_sentences(text)[: 2 + number // 8]), key=len).rstrip(".").split()
        )
        for _ in range(number % 3):
            del words[chance.randrange(len(words))]
        second = f"[{chance.choice(list(passages))}]" if number % 4 == 3 else ""
        written.append(f"{' '.join(words)} [{key}]{second}.")
    return " ".join(written)


def make_texts(characters: int, answer: str) -> dict[str, str]:
    """Texts of so many characters: the answer over and over, and ten that are made to hinder."""
    chance = random.Random(0)
    texts = {"ordinary prose with keys": f"{answer}\n\n"}
    texts |= {f"{name!r} over and over".replace("\\\\", "\\"): piece for name, piece in HOSTILE.items()}
    whole = {name: (piece * (characters // len(piece) + 1))[:characters] for name, piece in texts.items()}
    return whole | {"random brackets": "".join(chance.choices("[]【】［］〔〕()k7qd \n", k=characters))}


def time_once(call: Callable[[], Any]) -> float:
    """Seconds of one call; what earlier calls left behind is not collected in it."""
    gc.collect()
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def time_reading(characters: int, answer: str, keys: list[str]) -> None:
    """Print the first table."""
    sizes = [characters // 8, characters // 4, characters // 2, characters]
    heads = "".join(f"{f'{size / 1000:,.0f} kB':>9}" for size in sizes)
    print(f"reading, seconds{'':15}{heads} {'re.sub':>9} {'ratio':>7} {'growth':>7}")
    for name, text in make_texts(characters, answer).items():
        taken = [min(time_once(partial(read_reply, text[:size], keys)) for _ in range(3)) for size in sizes]
        plain = min(time_once(partial(PLAIN.sub, lambda found: found[1], text)) for _ in range(3))
        columns = "".join(f"{seconds:9.3f}" for seconds in taken)
        print(f"{name:31}{columns} {plain:9.4f} {taken[-1] / plain:7.1f} {taken[-1] / taken[0]:6.1f}x", flush=True)


def forget() -> None:
    """Empty every cache of the modules that check."""
    for module in (rag.cite.support, rag.cite.citations, rag.cite.quote_matching):
        for each in vars(module).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()


def time_checking(answer: str, passages: dict[str, Passage], repeats: int) -> None:
    """Print the second table."""
    reply = read_reply(answer, passages)
    estimators: dict[str, SupportEstimator | None] = {
        "not judged": None,
        "an estimate that takes no time": build_support_estimator(lambda pairs: [0.5] * len(pairs)),
        "the model": build_support_estimator(SpanReader().judge),
    }
    sentences = len(read_proofs(reply, passages).bounds)
    print(f"\nchecking, ms a sentence ({sentences} sentences, {len(reply.marks)} keys){'cold':>12} {'warm':>9}")
    for name, estimate in estimators.items():

        def check(estimate: SupportEstimator | None = estimate) -> None:
            written = read_proofs(reply, passages)
            composed = compose_written(written)
            if estimate:
                judge_sentences(written.claims, composed.sentences, composed.citations, estimate)

        check()
        cold, warm = [], []
        for _ in range(repeats):
            forget()
            cold.append(time_once(check))
            warm.append(time_once(check))
        row = [1e3 * statistics.median(taken) / sentences for taken in (cold, warm)]
        print(f"{name:47} {row[0]:9.2f} {row[1]:9.2f}", flush=True)


def time_streaming(answer: str, passages: dict[str, Passage], repeats: int) -> None:
    """Print the third table."""
    ends = [*range(PIECE, len(answer), PIECE), len(answer)]
    totals, slowest = [], []
    for _ in range(repeats):
        forget()
        taken = []
        for end in ends:
            started = time.perf_counter()
            growing = read_reply(cut_thought(answer[:end]), passages, finished=end == len(answer))
            compose_written(read_proofs(growing, passages))
            taken.append(time.perf_counter() - started)
        totals.append(1e3 * sum(taken))
        slowest.append(1e3 * max(taken))
    middle = statistics.median(totals)
    print(f"\nstreaming {len(answer):,} characters in {len(ends)} pieces of {PIECE}, ms")
    print(
        f"all snapshots {middle:9.1f}\none, on average {middle / len(ends):7.2f}\nthe slowest {statistics.median(slowest):11.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()
    passages = find_evidence()
    answer = make_answer(passages)
    time_reading(arguments.characters, answer, list(passages))
    time_checking(answer, passages, arguments.repeats)
    time_streaming(answer, passages, arguments.repeats)


if __name__ == "__main__":
    main()
