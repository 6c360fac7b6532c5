"""Reading what a request carries: within its limit, in time, and without anything that names a file of the server.

Gradio takes a JSON object of the form ``{"path": ..., "meta": {"_type": "gradio.FileData"}}`` for a file wherever it
stands, and opens, hashes, copies or fetches what it names. Only an upload input has files, so everything else that looks
like one is refused here, before Gradio sees it; and what Gradio gets is what was looked at, written anew.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.types import Message, Receive

MAX_DEPTH = 32
MAX_BRACKETS = 300_000
"""Objects and lists in a body: each takes some hundred bytes of memory once it is read."""

BODY_SECONDS = 60.0
"""In which a body has to arrive, uploads apart."""

IDLE_SECONDS = 20.0
"""For how long nothing may arrive of a body that is on its way."""

SLOWEST = 5_000
"""Bytes a second that an upload has to bring, after ``BODY_SECONDS``."""

BYTES_AT_ONCE = 64_000_000
"""Of JSON bodies that are read at the same time, all together."""

KEYS = ("data", "event_data", "fn_index", "session_hash", "trigger_id", "event_id")
"""The keys of a body that the page and its programs use; others are dropped."""

FILE_KEYS = ("path", "orig_name", "size", "mime_type")
MAX_FILES = 1_000

_SESSION = re.compile(r"[\w-]{1,64}")


class BodyRefused(Exception):
    """A body that is not taken. It holds the HTTP status and one line for the sender."""

    def __init__(self, status: int, line: str):
        super().__init__(line)
        self.status = status
        self.line = line


class Budget:
    """How many bytes may be held at once, by all requests together."""

    def __init__(self, most: int = BYTES_AT_ONCE):
        self._most = most
        self._held = 0

    @property
    def held(self) -> int:
        """How many bytes are held now."""
        return self._held

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Hold so many bytes. Raises BodyRefused where that would be too many."""
        if self._held + size > self._most:
            raise BodyRefused(503, "too much is being sent at once; try again in a moment")
        self._held += size
        try:
            yield
        finally:
            self._held -= size


def check_length(header: str | None, limit: int) -> int:
    """The length that a request announces, or the limit where it announces none. Raises BodyRefused where it is too long."""
    if header is None:
        return limit
    if not header.isascii() or not header.isdigit():
        raise BodyRefused(400, "the length of the request is no number")
    length = int(header[:20])
    if length > limit:
        raise too_large(limit)
    return length


def too_large(limit: int) -> BodyRefused:
    """The refusal of a body above a limit in bytes."""
    return BodyRefused(413, f"the request is larger than {limit:,} bytes, which is the limit here; send less")


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body of a request. Raises BodyRefused where it is larger than ``limit`` bytes, late, or breaks off."""
    pieces, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await _next(receive)
                size += len(message.get("body", b""))
                if size > limit:
                    raise too_large(limit)
                pieces.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        raise BodyRefused(408, "the request took too long to arrive; send it again") from None


def bound_stream(receive: Receive, limit: int) -> Receive:
    """A ``receive`` that ends a body which grows above ``limit`` bytes, or of which nothing arrives any more."""
    size, begun, is_whole = 0, time.monotonic(), False

    async def bounded() -> Message:
        nonlocal size, is_whole
        if is_whole:  # what comes now is only that the client has gone
            return await receive()
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await receive()
        except TimeoutError:
            raise BodyRefused(408, "the upload stood still for too long; send it again") from None
        size += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if time.monotonic() - begun > BODY_SECONDS + size / SLOWEST:
            raise BodyRefused(408, "the upload is too slow; send a smaller file")
        if size > limit:
            raise too_large(limit)
        return message

    return bounded


def replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives a body which was read already, and then what comes after it."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _next(receive: Receive) -> Message:
    async with asyncio.timeout(IDLE_SECONDS):
        message = await receive()
    if message["type"] != "http.request":
        raise BodyRefused(400, "the request broke off")
    return message


def parse_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, with the keys that are used here, and each of the right type.

    Raises:
        BodyRefused: it is no such object, nested too deeply, or made of too many pieces.
    """
    if body.count(b"[") + body.count(b"{") > MAX_BRACKETS:
        raise BodyRefused(413, "the request has too many parts; send less")
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise BodyRefused(400, "the request is no JSON") from None
    if not isinstance(values, dict):
        raise BodyRefused(400, "the request is no JSON object")
    values = {key: values[key] for key in KEYS if values.get(key) is not None}
    fits = (
        isinstance(values.get("data", []), list)
        and all(_is_count(values.get(key, 0)) for key in ("fn_index", "trigger_id"))
        and all(is_session(values.get(key, "x")) for key in ("session_hash", "event_id"))
    )
    if not fits:
        raise BodyRefused(400, "the request is not of the form that is served here")
    return values


def is_session(value: Any) -> bool:
    """Whether something can be the name of a session or an event."""
    return isinstance(value, str) and _SESSION.fullmatch(value) is not None


def screen_files(
    values: dict[str, Any], inputs: Mapping[int, Collection[int]], folder: Path, is_own: Callable[[str], bool]
) -> None:
    """Refuse what looks like a file, but for uploads that lie where uploads are received; those are written anew.

    Args:
        values: a parsed body; its uploads are changed in place.
        inputs: by the number of a function, the places among its inputs that take uploads.
        folder: where uploads are received, resolved.
        is_own: whether whoever sends this has uploaded the file of a path.

    Raises:
        BodyRefused: it names a file where there can be none, or one that nobody uploaded.
    """
    data = values.get("data", [])
    upload_places = inputs.get(values.get("fn_index", -1), ())
    for place in upload_places:
        if place < len(data) and data[place] is not None:
            data[place] = _check_uploads(data[place], folder, is_own)
    for place, value in enumerate(data):
        if place not in upload_places:
            _refuse_files(value)
    _refuse_files(values.get("event_data"))


def _check_uploads(value: Any, folder: Path, is_own: Callable[[str], bool]) -> list[dict[str, Any]]:
    files = value if isinstance(value, list) else [value]
    if len(files) > MAX_FILES:
        raise BodyRefused(413, f"more than {MAX_FILES:,} files at once; add fewer")
    return [_check_upload(file, folder, is_own) for file in files]


def _check_upload(file: Any, folder: Path, is_own: Callable[[str], bool]) -> dict[str, Any]:
    path = file.get("path") if isinstance(file, dict) else None
    if not isinstance(path, str) or not is_received(path, folder) or not is_own(path):
        raise BodyRefused(400, "that file was not uploaded here; add it anew")
    kept = {key: file[key] for key in FILE_KEYS if isinstance(file.get(key), str | int)}
    return kept | {"meta": {"_type": "gradio.FileData"}}


def is_received(path: str, folder: Path) -> bool:
    """Whether a path names a regular file that lies, links resolved, in the folder where uploads are received."""
    if "\x00" in path or not path.startswith(os.sep) or len(path) > 4_000:
        return False
    try:
        resolved = Path(os.path.realpath(path, strict=True))
        return str(resolved) == path and resolved.is_relative_to(folder) and stat.S_ISREG(resolved.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _refuse_files(value: Any) -> None:
    waiting = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise BodyRefused(400, "the request is nested too deeply")
        if isinstance(item, dict):
            if looks_like_file(item):
                raise BodyRefused(400, "the request names a file where there can be none")
            waiting += [(inner, depth + 1) for inner in item.values()]
        elif isinstance(item, list):
            waiting += [(inner, depth + 1) for inner in item]


def looks_like_file(item: Mapping[Any, Any]) -> bool:
    """Whether Gradio, today's or a later one, could take an object for a file."""
    kinds = (item.get("_type"), item["meta"].get("_type") if isinstance(item.get("meta"), dict) else None)
    return any(isinstance(kind, str) and kind.startswith("gradio.") for kind in kinds) or (
        "path" in item and bool({"meta", "url", "orig_name", "is_stream"} & item.keys())
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 100_000
