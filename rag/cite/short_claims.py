"""Sentences of a few words, as small chat models answer: "70 % more." They say nothing without the question, so that is asked.

Where such words stand in what is cited, the span model tells whether it would answer with them. Of right and wrong answers
of that kind (SQuAD 2.0 dev, another question's answer from the same paragraph), shared words tell nothing apart: both stand
there, and as any sentence all count as proven. This keeps 89 of 100 right ones and marks 96 of 100 wrong ones; beside a
sentence alone, 87 and 95 (``tests/benchmarks/measure_short_claims.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rag.cite.support import CitedClaim
from rag.english.leaning import leans
from rag.english.references import strip_references
from rag.english.replying import is_verdict
from rag.english.sentences import find_sentences

if TYPE_CHECKING:
    from rag.reader.span_reader import PassageReading

ReadAnswers = Callable[[Sequence[tuple[str, str]]], Sequence["PassageReading"]]
"""Reads each pair of a question and a text for the words that answer."""

MOST_WORDS = 8
"""Words of a sentence that is judged together with its question."""

BEHIND = 5.0
"""How far, in log odds, words may lie behind the best answer of a text, and behind "not here", to be an answer too: on training
articles of SQuAD that keeps 97 of 100 right ones and marks 98 of 100 wrong ones."""

_LEAD = re.compile(r"(?:it|this|that|he|she|they|the answer) (?:is|was|are|were)(?: about)? ", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def judge_short(claims: Sequence[CitedClaim], read: ReadAnswers) -> dict[int, float]:
    """By the number of each claim of a few words that stand in what it cites: how likely they answer a question of it, in [0, 1]."""
    asked = [
        (number, question, text, found)
        for number, claim in enumerate(claims)
        for text, found in _find_places(claim)
        for question in claim.questions
    ]
    readings = read([(question, text) for _, question, text, _ in asked]) if asked else ()
    likely: dict[int, float] = {}
    for (number, _, _, found), reading in zip(asked, readings, strict=True):
        own = max(reading.best_span(low, high).score for low, high in found)
        behind = max(reading.best_span().score, reading.nowhere) - own
        likely[number] = max(likely.get(number, 0.0), 1 / (1 + math.exp(max(-30.0, min(30.0, behind - BEHIND)))))
    return likely


def _find_places(claim: CitedClaim) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """The texts that a claim of few words cites, with where these stand in them; none for any other claim.

    A sentence of the text itself, or one that says something of what was named before it ("It burned down."), is a claim of
    its own, whatever was asked.
    """
    said = _LEAD.sub("", strip_references(claim.claim).strip(), count=1)
    words = _WORD.findall(said)
    if not claim.questions or not 0 < len(words) <= MOST_WORDS or is_verdict(claim.claim) or leans(said):
        return
    joined = r"\W+".join(map(re.escape, words))
    pattern = re.compile(rf"\b{joined}\b", re.IGNORECASE)
    for text in dict.fromkeys(passage.text for passage in claim.passages):
        found = [match.span() for match in pattern.finditer(text)]
        if any(_is_sentence(text, *place) for place in found):
            return
        if found:
            yield text, found


def _is_sentence(text: str, low: int, high: int) -> bool:
    """Whether a stretch holds all words of a sentence."""
    return any(
        low <= start and not _WORD.search(text, high, max(high, end))
        for start, end in find_sentences(text)
        if start < high and end > low
    )
