"""From ranges of a document's text to what is quoted: spans inside its passages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.retrieve.records import Collection, Range
from rag.steps import QuotedSentence
from rag.types import Document, Passage, Span

MOST_SHOWN, MOST_READ = 1_000, 200_000
"""Quotes, and characters of them all, that are given where everything is asked for. A page takes a tenth of a second to draw
a hundred quotes."""


def keep_first(quotes: Sequence[QuotedSentence], most: int, characters: int) -> list[QuotedSentence]:
    """The first quotes, so many at most and of so many characters together; the first one whatever its length."""
    kept: list[QuotedSentence] = []
    for quote in quotes[:most]:
        characters -= len(quote.text)
        if kept and characters < 0:
            break
        kept.append(quote)
    return kept


@dataclass(frozen=True, slots=True)
class Whole:
    """A document with the passages that it is cut into, in order, and with all that it tells of things alike."""

    document: Document
    passages: tuple[Passage, ...]
    collections: tuple[Collection, ...] = ()

    def cut(self, place: Range) -> Iterator[tuple[Span, Passage]]:
        """A range as spans that each lie in one passage, without the white space at their ends."""
        starts = [passage.span.start for passage in self.passages]
        for passage in self.passages[max(0, bisect_right(starts, place[0]) - 1) :]:
            if passage.span.start >= place[1]:
                break
            start, end = max(place[0], passage.span.start), min(place[1], passage.span.end)
            words = self.document.text[start:end]
            low, high = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
            if low < high:
                yield Span(self.document.id, low, high), passage

    def quote(self, place: Range, *proofs: Range, lead: str = "") -> QuotedSentence:
        """The words of a place as a paragraph of an answer; what else proves them is cited beside."""
        evidence = dict.fromkeys(piece for each in (place, *proofs) for piece in self.cut(each))
        return QuotedSentence(self.document.text[slice(*place)].strip(), tuple(evidence), opens=True, lead=lead)

    def quote_parts(self, places: Sequence[Range]) -> list[QuotedSentence]:
        """The words of several places, a quote for each piece that lies in one passage."""
        return [
            QuotedSentence(self.document.text[span.start : span.end], ((span, passage),), opens=True)
            for place in places
            for span, passage in self.cut(place)
        ]
