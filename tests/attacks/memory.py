"""What stays: memory of visits, disks full of uploads and feedback, and readers that go on when nobody waits."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress

import httpx
from attacks.attack import attack
from attacks.forging import Forger
from attacks.processes import resident_mb, watching
from attacks.results import Tally
from attacks.serving import DEFAULT, Site
from attacks.visits import API, Visit
from attacks.watching import size_of


@attack(7, "fill the memory: 10 visits that bring kept turns of 30 MB each", seconds=300)
def bring_large_turns(site: Site) -> Tally:
    with site.serve() as server:
        with Visit(server.address, site.new_client()).open() as visitor:
            forger = Forger.of(visitor)
        turns = [forger.saying("x" * 1_000_000, ("answer",)) for _ in range(30)]
        before, held = server.memory_mb(), 0
        for _ in range(10):
            last = server.memory_mb()
            with Visit(server.address, site.new_client()) as visitor:
                visitor.call_unread("begin", kept=turns, seconds=20)
            held += server.memory_mb() - last > 10
        time.sleep(5)
        kept = server.memory_mb() - before
        note = f"{kept:.0f} MB more are held afterwards"
        return Tally(10, held if kept > 150 else 0, note, resident_mb(server.pid, "VmHWM"))


@attack(7, "run many readers: 12 adds of a file that takes long, each cancelled at once", seconds=180)
def cancel_adds(site: Site) -> Tally:
    with site.serve() as server, watching(server.pid) as watched:
        for number in range(12):
            with suppress(httpx.HTTPError), Visit(server.address, site.new_client()).open() as visitor:
                path = visitor.upload(f"slow {number}.csv", slow_file())
                if not path:
                    continue
                body = visitor.body("add", upload=[{"path": path, "meta": {"_type": "gradio.FileData"}}])
                event = visitor.http.post(f"{visitor.base}{API}/queue/join", json=body).json().get("event_id", "")
                time.sleep(0.5)
                stop = {"session_hash": visitor.session, "fn_index": body["fn_index"], "event_id": event}
                visitor.http.post(f"{visitor.base}{API}/cancel", json=stop)
        time.sleep(5)
        most = max(watched.most_readers, len(server.readers()))
    return Tally(12, most if most > 4 else 0, f"{most} readers at once", watched.peak_all_mb)


def slow_file() -> bytes:
    """A file that takes its reader long, and not because anything in it is wrong."""
    return b"name,place,year,words\n" + b"Ann,Paris,1999,some words about it\n" * 350_000


BOUND = 520_000_000
"""Bytes that may lie where uploads are received, by default 500 MB, and something for what is on its way."""


@attack(7, "fill the disk: 45 uploads of 19 MB that nobody adds", seconds=240)
def upload_without_end(site: Site) -> Tally:
    with site.serve() as server:
        before = size_of(server.work)
        taken = 0
        with Visit(server.address, site.new_client()) as visitor:
            for number in range(45):
                taken += bool(visitor.upload(f"large {number}.txt", os.urandom(1_000) * 19_000, 20))
        time.sleep(2)
        kept = size_of(server.work) - before
        beyond = max(0, kept - BOUND) // 19_000_000
        return Tally(45, beyond, f"{taken} were taken, {kept / 1e6:.0f} MB lie on the disk")


@attack(12, "forge feedback: praise for an answer that the server never gave")
def forge_feedback(site: Site) -> Tally:
    server = site.running(DEFAULT)
    words = "a-forged-answer-that-no-server-gave"
    with Visit(server.address, site.new_client()) as visitor:
        turns = [Forger.of(visitor.open()).saying(words)]
        visitor.session = f"{visitor.session}-forged"
        shown = visitor.call("begin", kept=turns)
        ids = find_turns(shown.text)
        for number in ids:
            for verdict in ("good", "answer-wrong", "evidence-wrong"):
                visitor.call("act", {"action": verdict, "turn": number}, kept=turns)
    said = "".join(path.read_text(encoding="utf-8") for path in server.uploads.glob("feedback*.jsonl"))
    return Tally(3, 3 * (words in said), f"{len(ids)} turns were shown")


def find_turns(text: str) -> list[str]:
    """The ids of the turns that a page shows."""
    return list(dict.fromkeys(re.findall(r'data-(?:turn|answer)=\\?"([0-9a-f]{12})', text)))


@attack(12, "fill the disk: feedback on 20 forged answers of 400 kB", seconds=120)
def feed_without_end(site: Site) -> Tally:
    with site.serve() as server, Visit(server.address, site.new_client()) as visitor:
        forger = Forger.of(visitor.open())
        turns = [forger.saying("word " * 80_000, ("answer",)) for _ in range(20)]
        visitor.session = f"{visitor.session}-forged"
        ids = find_turns(visitor.call("begin", kept=turns, seconds=40).text)
        for number in ids:
            visitor.call("act", {"action": "good", "turn": number}, seconds=5)
        size = sum(path.stat().st_size for path in server.uploads.glob("feedback*.jsonl"))
        return Tally(20, min(20, size // 400_000), f"{len(ids)} turns were shown; the file has {size / 1e6:.1f} MB")
