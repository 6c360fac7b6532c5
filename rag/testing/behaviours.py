"""What the server may do with a request: answer, refuse, stall, break off, send what nobody asked for."""

from __future__ import annotations

import re
import time

from rag.testing.server import Behaviour, Exchange


def say(text: str, size: int = 7) -> Behaviour:
    """Reply with a text; ``{0}``, ``{1}`` ... in it stand for the prompt's evidence keys."""

    def behave(exchange: Exchange) -> None:
        words = text
        for number, key in enumerate(exchange.request_.passages):
            words = words.replace(f"{{{number}}}", key)
        exchange.send_reply(words, size)

    return behave


def echo(exchange: Exchange) -> None:
    """Quote the first sentence of each of the first two passages, and cite them; repeat a question to rewrite."""
    first = re.compile(r".*?(?:[.!?](?=\s)|$)", re.DOTALL)
    claims = [f"{first.match(text).group()} [{key}]" for key, text in exchange.request_.passages.items()]  # type: ignore[union-attr]
    exchange.send_reply(" ".join(claims[:2]) or exchange.request_.prompt.rpartition("Last question: ")[2])


def refuse_key(exchange: Exchange) -> None:
    """OpenAI's own refusal, which repeats the key."""
    key = exchange.headers.get("Authorization", "")
    message = f"Incorrect API key provided: {key}."
    exchange.send_json(401, {"error": {"message": message, "type": "invalid_request_error", "code": "invalid_api_key"}})


def limit_rate(retry_after: str = "0") -> Behaviour:
    """Refuse for a while: 429 with ``Retry-After``."""

    def behave(exchange: Exchange) -> None:
        body = {"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}
        exchange.send_json(429, body, Retry_After=retry_after)

    return behave


def break_down(exchange: Exchange) -> None:
    """Fail with 500, and with something that should not be repeated."""
    exchange.send_json(500, {"error": {"message": "internal secret-detail"}})


def send_page(exchange: Exchange) -> None:
    """A web page, as from a proxy's login."""
    exchange.send_bytes(200, b"<html><body>Please log in</body></html>", "text/html")


def send_garbage(exchange: Exchange) -> None:
    """An event stream whose events are no JSON."""
    exchange.send_bytes(200, b"data: {not json\n\ndata: [DONE]\n\n", "text/event-stream")


def send_other_json(exchange: Exchange) -> None:
    """JSON of no known shape."""
    exchange.send_json(200, {"hello": "world"})


def stall(after: str = "") -> Behaviour:
    """Say something, then nothing more."""

    def behave(exchange: Exchange) -> None:
        exchange.start_stream()
        exchange.stream([after] if after else [])
        exchange.wait(60)

    return behave


def never_start(exchange: Exchange) -> None:
    """Take the request and do not even send a status line."""
    exchange.wait(60)
    exchange.close_connection = True


def ping(exchange: Exchange) -> None:
    """Keep the line alive and say nothing: every wait of the client's own is satisfied."""
    exchange.start_stream()
    while not exchange.server.closing.wait(0.02):
        exchange.send_chunk(b": still here\n\n")


def disconnect(exchange: Exchange) -> None:
    """Hang up in the middle of a reply."""
    exchange.start_stream()
    exchange.stream(["The talks ended ", f"early [{next(iter(exchange.request_.passages), 'x')}]. Then "])
    time.sleep(0.1)
    exchange.hang_up()


def flood(exchange: Exchange) -> None:
    """A reply of 200,000 words."""
    exchange.start_stream()
    exchange.stream("word " for _ in range(200_000))
    exchange.end_stream()


def start_slowly(seconds: float) -> Behaviour:
    """Be silent so long before a good reply."""

    def behave(exchange: Exchange) -> None:
        exchange.wait(seconds)
        echo(exchange)

    return behave


def one_after_another(*behaviours: Behaviour) -> Behaviour:
    """A behaviour for each request; the last is for all that follow."""
    left = list(behaviours)

    def behave(exchange: Exchange) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return behave
