"""From claims and their evidence to an answer's text, with numbered markers, sentences and citations. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import Citation, Passage, Sentence, Span


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, and the spans of the passages that prove it."""

    text: str
    evidence: tuple[tuple[Span, Passage], ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with its sentences and citations."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


def compose_answer(claims: Sequence[Claim]) -> Composed:
    """Join claims into a text; each is followed by markers ``[n]``, numbered in order of first mention."""
    text = ""
    sentences: list[Sentence] = []
    numbers: dict[Span, int] = {}
    homes: dict[Span, Passage] = {}
    markers: dict[Span, list[tuple[int, int]]] = {}
    for claim in claims:
        text += " " if text else ""
        start = len(text)
        text += claim.text
        for span, passage in claim.evidence:
            number = numbers.setdefault(span, len(numbers) + 1)
            homes[span] = passage
            text += " " if not text.endswith("]") else ""
            markers.setdefault(span, []).append((len(text), len(text) + len(f"[{number}]")))
            text += f"[{number}]"
        cited = tuple(dict.fromkeys(numbers[span] for span, _ in claim.evidence))
        sentences.append(Sentence(text[start:], start, len(text), cited, 1.0, True))
    citations = tuple(
        Citation(
            number=number,
            span=span,
            quote=homes[span].text[span.start - homes[span].span.start : span.end - homes[span].span.start],
            passage=homes[span],
            markers=tuple(markers[span]),
            page=homes[span].page,
        )
        for span, number in numbers.items()
    )
    return Composed(text, tuple(sentences), citations)
