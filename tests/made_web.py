"""A web server on this machine that answers as a test wants, and counts who came."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = "<html><head><title>Tides</title></head><body><h1>Tides</h1><p>The sea rises at noon in Brest.</p></body></html>"

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebServer:
    """What it answers by path, and what it was asked: path and headers of each request."""

    port: int
    answers: dict[str, Answer]
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    scheme: str = "http"

    def address(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


def give(
    content: bytes | str = PAGE, kind: str = "text/html; charset=utf-8", status: int = 200, **headers: str
) -> Answer:
    """Answer with a body; names of headers are written with underscores."""
    body = content.encode() if isinstance(content, str) else content

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if kind:
            request.send_header("Content-Type", kind)
        for name, value in headers.items():
            request.send_header(
                name.replace("_", "-"), value.encode().decode("latin-1")
            )  # as UTF-8, as browsers take it
        request.end_headers()
        request.wfile.write(body)

    return answer


def move(to: str, status: int = 302) -> Answer:
    return give(b"", "text/html", status, Location=to)


def packed(content: bytes, **headers: str) -> Answer:
    given: Any = headers | {"Content_Encoding": "gzip"}
    return give(gzip.compress(content), **given)


def drip(
    head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", seconds: float = 20, piece: bytes = b"x"
) -> Answer:
    """Answer a byte at a time, so that no single wait is long."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(head)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            request.wfile.write(piece)
            time.sleep(0.05)

    return answer


@contextmanager
def serving(answers: dict[str, Answer], certificate: Path | None = None) -> Iterator[WebServer]:
    """A server until the block ends; with a certificate (and its key in one file) it speaks HTTPS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, dict(self.headers.items())))
            try:
                server.answers.get(self.path, give("no", status=404))(self)
            except OSError:  # whoever asked has left
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a handshake that was broken off

    listener = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    server = WebServer(listener.server_address[1], answers, scheme="https" if certificate else "http")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
