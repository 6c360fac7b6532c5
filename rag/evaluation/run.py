"""Asking a question set. Scoring stands apart (``score.py``), and never asks anything again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.errors import FootnoteError
from rag.types import Answer, Question, Seconds

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    Chain = Runnable[Any, Any] | Callable[[str], str | Answer | None]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""

MAX_REASON = 300
"""Characters of an exception's message that are kept."""


def answer_questions(
    chain: Chain, questions: Sequence[Question], *, on_progress: Progress | None = None
) -> Iterator[Answer]:
    """Ask each question in turn. What goes wrong becomes an ``Answer`` with ``error``, so that it is counted.

    Args:
        chain: a LangChain Runnable, which is given the ``Question``, or a function, which is given its text. Either
            returns an ``Answer`` or a text; an empty text or None is an abstention.
        questions: what is asked. The gold data in them is taken out before the chain sees them.
        on_progress: called with "asking", the number done and the number of all.

    Yields:
        One answer a question, in order, each with its question's id.
    """
    for number, question in enumerate(questions, start=1):
        yield _ask(chain, question)
        if on_progress:
            on_progress("asking", number, len(questions))


def _ask(chain: Chain, question: Question) -> Answer:
    asked = replace(question, answers=None, evidence=(), tags=(), split="")
    started = time.perf_counter()
    try:
        invoke = getattr(chain, "invoke", None)
        reply = invoke(asked) if invoke else chain(question.text)  # type: ignore[operator]
        answer = _read_reply(question, reply)
    except FootnoteError as error:
        answer = Answer(question.text, "", error=_one_line(str(error)))
    except Exception as error:  # whatever a chain does wrong is an outcome to count, not the end of the run
        answer = Answer(question.text, "", error=_one_line(f"{type(error).__name__}: {error}"))
    took = time.perf_counter() - started
    seconds = answer.seconds if answer.seconds.total > 0 else Seconds(total=took)
    return replace(answer, id=question.id, seconds=seconds)


def _read_reply(question: Question, reply: object) -> Answer:
    if isinstance(reply, Answer):
        return reply
    if reply is None or isinstance(reply, str):
        text = reply or ""
        return Answer(question.text, text, abstained=not text.strip(), model="function")
    raise TypeError(f"the chain returned {type(reply).__name__}, and neither an Answer nor a text")


def _one_line(message: str) -> str:
    return " ".join(message.split())[:MAX_REASON]
