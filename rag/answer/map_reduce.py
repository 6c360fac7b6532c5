"""Questions about whole documents, for a chat model: it reads all of the text, at once or part by part, with numbers to cite.

Part by part means that it takes notes on each part, which keep the numbers of the passages, and answers from the notes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence

from rag.english.numbers import format_count
from rag.llm.prompts import (
    LARGEST_CONTEXT,
    Prompt,
    count_passage_tokens,
    count_tokens,
    format_merge,
    format_part,
    format_prompt,
    measure_room,
    number_passages,
)
from rag.llm.reply_parser import cut_thought, declines, read_reply
from rag.steps import Retrieved
from rag.types import Passage, ScoredPassage

MOST_PARTS = 16
"""Parts that are read for one answer; a longer text is answered from the passages that stand for it."""

READING_SECONDS = 300.0
"""After so long no further part is begun, and the answer is made from the notes on those that were read: a model on two busy
cores takes one to two minutes for a part of 1,500 tokens."""

Ask = Callable[..., str]
"""From the messages of a prompt to the chat model's whole reply; raises ModelError."""

_SENTENCE_END = re.compile(r"[.!?。！？](?:\s*\[[^\[\]]*\])*(?=\s|\Z)|\n")


def prepare_whole(
    found: Retrieved, ask: Ask, *, context: int | None, native: bool = False, longest: int | None = None
) -> Generator[str, None, Prompt | None]:
    """Read whole documents; yields what is being done, a line each time, and returns the prompt for the answer.

    It is None where the text has too many parts, or no part of it bears on the question.

    Args:
        found: what is asked, with all passages of the documents in ``whole``.
        ask: asks the chat model.
        context: how many tokens the model reads and writes at once, where known.
        native: give the passages as documents that the model's provider cites itself.
        longest: tokens of a prompt at most, where the model is slow.

    Raises:
        ModelError: the model failed.
    """
    scored = tuple(ScoredPassage(passage, 1.0) for passage in found.whole)
    room = min(measure_room(context), longest or LARGEST_CONTEXT)
    if sum(count_passage_tokens(passage) for passage in found.whole) < room:
        prompt = format_prompt(found.question, found.standalone, scored, context=context, native=native)
        if len(prompt.given) == len(scored):
            yield f"Read in full: {format_count(len(scored), 'passage')}."
            return prompt
    parts = part_passages(number_passages(found.whole), found.standalone, room)
    if len(parts) > MOST_PARTS:
        yield f"Too long to be read as a whole ({len(parts)} parts); answered from the passages that stand for it."
        return None
    notes: list[str] = []
    read_in_time = len(parts)
    began = time.monotonic()
    used: dict[str, Passage] = {}
    for number, part in enumerate(parts, start=1):
        if notes and time.monotonic() - began > READING_SECONDS:
            read_in_time = number - 1
            break
        yield f"Reading part {number} of {len(parts)} …"
        note = cut_thought(ask(format_part(found.standalone, part)))
        if note.strip() and not declines(note):
            notes.append(note)
            read = read_reply(note, part)
            # Notes that name no passage may rest on any of the part.
            used |= {key: part[key] for key in (*(key for _, key in read.marks), *read.listed)} or part
    if read_in_time < len(parts):
        yield f"Only {read_in_time} of {len(parts)} parts were read in {READING_SECONDS / 60:.0f} minutes; the answer is from these."
    else:
        yield f"Read in {len(parts)} parts, and answered from notes on them."
    if not notes:
        return None
    messages = format_merge(found.standalone, fit_notes(notes, room), next(iter(used)))
    return Prompt(messages, used, tuple(ScoredPassage(passage, 1.0) for passage in used.values()))


def part_passages(keyed: Mapping[str, Passage], question: str, room: int) -> list[dict[str, Passage]]:
    """Passages in order, in parts whose prompts have at most ``room`` tokens, cut before a heading where that is near."""
    parts: list[dict[str, Passage]] = []
    part: dict[str, Passage] = {}
    room -= count_tokens(format_part(question, {}))
    for key, passage in keyed.items():
        if part and sum(map(count_passage_tokens, (*part.values(), passage))) > room:
            rest = _cut_at_heading(part)
            parts.append({name: part[name] for name in part if name not in rest})
            part = rest
        part = part | {key: passage}
    return [*parts, part] if part else parts


def fit_notes(notes: Sequence[str], room: int) -> list[str]:
    """Notes that fit together into ``room`` tokens: of each that has more than its share, the first whole sentences."""
    share = max(200, (room - 600) * 4 // max(1, len(notes)))
    return [cut_at_sentence(note[:share]) if len(note) > share else note for note in notes]


def cut_at_sentence(text: str) -> str:
    """The whole sentences at the beginning of a text, with their markers; all of it where none ends."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else text


def _cut_at_heading(part: Mapping[str, Passage]) -> dict[str, Passage]:
    """The passages of the last heading, if they are less than half of a part; they go into the next one."""
    names = list(part)
    for at in range(len(names) - 1, len(names) // 2, -1):
        if _section(part[names[at]]) != _section(part[names[at - 1]]):
            return {name: part[name] for name in names[at:]}
    return {}


def _section(passage: Passage) -> tuple[str, str]:
    return passage.span.document_id, passage.heading
