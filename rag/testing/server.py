"""A real HTTP server on a loopback port that speaks the OpenAI protocol, as far as chat models are asked over it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

MODEL = "test-model"
USAGE = {"prompt_tokens": 700, "completion_tokens": 30, "total_tokens": 730}
"""What every whole reply says that it took."""

_HEAD = {"id": "r", "created": 0, "model": MODEL}

Behaviour = Callable[["Exchange"], None]


@dataclass
class Request:
    """What a client asked; the names of headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """The last message."""
        return str(self.body["messages"][-1]["content"]) if self.body.get("messages") else ""

    @property
    def passages(self) -> dict[str, str]:
        """The passages of a prompt by their evidence keys."""
        found = re.findall(r"<passage (\w+)>\n(?:From: [^\n]*\n)?(.*?)\n</passage \1>", self.prompt, re.DOTALL)
        return dict(found)


class Exchange(BaseHTTPRequestHandler):
    """One request and the means to answer it in every good and bad way."""

    protocol_version = "HTTP/1.1"
    server: OpenAIServer

    def do_GET(self) -> None:
        """List the models, as the server is told to; there is nothing else to get."""
        self.server.requests.append(Request(self.path, self.lower_headers()))
        if self.path.endswith("/models"):
            self.server.list_models(self)
        else:
            self.send_json(404, {"error": {"message": "no such path"}})

    def do_POST(self) -> None:
        """Note the request and do as the server's behaviour says."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.request_ = Request(self.path, self.lower_headers(), body)
        self.server.requests.append(self.request_)
        try:
            self.server.behaviour(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
            self.server.hung_up.set()

    def lower_headers(self) -> dict[str, str]:
        """The headers by their names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def send_json(self, status: int, body: Any, **headers: str) -> None:
        """A whole response of JSON."""
        self.send_bytes(status, json.dumps(body).encode(), "application/json", **headers)

    def send_bytes(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
        """A whole response; an underscore in a name of ``headers`` becomes a hyphen."""
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def send_reply(self, text: str, size: int = 7) -> None:
        """A whole good reply: streamed in pieces of ``size`` characters, or as one object, as the client wishes."""
        if self.request_.body.get("stream"):
            self.start_stream()
            self.stream([text[at : at + size] for at in range(0, len(text), size)])
            self.end_stream()
        else:
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self.send_json(200, {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE})

    def start_stream(self) -> None:
        """Begin a stream of events with an empty message."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.send_event({"role": "assistant", "content": ""})

    def stream(self, pieces: Iterable[str]) -> None:
        """Send pieces of the message, an event each."""
        for piece in pieces:
            self.send_event({"content": piece})

    def end_stream(self) -> None:
        """Say that the message is whole, and end the response."""
        self.send_event({}, finish="stop")
        if (self.request_.body.get("stream_options") or {}).get("include_usage"):
            self._send_object({**_HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE})
        self.send_chunk(b"data: [DONE]\n\n")
        self.send_chunk(b"")

    def send_event(self, delta: dict[str, str], finish: str | None = None) -> None:
        """Send one event of the stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._send_object({**_HEAD, "object": "chat.completion.chunk", "choices": [choice]})

    def _send_object(self, event: dict[str, Any]) -> None:
        self.send_chunk(f"data: {json.dumps(event)}\n\n".encode())

    def send_chunk(self, data: bytes) -> None:
        """Send bytes as a chunk of the response; none end it."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def hang_up(self) -> None:
        """Close the connection where it is."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, or until the server closes."""
        self.server.closing.wait(seconds)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class OpenAIServer(ThreadingHTTPServer):
    """Answers as its ``behaviour`` says; another may be set at any time."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, behaviour: Behaviour, port: int = 0):
        super().__init__(("127.0.0.1", port), Exchange)
        self.behaviour = behaviour
        self.list_models: Behaviour = list_models
        self.requests: list[Request] = []
        self.closing = Event()
        self.hung_up = Event()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave in the middle are what the tests are about."""


@contextmanager
def serve(behaviour: Behaviour, port: int = 0) -> Iterator[OpenAIServer]:
    """Run a server in the background."""
    server = OpenAIServer(behaviour, port)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def list_models(exchange: Exchange) -> None:
    """Two models, ``MODEL`` first."""
    exchange.send_json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}, {"id": "another"}]})
