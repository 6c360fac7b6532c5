"""The process that parses: files come in on standard input, what was read goes out on standard output, as JSON.

It is started by ``ingest.sandbox.confined`` and reads hostile files, so it locks itself in before it reads any. A frame is
eight bytes that tell a length, and so many bytes. A request without a kind asks what this system cannot lock in.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from ingest.blocks import Block, LeftOut, Parsed
from ingest.limits import Limits, check_size
from ingest.parse import parse
from ingest.sandbox.resources import limit_processor_time
from ingest.sandbox.restrict import lock_in
from rag.errors import SourceError

if TYPE_CHECKING:
    from ingest.loaders import Kind

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
    while (kind := read_frame(requests)) is not None and (content := read_frame(requests)) is not None:
        limit_processor_time(limits.seconds)
        reply = (
            _answer(content, cast("Kind", kind.decode()), limits) if kind else json.dumps({"missing": missing}).encode()
        )
        write_frame(answers, reply)


def _answer(content: bytes, kind: Kind, limits: Limits) -> bytes:
    """What was read, or the line that says why nothing was, as JSON."""
    refused = {"refused": f"needs more than {limits.memory / 1e9:g} GB of memory to be read", "memory": "out"}
    try:
        found = json.dumps(check_size(parse(content, kind)), default=_fields, ensure_ascii=False)
        return f'{{"parsed": {found}}}'.encode(errors="replace")
    except MemoryError:
        pass  # what was read so far hangs on the error: there is no room for a word until both are gone
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
    if isinstance(value, Block | LeftOut | Parsed):
        return {name: getattr(value, name) for name in value.__slots__}
    raise TypeError(f"{type(value).__name__} is no part of what is read from a file")


if __name__ == "__main__":
    main()
