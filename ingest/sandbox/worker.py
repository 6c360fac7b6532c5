"""The process that parses: files come in on standard input, what was read goes out on standard output, as JSON.

It is started by ``ingest.sandbox.confined`` and reads hostile files, so it locks itself in before it reads any. A frame is
eight bytes that tell a length, and so many bytes. A request is two frames: what is asked, and a file's bytes. What is asked
is the file's kind, ``parts KIND`` for what lies in a container, which is then kept open, ``part NUMBER`` to read one of
these, ``page NUMBER`` for a picture of a page of what was read last, ``view JSON`` for a page of a PDF as people are shown
it (``ingest.views.AskedPage``), or nothing: what can this system not lock in?
"""

from __future__ import annotations

import json
import os
import signal
import sys
from base64 import b64encode
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from ingest.blocks import Block, LeftOut, Parsed, ScannedError
from ingest.limits import Limits, check_size
from ingest.parse import open_container, paint, parse, view_page
from ingest.parts import Container, Part
from ingest.sandbox.resources import limit_processor_time
from ingest.sandbox.restrict import lock_in
from ingest.views import PageView, read_asked
from rag.errors import SourceError

if TYPE_CHECKING:
    from ingest.loaders import ContainerKind, Kind

LENGTH = 8


def write_frame(pipe: IO[bytes], content: bytes) -> None:
    """Send one frame."""
    pipe.write(len(content).to_bytes(LENGTH, "big"))
    pipe.write(content)
    pipe.flush()


def read_frame(pipe: IO[bytes], limit: int | None = None) -> bytes | None:
    """Receive one frame; None when the other side is gone, or would send more than ``limit`` bytes."""
    head = pipe.read(LENGTH)
    length = int.from_bytes(head, "big")
    if len(head) < LENGTH or (limit is not None and length > limit):
        return None
    content = pipe.read(length)
    return content if len(content) == length else None


def main() -> None:
    """Answer one request (the kind of file, its bytes) after another until there are no more."""
    limits, parent, first = Limits(float(sys.argv[1]), int(sys.argv[2])), int(sys.argv[3]), sys.argv[4]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a parser prints is no answer
    if first:
        with suppress(Exception):  # load its parser while compiled code may still be kept for the next time
            parse(b"Words.", cast("Kind", first))
    missing = lock_in(limits, parent)
    reading = _Reading()
    while (asked := read_frame(requests)) is not None and (content := read_frame(requests)) is not None:
        limit_processor_time(limits.seconds)
        reply = (
            _answer(reading, asked.decode(), content, limits) if asked else json.dumps({"missing": missing}).encode()
        )
        write_frame(answers, reply)


class _Reading:
    """What is being read: the container that was opened last stays open, and the file that was read last is kept."""

    def __init__(self) -> None:
        self._open: Container | None = None
        self._last: tuple[bytes, Kind] | None = None

    def read(self, asked: str, content: bytes) -> dict[str, object]:
        """What one request asks for. Raises SourceError, and whatever a parser stumbles over."""
        if asked.startswith("view "):
            return {"view": view_page(content, read_asked(asked.removeprefix("view ")))}
        what, _, which = asked.rpartition(" ")
        if what == "parts":
            self._open = open_container(content, cast("ContainerKind", which))
            return {"parts": self._open.parts}
        if what == "page":
            if self._last is None:
                raise SourceError("its pages are not at hand any more")
            return {"picture": b64encode(paint(*self._last, int(which))).decode()}
        if what == "part" and self._open is not None:
            part = self._open.parts[int(which)]
            if part.kind is None:
                raise SourceError(part.refused)
            self._last = self._open.read(int(which)), part.kind
        else:
            self._open, self._last = None, (content, cast("Kind", asked))
        return {"parsed": check_size(parse(*self._last))}


def _answer(reading: _Reading, asked: str, content: bytes, limits: Limits) -> bytes:
    """What was read, or the line that says why nothing was, as JSON."""
    kind = "a document" if asked.startswith(("part ", "page ", "view ")) else asked.removeprefix("parts ")
    refused: dict[str, object] = {
        "refused": f"needs more than {limits.memory / 1e9:g} GB of memory to be read",
        "memory": "out",
    }
    try:
        return json.dumps(reading.read(asked, content), default=_fields, ensure_ascii=False).encode(errors="replace")
    except MemoryError:
        pass  # what was read so far hangs on the error: there is no room for a word until both are gone
    except ScannedError as error:
        refused = {"refused": str(error), "scanned": error.pages, "is_picture": error.is_picture}
    except SourceError as error:
        refused = {"refused": " ".join(str(error).split())}
    except RecursionError:
        refused = {"refused": "nested too deeply to be read"}
    except (ImportError, PermissionError) as error:  # it lies where the process, locked in, may not look
        refused = {"refused": f"what reads {kind} cannot be loaded ({type(error).__name__}); install Footnote again"}
    except Exception as error:  # a parser's own slip must not take the rest of the run with it
        refused = {"refused": f"cannot be read as {kind} ({type(error).__name__}); the file may be damaged"}
    return json.dumps(refused).encode()


def _fields(value: object) -> dict[str, object]:
    if isinstance(value, Block | LeftOut | Parsed | Part | PageView):
        return {name: getattr(value, name) for name in value.__slots__}
    raise TypeError(f"{type(value).__name__} is no part of what is read from a file")


if __name__ == "__main__":
    main()
