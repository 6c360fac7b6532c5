"""Parsing in a process of its own, so that no file, however it was made, can take Footnote down.

The process (``ingest.sandbox.worker``) lives for a run and reads one file after another. One that takes too long, wants too
much memory or breaks down is ended, its file refused with one line, and the next file gets a new one. Its answers are
JSON and are checked: nothing that a hostile file makes of its reader is run or trusted here. Where the system allows it
(``describe_protections``), the process is locked in: it opens no file but code and fonts, writes none, connects to nothing,
starts nothing, and ends with this one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ingest.blocks import Parsed, ScannedError
from ingest.limits import MAX_ANSWER, MAX_PAGES, Limits, check_size
from ingest.loaders import ContainerKind, Kind
from ingest.parts import Part, check_parts
from ingest.sandbox.protections import Protections
from ingest.sandbox.starter import start_lastingly
from ingest.sandbox.worker import read_frame, write_frame
from ingest.views import AskedPage, PageView, write_asked
from rag.errors import SourceError

_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL")
"""What the worker may know of our environment: no keys, no tokens."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the worker says: what it has read, or the reason why not."""

    parsed: Parsed | None = None
    parts: tuple[Part, ...] | None = None
    picture: str = ""
    view: PageView | None = None
    scanned: int = 0
    is_picture: bool = False
    refused: str = ""
    memory: str = ""


@contextmanager
def parsing(limits: Limits | None = None) -> Iterator[Confined]:
    """A function like ``parse``, within limits, for the files of one run; the process behind it ends with the run.

    It may be called from several threads, which then wait for each other; but one container is read at a time.

        with parsing() as parse_one:
            parsed = parse_one(content, "pdf")
    """
    confined = Confined(limits or Limits())
    try:
        yield confined
    finally:
        confined.end()


def parse_confined(content: bytes, kind: Kind, limits: Limits | None = None) -> Parsed:
    """What ``parse`` gives for a single file, within set limits of time and memory.

    Raises:
        SourceError: nothing can be read from it, or it would take more than the limits.
    """
    with parsing(limits) as parse_one:
        return parse_one(content, kind)


def describe_protections() -> Protections:
    """What a worker, started to be asked, could not lock itself in with on this system; no file is read."""
    confined = Confined(Limits(seconds=10))
    try:
        return _protections().validate_json(confined.ask("", b""))
    except (SourceError, ValidationError):
        return Protections(("it does not start",))
    finally:
        confined.end()


class Confined:
    """A worker, started for the first file and again after it had to be ended. It is called as ``parse`` is."""

    def __init__(self, limits: Limits):
        self._limits = limits
        self._worker: subprocess.Popen[bytes] | None = None
        self._holder: subprocess.Popen[bytes] | None = None
        self._held: tuple[bytes, ContainerKind] = (b"", "zip")
        self._lock = threading.Lock()

    def __call__(self, content: bytes, kind: Kind) -> Parsed:
        """What a file holds. Raises SourceError where it cannot be read, or takes more than the limits."""
        with self._lock:
            self._holder, self._held = None, (b"", "zip")
            return _take_parsed(self._ask_with_room(kind, content))

    def open_container(self, content: bytes, kind: ContainerKind) -> tuple[Part, ...]:
        """The parts of a container, which ``read_part`` reads until another file is. Raises SourceError as above."""
        with self._lock:
            self._held = (content, kind)
            return self._open()

    def read_part(self, number: int) -> Parsed:
        """What a part of the container holds that was opened last. Raises SourceError as above."""
        with self._lock:
            if self._holder is None or self._holder is not self._worker:  # an earlier part was its end
                self._open()
            answer = self._read(f"part {number}", b"")
            if answer.memory:
                self.end()
                self._open()
                answer = self._read(f"part {number}", b"")
            return _take_parsed(answer)

    def paint_page(self, number: int) -> bytes:
        """A picture of a page of the file that was read last. Raises SourceError as above."""
        with self._lock:
            answer = self._read(f"page {number}", b"")
            if not answer.picture:
                raise SourceError(answer.refused or "cannot be painted")
            return b64decode(answer.picture)

    def view_page(self, content: bytes, asked: AskedPage) -> PageView:
        """A page of a PDF as people are shown it. Raises SourceError as above."""
        with self._lock:
            answer = self._ask_with_room(f"view {write_asked(asked)}", content)
            if answer.view is None:
                raise SourceError(answer.refused or "cannot be drawn")
            return answer.view

    def _open(self) -> tuple[Part, ...]:
        content, kind = self._held
        answer = self._ask_with_room(f"parts {kind}", content)
        self._holder = self._worker
        if answer.parts is None:
            raise SourceError(answer.refused or "cannot be read")
        return check_parts(answer.parts)

    def _ask_with_room(self, asked: str, content: bytes) -> _Answer:
        is_new = self._worker is None
        answer = self._read(asked, content)
        if answer.memory:
            self.end()  # what a file leaves behind in memory must not count against the next one
            if not is_new:
                answer = self._read(asked, content)
        return answer

    def _read(self, asked: str, content: bytes) -> _Answer:
        try:
            return _answers().validate_json(self.ask(asked, content), strict=True)
        except ValidationError:
            self.end()
            raise SourceError("what was read from it makes no sense; the file may be damaged") from None

    def ask(self, asked: str, content: bytes) -> bytes:
        """What the worker says to one request; what may be asked is told in ``ingest.sandbox.worker``.

        Raises:
            SourceError: it does not start, takes too long, or breaks down.
        """
        if self._worker is None or self._worker.poll() is not None:
            self.end()
            try:
                kind = "pdf" if asked.startswith("view ") else asked  # others can see with what a process was started
                self._worker = start_lastingly(partial(_start, self._limits, kind))
            except OSError as error:
                raise SourceError(f"what reads files cannot be started ({error.strerror}); try again later") from None
        worker = self._worker
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            worker.kill()

        clock = threading.Timer(self._limits.seconds, stop)
        clock.daemon = True
        clock.start()
        reply: bytes | None = None
        try:
            assert worker.stdin is not None
            assert worker.stdout is not None
            write_frame(worker.stdin, asked.encode())
            write_frame(worker.stdin, content)
            reply = read_frame(worker.stdout, MAX_ANSWER)
        except OSError:  # it is gone, and its end of the pipe with it
            pass
        finally:
            clock.cancel()
            clock.join()
            code = self.end() if reply is None or is_late.is_set() else None
        if is_late.is_set() or code == -getattr(signal, "SIGXCPU", 0):
            raise SourceError(f"takes more than {self._limits.seconds:g} seconds to read; split it into smaller files")
        if reply is None:
            kind = "it" if asked.startswith(("part ", "page ", "view ")) else asked.removeprefix("parts ")
            raise SourceError(
                f"what reads {kind} broke down on it: it is damaged, or needs more than {self._limits.memory / 1e9:g} GB of memory"
            )
        return reply

    def end(self) -> int | None:
        """End the worker, if there is one; its exit code."""
        worker, self._worker = self._worker, None
        if worker is None:
            return None
        worker.kill()
        for pipe in (worker.stdin, worker.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return worker.wait()


def _take_parsed(answer: _Answer) -> Parsed:
    if answer.scanned:
        raise ScannedError(answer.refused, min(answer.scanned, MAX_PAGES), is_picture=answer.is_picture)
    if answer.parsed is None:
        raise SourceError(answer.refused or "cannot be read")
    return check_size(answer.parsed)


@cache
def _answers() -> TypeAdapter[_Answer]:
    return TypeAdapter(_Answer)


@cache
def _protections() -> TypeAdapter[Protections]:
    return TypeAdapter(Protections)


def _start(limits: Limits, kind: str) -> subprocess.Popen[bytes]:
    """Start a worker that finds the modules that we find, and nothing in the current folder; ``kind`` comes first."""
    known: dict[str, str] = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    known["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    options: dict[str, Any] = {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    return subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-W",
            "ignore",
            "-m",
            "ingest.sandbox.worker",
            str(limits.seconds),
            str(limits.memory),
            str(os.getpid()),
            kind,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=known,
        **options,
    )
