"""Questions about a document as a whole: the passages that stand for it, found without words to match."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.index.passage_index import PassageIndex
from rag.index.state import IndexState
from rag.retrieve.hybrid import choose_states
from rag.types import Passage, Route, ScoredPassage

_NOTE = re.compile(r"Note \S{1,12}: |\[\^?\d{1,4}\]:? ")

MOST_SUMMARISED = 6
"""Documents that one summary covers at most: the first ones of the library."""

NOTICES: Mapping[Route, str] = {
    "summary": "Central sentences of the whole text, in its own order.",
    "list": "The sentences that fit best, in the order of the text; there may be others.",
}
"""What is said beside an answer that was put together from all over a text, and only quotes."""

MOST_READ = 2_000
"""Passages that a chat model may be given to read, whatever its window."""

PASSAGES = 6
"""Passages that a summary draws on, all documents together, where no number is asked for."""


def find_central_passages(
    indexes: Sequence[PassageIndex], documents: Sequence[str], *, count: int = PASSAGES
) -> tuple[ScoredPassage, ...]:
    """The passages that stand for whole documents, in the documents' order, each scored by how central it is, in [0, 1].

    A document is parted into stretches of like length, and each gives the passage that is nearest to the document's
    mean, so that its end is heard as well as its beginning.

    Args:
        indexes: taken together, as one.
        documents: ids of the documents that are asked about; empty for all.
        count: how many passages, all documents together; one of each document at least.

    Raises:
        DocumentError: a document is in none of the indexes.
        IndexUnavailable: an index cannot be read.
    """
    states = choose_states(indexes, documents)
    wanted = [(state, name) for state, names in states for name in names or state.records][:MOST_SUMMARISED]
    share = max(1, count // max(1, len(wanted)))
    return tuple(found for state, name in wanted for found in _central_passages(state, name, share))


def read_whole(indexes: Sequence[PassageIndex], documents: Sequence[str]) -> tuple[Passage, ...]:
    """All passages of the documents that are asked about, in order; none where those are more than can be read.

    Raises:
        DocumentError: a document is in none of the indexes.
        IndexUnavailable: an index cannot be read.
    """
    states = choose_states(indexes, documents)
    wanted = [(state, name) for state, names in states for name in names or state.records]
    if sum(state.record(name).passages for state, name in wanted) > MOST_READ:
        return ()
    return tuple(passage for state, name in wanted for passage in state.passages(name))


def is_apparatus(passage: Passage) -> bool:
    """Whether a passage is made of references, notes and captions for the greater part: it stands for nothing that a text says."""
    at = passage.span.start
    beside = sum(
        min(block.end - at, len(passage.text)) - max(block.start - at, 0)
        for block in passage.blocks
        if block.kind in ("reference", "caption")
    )
    notes = sum(len(part) for part in passage.text.split("\n\n") if _NOTE.match(part))
    return 2 * (beside + notes) > len(passage.text)


def _central_passages(state: IndexState, document: str, count: int) -> list[ScoredPassage]:
    import numpy as np

    rows = state.find_document_rows(document, vectors=True)
    if not rows:
        return []
    ordered = sorted(((state.passage(row), row.vector) for row in rows), key=lambda pair: pair[0].span)
    vectors = np.asarray([vector for _, vector in ordered], dtype=np.float32)
    middle = vectors.mean(axis=0)
    nearness = vectors @ (middle / (np.linalg.norm(middle) or 1.0))
    telling = [row for row, (passage, _) in enumerate(ordered) if not is_apparatus(passage)] or range(len(ordered))
    stretches = np.array_split(np.array(telling), min(count, len(telling)))
    best = [int(stretch[nearness[stretch].argmax()]) for stretch in stretches]
    return [ScoredPassage(ordered[row][0], float(np.clip(nearness[row], 0.0, 1.0))) for row in best]
