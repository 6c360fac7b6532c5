"""Whose words are whose: the sender of each message of a chat and of each layer of a mail, as far as a passage tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.english.messages import is_mail_head, read_name
from rag.english.sentences import find_sentences
from rag.english.source import is_byline
from rag.retrieve.keys import read_value
from rag.showing import read_stated_sender
from rag.types import Block, Passage, Span

WHOLE_MESSAGE = 300
"""Characters of a message up to which it is quoted whole; longer ones by their sentences."""

LONGEST_OPENING = 90
"""Characters of a sender's name, and of a time behind it, that are quoted with a message."""

SIGNATURE = "--"
"""The line above a signature."""

_NICK = re.compile(r"<[@+%&~ ]?$")

Place = tuple[int, int]
"""Half-open offsets into a document."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one sender says in one place of a passage: a message as a whole, or a sentence of it.

    ``when`` is the time as it is written, empty where none is told. ``message`` is the block of a chat or a layer; None for
    the own words of a mail.
    """

    span: Span
    passage: Passage
    text: str
    sender: str
    when: str = ""
    message: Block | None = None


def find_message(passage: Passage, at: int) -> Block | None:
    """The message in which an offset of the document lies, if it lies in one."""
    return next((block for block in passage.blocks if block.kind == "message" and block.start <= at < block.end), None)


def find_sender(passage: Passage, at: int) -> str:
    """Who says what stands at an offset of the document; empty where the passage does not tell."""
    message = find_message(passage, at)
    if message:
        if not message.cells or message.cells[0][1] == message.cells[0][2]:
            return ""
        named = _read_cell(passage, message, 0)
    else:
        heads = [block for block in passage.blocks if block.end <= at and is_head(passage, block)]
        named = read_name(_read_column(passage, heads[-1], "From")) if heads else ""
    is_first = message == find_message(passage, passage.span.start)
    return named or (read_stated_sender(passage.heading) if is_first else "")


def find_sender_place(passage: Passage, at: int) -> Place | None:
    """Where the name of a message's sender stands; None where the passage does not have it."""
    message = find_message(passage, at)
    if message is None or not message.cells:
        return None
    _, start, end = message.cells[0]
    return (start, end) if passage.span.start <= start < end <= passage.span.end else None


def is_head(passage: Passage, block: Block) -> bool:
    """Whether a block is the head of a mail: a row with who sent it to whom."""
    if block.kind != "row" or not block.cells or not _names_first(passage, block, "From"):
        return False
    return is_mail_head(read_columns(passage, block))


def read_columns(passage: Passage, row: Block) -> dict[str, str]:
    """The values of a row by the names of their columns."""
    return {
        read_value(passage, name, value).rstrip(": "): read_value(passage, value, end) for name, value, end in row.cells
    }


def find_message_units(passage: Passage, message: Block) -> Iterator[Place]:
    """What may be quoted of a message: all of what it says, its sender first where that stands before it, or its sentences."""
    low, high = max(message.start, passage.span.start), min(message.end, passage.span.end)
    sender, words = find_opening(passage, message)
    low = max(low, sender)
    if message.start >= passage.span.start and message.end <= passage.span.end and high - words <= WHOLE_MESSAGE:
        yield low, high
        return
    at = passage.span.start
    text = passage.text[low - at : high - at]
    for start, end in find_sentences(text):
        if low + end > words:
            yield low + start, low + end


def find_opening(passage: Passage, message: Block) -> Place:
    """Where a quote of a message begins, and where its words do: with its sender where that stands right before them.

    Below the line or the head that names the sender of a layer stands a blank line; that head is no part of what is said.
    """
    if not message.cells:
        return message.start, message.start
    (_, sender, end), _, (_, words, _) = message.cells
    between = read_value(passage, end, words)
    nick = _NICK.search(read_value(passage, sender - 2, sender))
    sender -= len(nick[0]) if nick else 0
    is_before = passage.span.start <= sender < end <= words <= sender + LONGEST_OPENING and "\n\n" not in between
    return (sender if is_before else words), words


def begins_with(words: str, sender: str) -> bool:
    """Whether a quote begins with its sender's name, whatever signs stand before that."""
    return words.lstrip("<@+%&~ ").startswith(sender)


def find_said(passages: Sequence[Passage]) -> list[Said]:
    """All that anybody says in a document, in order; its title, heads, headings and signatures are nobody's words.

    Args:
        passages: all of the document's, in order.
    """
    found: list[Said] = []
    senders: dict[Block, tuple[str, str]] = {}
    own: tuple[str, str] | None = None
    is_signed = False
    text = "".join(passage.text for passage in passages)
    for passage in passages:
        headings, last = set(passage.heading.split(" > ")), None
        for start, end in _find_places(passage):
            words = passage.text[start - passage.span.start : end - passage.span.start]
            block = next((each for each in passage.blocks if each.start <= start < each.end), None)
            if block and is_head(passage, block):
                columns = read_columns(passage, block)
                own = read_name(columns.get("From", "")), columns.get("Date") or columns.get("Sent") or ""
                is_signed = False
            elif block and block.kind == "message":
                if block not in senders and len(block.cells) == 3:
                    senders[block] = tuple(text[value:until] for _, value, until in block.cells[:2])  # type: ignore[assignment]
                if block != last:
                    sender, when = senders.get(block, ("", ""))
                    units = list(find_message_units(passage, block))
                    found += [_make(passage, place, sender, when, block) for place in units]
                is_signed = False
            elif own and words not in headings and not is_byline(words):
                is_signed = is_signed or words.split("\n", 1)[0].rstrip() == SIGNATURE
                if not is_signed:
                    found.append(_make(passage, (start, end), *own, None))
            last = block
    return found


def _find_places(passage: Passage) -> Iterator[Place]:
    at = passage.span.start
    for start, end in find_sentences(passage.text):
        yield at + start, at + end


def _names_first(passage: Passage, row: Block, name: str) -> bool:
    """Whether a row's first column has a name: of most rows, no more need be looked at."""
    start, value, _ = row.cells[0]
    return read_value(passage, start, value).rstrip(": ") == name


def _make(passage: Passage, place: Place, sender: str, when: str, message: Block | None) -> Said:
    span = Span(passage.span.document_id, *place)
    at = passage.span.start
    return Said(span, passage, passage.text[place[0] - at : place[1] - at], sender, when, message)


def _read_cell(passage: Passage, block: Block, number: int) -> str:
    _, start, end = block.cells[number]
    return read_value(passage, start, end) if start >= passage.span.start else ""


def _read_column(passage: Passage, row: Block, name: str) -> str:
    return read_columns(passage, row).get(name, "")
