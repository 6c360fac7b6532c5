"""A step behind the chain for whoever wants words alone: the text of the answer, piece by piece as it grows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from langchain_core.runnables import RunnableGenerator

from rag.types import Answer


class Grown:
    """How much of a growing text was told already."""

    def __init__(self) -> None:
        self._told = ""

    def take(self, text: str) -> str:
        """What a later text has more than those before it; all of it, below them, where it does not go on as they do."""
        told, self._told = self._told, text
        if text.startswith(told):
            return text[len(told) :]
        return f"\n\n{text}"


def _tell(answers: Iterator[Answer]) -> Iterator[str]:
    grown = Grown()
    for answer in answers:
        if piece := grown.take(answer.text):
            yield piece


async def _atell(answers: AsyncIterator[Answer]) -> AsyncIterator[str]:
    grown = Grown()
    async for answer in answers:
        if piece := grown.take(answer.text):
            yield piece


to_text: RunnableGenerator[Answer, str] = RunnableGenerator(_tell, _atell, name="text")
"""``chain | to_text`` gives the text of the answer, with its markers: ``stream`` as pieces that are joined to the whole.

Where words are taken back, since the answer does not go on as it began, the whole follows once more in a new paragraph.
``invoke`` gives the text of the last answer alone.
"""
