"""How long the page takes, for one person and for many at once, in a real headless Chromium: each browser opens the page,
then asks a question.

    python tests/benchmarks/time_page.py
    python tests/benchmarks/time_page.py --sessions 1 20 --rounds 20 3 --json page.json

The server is a `footnote serve` of its own over an index of data/articles; browsers and server share this machine. Every
browser is a new one, with an empty cache, and all of a round do the same at the same time. The answer is asked for once
beforehand, so that it is the page that is timed. Motion is reduced, because many browsers that animate on a machine
without a graphics card do little else. Beside it stands the same question over plain HTTP, through
gradio_client's `/ask`, by as many at once: the ratio is what the page adds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = ROOT / "data" / "articles"
QUESTION = "What did Trump say on leaving the summit?"
STEPS = {
    "usable": "navigation to usable",
    "sign": "Enter to the first sign",
    "words": "Enter to the first words",
    "whole": "Enter to the whole answer",
}
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 240
"""Seconds after which a page that does not get on is given up."""

CLOCK = """
(() => {
  const seen = (window.seen = {});
  const has = (selector) => document.querySelector(selector) !== null;
  const since = (name, begun) => (seen[name] ??= (performance.now() - begun) / 1000);
  const look = () => {
    if (has("#question textarea:enabled") && has("#source .document")) since("usable", 0);
    if (!seen.pressed) return;
    if (has("#chat .stage, #chat .answer")) since("sign", seen.pressed);
    if ([...document.querySelectorAll("#chat .answer")].some((answer) => answer.innerText.trim())) since("words", seen.pressed);
    if (seen.words && has("#question .submit-button")) since("whole", seen.pressed);
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") seen.pressed ??= performance.now();
  }, { capture: true });
})();
"""
"""Runs in the page before anything else, and writes down, by the page's own clock, when each step was reached."""


@dataclass
class Timed:
    """The seconds of every run, by step; ``failures`` are runs that did not get to the end."""

    sessions: int
    rounds: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    plain: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    processor: float | None = None
    """Seconds of a processor that the server took for a visit; None where the system does not say."""


@contextlib.contextmanager
def serve(index: Path) -> Iterator[tuple[str, int]]:
    """A server over an index, in a process of its own; gives its address and the process's number."""
    environment = os.environ | {"FOOTNOTE_UPLOADS": str(index.parent / "uploads")}
    command = [sys.executable, "-m", "ui", "serve", "--index", str(index), "--port", "0", "--no-open"]
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, stderr=said, cwd=ROOT, env=environment) as process,
    ):
        try:
            yield wait_for_address(process, said), process.pid
        finally:
            process.terminate()


def read_processor(number: int) -> float | None:
    """Seconds of a processor that a process has taken so far, where Linux tells."""
    try:
        told = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_address(process: subprocess.Popen[bytes], said: Any) -> str:
    """The address that the server tells of."""
    while process.poll() is None:
        said.seek(0)
        told = said.read()
        if found := re.search(r"http://[\d.:]+", told):
            return found.group()
        time.sleep(0.1)
    said.seek(0)
    sys.exit(f"time_page: the server did not start: {said.read().strip()}")


def ask_plainly(address: str, sessions: int, rounds: int) -> list[float]:
    """Seconds of each answer over plain HTTP, by so many clients at once."""
    from gradio_client import Client

    clients = [Client(address, verbose=False) for _ in range(sessions)]

    def ask(client: Client) -> float:
        begun = time.perf_counter()
        client.predict(QUESTION, api_name="/ask")
        return time.perf_counter() - begun

    with ThreadPoolExecutor(sessions) as pool:
        return [seconds for _ in range(rounds) for seconds in pool.map(ask, clients)]


async def open_and_ask(page: Page, address: str, gate: asyncio.Barrier) -> dict[str, float]:
    """One browser's visit: the seconds of each step. Nobody asks before all have the page."""
    await gate.wait()
    try:
        await page.goto(address, wait_until="commit")
        await page.wait_for_function("seen.usable")
    finally:
        await gate.wait()
    await page.fill("#question textarea", QUESTION)
    await page.press("#question textarea", "Enter")
    await page.wait_for_function("seen.whole")
    found: dict[str, float] = await page.evaluate("seen")
    return found


async def time_round(browser: Browser, address: str, timed: Timed) -> None:
    """Open, ask and write down, in so many new browsers at once."""
    contexts = [await browser.new_context(reduced_motion="reduce") for _ in range(timed.sessions)]
    pages = []
    for context in contexts:
        await context.add_init_script(CLOCK)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        pages.append(page)
    gate = asyncio.Barrier(len(pages))
    visits = await asyncio.gather(*(open_and_ask(page, address, gate) for page in pages), return_exceptions=True)
    for visit in visits:
        if isinstance(visit, BaseException):
            timed.failures.append(str(visit).splitlines()[0])
            continue
        for step, seconds in timed.seconds.items():
            seconds.append(visit[step])
    for context in contexts:
        await context.close()


async def weigh(browser: Browser, address: str) -> list[dict[str, int]]:
    """Bytes and requests of opening the page, and of opening it again in the same browser."""
    context = await browser.new_context()
    await context.add_init_script(CLOCK)
    weights = []
    for _ in range(2):
        page = await context.new_page()
        wire = await context.new_cdp_session(page)
        weight = {"requests": 0, "from cache": 0, "bytes": 0}

        def count(name: str, by: int, weight: dict[str, int] = weight) -> None:
            weight[name] += by

        wire.on("Network.requestWillBeSent", lambda _, count=count: count("requests", 1))
        wire.on("Network.requestServedFromCache", lambda _, count=count: count("from cache", 1))
        wire.on(
            "Network.responseReceived",
            lambda event, count=count: count("from cache", int(event["response"].get("fromDiskCache", False))),
        )
        wire.on("Network.loadingFinished", lambda event, count=count: count("bytes", int(event["encodedDataLength"])))
        await wire.send("Network.enable")
        await page.goto(address)
        await page.wait_for_function("seen.usable")
        await page.wait_for_timeout(1000)  # what is still on its way
        weights.append(weight)
        await page.close()
    await context.close()
    return weights


async def measure(address: str, server: int, sizes: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """The page's weight, and the times for each number of sessions; printed as soon as they are known."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        await time_round(browser, address, Timed(1, 1))  # the first of all loads what no later one does
        weights = await weigh(browser, address)
        print_weights(weights)
        found = []
        for sessions, rounds in sizes:
            timed = Timed(sessions, rounds)
            tell(f"{sessions} at once over plain HTTP ...")
            timed.plain = await asyncio.to_thread(ask_plainly, address, sessions, rounds)
            before = read_processor(server)
            for number in range(rounds):
                tell(f"{sessions} at once, round {number + 1} of {rounds} ...")
                await time_round(browser, address, timed)
            if before is not None and (after := read_processor(server)) is not None:
                timed.processor = (after - before) / (sessions * rounds)
            print_times(timed)
            found.append(asdict(timed))
        await browser.close()
    return {"weights": weights, "times": found}


def tell(progress: str) -> None:
    sys.stderr.write(f"{progress}\n")


def find_p95(values: Sequence[float]) -> float:
    """The 95th percentile; the largest value where there are few."""
    return sorted(values)[int(0.95 * len(values))]


def print_weights(weights: Sequence[dict[str, int]]) -> None:
    """What opening the page costs the network, a line each."""
    for when, weight in zip(("first opening", "second opening"), weights, strict=True):
        print(f"{when:16} {weight['requests']:4} requests, {weight['from cache']:4} from the cache, ", end="")
        print(f"{weight['bytes'] / 1000:9,.1f} kB transferred", flush=True)


def print_times(timed: Timed) -> None:
    """The table for one number of sessions."""
    runs = len(timed.seconds["whole"])
    print(f"\n{timed.sessions} at once, {runs} runs, {len(timed.failures)} failed")
    print(f"{'':40} {'median s':>9} {'p95 s':>9} {'ratio':>7}")
    baseline = statistics.median(timed.plain)
    rows = [("baseline: /ask over plain HTTP", timed.plain), *((STEPS[step], timed.seconds[step]) for step in STEPS)]
    for label, seconds in rows:
        if seconds:
            middle = statistics.median(seconds)
            print(f"{label:40} {middle:9.3f} {find_p95(seconds):9.3f} {middle / baseline:7.2f}")
    if timed.processor is not None:
        print(f"{'processor time of the server, a visit':40} {timed.processor:9.3f}")
    for failure in sorted(set(timed.failures)):
        print(f"  {timed.failures.count(failure)} times: {failure}")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 20], help="how many at once")
    parser.add_argument("--rounds", type=int, nargs="+", default=[20, 3], help="how many times, for each of those")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure there too")
    options = parser.parse_args(arguments)
    if len(options.rounds) != len(options.sessions):
        parser.error("--rounds wants as many numbers as --sessions")

    from ingest.pipeline import ingest_paths
    from rag import build_embeddings, read_settings

    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        ingest_paths([ARTICLES], directory=index, embeddings=build_embeddings(read_settings()))
        with serve(index) as (address, server):
            sizes = list(zip(options.sessions, options.rounds, strict=True))
            told = asyncio.run(measure(address, server, sizes))
    if options.json:
        options.json.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
