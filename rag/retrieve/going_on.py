"""Lists and tables that the end of a passage cuts in two: the passages in which they go on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rag.blocks import Block
from rag.english.enumerating import announces
from rag.index.passage_index import PassageIndex
from rag.types import Passage, ScoredPassage

FURTHEST = 20
"""Passages after the one in which a list begins that are looked at."""

LISTED = ("item", "row")


def find_going_on(
    passages: Sequence[ScoredPassage], indexes: Sequence[PassageIndex]
) -> tuple[tuple[Passage, ...], ...]:
    """For each passage within or before a list that its end cuts: that passage, and those in which the list goes on."""
    found = []
    for passage in (scored.passage for scored in passages):
        if not may_go_on(passage):
            continue
        holders = (index for index in indexes if passage.span.document_id in index.current().records)
        if index := next(holders, None):
            later = [each for each in index.passages(passage.span.document_id) if each.span.start >= passage.span.end]
            told = [passage]
            for before, after in pairwise([passage, *later[:FURTHEST]]):
                if not goes_on(before, after):
                    break
                told.append(after)
            if len(told) > 1:
                found.append(tuple(told))
    return tuple(found)


def may_go_on(passage: Passage) -> bool:
    """Whether a passage ends with an item, a row, or words that lead to such."""
    return bool(find_last(passage)) or announces(passage.text.rstrip())


def goes_on(earlier: Passage, later: Passage) -> bool:
    """Whether the list or table at the end of a passage goes on in the one behind it, or begins there as it says."""
    first = next(iter(later.blocks), None)
    if first is None or first.kind not in LISTED or later.text[: max(0, first.start - later.span.start)].strip():
        return False
    last = find_last(earlier)
    return last.kind == first.kind if last else announces(earlier.text.rstrip())


def find_last(passage: Passage) -> Block | None:
    """The item or row that a passage ends with."""
    end = passage.span.start + len(passage.text.rstrip())
    return next((block for block in reversed(passage.blocks) if block.kind in LISTED and block.end >= end), None)


def find_extent(passage: Passage) -> tuple[int, int]:
    """Where in its document the part of a list stands that a passage begins with, as half-open offsets."""
    text, at = passage.text, passage.span.start
    kind, end = passage.blocks[0].kind, 0
    for block in passage.blocks:
        if block.kind != kind or text[end : max(0, block.start - at)].strip():
            break
        end = max(end, min(len(text), block.end - at))
    return at + len(text) - len(text.lstrip()), at + len(text[:end].rstrip())
