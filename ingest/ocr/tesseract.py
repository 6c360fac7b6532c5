"""Running tesseract on one picture: within limits of time, memory and output, without a shell, and locked in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import IO

from ingest.sandbox.starter import start_lastingly
from rag.errors import SourceError

PROGRAM = "tesseract"

MAX_OUTPUT = 2_000_000
"""Bytes of text from one picture: a page has some thousand."""

_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TESSDATA_PREFIX")
"""What the program may know of our environment."""


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The program where it is installed, the languages to read, and what it may take: ``file_seconds`` for all of a file."""

    program: str
    languages: str = "eng"
    file_seconds: float = 600.0
    memory: int = 1_500_000_000

    def __call__(self, picture: bytes, seconds: float) -> str:
        """The words of a picture, a PNG, JPEG, TIFF or PNM file; each of its pages ends with a form feed.

        Raises:
            SourceError: it cannot be read, or takes more than ``seconds``.
        """
        try:
            process = start_lastingly(partial(self._start, seconds))
        except OSError as error:
            raise SourceError(f"{PROGRAM} cannot be started ({error.strerror}); install it again") from None
        assert process.stdin is not None
        assert process.stdout is not None
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            process.kill()

        clock = threading.Timer(seconds, stop)
        writer = threading.Thread(target=_write, args=(process.stdin, picture), daemon=True)
        clock.start()
        writer.start()
        words = b""
        try:
            words = process.stdout.read(MAX_OUTPUT + 1)
            if len(words) <= MAX_OUTPUT:
                process.wait()
        finally:
            clock.cancel()
            process.kill()
            code = process.wait()
            writer.join()
            process.stdout.close()
        if is_late.is_set():
            raise SourceError(f"OCR took more than {seconds:g} seconds")
        if len(words) > MAX_OUTPUT or code:
            raise SourceError(f"{PROGRAM} could not read it; is it installed with the language '{self.languages}'?")
        return words.decode("utf-8", "replace")

    def _start(self, seconds: float) -> subprocess.Popen[bytes]:
        known = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        known |= {"OMP_THREAD_LIMIT": "1", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        launcher = [sys.executable, "-P", "-W", "ignore", "-m", "ingest.ocr.launch"]
        limits = [str(seconds), str(self.memory), str(os.getpid())]
        command = [self.program, "stdin", "stdout", "-l", self.languages]
        return subprocess.Popen(
            [*launcher, *limits, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=known,
        )


def find_tesseract(languages: str, file_seconds: float) -> Tesseract | None:
    """The program where it is on the path, None elsewhere."""
    program = shutil.which(PROGRAM)
    return Tesseract(os.path.abspath(program), languages, file_seconds) if program else None  # noqa: PTH100


def read_paragraphs(words: str) -> list[str]:
    """Paragraphs of what was read: lines joined, words that were cut at a line's end made whole."""
    paragraphs = re.split(r"\n[^\S\n]*\n", words)
    joined = [re.sub(r"(?<=[a-zà-öø-ÿ])-\n(?=[a-zà-öø-ÿ])", "", paragraph.strip()) for paragraph in paragraphs]
    return [" ".join(paragraph.split()) for paragraph in joined if any(map(str.isalnum, paragraph))]


def _write(pipe: IO[bytes], picture: bytes) -> None:
    with suppress(OSError):  # the program has ended meanwhile
        pipe.write(picture)
    with suppress(OSError):
        pipe.close()
