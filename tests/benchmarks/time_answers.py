"""How long an answer takes, and how much memory: ``python tests/benchmarks/time_answers.py``.

Both engines of the default models stand beside the plainest pipeline (one model, one Chroma search, in a process of its
own), measured in turn, so that a slow or a busy machine slows all.
"""

from __future__ import annotations

import json
import math
import os
import re
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
ENGINES = ("onnx", "torch")
TITLES = {
    "seconds": "one question, process start to answer, s",
    "megabytes": "peak memory of that process, MB",
    "ready": "server, start to the page, s",
    "answered": "server, start to the first answer, s",
    "resident": "server, resident after it, MB",
    "each": "per question of 200 in one process, ms",
    "p95": "the same, 95th percentile, ms",
    "peak": "peak memory of that process, MB",
}

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


def run(command: list[str], stdin: str = "", engine: str = "auto") -> Run:
    """Run a process to its end and measure it."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as printed:
        given.write(stdin)
        given.seek(0)
        environment = os.environ | {"FOOTNOTE_ENGINE": engine}
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=given, stdout=printed, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command[:4])} … failed with status {process.returncode}")
        printed.seek(0)
        return Run(seconds, usage.ru_maxrss / 1024, printed.read().splitlines())


def serve(index: list[str], question: str, engine: str) -> dict[str, float]:
    """Start a server and ask it: seconds to its first answer, and its memory then, in megabytes (Linux)."""
    import httpx

    started = time.perf_counter()
    command = [sys.executable, "-m", "ui", "serve", *index, "--port", "0", "--no-open"]
    environment = os.environ | {"FOOTNOTE_ENGINE": engine}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        assert process.stderr
        address = next(found.group() for line in process.stderr if (found := re.search(r"http://[\d.:]+", line)))
        while True:
            try:
                httpx.get(f"{address}/health", timeout=60).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.02)
        ready = time.perf_counter() - started
        call = httpx.post(f"{address}/gradio_api/call/ask", json={"data": [question, None, None]}, timeout=60).json()
        httpx.get(f"{address}/gradio_api/call/ask/{call['event_id']}", timeout=60).raise_for_status()
        answered = time.perf_counter() - started
        time.sleep(2)
        status = Path(f"/proc/{process.pid}/status")
        resident = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        process.terminate()
    return {"ready": ready, "answered": answered, "resident": int(resident.group(1)) / 1024 if resident else math.nan}


def main() -> None:
    """Measure and print."""
    from rag.encoder.processor import name_processor
    from rag.index.embeddings import find_model_path
    from rag.settings import read_settings

    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    asked = "".join(f"{question}\n" for question in questions)
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        index = ["--index", folder]
        footnote = [sys.executable, "-m", "ui"]
        plain = [sys.executable, "-c", PLAIN, find_model_path(read_settings()), str(ARTICLE)]
        run([*footnote, "ingest", str(ARTICLE), *index])
        for _ in range(REPEATS):  # in turn, so that a busy minute slows all
            for engine in ENGINES:
                one = run([*footnote, "ask", questions[0], *index], engine=engine)
                rows.setdefault(f"{engine} seconds", []).append(one.seconds)
                rows.setdefault(f"{engine} megabytes", []).append(one.megabytes)
                for name, value in serve(index, questions[0], engine).items():
                    rows.setdefault(f"{engine} {name}", []).append(value)
            one = run(plain, f"{questions[0]}\n")
            rows.setdefault("plain seconds", []).append(one.seconds)
            rows.setdefault("plain megabytes", []).append(one.megabytes)
        for engine in ENGINES:
            many = run([*footnote, "ask", "-", "--json", *index], asked, engine)
            taken = [1e3 * json.loads(line)["seconds"]["total"] for line in many.printed]
            rows |= {f"{engine} each": taken, f"{engine} p95": [_p95(taken)], f"{engine} peak": [many.megabytes]}
        many = run(plain, asked)
        taken = [1e3 * float(line) for line in many.printed]
        rows |= {"plain each": taken, "plain p95": [_p95(taken)], "plain peak": [many.megabytes]}
    print(f"{name_processor()}, {os.cpu_count()} processors; medians, in brackets as a ratio to the plain pipeline's")
    print(f"{'':62}" + "".join(f"{name:>18}" for name in (*ENGINES, "plain")))
    for key, title in TITLES.items():
        print(f"{title:62}" + "".join(_show(rows, name, key) for name in (*ENGINES, "plain")))


def _show(rows: dict[str, list[float]], name: str, key: str) -> str:
    if f"{name} {key}" not in rows:
        return f"{'-':>18}"
    value = statistics.median(rows[f"{name} {key}"])
    plain = rows.get(f"plain {key}")
    ratio = f" ({value / statistics.median(plain):.2f})" if plain and name != "plain" else ""
    return f"{value:.2f}{ratio}".rjust(18)


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


if __name__ == "__main__":
    main()
