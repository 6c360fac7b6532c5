"""Asking a question set. Scoring stands apart (``scoring.py``), and never asks anything again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
    chain: Chain,
    questions: Sequence[Question],
    *,
    jobs: int = 1,
    done: Mapping[str, Answer] | None = None,
    on_answer: Callable[[Answer], None] | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Answer]:
    """Ask the questions. What goes wrong becomes an ``Answer`` with ``error``, so that it is counted.

    Args:
        chain: a LangChain Runnable, which is given the ``Question``, or a function, which is given its text. Either
            returns an ``Answer`` or a text; an empty text or None is an abstention.
        questions: what is asked. The gold data in them is taken out before the chain sees them.
        jobs: how many are asked at a time; with more than one, the chain is called from several threads.
        done: answers by question id that are there already; these questions are not asked.
        on_answer: called with each new answer as soon as it is there, one at a time.
        on_progress: called with "asking", the number done and the number of all.

    Yields:
        One answer a question, in the order of the questions, each with its question's id.

    Raises:
        ValueError: fewer than one job.
    """
    if jobs < 1:
        raise ValueError(f"at least one job is needed, not {jobs}")
    known = done or {}
    todo = [question for question in questions if question.id not in known]
    finished = len(questions) - len(todo)
    lock = threading.Lock()
    tell = on_progress or (lambda label, done, total: None)

    def ask(question: Question) -> Answer:
        nonlocal finished
        answer = _ask(chain, question)
        with lock:
            if on_answer:
                on_answer(answer)
            finished += 1
            tell("asking", finished, len(questions))
        return answer

    if finished:
        tell("asking", finished, len(questions))
    answers = map(ask, todo) if jobs == 1 else _ask_at_once(ask, todo, jobs)
    for question in questions:
        yield known[question.id] if question.id in known else next(answers)


def _ask_at_once(ask: Callable[[Question], Answer], questions: Sequence[Question], jobs: int) -> Iterator[Answer]:
    """The answers in order; whoever stops listening, or an interruption, ends the asking."""
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="asking")
    try:
        yield from pool.map(ask, questions)
    finally:
        pool.shutdown(cancel_futures=True)


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
