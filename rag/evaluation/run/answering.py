"""Asking a question set. Scoring stands apart (``scoring.py``), and never asks anything again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.errors import FootnoteError, UsageError
from rag.evaluation.run.replies import Declines, MisfitError, ReplyReader, WiringError
from rag.evaluation.run.systems import Waiting, adapt_system
from rag.types import Answer, Question, Seconds

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    Chain = Runnable[Any, Any] | Callable[..., Any]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""

MAX_REASON = 300
"""Characters of an exception's message that are kept."""

FIRST = 3
"""How many replies of a kind that cannot be read, at the very beginning, end the asking: it is the wiring that is wrong."""

_log = logging.getLogger(__name__)


def answer_questions(
    chain: Chain,
    questions: Sequence[Question],
    *,
    jobs: int = 1,
    done: Mapping[str, Answer] | None = None,
    texts: Mapping[str, str] | None = None,
    declines: Declines | None = None,
    on_answer: Callable[[Answer], None] | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Answer]:
    """Ask the questions. What goes wrong becomes an ``Answer`` with ``error``, so that it is counted.

    Args:
        chain: a LangChain Runnable or a function, sync or async, which is given what it takes (``systems.py``): the
            question's text, its parts by name, or the ``Question``. It replies (``replies.py``) by an ``Answer``, a text,
            a message, a dictionary, or a stream of these; an empty text or None is an abstention.
        questions: what is asked. The gold data in them is taken out before the chain sees them.
        jobs: how many are asked at a time; with more than one, the chain is called from several threads.
        done: answers by question id that are there already; these questions are not asked.
        texts: the documents' texts by id; passages that a system gives as mere texts are located in them.
        declines: tells whether the words of a reply decline to answer.
        on_answer: called with each new answer as soon as it is there, one at a time.
        on_progress: called with "asking", the number done and the number of all.

    Yields:
        One answer a question, in the order of the questions, each with its question's id.

    Raises:
        UsageError: fewer than one job, or a system that cannot be asked; or none of the first ``FIRST`` replies can be
            read, so that the others could not be either.
    """
    if jobs < 1:
        raise UsageError(f"at least one job is needed, not {jobs}")
    known = done or {}
    todo = [question for question in questions if question.id not in known]
    finished = len(questions) - len(todo)
    lock = threading.Lock()
    tell = on_progress or (lambda label, done, total: None)
    keep = on_answer or (lambda answer: None)
    adapted = adapt_system(chain, has_history=any(question.history for question in todo))
    reader, waiting = ReplyReader(texts, declines), Waiting()
    misfits: list[Answer] = []  # as long as nothing else has come, they are told of and not kept

    def ask(question: Question) -> Answer:
        nonlocal finished
        answer, fits = _ask(lambda asked: reader.read(question, waiting.finish(adapted(asked))), question)
        with lock:
            finished += 1
            if not fits and finished - (len(questions) - len(todo)) == len(misfits) + 1:
                misfits.append(answer)
                if len(misfits) == FIRST:
                    raise UsageError(f"none of the first {FIRST} replies can be read: {answer.error}")
            else:
                for held in (*misfits, answer):
                    keep(held)
                misfits.clear()
            tell("asking", finished, len(questions))
        return answer

    if finished:
        tell("asking", finished, len(questions))
        _log.info("%d of %d answers are there already", finished, len(questions))
    answers = map(ask, todo) if jobs == 1 else _ask_at_once(ask, todo, jobs)
    try:
        for question in questions:
            yield known[question.id] if question.id in known else next(answers)
    finally:
        waiting.close()
        for held in misfits if len(misfits) < FIRST else ():
            keep(held)


def _ask_at_once(ask: Callable[[Question], Answer], questions: Sequence[Question], jobs: int) -> Iterator[Answer]:
    """The answers in order; whoever stops listening, or an interruption, ends the asking."""
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="asking")
    try:
        yield from pool.map(ask, questions)
    finally:
        pool.shutdown(cancel_futures=True)


def _ask(ask: Callable[[Question], Answer], question: Question) -> tuple[Answer, bool]:
    """The answer, and whether the reply was one that can be read."""
    named = (question.text, question.id, question.history, question.documents)
    asked = Question(*named, where=question.where)  # and nothing of the gold data
    started, fits = time.perf_counter(), True
    try:
        answer = ask(asked)
    except WiringError:
        raise
    except MisfitError as error:
        answer, fits = Answer(question.text, "", error=_one_line(str(error))), False
    except FootnoteError as error:
        answer = Answer(question.text, "", error=_one_line(str(error)))
    except Exception as error:  # whatever a chain does wrong is an outcome to count, not the end of the run
        answer = Answer(question.text, "", error=_one_line(f"{type(error).__name__}: {error}"))
    took = time.perf_counter() - started
    seconds = answer.seconds if answer.seconds.total > 0 else Seconds(total=took)
    _log.debug("question %s: %s in %.2f s", question.id, answer.error or "answered", took)
    return replace(answer, id=question.id, seconds=seconds), fits


def _one_line(message: str) -> str:
    return " ".join(message.split())[:MAX_REASON]
