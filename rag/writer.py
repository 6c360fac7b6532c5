"""The writing answerer: a chat model writes, every key it cites becomes a quote, and when it fails, another stands in."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.chat import stream_text
from rag.citations import compose_reply, read_reply
from rag.conversation import make_standalone
from rag.errors import ModelError
from rag.prompts import CANNOT_ANSWER, Prompt, format_prompt, format_rewrite
from rag.reader.refusal import ABSTENTION
from rag.retrieval import Retrieved
from rag.types import Answer, Question, Seconds

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Answerer = Callable[[Retrieved], Iterator[Answer]]

LONGEST_ANSWER = 12_000
"""Characters of a reply that is still an answer; a longer one is a model that does not stop."""

LONGEST_THOUGHT = 120_000
"""Characters that a model may think aloud before it answers."""

SNAPSHOT_SECONDS = 0.04
"""Seconds between two snapshots of a growing answer, at least."""

REWRITE_SECONDS = 15.0
"""Seconds to wait for the next words of a rewritten question; the reader has nothing to look at meanwhile."""

LONGEST_QUESTION = 600
"""Characters of a rewritten question; what is longer is something else."""

_THOUGHT = re.compile(r"<think>(?:.*?</think>|.*\Z)", re.DOTALL)


def build_writer(chat_model: BaseChatModel, *, fallback: Answerer, model_name: str, timeout: float) -> Answerer:
    """An answerer that lets a chat model write from the passages and cite them.

    Each citation quotes the document's own sentence that supports the words before it. When the model fails, or what
    it writes is no answer, ``fallback`` answers instead and ``Answer.fallback`` says why in one line.

    Args:
        chat_model: any LangChain chat model.
        fallback: stands in; also answers where nothing was found that could be cited.
        model_name: how answers name the model.
        timeout: seconds to wait for the model's next words.
    """
    context = (getattr(chat_model, "profile", None) or {}).get("max_input_tokens")

    def write(found: Retrieved) -> Iterator[Answer]:
        if not found.passages:
            yield from fallback(found)
            return
        started = time.perf_counter()
        prompt = format_prompt(
            found.question, found.standalone, found.passages, seed=secrets.token_hex(8), context=context
        )
        blank = Answer(
            question=found.question.text,
            text="",
            standalone_question=found.standalone,
            id=found.question.id,
            passages=prompt.given,
            model=model_name,
            route=found.route,
            notes=found.notes,
        )
        answer = blank
        try:
            with closing(stream_text(chat_model, prompt.messages, timeout=timeout)) as pieces:
                for answer in _write(pieces, prompt, blank):
                    yield answer
        except ModelError as failure:
            for answer in fallback(found):
                seconds = _seconds(found, started)
                reason = f"{model_name} {failure}; the embedded answer stands in"
                yield replace(answer, fallback=reason, seconds=seconds)
        else:
            yield replace(answer, seconds=_seconds(found, started))

    return write


def build_rewriter(chat_model: BaseChatModel) -> Callable[[Question], str]:
    """A function that makes a follow-up stand alone with the model's help; without it where the model fails."""

    def rewrite(question: Question) -> str:
        if not question.history:
            return question.text
        written = ""
        try:
            with closing(stream_text(chat_model, format_rewrite(question), timeout=REWRITE_SECONDS)) as pieces:
                for piece in pieces:
                    written += piece
                    thinks = written[:20].lstrip().startswith("<think")
                    if len(written) > (LONGEST_THOUGHT if thinks else 2 * LONGEST_QUESTION):
                        break
        except ModelError:
            return make_standalone(question)
        line = " ".join(cut_thought(written).split()).strip("\"'“”`* ")
        fits = 0 < len(line) <= LONGEST_QUESTION and not _declines(line)
        return line if fits else make_standalone(question)

    return rewrite


def _write(pieces: Iterator[str], prompt: Prompt, blank: Answer) -> Iterator[Answer]:
    """Growing answers from a growing reply; the last is whole.

    Raises:
        ModelError: the reply failed, or is no answer.
    """
    written = ""
    due = 0.0
    for piece in pieces:
        written += piece
        if len(written) > LONGEST_THOUGHT:
            raise ModelError("wrote on and on")
        began = time.monotonic()
        if began < due:
            continue
        reply = cut_thought(written)
        if len(reply) > LONGEST_ANSWER or _declines(reply):
            break
        # What may still become the abstention constant is not shown.
        if not CANNOT_ANSWER.casefold().startswith(reply.casefold()):
            answer = _compose(reply, prompt, blank, finished=False)
            if answer.text:
                yield answer
        # A long reply takes longer to compose; the model must not wait for us to draw it.
        due = time.monotonic() + max(SNAPSHOT_SECONDS, 4 * (time.monotonic() - began))
    reply = cut_thought(written)
    if len(reply) > LONGEST_ANSWER:
        raise ModelError("wrote on and on")
    if _declines(reply):
        yield replace(blank, text=ABSTENTION, abstained=True)
        return
    answer = _compose(reply, prompt, blank, finished=True)
    if not answer.sentences:
        raise ModelError("sent an empty reply")
    if not answer.citations:
        raise ModelError("cited nothing")
    yield answer


def _declines(reply: str) -> bool:
    """Whether the abstention constant stands in the reply, in whatever case, or with other strokes between its words."""
    return CANNOT_ANSWER.casefold() in reply.casefold() or CANNOT_ANSWER in re.sub("[_ ‑–]", "-", reply)


def cut_thought(reply: str) -> str:
    """What a model says after thinking aloud, as small open models do; nothing while it is still thinking."""
    reply = reply.lstrip()
    if "<think>".startswith(reply[:7]):
        return _THOUGHT.sub("", reply, count=1).lstrip() if len(reply) > 6 else ""
    return reply


def _compose(reply: str, prompt: Prompt, blank: Answer, *, finished: bool) -> Answer:
    read = read_reply(reply, prompt.passages, finished=finished)
    composed = compose_reply(read, prompt.passages)
    return replace(
        blank,
        text=composed.text,
        sentences=composed.sentences,
        citations=composed.citations,
        unknown_markers=read.unknown,
    )


def _seconds(found: Retrieved, started: float) -> Seconds:
    seconds = time.perf_counter() - started
    return Seconds(found.seconds, seconds, found.seconds + seconds)
