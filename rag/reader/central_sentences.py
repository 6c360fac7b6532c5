"""The sentences that stand for a text, where there is no question to match."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby

from rag.reader.features import Candidate, leans

Embed = Callable[[list[str]], list[list[float]]]

_CONTINUES = re.compile(
    r"(?:but|however|and|or|so|then|also|moreover|yet|therefore|thus|there|another|both|the (?:former|latter|same))\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"(?:[^\sA-Z,]+ ){0,5}(?:this|that|these|those|it|he|she|they|him|them|his|her|its|their)\b")
"""Points back among its first words, and names nothing before that: a capital or a comma ends the search."""

_FINISHED = re.compile(r"[.!…。！।][\"'”’»)\]]*\Z")
SHORTEST = 40
"""Characters below which a sentence is rarely a summary of anything."""


def choose_central(candidates: Sequence[Candidate], embed: Embed) -> list[Candidate]:
    """One sentence of each passage, in the order of the passages: the one nearest to all of their sentences together.

    Sentences that lean on the one before, ask, or are no whole sentence are taken only where a passage has no other.

    Args:
        candidates: the sentences of the passages, in order.
        embed: gives a unit vector for each text, shape (dimension,).
    """
    import numpy as np

    if not candidates:
        return []
    vectors = np.asarray(embed([candidate.text for candidate in candidates]), dtype=np.float32)
    nearness = vectors @ vectors.mean(axis=0)
    chosen: list[Candidate] = []
    for _, rows in groupby(range(len(candidates)), key=lambda at: candidates[at].row):
        own = list(rows)
        best = max([at for at in own if stands_alone(candidates[at].text)] or own, key=lambda at: float(nearness[at]))
        if all(candidates[best].text != earlier.text for earlier in chosen):
            chosen.append(candidates[best])
    return chosen


def stands_alone(sentence: str) -> bool:
    """Whether a sentence is whole, tells something, and does not lean on the one before."""
    opening = sentence[:1].casefold() + sentence[1:]
    refers = leans(sentence) or _CONTINUES.match(sentence) or _POINTS_BACK.match(opening)
    return len(sentence) >= SHORTEST and bool(_FINISHED.search(sentence)) and not refers
