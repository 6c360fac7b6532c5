"""How an index grows: ``python tests/benchmarks/time_large_index.py [--passages 1000 10000 100000] [--server] [--picture FILE]``.

Made texts of made words, and made vectors in place of a model's, so that what is timed is the index alone: bringing it
about, opening it, searching it beside Chroma alone (the same vectors, one query), adding and removing one document.
Vectors lie about a thousand centres, as those of texts on a thousand subjects do; a question's lies near a passage's.
With ``--server`` the index is on a Chroma server of its own on the loopback, whose memory and folder are told, too.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import resource
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
from markupsafe import Markup

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(ROOT)]

from chroma_server import running_server  # noqa: E402

from rag.evaluation.report.svg import element  # noqa: E402
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
    """Seconds to bring the files into an index, and the most memory that it takes."""
    from ingest.pipeline import ingest_paths

    started = time.perf_counter()
    reports = ingest_paths([files], directory=index, embeddings=MadeEmbeddings())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    passages = sum(report.passages for report in reports)
    return {"build": time.perf_counter() - started, "peak": peak, "passages": passages}


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
    """Seconds to add one document, and to remove it, in a process that has Chroma loaded, as a server has."""
    import chromadb  # noqa: F401

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
        told = json.loads(printed.stdout.splitlines()[-1])
        print(
            f"  {step}:", ", ".join(f"{name} {value:,.1f}" for name, value in told.items()), file=sys.stderr, flush=True
        )
        found |= told
    return found


def disk(folder: Path) -> float:
    """Megabytes that a folder holds."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


PANELS = (
    ("a search, ms (95 of 100 are quicker)", {"Footnote": "p95", "Chroma alone": "chroma p95"}),
    ("seconds", {"open": "open", "add a document": "add", "remove it": "remove"}),
    ("MB", {"asking": "memory", "ingesting": "peak", "folder": "disk", "the server": "server"}),
)
SIDE, WIDE, COLOURS = 210, 350, ("#b3541e", "#2f6f8f", "#6b6b6b", "#7a5ea8")


def draw(measured: list[dict[str, float]]) -> str:
    """How search, opening, changes and sizes grow with the passages, as an SVG; both axes are logarithmic."""
    panels = []
    for number, (title, lines) in enumerate(PANELS):
        shown = {name: [each[key] for each in measured] for name, key in lines.items() if key in measured[0]}
        sizes = [each["passages"] for each in measured]
        drawn = draw_panel(title, sizes, shown)
        panels.append(element("g", Markup("").join(drawn), transform=f"translate({number * WIDE} 0)"))
    background = element("rect", width="100%", height="100%", fill="#fbf8f2")
    size = {"viewBox": f"0 0 {WIDE * len(PANELS)} {SIDE + 90}", "xmlns": "http://www.w3.org/2000/svg"}
    held = Markup("").join([background, *panels])
    return str(element("svg", held, font_family="sans-serif", font_size=12, fill="#333", **size))


def draw_panel(title: str, sizes: list[float], lines: dict[str, list[float]]) -> list[Markup]:
    """One chart: a line for each name, whose values belong to the sizes."""
    values = [value for line in lines.values() for value in line]
    low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))
    left, right = 10 ** math.floor(math.log10(min(sizes))), 10 ** math.ceil(math.log10(max(sizes)))

    def place(size: float, value: float) -> tuple[float, float]:
        across, up = math.log(size / left) / math.log(right / left), math.log(value / low) / math.log(high / low)
        return round(60 + across * (WIDE - 90), 1), round(40 + (1 - up) * SIDE, 1)

    parts = [element("text", title, x=60, y=22, font_weight="bold")]
    for step in range(round(math.log10(high / low)) + 1):
        x, y = place(left, low * 10**step)
        parts.append(element("line", x1=x, x2=WIDE - 30, y1=y, y2=y, stroke="#ddd"))
        parts.append(element("text", f"{low * 10**step:,g}", x=x - 6, y=y + 4, text_anchor="end"))
    for step in range(round(math.log10(right / left)) + 1):
        x, y = place(left * 10**step, low)
        parts.append(element("text", f"{left * 10**step:,}", x=x, y=y + 18, text_anchor="middle"))
    told_at = 60
    for number, (name, line) in enumerate(lines.items()):
        points = [place(size, value) for size, value in zip(sizes, line, strict=True)]
        told = " ".join(f"{x},{y}" for x, y in points)
        parts.append(element("polyline", points=told, fill="none", stroke=COLOURS[number], stroke_width=2))
        parts += [element("circle", cx=x, cy=y, r=3.5, fill=COLOURS[number]) for x, y in points]
        parts.append(element("text", name, x=told_at, y=SIDE + 80, fill=COLOURS[number]))
        told_at += 30 + 7 * len(name)
    return parts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--server", action="store_true", help="the index is on a Chroma server")
    parser.add_argument("--picture", type=Path, help="draw the growth into this SVG file")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        step, files, folder, url = options.one[0], Path(options.one[1]), Path(options.one[2]), options.one[3]
        index = ChromaServer(url, timeout=PATIENCE, cache=folder) if url else folder
        print(json.dumps(search(index) if step == "search" else {"build": build, "change": change}[step](files, index)))
        return
    print(
        "passages  build s  at most MB  disk MB  open s  search p50 ms  p95 ms  Chroma alone p95 ms  memory MB  add s  remove s"
    )
    measured = []
    for passages in options.passages:
        found = measure(passages, options.server)
        measured.append(found)
        print(
            f"{found['passages']:8,.0f} {found['build']:8.1f} {found['peak']:11.0f} {found['disk']:8.0f} {found['open']:7.2f} {found['p50']:14.1f} "
            f"{found['p95']:7.1f} {found['chroma p95']:20.1f} {found['memory']:10.0f} {found['add']:6.1f} "
            f"{found['remove']:9.1f}" + (f"  the server has {found['server']:,.0f} MB" if options.server else ""),
            flush=True,
        )
    if options.picture:
        options.picture.write_text(draw(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
