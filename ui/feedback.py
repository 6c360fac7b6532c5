"""What people say of answers, kept as questions that ``footnote evaluate`` asks again.

The file lies on the machine that serves the page. A line holds what a question set's line does, and beside it who said
it, of which answer, and the answer itself; whoever forgets everything on the page takes their lines away with them.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

from filelock import FileLock

from rag.errors import SourceError
from rag.evaluation.questions import to_values
from rag.types import Answer, Evidence, Question
from ui.stress import find_short

Verdict = Literal["good", "answer-wrong", "evidence-wrong"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

FILE = "feedback.jsonl"
LOCK_SECONDS = 10


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
        history=history,
        answers=answers,
        evidence=quotes if verdict == "good" and not answer.abstained else (),
        tags=("feedback", verdict),
    )
    reply = {"answer": answer.text, "quotes": [citation.quote for citation in answer.citations], "model": answer.model}
    return to_values(question) | {"reply": reply}


class Feedback:
    """The file of what was said; several servers may share it."""

    def __init__(self, folder: Path):
        self._path = folder / FILE

    def keep(self, owner: str, turn: str, line: dict[str, Any] | None) -> None:
        """Put down what an owner says of a turn, in place of what they said of it before; None takes it back.

        Raises:
            SourceError: it cannot be written.
        """
        name = f"feedback-{hashlib.sha256(f'{owner} {turn}'.encode()).hexdigest()[:12]}"
        said = [] if line is None else [{"id": name} | line | {"owner": owner, "turn": turn}]
        self._change(lambda kept: kept.get("owner") == owner and kept.get("turn") == turn, said)

    def forget(self, owner: str) -> None:
        """Take away all that an owner said. Raises SourceError where the file cannot be written."""
        if self._path.exists():
            self._change(lambda kept: kept.get("owner") == owner, [])

    def _change(self, goes: Callable[[dict[str, Any]], bool], said: list[dict[str, Any]]) -> None:
        try:
            with FileLock(f"{self._path}.lock", timeout=LOCK_SECONDS):
                kept = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
                lines = [line for line in kept if not goes(json.loads(line))]
                lines += [json.dumps(line, ensure_ascii=False) for line in said]
                handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".feedback-")
                with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                    file.writelines(f"{line}\n" for line in lines)
                Path(name).replace(self._path)
        except (OSError, ValueError, TimeoutError) as error:
            raise SourceError(f"that could not be kept ({error}); tell whoever runs this page") from None
