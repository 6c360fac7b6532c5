"""How an index grows: ``python tests/benchmarks/time_large_index.py [--passages 1000 10000 100000]``.

Made texts of made words, and made vectors in place of a model's, so that what is timed is the index alone: bringing it
about, opening it, searching it beside Chroma alone (the same vectors, one query), adding and removing one document.
Vectors lie about a thousand centres, as those of texts on a thousand subjects do; a question's lies near a passage's.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

WORDS, CENTRES, WIDTH, ASKED = 40_000, 1_000, 384, 200
PASSAGES_A_FILE = 100


class MadeEmbeddings(Embeddings):
    """Unit vectors that the first word of a text and its characters decide: like texts of one subject, near each other."""

    name = "made"

    def __init__(self) -> None:
        self._centres = np.random.default_rng(0).normal(size=(CENTRES, WIDTH)).astype(np.float32)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each text."""
        subjects = [int(found.group(1)) % CENTRES if (found := re.search(r"w(\d+)", text)) else 0 for text in texts]
        seeds = [int.from_bytes(text.encode()[-8:].rjust(8, b"x"), "little") % 2**32 for text in texts]
        noise = np.stack([np.random.default_rng(seed).normal(size=WIDTH).astype(np.float32) for seed in seeds])
        vectors = self._centres[subjects] + noise
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self.embed_documents([text])[0]


def write_files(folder: Path, passages: int) -> None:
    """Files of a hundred passages each: sentences of words that are as rare as words are."""
    chance = random.Random(passages)
    ranks = np.random.default_rng(passages).zipf(1.2, size=passages * 90) % WORDS
    at = 0
    for number in range(max(1, passages // PASSAGES_A_FILE)):
        paragraphs = []
        for _ in range(min(PASSAGES_A_FILE, passages)):
            sentences = []
            for _ in range(7):
                length = chance.randint(8, 16)
                words = [f"w{rank}" for rank in ranks[at : at + length]] or ["w1"]
                sentences.append(f"{words[0].capitalize()} {' '.join(words[1:])}.")
                at = (at + length) % (len(ranks) - 20)
            paragraphs.append(" ".join(sentences))
        (folder / f"file-{number:05d}.md").write_text(f"# File {number}\n\n" + "\n\n".join(paragraphs) + "\n")


def build(files: Path, index: Path) -> dict[str, float]:
    """Seconds to bring the files into an index."""
    from ingest.pipeline import ingest_paths

    started = time.perf_counter()
    reports = ingest_paths([files], directory=index, embeddings=MadeEmbeddings())
    return {"build": time.perf_counter() - started, "passages": sum(report.passages for report in reports)}


def search(index: Path) -> dict[str, float]:
    """Seconds to open, milliseconds of searches, and resident memory after them."""
    import chromadb  # noqa: F401  (imported before the clock starts)

    from rag.index.chroma_client import open_collection
    from rag.index.generations import find_current
    from rag.index.passage_index import PassageIndex
    from rag.retrieve.hybrid import find_passages

    embeddings = MadeEmbeddings()
    before = resident()
    started = time.perf_counter()
    opened = PassageIndex(index, embeddings)
    find_passages("what of w1 and w2?", [opened], count=8)
    opening = time.perf_counter() - started
    chance = random.Random(1)
    questions = [f"what is w{chance.randrange(WORDS)} of w{chance.randrange(900)} and w{n}?" for n in range(ASKED)]
    ours = [timed(partial(find_passages, question, [opened], count=8)) for question in questions]
    vectors = [embeddings.embed_query(question) for question in questions]
    memory = resident() - before
    collection, close = open_collection(find_current(index))
    alone = [timed(partial(collection.query, query_embeddings=[vector], n_results=8)) for vector in vectors]
    close()
    return {
        "open": opening,
        "p50": statistics.median(ours),
        "p95": sorted(ours)[int(0.95 * ASKED)],
        "chroma p95": sorted(alone)[int(0.95 * ASKED)],
        "memory": memory,
    }


def change(files: Path, index: Path) -> dict[str, float]:
    """Seconds to add one document, and to remove it."""
    from ingest.pipeline import ingest_paths, remove_document

    path = files.parent / "one-more.md"
    path.write_text("# One more\n\nW7 w8 w9 is new here. It was not there before.\n")
    started = time.perf_counter()
    (report,) = ingest_paths([path], directory=index, embeddings=MadeEmbeddings())
    added = time.perf_counter() - started
    started = time.perf_counter()
    assert report.document
    remove_document(report.document, directory=index, embeddings=MadeEmbeddings())
    return {"add": added, "remove": time.perf_counter() - started}


def resident() -> float:
    """Megabytes of memory that this process has (Linux)."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found.group(1)) / 1024 if found else float("nan")


def timed(call: Any) -> float:
    """Milliseconds of a call."""
    started = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - started)


def main() -> None:
    """Measure and print, each step in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        step, files, index = options.one[0], Path(options.one[1]), Path(options.one[2])
        print(json.dumps(search(index) if step == "search" else {"build": build, "change": change}[step](files, index)))
        return
    print("passages  build s  disk MB  open s  search p50 ms  p95 ms  Chroma alone p95 ms  memory MB  add s  remove s")
    for passages in options.passages:
        with tempfile.TemporaryDirectory() as folder:
            files, index = Path(folder) / "files", Path(folder) / "index"
            files.mkdir()
            write_files(files, passages)
            found: dict[str, float] = {}
            for step in ("build", "search", "change"):
                command = [sys.executable, __file__, "--one", step, str(files), str(index)]
                printed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
                if printed.returncode:
                    sys.exit(f"{step} failed: {printed.stderr[-800:]}")
                found |= json.loads(printed.stdout.splitlines()[-1])
            disk = sum(path.stat().st_size for path in index.rglob("*") if path.is_file()) / 1e6
            print(
                f"{found['passages']:8,.0f} {found['build']:8.1f} {disk:8.0f} {found['open']:7.2f} {found['p50']:14.1f} "
                f"{found['p95']:7.1f} {found['chroma p95']:20.1f} {found['memory']:10.0f} {found['add']:6.1f} "
                f"{found['remove']:9.1f}",
                flush=True,
            )
            shutil.rmtree(index, ignore_errors=True)


if __name__ == "__main__":
    main()
