"""The process that parses: files come in on standard input, what was read goes out on standard output, as JSON.

It is started by ``ingest.sandbox.confined`` and reads hostile files, so it limits itself before it reads any: memory, processor
time, no network, no other programs. A frame is eight bytes that tell a length, and so many bytes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import IO, TYPE_CHECKING, cast

from ingest.blocks import Block, Parsed
from ingest.limits import Limits, check_size
from ingest.parse import parse
from rag.errors import SourceError

if TYPE_CHECKING:
    from ingest.loaders import Kind

LENGTH = 8
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.startfile")


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
    limits = Limits(float(sys.argv[1]), int(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a parser prints is no answer
    _limit_memory(limits.memory)
    sys.addaudithook(refuse_network)
    while (kind := read_frame(requests)) is not None and (content := read_frame(requests)) is not None:
        _limit_processor_time(limits.seconds)
        write_frame(answers, _answer(content, cast("Kind", kind.decode()), limits))


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
    except Exception as error:  # a parser's own slip must not take the rest of the run with it
        refused = {"refused": f"cannot be read as {kind} ({type(error).__name__}); the file may be damaged"}
    return json.dumps(refused).encode()


def _fields(value: object) -> dict[str, object]:
    if isinstance(value, Block | Parsed):
        return {name: getattr(value, name) for name in value.__slots__}
    raise TypeError(f"{type(value).__name__} is no part of what is read from a file")


def refuse_network(event: str, _: tuple[object, ...]) -> None:
    """An audit hook: whatever parses has no business with the network or with other programs."""
    if event.startswith(_FORBIDDEN):
        raise PermissionError("what reads files may not use the network or other programs")


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the clock's holds there
        return
    for name, limit in ((resource.RLIMIT_AS, size), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(name)
        if hard == resource.RLIM_INFINITY or limit < hard:
            try:
                resource.setrlimit(name, (limit, hard))
            except (ValueError, OSError):  # macOS knows the name and takes no value
                continue


def _limit_processor_time(seconds: float) -> None:
    """Count from now: the limit of the system is one on the whole life of the process."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


if __name__ == "__main__":
    main()
