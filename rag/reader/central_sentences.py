"""The sentences that stand for a text or tell of a topic, where there is no question to match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from rag.english.leaning import stands_alone
from rag.english.terms import find_terms, is_content
from rag.reader.features import Candidate

MOST_TOLD = 3
"""Sentences that tell of a topic."""

Embed = Callable[[list[str]], list[list[float]]]


def choose_central(candidates: Sequence[Candidate], embed: Embed, *, most: int | None = None) -> list[Candidate]:
    """One sentence of each passage, in the order of the passages: the one nearest to all of their sentences together.

    Sentences that lean on the one before, ask, or are no whole sentence are taken only where a passage has no other.

    Args:
        candidates: the sentences of the passages, in order.
        embed: gives a unit vector for each text, shape (dimension,).
        most: how many are kept, the first and those that are nearest to all sentences of all passages; all of them if None.
    """
    import numpy as np

    if not candidates:
        return []
    vectors = np.asarray(embed([candidate.text for candidate in candidates]), dtype=np.float32)
    nearness = vectors @ vectors.mean(axis=0)
    chosen: list[int] = []
    for _, rows in groupby(range(len(candidates)), key=lambda at: candidates[at].row):
        own = list(rows)
        best = max([at for at in own if stands_alone(candidates[at].text)] or own, key=lambda at: float(nearness[at]))
        if all(candidates[best].text != candidates[earlier].text for earlier in chosen):
            chosen.append(best)
    # What a text is about is said where it begins.
    kept = [*chosen[:1], *sorted(chosen[1:], key=lambda at: -float(nearness[at]))][:most]
    return [candidates[at] for at in chosen if at in kept]


def choose_topical(topic: str, candidates: Sequence[Candidate], embed: Embed) -> list[Candidate]:
    """The sentences that name a topic and are nearest to it, those first that name all of its words, and the nearest.

    None where no sentence names any of them. Arguments as for ``choose_central``.
    """
    import numpy as np

    wanted = {term for term in find_terms([topic])[0] if is_content(term)}
    if not wanted or not candidates:
        return []
    shared = [len(wanted & set(terms)) for terms in find_terms([candidate.text for candidate in candidates])]
    naming = [at for at, count in enumerate(shared) if count and count == max(shared)]
    if not naming:
        return []
    vectors = np.asarray(embed([topic, *(candidates[at].text for at in naming)]), dtype=np.float32)
    nearness = dict(zip(naming, (vectors[1:] @ vectors[0]).tolist(), strict=True))
    return [candidates[at] for at in sorted(naming, key=lambda at: -nearness[at])[:MOST_TOLD]]


def is_topic_named(topic: str, told: Sequence[Candidate]) -> bool:
    """Whether what is told of a topic has all of its words that say something, with what stands above it."""
    wanted = {term for term in find_terms([topic])[0] if is_content(term)}
    above = [f"{candidate.passage.title}\n{candidate.passage.heading}" for candidate in told]
    said = {term for terms in find_terms([*above, *(candidate.text for candidate in told)]) for term in terms}
    return wanted <= said
