"""Token ids as the encoder takes them: padded to one length, those of like length together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.integer[Any]]

Item = TypeVar("Item")

BATCH_TOKENS = 2_048
"""Tokens, padding counted, of a batch at most: of twice as many the intermediate results take 70 MB more, and no less time."""


@dataclass(frozen=True, slots=True)
class Special:
    """The ids of the tokenizer's special tokens."""

    cls: int = 101
    sep: int = 102
    pad: int = 0


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Sequences ``[CLS] first [SEP] second [SEP]``, or ``[CLS] text [SEP]`` where nothing is second.

    Attributes:
        ids: padded token ids of shape (sequences, tokens).
        seconds: where each one's second part begins, of shape (sequences,).
        lengths: how many tokens each has, of shape (sequences,).
    """

    ids: Integers
    seconds: Integers
    lengths: Integers


def pad_pairs(pairs: Sequence[tuple[Sequence[int], Sequence[int]]], special: Special = Special()) -> TokenBatch:
    """Pairs of tokens, such as of a question and a passage, as one batch."""
    import numpy as np

    seconds = np.array([len(first) + 2 for first, _ in pairs], dtype=np.int64)
    lengths = np.array([len(first) + len(second) + 3 for first, second in pairs], dtype=np.int64)
    ids = np.full((len(pairs), int(lengths.max())), special.pad, dtype=np.int64)
    for row, (first, second) in enumerate(pairs):
        ids[row, : lengths[row]] = [special.cls, *first, special.sep, *second, special.sep]
    return TokenBatch(ids, seconds, lengths)


def pad_texts(texts: Sequence[Sequence[int]], special: Special = Special()) -> TokenBatch:
    """Tokens of texts, special ones included, as one batch."""
    import numpy as np

    lengths = np.array([len(tokens) for tokens in texts], dtype=np.int64)
    ids = np.full((len(texts), int(lengths.max())), special.pad, dtype=np.int64)
    for row, tokens in enumerate(texts):
        ids[row, : lengths[row]] = tokens
    return TokenBatch(ids, lengths, lengths)


def gather(items: Sequence[Item], length: Callable[[Item], int]) -> list[list[Item]]:
    """Items in groups of like length, so that little of a batch is padding and none is large."""
    groups: list[list[Item]] = []
    longest = 0
    for item in sorted(items, key=length, reverse=True):
        if groups and (len(groups[-1]) + 1) * longest <= BATCH_TOKENS:
            groups[-1].append(item)
        else:
            groups.append([item])
            longest = length(item)
    return groups
