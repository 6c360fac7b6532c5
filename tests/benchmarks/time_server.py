"""Time an index on a Chroma server beside the same passages in a directory: questions, and the first one after a change.

    python tests/benchmarks/time_server.py --passages 10000

The passages are random words and the vectors random directions, so that only the index is timed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from chroma_server import running_server  # noqa: E402

from rag.index.document_records import DocumentRecord  # noqa: E402
from rag.index.passage_index import PassageIndex  # noqa: E402
from rag.index.writer import write_index  # noqa: E402
from rag.settings import ChromaServer  # noqa: E402
from rag.types import Passage, Span, text_digest  # noqa: E402

DIMENSION, PER_DOCUMENT, WORDS = 384, 100, [f"word{number}" for number in range(20_000)]


class RandomEmbeddings:
    """Random unit vectors; nothing is embedded."""

    name = "random"

    def embed_query(self, text: str) -> list[float]:
        vector = np.random.default_rng(len(text)).normal(size=DIMENSION)
        return list(map(float, vector / np.linalg.norm(vector)))


def write_documents(location: Path | ChromaServer, count: int) -> None:
    """One command that puts ``count`` documents in."""
    words, model = random.Random(0), np.random.default_rng(0)
    with write_index(location, RandomEmbeddings(), splitting="random", timeout=60) as writer:  # type: ignore[arg-type]
        for number in range(count):
            texts = [" ".join(words.choices(WORDS, k=120)) + " " for _ in range(PER_DOCUMENT)]
            ends = np.cumsum([len(text) for text in texts]).tolist()
            name, whole = f"document-{number}", "".join(texts)
            passages = [
                Passage(Span(name, end - len(text), end), text, title=name)
                for text, end in zip(texts, ends, strict=True)
            ]
            vectors = model.normal(size=(len(texts), DIMENSION)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            digest = text_digest(whole)
            writer.add(
                DocumentRecord(name, name, "", "", f"{name}.txt", digest, digest, len(texts), len(whole)),
                passages,
                list(vectors),
            )


def median_time(work: Callable[[], Any], times: int) -> str:
    """Median and 95th percentile, in milliseconds."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return f"{1000 * np.median(seconds):.1f} ms (p95 {1000 * np.quantile(seconds, 0.95):.1f})"


def time_once(label: str, work: Callable[[], Any]) -> Any:
    """Run it once, and print the seconds it took."""
    started = time.perf_counter()
    result = work()
    print(f"  {label}: {time.perf_counter() - started:.2f} s")
    return result


def time_index(location: Path | ChromaServer, passages: int, times: int) -> None:
    """Time all of it at one place."""
    embeddings: Any = RandomEmbeddings()
    print(type(location).__name__)
    time_once("put in", lambda: write_documents(location, passages // PER_DOCUMENT))
    index = time_once("open for the first time", lambda: PassageIndex(location, embeddings))
    time_once("open again", lambda: PassageIndex(location, embeddings))
    vectors = iter(np.random.default_rng(1).normal(size=(10 * times, DIMENSION)))
    words = random.Random(1)

    def ask() -> None:
        vector = next(vectors)
        state = index.current()
        state.search_vectors((vector / np.linalg.norm(vector)).tolist(), 30)
        state.search_keywords(" ".join(words.choices(WORDS, k=6)), 30)

    print(f"  is it still the newest: {median_time(index.current, times)}")
    print(f"  a question's two searches: {median_time(ask, times)}")
    print(f"  all passages of one document: {median_time(lambda: index.passages('document-0'), times)}")
    time_once("replace one document", lambda: write_documents(location, 1))
    time_once("the first question after it", ask)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "data") as chroma:
        time_index(Path(folder) / "index", options.passages, options.times)
        time_index(ChromaServer(chroma.url, cache=Path(folder) / "cache"), options.passages, options.times)


if __name__ == "__main__":
    main()
