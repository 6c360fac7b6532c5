"""Passages of chats and mails as they are read: told as prose, each message with who says it.

What the model marks is carried back to the passage, so that a message is scored, ordered and quoted as it stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.english.named_in_title import shorten_names
from rag.english.speech import name_self, retell
from rag.reader.span_reader import PassageReading, SpanReader
from rag.retrieve.senders import find_opening, find_sender, is_head
from rag.types import Block, Passage

BEFORE = -1
"""The offset of what is read before a passage's own words, and is no part of them."""


@dataclass(frozen=True, slots=True)
class Told:
    """Words that are read, and the half-open offsets in the passage's text of those that they stand for."""

    text: str
    start: int
    end: int
    is_verbatim: bool = False


def read_retold(spans: SpanReader, question: str, passages: Sequence[Passage]) -> list[PassageReading]:
    """What the span model reads in each passage, with the offsets of the passage's own text.

    Each is asked as one would who has its document in hand: the text seldom repeats what the title says.
    """
    told = [tell(passage) for passage in passages]
    asked = [shorten_names(question, passage.title) for passage in passages]
    texts = ["".join(piece.text for piece in pieces) for pieces in told]
    readings = spans.read_pairs(list(zip(asked, texts, strict=True)))
    return [
        reading if len(pieces) == 1 and pieces[0].is_verbatim else _carry_back(reading, pieces)
        for reading, pieces in zip(readings, told, strict=True)
    ]


def tell(passage: Passage) -> list[Told]:
    """A passage as it is read; one that is no mail and no chat is read as it stands."""
    text, at = passage.text, passage.span.start
    messages = [block for block in passage.blocks if block.kind == "message"]
    heads = [block for block in passage.blocks if is_head(passage, block)]
    if not messages and not heads and not find_sender(passage, at):
        return [Told(text, 0, len(text), is_verbatim=True)]
    told, done = list(_tell_lead(passage, messages)), 0
    for block in sorted((*messages, *heads)):
        low, high = max(0, block.start - at), min(len(text), block.end - at)
        told += _tell_own(passage, done, low)
        told += _tell_message(passage, block, low, high) if block.kind == "message" else [_copy(text, low, high)]
        done = high
    told += _tell_own(passage, done, len(text))
    return [piece for piece in told if piece.text]


def _tell_lead(passage: Passage, messages: Sequence[Block]) -> Iterator[Told]:
    """The message before the first one, which that may answer; the passage's heading carries it."""
    sender, colon, words = passage.heading.rsplit(" > ", 1)[-1].partition(": ")
    if colon and messages and messages[0].start == passage.span.start:
        yield from (Told(text, BEFORE, BEFORE) for text, *_ in (*retell(sender, words), ("\n\n", 0, 0)))


def _tell_own(passage: Passage, low: int, high: int) -> Iterator[Told]:
    """What stands outside of messages: the own words of a mail, or anything else."""
    words, sender = passage.text[low:high], find_sender(passage, passage.span.start + low)
    if sender:
        for text, start, end in name_self(sender, words):
            yield Told(text, low + start, low + end, is_verbatim=len(text) == end - start)
    else:
        yield _copy(passage.text, low, high)


def _tell_message(passage: Passage, message: Block, low: int, high: int) -> Iterator[Told]:
    sender = find_sender(passage, passage.span.start + low)
    opening, words = (max(low, offset - passage.span.start) for offset in find_opening(passage, message))
    if words >= high:
        return
    if not sender:
        yield _copy(passage.text, words, high)
        return
    named = (opening, opening + len(sender)) if opening < words else (words, words)
    for text, start, end in retell(sender, passage.text[words:high]):
        if start == end == 0:
            yield Told(text, *named)
        else:
            yield Told(text, words + start, words + end, is_verbatim=len(text) == end - start)


def _copy(text: str, low: int, high: int) -> Told:
    return Told(text[low:high], low, high, is_verbatim=True)


def _carry_back(reading: PassageReading, pieces: Sequence[Told]) -> PassageReading:
    """The reading with each token where what it stands for is in the passage."""
    import numpy as np

    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece.text))
    offsets = np.array(
        [
            (_place(start, starts, pieces, at_end=False), _place(end - 1, starts, pieces, at_end=True))
            for start, end in reading.offsets.tolist()
        ],
        dtype=np.int64,
    ).reshape(-1, 2)
    return PassageReading(offsets, reading.starts, reading.ends, reading.nowhere, reading.words)


def _place(read: int, starts: Sequence[int], pieces: Sequence[Told], *, at_end: bool) -> int:
    """Where a character that was read stands, or what it stands for begins; at the end of a token, where that ends."""
    number = min(bisect_right(starts, read) - 1, len(pieces) - 1)
    piece = pieces[number]
    if piece.is_verbatim:
        return piece.start + read - starts[number] + at_end
    return piece.end if at_end else piece.start
