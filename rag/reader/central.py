"""The sentences that stand for a text, where there is no question to match."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby

from rag.reader.candidates import Candidate

Embed = Callable[[list[str]], list[list[float]]]

_LEANS = re.compile(
    r"(?:this|that|these|those|he|she|it|they|his|her|its|their|such|but|however|and|or|so|then|also|moreover|yet|"
    r"therefore|thus|here|there|another|both|the (?:former|latter|same))\b",
    re.IGNORECASE,
)
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
    return len(sentence) >= SHORTEST and bool(_FINISHED.search(sentence)) and not _LEANS.match(sentence)
