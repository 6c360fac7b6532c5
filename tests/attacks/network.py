"""A network of its own for a server, in which loopback has public addresses: nothing in it can leave this machine."""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from attacks.attack import CannotTry, attack
from attacks.results import Tally
from attacks.serving import Setup, Site
from attacks.visits import NoSuchFunction, Visit, file_data
from attacks.watching import find_bytes

NEW_NETWORK = 0x40000000
PUBLIC = "198.41.0.4"
"""An address that is nobody's private one, so that a check for those lets it through; here it is loopback's."""

Made = TypeVar("Made")


def in_own_network(do: Callable[[], Made]) -> Made:
    """Do something in a thread that has a network of its own, as have the processes that it starts."""
    made: list[Made] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK):
                raise CannotTry("wants the right to make a network namespace")
            for command in (("link", "set", "lo", "up"), ("address", "add", f"{PUBLIC}/32", "dev", "lo")):
                subprocess.run(["ip", *command], check=True, capture_output=True)
            made.append(do())
        except FileNotFoundError:
            failed.append(CannotTry("wants ip, of iproute2"))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]


@attack(6, "have the server fetch an address (SSRF): FileData with http in path and url", seconds=120)
def fetch_addresses(site: Site) -> Tally:
    return in_own_network(lambda: _fetch(site))


def _fetch(site: Site) -> Tally:
    asked: list[str] = []
    content = b"canary-fetched " + os.urandom(1_000).hex().encode() * 12_500

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    # A server for each address: the second is what a check for private addresses is there for.
    listeners = [ThreadingHTTPServer((host, 0), Handler) for host in (PUBLIC, "127.0.0.1")]
    for listener in listeners:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
    tries = 0
    with site.serve() as server, Visit(server.address, site.new_client()) as visitor:
        for listener in listeners:
            base = "http://{}:{}".format(*listener.server_address[:2])
            shapes: list[Callable[[str], Any]] = [
                lambda url: [file_data(url)],
                lambda url: [file_data("", url=url)],
                lambda url: [file_data("x.txt", url=url)],
                lambda url: [file_data(url, is_stream=True)],
                lambda url: file_data(url),
            ]
            for number, shape in enumerate(shapes):
                tries += 1
                visitor.call("add", upload=shape(f"{base}/add{number}.txt"), seconds=15)
            for name, part in (
                ("begin", "kept"),
                ("begin", "mine"),
                ("ask_1", "question"),
            ):
                tries += 1
                try:
                    given: dict[str, Any] = {part: file_data(f"{base}/{name}-{part}.txt")}
                    visitor.call(name, seconds=15, **given)
                except NoSuchFunction:
                    continue
            tries += 1
            visitor.call_api("ask", [file_data(f"{base}/ask.txt"), None, None], 15)
        kept = len(find_bytes(server.received, b"canary-fetched"))
        size = sum(path.stat().st_size for path in server.received.rglob("*") if path.is_file())
    for listener in listeners:
        listener.shutdown()
        listener.server_close()
    paths = ", ".join(dict.fromkeys(asked))
    return Tally(
        tries, len(set(asked)), f"{paths}; {size / 1e6:.0f} MB and {kept} small files kept, limit 20 MB a file"
    )


@attack(15, "serve strangers unawares: --host 0.0.0.0 without a password says nothing", seconds=180)
def serve_everybody(site: Site) -> Tally:
    def do() -> Tally:
        server = site.start(Setup("every address", {}, ("--host", "0.0.0.0")))
        server.stop()
        lines = [line for line in server.said().splitlines() if "password" in line.lower() or "FOOTNOTE_AUTH" in line]
        return Tally(1, int(not lines), " ".join(lines))

    return in_own_network(do)
