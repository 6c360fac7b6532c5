"""Requests that keep the server from answering others: long texts, large bodies, many requests, slow ones."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
from attacks.attack import attack
from attacks.processes import Watched, processor_seconds, resident_mb, watching
from attacks.raw import connect, still_open
from attacks.results import Tally
from attacks.serving import LOGIN, Server, Site
from attacks.visits import API, Visit
from attacks.watching import watching_health

FROZEN_SECONDS = 5.0
"""Somebody else who waits this long for ``/health`` finds the server frozen."""

WORK_SECONDS = 12.0
"""Seconds of a processor that no single request is worth."""

PATIENCE = 45.0
"""How long an attacker waits for what freezes the server to end."""


def find_held(
    site: Site, server: Server, do: Callable[[], object], work_seconds: float = WORK_SECONDS
) -> tuple[bool, float, Watched]:
    """Do something in a thread of its own, for as long as the attacker is patient.

    Returns:
        Whether the server was frozen or worked too long, the longest wait of others, and what was seen of the process.
    """
    with watching(server.pid) as watched, watching_health(site, server, PATIENCE) as waiting:
        thread = threading.Thread(target=do, daemon=True)
        thread.start()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and (thread.is_alive() or is_busy(server)):
            time.sleep(0.5)
        time.sleep(1)
    return waiting.longest > FROZEN_SECONDS or watched.cpu_seconds > work_seconds, waiting.longest, watched


def is_busy(server: Server) -> bool:
    """Whether the server works hard at this moment."""
    before = processor_seconds(server.pid)
    time.sleep(0.5)
    return processor_seconds(server.pid) - before > 0.3


@attack(7, "freeze by pasted text without sentences: 300 kB of opening quotes, backticks, brackets", seconds=300)
def paste_quotes(site: Site) -> Tally:
    held, longest, peak = [], 0.0, 0.0
    for name, unit in (("quotes", "“"), ("backticks", "`"), ("mixed", "“('«`\"")):
        text = (unit * 300_000)[:300_000]
        with site.serve() as server, Visit(server.address, site.new_client()).open() as visitor:
            body = visitor.body("paste", {"title": "quotes", "text": text})
            # To embed so many passages is honest work of many seconds; only others must not wait for it.
            do = partial(visitor.join, body, seconds=PATIENCE)
            is_held, waited, watched = find_held(site, server, do, math.inf)
            longest, peak = max(longest, waited), max(peak, watched.peak_all_mb)
            if is_held:
                held.append(f"{name}: {watched.cpu_seconds:.0f} s of a processor")
    return Tally(3, len(held), f"{', '.join(held)}; others waited {longest:.1f} s", peak)


@attack(7, "freeze by bodies of 60 MB before the login: cancel, queue/join, component_server", seconds=300)
def send_large_bodies(site: Site) -> Tally:
    held, longest, peak = [], 0.0, 0.0
    body = b'{"session_hash":"x","data":[' + b"{}," * 20_000_000 + b"{}]}"
    for path in ("cancel", "queue/join", "component_server"):
        with site.serve(LOGIN) as server:
            before = server.memory_mb()

            def send(path: str = path, server: Server = server) -> None:
                with suppress(httpx.HTTPError), Visit(server.address, site.new_client()) as visitor:
                    kind = {"Content-Type": "application/json"}
                    visitor.http.post(f"{visitor.base}{API}/{path}", content=body, headers=kind, timeout=PATIENCE)

            is_held, waited, watched = find_held(site, server, send)
            growth = resident_mb(server.pid, "VmHWM") - before
            longest, peak = max(longest, waited), max(peak, before + growth)
            if is_held or growth > 300:
                held.append(f"{path}: {growth:.0f} MB, {watched.cpu_seconds:.0f} s")
    return Tally(3, len(held), f"{', '.join(held)}; others waited {longest:.1f} s", peak)


@attack(7, "freeze by one question to /ask: a history of 5 MB, 100,000 documents, a long question", seconds=300)
def ask_too_much(site: Site) -> Tally:
    held, longest, peak = [], 0.0, 0.0
    words = "Donald Trump met Kim in Hanoi and said that the summit was over. "
    questions: dict[str, list[Any]] = {
        "history": ["And when?", [[words * 400, words * 400]] * 100, None],
        "one turn": ["And when?", [[words, words * 77_000]], None],
        "documents": ["Where did they meet?", None, ["hanoi-summit"] * 100_000],
        "names": ["And when did he?", [[f"Who is {'Xi Yo ' * 150_000}?", "Kim."]], None],
    }
    for name, data in questions.items():
        with site.serve() as server, Visit(server.address, site.new_client()) as visitor:
            is_held, waited, watched = find_held(site, server, partial(visitor.call_api, "ask", data, PATIENCE))
            longest, peak = max(longest, waited), max(peak, watched.peak_mb)
            if is_held:
                held.append(f"{name}: {watched.cpu_seconds:.0f} s of a processor")
    return Tally(len(questions), len(held), f"{', '.join(held)}; others waited {longest:.1f} s", peak)


# ---- connections ----

SLOW_SECONDS = 45.0
"""How long slow requests are kept up; no person's browser takes so long to send some bytes."""


@attack(7, "hold connections: 200 heads that never end, a byte at a time (open after 45 s)", seconds=180)
def send_slow_heads(site: Site) -> Tally:
    server = site.running()
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode()
    return hold(site, server, [head] * 200, b"X-Slow: 1\r\n")


@attack(7, "hold connections: 100 bodies that never end, before the login (open after 45 s)", seconds=180)
def send_slow_bodies(site: Site) -> Tally:
    server = site.running(LOGIN)
    heads = []
    for path in ("queue/join", "cancel", "upload", "component_server"):
        kind = "multipart/form-data; boundary=x" if path == "upload" else "application/json"
        head = f"POST {API}/{path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: {kind}\r\n"
        heads += [f"{head}Content-Length: 1000000\r\n\r\n".encode()] * 25
    return hold(site, server, heads, b" ")


def hold(site: Site, server: Server, heads: list[bytes], drop: bytes) -> Tally:
    """Open a connection for each head, let a drop fall now and then, and count those that are still open in the end."""
    connections: list[socket.socket] = []
    client = site.new_client()
    try:
        for head in heads:
            with suppress(OSError):
                connection = connect(server.port, client)
                connections.append(connection)
                connection.sendall(head)
        end = time.monotonic() + SLOW_SECONDS
        while time.monotonic() < end:
            time.sleep(5)
            for connection in connections:
                with suppress(OSError):
                    connection.sendall(drop)
        is_healthy = server.is_healthy(5, site.new_client())
        note = f"{len(connections)} were accepted; others are {'' if is_healthy else 'not '}served"
        return Tally(len(heads), still_open(connections), note, state="done" if is_healthy else "hung")
    finally:
        for connection in connections:
            connection.close()


@attack(7, "hold connections: 100 event streams that nobody logged in for (heartbeat)", seconds=120)
def hold_heartbeats(site: Site) -> Tally:
    server = site.running(LOGIN)
    connections: list[socket.socket] = []
    client = site.new_client()
    alive = 0
    try:
        for number in range(100):
            with suppress(OSError):
                connection = connect(server.port, client)
                connections.append(connection)
                head = f"GET {API}/heartbeat/x{number} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n"
                connection.sendall(head.encode())
        time.sleep(3)
        for connection in connections:
            connection.settimeout(0.2)
            with suppress(OSError):
                alive += b"200 OK" in connection.recv(100)
    finally:
        for connection in connections:
            connection.close()
    return Tally(100, alive)


@attack(7, "flood: 3,000 requests as fast as they go from one client, without an end to it", seconds=120)
def flood(site: Site) -> Tally:
    server = site.running()
    client = site.new_client()
    started = time.monotonic()

    def send(number: int) -> int:
        served = 0
        with Visit(server.address, client) as visitor:
            for _ in range(375):
                if time.monotonic() - started > 60:
                    break
                with suppress(httpx.HTTPError):
                    served += visitor.http.get(f"{visitor.base}{API}/queue/status").status_code == 200
        return served

    with ThreadPoolExecutor(8) as pool:
        served = sum(pool.map(send, range(8)))
    return Tally(3_000, served, f"in {time.monotonic() - started:.0f} s")


@attack(7, "flood: 300 questions that nobody waits for, while somebody else asks one", seconds=120)
def flood_with_questions(site: Site) -> Tally:
    with site.serve() as server:
        client = site.new_client()
        with Visit(server.address, client) as visitor:
            joined = 0
            for number in range(300):
                body = json.dumps({"data": [f"Where did they meet, number {number}?", None, None]})
                headers = {"Content-Type": "application/json"}
                with suppress(httpx.HTTPError):
                    response = visitor.http.post(f"{visitor.base}{API}/call/ask", content=body, headers=headers)
                    joined += response.status_code == 200
        started = time.monotonic()
        with Visit(server.address, site.new_client()) as other:
            reply = other.call_api("ask", ["Where did the two leaders first meet?", None, None], 40)
        waited = time.monotonic() - started
        said = "answered" if reply.succeeded else "turned away"
        is_late = not reply.succeeded or waited > 10
        return Tally(300, joined if is_late else 0, f"{joined} were taken; the other was {said} after {waited:.0f} s")
