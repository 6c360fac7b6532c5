"""What reading passages gives: the sentences that answer, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rag.steps import Retrieved
from rag.types import Passage, ShortAnswer, Span


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of the passages: the sentences that answer, best first, and its confidence in them.

    ``confidence`` is in [0, 1], and None where nothing estimates it: a summary is not right or wrong.
    ``short`` are the few words in the first of them that answer, where the reader marks any. ``note`` says which part of
    the question they leave without an answer, and ``refusal`` why nothing does.
    """

    evidence: tuple[tuple[Span, Passage], ...]
    confidence: float | None
    short: ShortAnswer | None = None
    note: str = ""
    refusal: str = ""


SentenceReader = Callable[[Retrieved], Reading]
