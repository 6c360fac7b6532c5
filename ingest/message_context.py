"""What a passage of a mail or a chat needs to be understood where it begins: whose words it has, or what was said before."""

from __future__ import annotations

from bisect import bisect_right

from rag.english.messages import read_name
from rag.retrieve.senders import is_head, read_columns
from rag.showing import state_sender
from rag.types import Block, Document, Passage, Span

LEAD_CHARACTERS = 100
"""Of the message before a passage, so much is told; a question fits."""


class MessageContext:
    """By an offset at which a passage begins: the sender of what goes on there, or the message that one there may answer."""

    def __init__(self, document: Document):
        self._text = document.text
        whole = Passage(Span(document.id, 0, max(1, len(document.text))), document.text, blocks=document.blocks)
        self._messages = [block for block in document.blocks if block.kind == "message"]
        self._starts = [block.start for block in self._messages]
        self._headings = {heading.start for heading in document.outline}
        heads = [block for block in document.blocks if is_head(whole, block)]
        self._heads = [block.end for block in heads]
        self._senders = [read_name(read_columns(whole, block).get("From", "")) for block in heads]

    def __call__(self, start: int) -> str:
        """A heading for what begins at an offset; empty where it needs none."""
        at = bisect_right(self._starts, start) - 1
        message = self._messages[at] if at >= 0 and start < self._messages[at].end else None
        if message is None:
            own = bisect_right(self._heads, start) - 1
            return state_sender(self._senders[own]) if own >= 0 and start not in self._headings else ""
        sender = self._read(message, 0)
        if start > message.start or not self._is_inside(message):
            return state_sender(sender) if sender else ""
        before = self._messages[at - 1] if at else None
        if before is None or self._text[before.end : start].strip() or not self._is_chat(before):
            return ""
        return f"{self._read(before, 0)}: {self._read(before, 2)}"[:LEAD_CHARACTERS]

    def _read(self, message: Block, cell: int) -> str:
        if not message.cells:
            return ""
        _, start, end = message.cells[cell]
        return " ".join(self._text[start : min(end, start + LEAD_CHARACTERS)].split())

    @staticmethod
    def _is_inside(message: Block) -> bool:
        return bool(message.cells) and message.start <= message.cells[0][1]

    def _is_chat(self, message: Block) -> bool:
        """Whether a sender stands right before what the message says: below that of a quoted layer is a blank line."""
        return self._is_inside(message) and "\n\n" not in self._text[message.cells[0][2] : message.cells[2][1]]
