"""Of several collections that account for a question alike: which one is meant. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rag.retrieve.records import Collection
from rag.retrieve.selection import Selection

MAIN = 3
"""Times as many rows as another table has that tells of the same things: the one that a question for all of them likely means."""


def holds(whole: Collection, part: Collection) -> bool:
    """Whether a list has another, which one of its items leads to: that is the one that is called so."""
    alike = whole.kind == part.kind == "items" and whole.document is part.document
    return alike and len(part.records) < len(whole.records) and set(part.records) <= set(whole.records)


def is_main(first: Selection, others: Sequence[Selection]) -> bool:
    """Whether one table is so much longer than others of the same document, of the same things, that it is likely meant."""
    alike = all(
        each.collection.document is first.collection.document
        and each.collection.kind == "rows"
        and each.collection.key == first.collection.key
        for each in others
    )
    return alike and all(len(first.collection.records) >= MAIN * len(each.collection.records) for each in others)
