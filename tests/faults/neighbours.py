"""Several processes on one index: two that write, one that asks while another writes, and a page served meanwhile."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from faults.cheap import CHEAP, make_text, write_sources
from faults.kills import ROOT, Tally, Writer, count_findable, find_leftovers, read_state

WAITING = "another process is writing this index; waiting for it"
FACT = "The lighthouse keeper of Zamboor Reef was Tilda Vance."
ASKED = "Who was the lighthouse keeper of Zamboor Reef?"


def write_at_once(writers: tuple[Writer, Writer], folder: Path, times: int, *, same: bool) -> Tally:
    """Two processes ingest at once: different documents, or the same ones."""
    tally = Tally()
    for number in range(times):
        directory = folder / f"both-{same}-{number}"
        paths = write_sources(folder / f"sources-{same}-{number}", ["alpha", "beta", "gamma", "delta"], 40)
        shares = (paths, paths) if same else (paths[:2], paths[2:])
        for writer, share in zip(writers, shares, strict=True):
            writer.tell(verb="ingest", index=str(directory), paths=[str(path) for path in share])
        heard = [writer.finish() for writer in writers]
        where = f"two writers {number}"
        tally.times += 1
        tally.moments["waited"] += sum("waiting" in line for told in heard for line in told)
        tally.faults += [f"{where}: {told}" for told in heard if told[-1]["status"] != 0]
        if sorted(read_state(directory)) != ["alpha", "beta", "delta", "gamma"]:
            tally.faults.append(f"{where}: only {sorted(read_state(directory))}")
        count_findable(directory, tally, where)
        tally.faults += [f"{where}: left over: {name}" for name in find_leftovers(directory)]
        shutil.rmtree(directory)
    return tally


def ask_meanwhile(writer: Writer, folder: Path, times: int) -> Tally:
    """One reader asks without a pause while another process replaces a document again and again, and adds one each time."""
    from rag.chain import build_chain
    from rag.index.passage_index import PassageIndex
    from rag.settings import read_settings

    tally = Tally()
    directory, sources = folder / "asked", folder / "asked-sources"
    path, *_ = write_sources(sources, ["alpha"], 60)
    writer.run(verb="ingest", index=str(directory), paths=[str(path)])
    index = PassageIndex(directory, CHEAP)
    chain: Any = build_chain(index, settings=read_settings(abstain_below=0.0))
    texts = {make_plain(version): version for version in range(times + 1)}
    for number in range(1, times + 1):
        path.write_text(make_text("alpha", 60, number), encoding="utf-8")
        added = write_sources(sources, [f"added{number}"], 5)[0]
        writer.tell(verb="ingest", index=str(directory), paths=[str(path), str(added)])
        done = False
        while not done:
            line = writer.hear()
            while "status" not in line and not writer.has_news():
                tally.moments["questions"] += 1
                answer = chain.invoke("What was sold near the harbour?")
                known = {index.current().document("alpha").text} if answer.citations else set()
                for citation in answer.citations:
                    if citation.span.document_id == "alpha" and not any(
                        text[citation.span.start : citation.span.end] == citation.quote for text in texts
                    ):
                        tally.faults.append(f"wrong quote {citation.quote!r}")
                tally.faults += ["an unknown version" for text in known if text not in texts]
            done = "status" in line
        tally.times += 1
        if f"added{number}" not in [record.id for record in index.documents()]:
            tally.faults.append(f"added{number} is not seen at the next question")
        if index.document("alpha").text != make_plain(number):
            tally.faults.append(f"version {number} is not seen at the next question")
    return tally


def make_plain(version: int) -> str:
    """The cleaned text of alpha in one version."""
    from ingest.clean import assemble
    from ingest.parse import parse

    return assemble(parse(make_text("alpha", 60, version).encode(), "markdown"), "alpha").text


def start_footnote(*arguments: str, errors: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """The real command, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ui", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )


def ingest_twice_for_real(folder: Path, *, same: bool) -> Tally:
    """Two real ``footnote ingest`` at once; the second waits and says so."""
    tally = Tally(times=1)
    directory = folder / f"real-{same}"
    paths = write_sources(folder / f"real-sources-{same}", ["alpha", "beta"], 60)
    shares = (paths, paths) if same else (paths[:1], paths[1:])
    running = [start_footnote("ingest", *map(str, share), "--index", str(directory)) for share in shares]
    printed = [process.communicate(timeout=180) for process in running]
    tally.moments["waited"] = sum(WAITING in error for _, error in printed)
    for process, (_, error) in zip(running, printed, strict=True):
        if process.returncode != 0 or "Traceback" in error:
            tally.faults.append(error)
    if sorted(list_documents(directory)) != ["alpha", "beta"]:
        tally.faults.append(f"only {list_documents(directory)}")
    return tally


def list_documents(directory: Path) -> list[str]:
    """The ids of an index's documents, by whatever model it was made."""
    from rag.index.passage_index import PassageIndex

    return [record.id for record in PassageIndex(directory).documents()]


def ask_for_real(folder: Path) -> Tally:
    """``footnote ask -``, fed line by line, sees at its next question what ``footnote ingest`` has added meanwhile."""
    tally = Tally(times=1)
    directory = folder / "asked-for-real"
    path, *_ = write_sources(folder / "asked-for-real-sources", ["alpha"], 30)
    _ingest_for_real(directory, path)
    asking = start_footnote("ask", "-", "--json", "--index", str(directory))
    assert asking.stdin is not None
    assert asking.stdout is not None

    def ask() -> dict[str, Any]:
        assert asking.stdin is not None
        assert asking.stdout is not None
        asking.stdin.write(ASKED + "\n")
        asking.stdin.flush()
        tally.moments["questions"] += 1
        return json.loads(asking.stdout.readline())  # type: ignore[no-any-return]

    if not ask()["abstained"]:
        tally.faults.append("answered before the document was there")
    writing = start_footnote("ingest", str(write_note(folder)), "--index", str(directory))
    while writing.poll() is None:
        ask()
    writing.communicate()
    answer = ask()
    if "Tilda Vance" not in answer["answer"]:
        tally.faults.append(f"not seen at the next question: {answer['answer']}")
    asking.communicate()
    return tally


def browse_for_real(folder: Path) -> Tally:
    """A served page answers in a browser while ``footnote ingest`` adds a document, and knows it afterwards."""
    from playwright.sync_api import sync_playwright

    tally = Tally(times=1)
    directory = folder / "served"
    path, *_ = write_sources(folder / "served-sources", ["alpha"], 30)
    _ingest_for_real(directory, path)
    serving = start_footnote("serve", "--port", "0", "--no-open", "--index", str(directory), errors=subprocess.STDOUT)
    assert serving.stdout is not None
    try:
        address = ""
        while not address:
            line = serving.stdout.readline()
            assert line, "the server has ended"
            found = re.search(r"http://[\w.]+:\d+", line)
            address = found[0] if found else ""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page()
            page.set_default_timeout(60_000)
            page.goto(address)
            page.wait_for_selector("#source .document", state="attached")

            def ask(question: str) -> str:
                before = page.locator("#chat .asked").count()
                page.fill("#question textarea", question)
                page.press("#question textarea", "Enter")
                page.wait_for_function("n => document.querySelectorAll('#chat .asked').length > n", arg=before)
                page.wait_for_selector("#question .submit-button")
                tally.moments["questions"] += 1
                return page.locator("#chat .bot-row").last.inner_text()

            writing = start_footnote("ingest", str(write_note(folder)), "--index", str(directory))
            while writing.poll() is None:
                if not ask("What was sold?"):
                    tally.faults.append("no answer while another process ingests")
            writing.communicate()
            if "Tilda Vance" not in (answer := ask(ASKED)):
                tally.faults.append(f"the new document is not seen: {answer}")
            browser.close()
    finally:
        serving.terminate()
        serving.communicate(timeout=30)
    return tally


def write_note(folder: Path) -> Path:
    """A document with one fact."""
    path = folder / "note.md"
    path.write_text(f"# Zamboor Reef\n\n{FACT} The reef is eleven miles long.\n", encoding="utf-8")
    return path


def kill_footnote_for_real(folder: Path, times: int, source: random.Random) -> Tally:
    """Kill the real ``footnote ingest`` with the real model, and run it again."""
    import signal

    tally = Tally()
    paths = write_sources(folder / "killed-sources", ["alpha", "beta"], 150)
    base = folder / "killed-base"
    _ingest_for_real(base, paths[0])
    before = list_documents(base)
    started = time.perf_counter()
    whole = folder / "killed-whole"
    shutil.copytree(base, whole)
    _ingest_for_real(whole, *paths)
    seconds = time.perf_counter() - started
    for number in range(times):
        directory = folder / f"killed-for-real-{number}"
        shutil.copytree(base, directory)
        running = start_footnote("ingest", *map(str, paths), "--index", str(directory))
        time.sleep(source.uniform(0.4 * (number % 2), 1.0) * seconds)
        killed = running.poll() is None
        if killed:
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        tally.times += 1
        after = list_documents(directory)
        tally.moments["killed" if killed else "after its end"] += 1
        if after not in (before, ["alpha", "beta"]):
            tally.faults.append(f"{number}: {after}")
        check_texts(directory, tally)
        _ingest_for_real(directory, *paths)
        if list_documents(directory) != ["alpha", "beta"]:
            tally.faults.append(f"{number}: not finished by running it again")
        check_texts(directory, tally)
        tally.faults += [f"{number}: left over: {name}" for name in find_leftovers(directory)]
        shutil.rmtree(directory)
    return tally


def check_texts(directory: Path, tally: Tally) -> None:
    """The doctor finds everything whole."""
    from rag.index.examination import examine_index

    tally.faults += [f"{finding}" for finding in examine_index(directory) if not finding.ok]


def _ingest_for_real(directory: Path, *paths: Path) -> None:
    running = start_footnote("ingest", *map(str, paths), "--index", str(directory))
    _, error = running.communicate(timeout=180)
    assert running.returncode == 0, error
