"""What people say of answers, kept as questions that ``footnote evaluate`` asks again.

The file lies on the machine that serves the page. A line holds what a question set's line does, and beside it who said
it, of which answer, and the answer itself; whoever forgets everything on the page takes their lines away with them.
Lines, and the file as a whole, have a size that they never pass.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from filelock import FileLock

from rag.errors import SourceError, UsageError
from rag.evaluation.formats.questions import to_values
from rag.types import Answer, Evidence, Question
from ui.render.emphasis import find_short
from ui.render.language import format_number, gettext

Verdict = Literal["good", "answer-wrong", "evidence-wrong"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

FILE = "feedback.jsonl"
LOCK_SECONDS = 10

LONGEST_LINE = 64_000
"""Bytes of a line; of what was said before, and of the reply, only as much is kept as fits."""

LONGEST_REPLY = 8_000
"""Characters of a reply that are kept, and of each earlier turn."""

MOST_A_DAY = 1_000
"""How often one owner may say something in a day."""

MOST_OWNERS = 10_000
"""For how many owners it is counted."""


def make_question(asked: str, history: tuple[tuple[str, str], ...], answer: Answer, verdict: Verdict) -> dict[str, Any]:
    """A line of a question set, from what was asked and what a person said of the answer.

    What is good is kept as gold: the short answer, or none where abstaining was right, and the quotes as evidence. Of
    what is wrong nothing is gold, only the question is worth asking again; the wrong reply stands beside it.
    """
    quotes = tuple(Evidence(citation.quote, citation.span.document_id) for citation in answer.citations)
    short = shown.text if (shown := find_short(answer)) else None
    answers: tuple[str, ...] | None = None
    if verdict == "good":
        answers = () if answer.abstained else (short,) if short else None
    elif verdict == "evidence-wrong":
        answers = (short,) if short else None
    question = Question(
        asked,
        history=tuple((text[:LONGEST_REPLY], said[:LONGEST_REPLY]) for text, said in history),
        answers=answers,
        evidence=quotes if verdict == "good" and not answer.abstained else (),
        tags=("feedback", verdict),
    )
    reply = {
        "answer": answer.text[:LONGEST_REPLY],
        "quotes": [citation.quote for citation in answer.citations],
        "model": answer.model,
    }
    return _shorten(to_values(question) | {"reply": reply})


def _shorten(line: dict[str, Any]) -> dict[str, Any]:
    """A line within its size: first what was said before goes, the oldest first, then the quotes of the reply."""
    while _measure(line) > LONGEST_LINE and line.get("history"):
        line = line | {"history": line["history"][1:]}
    if _measure(line) > LONGEST_LINE:
        line = line | {"reply": line["reply"] | {"quotes": []}}
    return line


def _measure(line: dict[str, Any]) -> int:
    return len(_write_line(line))


def _write_line(line: dict[str, Any]) -> bytes:
    return (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace")


class Feedback:
    """The file of what was said; several servers may share it.

    Args:
        folder: in which it lies.
        megabytes: that it may have.
    """

    def __init__(self, folder: Path, megabytes: float = 20.0):
        self._path = folder / FILE
        self._megabytes = megabytes
        self._counts: OrderedDict[str, tuple[date, int]] = OrderedDict()
        self._counting = threading.Lock()

    def keep(self, owner: str, turn: str, line: dict[str, Any] | None) -> None:
        """Put down what an owner says of a turn, in place of what they said of it before; None takes it back.

        Raises:
            UsageError: there is no room for it, or they have said too much today.
            SourceError: it cannot be written.
        """
        name = f"feedback-{hashlib.sha256(f'{owner} {turn}'.encode()).hexdigest()[:12]}"
        said = b"" if line is None else _write_line({"id": name} | line | {"owner": owner, "turn": turn})
        if len(said) > LONGEST_LINE + 500:
            raise UsageError(gettext("that answer is too long to be kept with what you say of it"))
        if said:
            self._count(owner)
        begins = f'{{"id": "{name}"'.encode()
        with self._locked():
            before = self._path.read_bytes() if self._path.exists() else b""
            if before.startswith(begins) or b"\n" + begins in before:
                before = b"".join(row for row in before.splitlines(keepends=True) if not row.startswith(begins))
                self._check_room(len(before) + len(said), said)
                self._rewrite(before + said)
            elif said:
                self._check_room(len(before) + len(said), said)
                with open(self._path, "ab", opener=_open_privately) as file:
                    file.write(said if not before or before.endswith(b"\n") else b"\n" + said)

    def list_said(self, owner: str) -> list[dict[str, Any]]:
        """What an owner said, as lines of a question set: without whose they are. Raises SourceError where it cannot be read."""
        if not self._path.exists():
            return []
        with self._locked():
            rows = self._path.read_bytes().splitlines()
        own = [json.loads(row) for row in rows if _is_said_by(row, owner)]
        return [{name: value for name, value in line.items() if name not in ("owner", "turn", "reply")} for line in own]

    def forget(self, owner: str) -> None:
        """Take away all that an owner said. Raises SourceError where the file cannot be written."""
        if not self._path.exists():
            return
        with self._locked():
            rows = self._path.read_bytes().splitlines(keepends=True)
            kept = [row for row in rows if not _is_said_by(row, owner)]
            if len(kept) < len(rows):
                self._rewrite(b"".join(kept))

    def _count(self, owner: str) -> None:
        with self._counting:
            day, count = self._counts.pop(owner, (date.today(), 0))
            count = count if day == date.today() else 0
            self._counts[owner] = (date.today(), count + 1)
            if len(self._counts) > MOST_OWNERS:
                self._counts.popitem(last=False)
        if count >= MOST_A_DAY:
            raise UsageError(
                gettext(
                    "you have said something of %(count)s answers today; go on tomorrow",
                    count=format_number(MOST_A_DAY),
                )
            )

    def _check_room(self, size: int, said: bytes) -> None:
        if said and size > self._megabytes * 1_000_000:
            raise UsageError(
                gettext(
                    "the file of what people say of answers is full (%(limit)s MB); tell whoever runs this page",
                    limit=format_number(self._megabytes, "g"),
                )
            )

    def _rewrite(self, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".feedback-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(self._path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with FileLock(f"{self._path}.lock", timeout=LOCK_SECONDS):
                yield
        except (OSError, TimeoutError) as error:
            logging.getLogger(__name__).warning("what was said of an answer could not be kept: %s", error)
            raise SourceError(gettext("that could not be kept; tell whoever runs this page")) from None


def _is_said_by(row: bytes, owner: str) -> bool:
    try:
        line = json.loads(row)
    except ValueError:  # a line of somebody else's making stays as it is
        return False
    return isinstance(line, dict) and line.get("owner") == owner


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
