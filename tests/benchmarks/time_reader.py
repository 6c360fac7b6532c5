"""What reading costs: ``python tests/benchmarks/time_reader.py``; milliseconds a question, warm, on the bundled article.

Search alone, search and reading, and the whole answer, each question asked once: nothing is remembered from before.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.index.embeddings import build_embeddings
from rag.index.passage_index import PassageIndex
from rag.reader.reranking import build_ranker
from rag.reader.span_reader import SpanReader
from rag.retrieve.hybrid import find_passages
from rag.settings import read_settings

DATA = Path(__file__).parents[2] / "data"
PASSAGES = 8


def main() -> None:
    """Measure and print."""
    lines = (DATA / "questions" / "hanoi-summit.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    settings = read_settings(passages=PASSAGES)
    embeddings = build_embeddings(settings)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ingest_paths([DATA / "articles" / "hanoi-summit.md"], directory=folder, embeddings=embeddings)
        index = PassageIndex(folder, embeddings)
        rank, chain = build_ranker(SpanReader()), build_chain(index, settings=settings)
        found = [find_passages(question, [index], count=PASSAGES) for question in questions]
        characters = statistics.mean(sum(len(scored.passage.text) for scored in each) for each in found)
        print(f"{len(questions)} questions, {PASSAGES} passages each, together {characters:.0f} characters on average")
        search = time_each(lambda question: find_passages(question, [index], count=PASSAGES), questions)
        show("search", search, search)
        show(
            "search and reading",
            time_each(lambda q: rank(q, find_passages(q, [index], count=PASSAGES)), questions),
            search,
        )
        show("the whole answer", time_each(chain.invoke, questions), search)


def time_each(ask: Callable[[str], Any], questions: list[str]) -> list[float]:
    """Milliseconds of each call, after one that does not count."""
    ask("What is it about?")
    taken = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        taken.append(1e3 * (time.perf_counter() - started))
    return taken


def show(name: str, taken: list[float], baseline: list[float]) -> None:
    middle, late = statistics.median(taken), sorted(taken)[int(0.95 * len(taken))]
    print(
        f"{name:20} median {middle:7.1f} ms, p95 {late:7.1f} ms, {middle / statistics.median(baseline):5.1f} x search"
    )


if __name__ == "__main__":
    main()
