"""The sentences that stand for a text, where there is no question to match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from rag.english.leaning import stands_alone
from rag.reader.features import Candidate

Embed = Callable[[list[str]], list[list[float]]]


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
