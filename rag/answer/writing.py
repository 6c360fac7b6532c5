"""The writing answerer: a chat model writes, every key it cites becomes a quote, and when it fails, another stands in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answer.abstention import format_refusal
from rag.answer.map_reduce import Ask, prepare_whole
from rag.cite.citations import compose_reply
from rag.cite.support import Judge
from rag.english.follow_ups import make_standalone
from rag.errors import ModelError
from rag.llm.prompts import CANNOT_ANSWER, Prompt, format_prompt, format_rewrite, repeats_rules
from rag.llm.reply_parser import cut_thought, declines, read_reply
from rag.llm.streaming import stream_text
from rag.retrieve.hybrid import Retrieved
from rag.types import Answer, Question, Seconds, Usage

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

CHECKING = "Checking each sentence …"
"""What is noted beside an answer that is written, and not yet judged."""

NOT_PROVEN = (
    "I found no proof: nothing that the chat model wrote is supported by the words it cites, so it is not shown."
)
"""What is said where a chat model's answer falls away as a whole."""


def build_writer(
    chat_model: BaseChatModel,
    *,
    fallback: Answerer,
    model_name: str,
    timeout: float,
    judge: Judge,
    context: int | None = None,
) -> Answerer:
    """An answerer that lets a chat model write from the passages and cite them.

    Each citation quotes the document's own words, and each sentence is judged by what it cites; where none is supported,
    the answer is an abstention. When the model fails, or what it writes is no answer, ``fallback`` answers instead and
    ``Answer.fallback`` says why in one line.

    Args:
        chat_model: any LangChain chat model.
        fallback: stands in; also answers where nothing was found that could be cited.
        model_name: how answers name the model.
        timeout: seconds to wait for the model's next words.
        judge: how likely it is that what a sentence cites supports it.
        context: how many tokens the model reads and writes at once, where known.
    """
    native = chat_model._llm_type == "anthropic-chat"

    def ask(used: list[Usage]) -> Ask:
        return lambda messages: "".join(stream_text(chat_model, messages, timeout=timeout, on_usage=used.append))

    def prepare(found: Retrieved, blank: Answer, used: list[Usage]) -> Generator[Answer, None, tuple[Prompt, Answer]]:
        """The prompt, and the answer as far as it is known; on the way, how far the reading of whole documents is."""
        seed = secrets.token_hex(8)
        prompt = None
        if found.whole:
            reading = prepare_whole(found, ask(used), seed=seed, context=context, native=native)
            while True:
                try:
                    blank = replace(blank, notes=(*found.notes, next(reading)))
                except StopIteration as done:
                    prompt = done.value
                    break
                yield blank
        prompt = prompt or format_prompt(
            found.question, found.standalone, found.passages, seed=seed, context=context, native=native
        )
        return prompt, replace(blank, passages=prompt.given)

    def write(found: Retrieved) -> Iterator[Answer]:
        if not found.passages:
            yield from fallback(found)
            return
        started = time.perf_counter()
        used = [found.usage] if found.usage else []
        blank = Answer(
            question=found.question.text,
            text="",
            standalone_question=found.standalone,
            id=found.question.id,
            passages=found.passages,
            model=model_name,
            route=found.route,
            notes=found.notes,
        )
        answer = blank
        try:
            prompt, blank = yield from prepare(found, blank, used)
            keys = tuple(prompt.passages) if native else ()
            stream = stream_text(chat_model, prompt.messages, timeout=timeout, keys=keys, on_usage=used.append)
            with closing(stream) as pieces:
                for answer in _write(pieces, prompt, blank, judge):
                    yield answer
        except ModelError as failure:
            for answer in fallback(found):
                reason = f"{model_name} {failure}; the embedded answer stands in"
                yield replace(answer, fallback=reason, seconds=_seconds(found, started), usage=_add(used))
        else:
            yield replace(answer, seconds=_seconds(found, started), usage=_add(used))

    return write


def build_rewriter(chat_model: BaseChatModel) -> Callable[[Question], tuple[str, Usage | None]]:
    """A function that makes a follow-up stand alone with the model's help; without it where the model fails.

    It returns the question, and the tokens that this took, None where nobody counts them.
    """

    def rewrite(question: Question) -> tuple[str, Usage | None]:
        if not question.history:
            return question.text, None
        written = ""
        used: list[Usage] = []
        messages = format_rewrite(question)
        try:
            with closing(stream_text(chat_model, messages, timeout=REWRITE_SECONDS, on_usage=used.append)) as pieces:
                for piece in pieces:
                    written += piece
                    thinks = written[:20].lstrip().startswith("<think")
                    if len(written) > (LONGEST_THOUGHT if thinks else 2 * LONGEST_QUESTION):
                        break
        except ModelError:
            return make_standalone(question), _add(used)
        line = " ".join(cut_thought(written).split()).strip("\"'“”`* ")
        fits = 0 < len(line) <= LONGEST_QUESTION and not declines(line)
        return line if fits else make_standalone(question), _add(used)

    return rewrite


def _write(pieces: Iterator[str], prompt: Prompt, blank: Answer, judge: Judge) -> Iterator[Answer]:
    """Growing answers from a growing reply; the last is whole, and judged.

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
        if len(reply) > LONGEST_ANSWER or repeats_rules(reply) or declines(reply):
            break
        # What may still become the abstention constant is not shown.
        if not CANNOT_ANSWER.casefold().startswith(reply.casefold()):
            answer = _compose(reply, prompt, blank, None, finished=False)
            if answer.text:
                yield answer
        # A long reply takes longer to compose; the model must not wait for us to draw it.
        due = time.monotonic() + max(SNAPSHOT_SECONDS, 4 * (time.monotonic() - began))
    reply = cut_thought(written)
    if len(reply) > LONGEST_ANSWER:
        raise ModelError("wrote on and on")
    if repeats_rules(reply):
        raise ModelError("repeated its instructions")
    if declines(reply):
        yield replace(blank, text=format_refusal(blank.question, prompt.given), abstained=True)
        return
    answer = _compose(reply, prompt, blank, None, finished=True)
    if not answer.sentences:
        raise ModelError("sent an empty reply")
    if not answer.citations:
        raise ModelError("cited nothing")
    yield replace(answer, notes=(*answer.notes, CHECKING))
    answer = _compose(reply, prompt, blank, judge, finished=True)
    if not any(sentence.supported for sentence in answer.sentences):
        yield replace(blank, text=NOT_PROVEN, abstained=True, unknown_markers=answer.unknown_markers)
        return
    yield answer


def _compose(reply: str, prompt: Prompt, blank: Answer, judge: Judge | None, *, finished: bool) -> Answer:
    read = read_reply(reply, prompt.passages, finished=finished)
    composed = compose_reply(read, prompt.passages, judge)
    return replace(
        blank,
        text=composed.text,
        sentences=composed.sentences,
        citations=composed.citations,
        unknown_markers=read.unknown,
    )


def _add(used: list[Usage]) -> Usage | None:
    return sum(used, Usage()) if used else None


def _seconds(found: Retrieved, started: float) -> Seconds:
    seconds = time.perf_counter() - started
    return Seconds(found.seconds, seconds, found.seconds + seconds)
