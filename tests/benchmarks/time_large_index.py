"""How an index grows: ``python tests/benchmarks/time_large_index.py [--passages 1000 10000 100000] [--server] [--picture FILE]``.

Made texts of made words, and made vectors in place of a model's, so that what is timed is the index alone: bringing it
about, opening it, searching it beside Chroma alone (the same vectors, one query), adding and removing one document.
Vectors lie about a thousand centres, as those of texts on a thousand subjects do; a question's lies near a passage's.
With ``--server`` the index is on a Chroma server of its own on the loopback, whose memory and folder are told, too.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(ROOT)]

from chroma_server import running_server  # noqa: E402

from rag.settings import ChromaServer  # noqa: E402

PATIENCE = 600.0
"""Seconds that a call to a Chroma server may take: what is measured is how long it takes, not whether one waits."""

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


def build(files: Path, index: Path | ChromaServer) -> dict[str, float]:
    """Seconds to bring the files into an index."""
    from ingest.pipeline import ingest_paths

    started = time.perf_counter()
    reports = ingest_paths([files], directory=index, embeddings=MadeEmbeddings())
    return {"build": time.perf_counter() - started, "passages": sum(report.passages for report in reports)}


@contextmanager
def asking_chroma(index: Path | ChromaServer) -> Iterator[Callable[[list[float]], Any]]:
    """Chroma alone: what finds the eight nearest of a vector."""
    if isinstance(index, ChromaServer):
        from rag.index.server.connection import Connection
        from rag.index.server.state import find_newest, read_entry

        connection = Connection(index)
        entries = connection.find(index.collection)
        newest = find_newest(entries) if entries else None
        found = connection.find(read_entry(newest, index).passages) if newest else None
        assert found is not None
        yield partial(found.find_nearest, count=8)
        connection.close()
        return
    from rag.index.chroma_client import open_collection
    from rag.index.generations import find_current

    collection, close = open_collection(find_current(index))
    yield lambda vector: collection.query(query_embeddings=[vector], n_results=8)
    close()


def search(index: Path | ChromaServer) -> dict[str, float]:
    """Seconds to open, milliseconds of searches, and resident memory after them."""
    import chromadb  # noqa: F401  (imported before the clock starts)

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
    with asking_chroma(index) as ask:
        alone = [timed(partial(ask, vector)) for vector in vectors]
    return {
        "open": opening,
        "p50": statistics.median(ours),
        "p95": sorted(ours)[int(0.95 * ASKED)],
        "chroma p95": sorted(alone)[int(0.95 * ASKED)],
        "memory": memory,
    }


def change(files: Path, index: Path | ChromaServer) -> dict[str, float]:
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


def resident(process: int | str = "self") -> float:
    """Megabytes of memory that a process has, this one or another (Linux)."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found.group(1)) / 1024 if found else float("nan")


def timed(call: Callable[[], Any]) -> float:
    """Milliseconds of a call."""
    started = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - started)


def measure(passages: int, on_server: bool) -> dict[str, float]:
    """All figures of an index of so many passages, each step in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        files, index = Path(folder) / "files", Path(folder) / "index"
        files.mkdir()
        write_files(files, passages)
        if not on_server:
            return take_steps(files, index, "") | {"disk": disk(index)}
        with running_server(index) as server:
            found = take_steps(files, Path(folder) / "cache", server.url)
            return found | {"disk": disk(index), "server": resident(server.process)}


def take_steps(files: Path, index: Path, url: str) -> dict[str, float]:
    """What each step has to tell; ends the program where one fails."""
    found: dict[str, float] = {}
    for step in ("build", "search", "change"):
        command = [sys.executable, __file__, "--one", step, str(files), str(index), url]
        printed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if printed.returncode:
            sys.exit(f"{step} failed: {printed.stderr[-800:]}")
        found |= json.loads(printed.stdout.splitlines()[-1])
    return found


def disk(folder: Path) -> float:
    """Megabytes that a folder holds."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def draw(measured: list[dict[str, float]], where: Path) -> None:
    """How search, opening and changes grow with the passages, as a picture."""
    from matplotlib import pyplot
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    sizes = [each["passages"] for each in measured]
    figure, panels = pyplot.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for panel, title, lines in (
        (panels[0], "a search, ms (95 of 100 are quicker)", {"Footnote": "p95", "Chroma alone": "chroma p95"}),
        (panels[1], "seconds", {"open": "open", "add a document": "add", "remove it": "remove"}),
        (
            panels[2],
            "MB",
            {"memory": "memory", "folder": "disk"} | ({"server": "server"} if "server" in measured[0] else {}),
        ),
    ):
        for name, key in lines.items():
            panel.plot(sizes, [each[key] for each in measured], marker="o", label=name)
        panel.set(title=title, xlabel="passages", xscale="log", yscale="log")
        for axis, marks in ((panel.xaxis, (1.0,)), (panel.yaxis, (1.0, 2.0, 5.0))):
            axis.set_major_locator(LogLocator(subs=marks))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        panel.legend(frameon=False)
    figure.savefig(where, dpi=110)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--server", action="store_true", help="the index is on a Chroma server")
    parser.add_argument("--picture", type=Path, help="draw the growth into this file (SVG or PNG)")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        step, files, folder, url = options.one[0], Path(options.one[1]), Path(options.one[2]), options.one[3]
        index = ChromaServer(url, timeout=PATIENCE, cache=folder) if url else folder
        print(json.dumps(search(index) if step == "search" else {"build": build, "change": change}[step](files, index)))
        return
    print("passages  build s  disk MB  open s  search p50 ms  p95 ms  Chroma alone p95 ms  memory MB  add s  remove s")
    measured = []
    for passages in options.passages:
        found = measure(passages, options.server)
        measured.append(found)
        print(
            f"{found['passages']:8,.0f} {found['build']:8.1f} {found['disk']:8.0f} {found['open']:7.2f} {found['p50']:14.1f} "
            f"{found['p95']:7.1f} {found['chroma p95']:20.1f} {found['memory']:10.0f} {found['add']:6.1f} "
            f"{found['remove']:9.1f}" + (f"  the server has {found['server']:,.0f} MB" if options.server else ""),
            flush=True,
        )
    if options.picture:
        draw(measured, options.picture)


if __name__ == "__main__":
    main()
