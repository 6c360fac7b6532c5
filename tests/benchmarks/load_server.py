"""A server under load: ``python tests/benchmarks/load_server.py [--people 1 8 32 64] [--seconds 60] [--changes]``.

A real ``footnote serve`` on the bundled article; each person is a thread on a loopback address of its own, who asks the
bundled questions over HTTP, one after another without a pause. ``--changes`` has another process add a document to the index and
remove it meanwhile, again and again, and somebody more who opens the page, asks, and leaves before the answer. An hour's soak is ``--people 4 --seconds 3600 --changes``: memory, open files and threads are
told every minute. What is told is the ratio to one person alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
ARTICLE = ROOT / "data" / "articles" / "hanoi-summit.md"
QUESTIONS = ROOT / "data" / "questions" / "hanoi-summit.jsonl"
FOOTNOTE = [sys.executable, "-m", "ui"]
MINUTE = 60


@dataclass
class Tally:
    """What the people of one run saw: seconds of each answer, and what else came of a question, by its name."""

    taken: list[float] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)


@contextmanager
def serving(index: Path) -> Iterator[tuple[str, int]]:
    """A server of its own; its address and process."""
    command = [*FOOTNOTE, "serve", "--index", str(index), "--port", "0", "--no-open"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr
        address = next(found.group() for line in process.stderr if (found := re.search(r"http://[\d.:]+", line)))
        threading.Thread(target=process.stderr.read, daemon=True).start()
        while True:
            try:
                httpx.get(f"{address}/health", timeout=60).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        try:
            yield address, process.pid
        finally:
            process.terminate()


def ask_until(address: str, person: int, until: float, questions: list[str], tally: Tally) -> None:
    """One person's questions until a moment of ``time.monotonic``."""
    chance = random.Random(person)
    transport = httpx.HTTPTransport(local_address=f"127.0.1.{person + 1}")
    with httpx.Client(base_url=address, transport=transport, timeout=120) as browser:
        while time.monotonic() < until:
            started = time.monotonic()
            try:
                call = browser.post("/gradio_api/call/ask", json={"data": [chance.choice(questions), None, None, None]})
                if call.status_code == 429:
                    tally.other["told to wait"] += 1
                    time.sleep(float(call.headers.get("retry-after", 1)))
                    continue
                call.raise_for_status()
                answer = browser.get(f"/gradio_api/call/ask/{call.json()['event_id']}").text
                if "event: complete" not in answer:
                    tally.other[f"no answer: {answer[-160:].strip()!r}"] += 1
                    continue
                tally.taken.append(time.monotonic() - started)
            except httpx.HTTPError as error:
                tally.other[type(error).__name__] += 1


def change_until(index: Path, until: float, done: Counter[str]) -> None:
    """Add a document to the index and remove it, until a moment of ``time.monotonic``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "harbour-news.md"
        while time.monotonic() < until:
            path.write_text(f"# Harbour news\n\nThe ferry sails at noon, says notice {time.time():.0f}.\n")
            for arguments in (["ingest", str(path)], ["remove", "harbour-news"]):
                command = [*FOOTNOTE, *arguments, "--index", str(index)]
                ended = subprocess.run(command, capture_output=True, cwd=ROOT, check=False, text=True)
                why = f" failed: {(ended.stdout + ended.stderr).strip()[-160:]!r}" if ended.returncode else ""
                done[f"{arguments[0]}{why}"] += 1


def leave_until(address: str, until: float, questions: list[str], done: Counter[str]) -> None:
    """Open the page, ask, and close the browser before the answer has come, until a moment of ``time.monotonic``."""
    chance = random.Random(0)
    while time.monotonic() < until:
        try:
            with httpx.Client(
                base_url=address, transport=httpx.HTTPTransport(local_address="127.0.2.1"), timeout=120
            ) as browser:
                browser.get("/").raise_for_status()
                call = browser.post("/gradio_api/call/ask", json={"data": [chance.choice(questions), None, None, None]})
                if call.status_code == 429:
                    time.sleep(float(call.headers.get("retry-after", 1)))
                    continue
                with browser.stream("GET", f"/gradio_api/call/ask/{call.raise_for_status().json()['event_id']}"):
                    done["left"] += 1
        except httpx.HTTPError as error:
            done[f"leaving: {type(error).__name__}"] += 1
        time.sleep(1)


def look_at(process: int) -> dict[str, int]:
    """Resident megabytes, open files and threads of a process (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    found = {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1)) for name in ("VmRSS", "Threads")}  # type: ignore[union-attr]
    files = len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208  (a count is all that is wanted)
    return {"MB": found["VmRSS"] // 1024, "files": files, "threads": found["Threads"]}


def run(address: str, process: int, index: Path, people: int, seconds: float, changes: bool) -> Tally:
    """Some people at once; each minute of a long run is told."""
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    tally, changed, until = Tally(), Counter[str](), time.monotonic() + seconds
    threads = [
        threading.Thread(target=ask_until, args=(address, person, until, questions, tally)) for person in range(people)
    ]
    if changes:
        threads.append(threading.Thread(target=leave_until, args=(address, until, questions, changed)))
        threads.append(threading.Thread(target=change_until, args=(index, until, changed)))
    for thread in threads:
        thread.start()
    while working := [thread for thread in threads if thread.is_alive()]:
        working[0].join(min(MINUTE, max(1.0, until - time.monotonic())))
        if seconds > 2 * MINUTE:
            print(f"    after {seconds - (until - time.monotonic()):6.0f} s: {look_at(process)}", flush=True)
    for thread in threads:
        thread.join()
    tally.other.update(changed)
    return tally


def main() -> None:
    """Measure and print."""
    from rag.encoder.processor import name_processor

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 8, 32, 64])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--changes", action="store_true", help="the index changes and browsers leave meanwhile")
    options = parser.parse_args()
    print(f"{name_processor()}, {os.cpu_count()} processors, engine {os.environ.get('FOOTNOTE_ENGINE', 'auto')}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        index = Path(folder) / "index"
        subprocess.run(
            [*FOOTNOTE, "ingest", str(ARTICLE), "--index", str(index)], capture_output=True, cwd=ROOT, check=True
        )
        with serving(index) as (address, process):
            run(address, process, index, 1, 5, changes=False)  # everything is loaded
            print(f"before: {look_at(process)}")
            print("people  answers  a second  ratio  p50 s  p95 s  other, and the server afterwards")
            alone = 0.0
            for people in options.people:
                began = time.monotonic()
                tally = run(address, process, index, people, options.seconds, options.changes)
                # until the last answer has come, which with many people is long after the last question
                taken, rate = sorted(tally.taken), len(tally.taken) / (time.monotonic() - began)
                alone = alone or rate
                p50, p95 = (taken[int(share * len(taken))] if taken else float("nan") for share in (0.5, 0.95))
                print(
                    f"{people:6} {len(taken):8} {rate:9.2f} {rate / alone if alone else 0:6.2f} {p50:6.2f} {p95:6.2f}  "
                    f"{dict(tally.other) or 'nothing else'}; {look_at(process)}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
