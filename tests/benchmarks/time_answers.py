"""How long an answer takes, and how much memory: ``python tests/benchmarks/time_answers.py``.

Each figure stands beside the same of the plainest pipeline (one model, one Chroma search, in a process of its own), so
that a slow or a busy machine slows both.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUESTIONS = ROOT / "data" / "questions" / "hanoi-summit.jsonl"
ARTICLE = ROOT / "data" / "articles" / "hanoi-summit.md"
REPEATS = 3

PLAIN = """
import json, sys, time
from langchain_chroma import Chroma
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
model, article = sys.argv[1:3]
store = Chroma(embedding_function=HuggingFaceEmbeddings(model=model))
store.add_texts(RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_text(open(article).read()))
for line in sys.stdin:
    started = time.perf_counter()
    store.similarity_search(line, k=4)
    print(json.dumps(time.perf_counter() - started))
"""


@dataclass(frozen=True)
class Run:
    """One finished process: wall-clock seconds, peak memory in megabytes, and what it printed."""

    seconds: float
    megabytes: float
    printed: list[str]


def run(command: list[str], stdin: str = "") -> Run:
    """Run a process to its end and measure it."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as printed:
        given.write(stdin)
        given.seek(0)
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=given, stdout=printed, stderr=subprocess.DEVNULL, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command[:4])} … failed with status {process.returncode}")
        printed.seek(0)
        return Run(seconds, usage.ru_maxrss / 1024, printed.read().splitlines())


def main() -> None:
    """Measure and print."""
    from rag.index.embeddings import find_model_path
    from rag.settings import read_settings

    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    asked = "".join(f"{question}\n" for question in questions)
    with tempfile.TemporaryDirectory() as folder:
        index = ["--index", folder]
        footnote = [sys.executable, "-m", "ui"]
        plain = [sys.executable, "-c", PLAIN, find_model_path(read_settings()), str(ARTICLE)]
        run([*footnote, "ingest", str(ARTICLE), *index])
        single = [run([*footnote, "ask", questions[0], *index]) for _ in range(REPEATS)]
        single_plain = [run(plain, f"{questions[0]}\n") for _ in range(REPEATS)]
        many = run([*footnote, "ask", "-", "--json", *index], asked)
        many_plain = run(plain, asked)
    ours = [json.loads(line)["seconds"]["total"] for line in many.printed]
    theirs = [float(line) for line in many_plain.printed]
    rows = [
        ("one question, process start to answer, median s", _median(single), _median(single_plain)),
        (
            f"per question of {len(ours)} in one process, median ms",
            1e3 * statistics.median(ours),
            1e3 * statistics.median(theirs),
        ),
        (f"per question of {len(ours)} in one process, p95 ms", 1e3 * _p95(ours), 1e3 * _p95(theirs)),
        ("peak memory of that process, MB", many.megabytes, many_plain.megabytes),
    ]
    print(f"{'':58} {'footnote':>10} {'plain':>10} {'ratio':>7}")
    for name, mine, other in rows:
        print(f"{name:58} {mine:10.2f} {other:10.2f} {mine / other:7.2f}")


def _median(runs: list[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


if __name__ == "__main__":
    main()
