"""The writing answerer: a chat model writes from numbered passages, and when it fails, another stands in."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answer.abstention import format_refusal
from rag.answer.excerpts import Excerpter
from rag.answer.map_reduce import Ask, cut_at_sentence, prepare_whole
from rag.english.replying import find_loop
from rag.english.sentences import find_sentences
from rag.errors import ModelError
from rag.llm.prompts import CANNOT_ANSWER, Prompt, format_prompt, repeats_rules
from rag.llm.reply_parser import cut_thought, declines, read_reply
from rag.llm.streaming import LONGEST_THOUGHT, ChatModel, find_models, find_provider, stream_text
from rag.steps import Answerer, Draft, Retrieved
from rag.types import Usage

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

LONGEST_ANSWER = 12_000
"""Characters of a reply that is still an answer; a longer one is a model that does not stop."""

TAKEN_BACK = "What the chat model had begun to write is taken back: it says itself that the documents do not answer."
"""Said where words were shown that are so no more."""

EVIDENCE = "From the document, while the chat model reads …"
"""What is noted beside what the reader found, which a slow model's first words replace."""

SLOW_READING = 1_500
"""Tokens of a prompt with which a slow model reads whole documents: idle, two cores read them in 45 seconds, and busy ones in two
minutes. Of 4,000 tokens at once, busy ones said nothing for 300 seconds, and then nothing was written."""

SLOW_NOTES = 900
"""Characters of notes on a part after which a slow model is interrupted: 220 tokens, a minute or two; it would write 2,000."""

SNAPSHOT_SECONDS = 0.04
"""Seconds between two snapshots of a growing answer, at least."""


def build_writer(
    chat_model: ChatModel,
    *,
    fallback: Answerer,
    model_name: str,
    timeout: float,
    context: int | None = None,
    excerpts: Excerpter | None = None,
) -> Callable[[Retrieved], Iterator[Draft]]:
    """An answerer that lets a chat model write from the passages and cite them by their numbers.

    When the model fails, or what it writes is no answer, ``fallback`` answers instead and ``Answer.fallback`` says why
    in one line.

    Args:
        chat_model: any LangChain chat model, or one that is wrapped.
        fallback: stands in; also answers where nothing was found that could be cited.
        model_name: how answers name the model.
        timeout: seconds to wait for the model's next words.
        context: how many tokens the model reads and writes at once, where known.
        excerpts: what a slow model is told of the passages; what ``fallback`` quotes is shown until it writes. If None, the
            model is told all of all passages, and nothing is shown before. A slow model reads whole documents in smaller parts.
    """
    native = {find_provider(each) for each in find_models(chat_model)} == {"anthropic"}
    longest = SLOW_READING if excerpts else None

    def ask(used: list[Usage]) -> Ask:
        def take_notes(messages: Sequence[BaseMessage]) -> str:
            notes = ""
            with closing(stream_text(chat_model, messages, timeout=timeout, on_usage=used.append)) as pieces:
                for piece in pieces:
                    notes += piece
                    if excerpts and len(cut_thought(notes)) >= SLOW_NOTES:
                        return cut_at_sentence(notes)
            return notes

        return take_notes

    def prepare(
        found: Retrieved, blank: Draft, shown: Draft, used: list[Usage]
    ) -> Generator[Draft, None, tuple[Prompt, Draft]]:
        """The prompt, and the draft as far as it is known; on the way, how far the reading of whole documents is."""
        prompt = None
        if found.whole:
            reading = prepare_whole(found, ask(used), context=context, native=native, longest=longest)
            while True:
                try:
                    blank = replace(blank, notes=(next(reading),))
                except StopIteration as done:
                    prompt = done.value
                    break
                yield replace(shown, notes=(*shown.notes, *blank.notes))
        if prompt is None:
            told = excerpts(found.standalone, found.passages) if excerpts else {}
            passages = [each for each in found.passages if each.passage.id in told or not told]
            prompt = format_prompt(
                found.question, found.standalone, passages, context=context, native=native, excerpts=told
            )
        return prompt, replace(blank, passages=prompt.given, keys=prompt.passages)

    def write(found: Retrieved) -> Iterator[Draft]:
        if not found.passages:
            yield from read_drafts(fallback(found))
            return
        used = [found.usage] if found.usage else []
        blank = shown = Draft(found, model=model_name, is_final=False)
        try:
            if excerpts:
                for shown in _show_evidence(fallback(found), model_name):
                    yield shown
            prompt, blank = yield from prepare(found, blank, shown, used)
            keys = tuple(prompt.passages) if native else ()
            stream = stream_text(chat_model, prompt.messages, timeout=timeout, keys=keys, on_usage=used.append)
            with closing(stream) as pieces:
                written = yield from _write(pieces, blank)
        except ModelError as failure:
            for draft in read_drafts(fallback(found)):
                reason = f"{model_name} {failure}; the embedded answer stands in"
                yield replace(draft, fallback=reason, usage=_add(used))
        else:
            yield replace(written, is_final=True, usage=_add(used))

    return write


def read_drafts(drafted: Draft | Iterator[Draft]) -> Iterator[Draft]:
    """An answerer's drafts, one after another, whether it gives one or many."""
    return iter([drafted]) if isinstance(drafted, Draft) else drafted


def _show_evidence(drafted: Draft | Iterator[Draft], model_name: str) -> Iterator[Draft]:
    """What the embedded answerer quotes, as the beginning of an answer; nothing where it declines."""
    *_, quoted = read_drafts(drafted)
    if quoted.quotes:
        yield replace(quoted, model=model_name, notes=(*quoted.notes, EVIDENCE), is_final=False)


def _write(pieces: Iterator[str], blank: Draft) -> Generator[Draft, None, Draft]:
    """Growing drafts from a growing reply; returns the last, which is whole.

    Raises:
        ModelError: the reply failed, or is no answer.
    """
    written = ""
    shown = False
    due = 0.0
    for piece in pieces:
        written += piece
        if len(written) > LONGEST_THOUGHT:
            raise ModelError("wrote on and on")
        began = time.monotonic()
        if began < due:
            continue
        reply = cut_thought(written)
        if len(reply) > LONGEST_ANSWER or repeats_rules(reply) or declines(reply) or find_loop(reply):
            break
        # What may still become the abstention constant is not shown.
        may_decline = CANNOT_ANSWER.casefold().startswith(reply.casefold())
        if not may_decline and read_reply(reply, blank.keys, finished=False).text:
            shown = True
            yield replace(blank, reply=reply)
        # A long reply takes longer to compose; the model must not wait for us to draw it.
        due = time.monotonic() + max(SNAPSHOT_SECONDS, 4 * (time.monotonic() - began))
    reply = cut_thought(written)
    if loop := find_loop(reply):
        reply = reply[:loop].rstrip()
    if len(reply) > LONGEST_ANSWER:
        raise ModelError("wrote on and on")
    if repeats_rules(reply):
        raise ModelError("repeated its instructions")
    if declines(reply):
        notes = (*blank.notes, TAKEN_BACK) if shown else blank.notes
        refusal = format_refusal(blank.found.question.text, blank.passages or ())
        return replace(blank, text=refusal, abstained=True, notes=notes)
    read = read_reply(reply, blank.keys, finished=True)
    if not find_sentences(read.text):
        raise ModelError("sent an empty reply")
    return replace(blank, reply=reply)


def _add(used: list[Usage]) -> Usage | None:
    return sum(used, Usage()) if used else None
