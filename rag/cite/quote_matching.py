"""Where a passage holds the words that someone quotes from it: exactly, or nearly; refused where that is doubtful. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.types import Status

CLOSE = 0.8
"""The share of words, of the quote and of the text found for it, that have to agree in order."""

SHORTEST = 3
"""Words that a quote has at least: fewer stand anywhere."""

LONGEST = 200
"""Words that are aligned: that takes quadratic time."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_QUOTED = re.compile(r"“([^“”]{1,1000})”|\"([^\"]{1,1000})\"|«([^«»]{1,1000})»|„([^„“”]{1,1000})[“”]")


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """Where a quote stands, as half-open offsets into the text, and whether these are its very words."""

    start: int
    end: int
    status: Status


def is_quotable(quote: str) -> bool:
    """Whether a quote is long enough to be looked for."""
    return len(_read_words(quote)) >= SHORTEST


def find_quotations(prose: str) -> tuple[str, ...]:
    """What stands in quotation marks, and is long enough to be looked for."""
    quoted = (next(group for group in found.groups() if group) for found in _QUOTED.finditer(prose))
    return tuple(words for words in quoted if is_quotable(words))


@lru_cache(maxsize=4096)
def find_quote(quote: str, text: str) -> tuple[FoundQuote, ...]:
    """The places where ``text`` says what ``quote`` says, by words: after NFKC and case folding, whatever the punctuation.

    ``verbatim`` where all words agree; otherwise ``close`` where ``CLOSE`` of them do, of the quote and of the text found
    for it. Empty where they stand nowhere, or are too few to tell; several places are all equally good.
    """
    wanted = [word for word, _, _ in _read_words(quote)][:LONGEST]
    words = _read_words(text)
    if not SHORTEST <= len(wanted) <= 2 * len(words):
        return ()
    have = [word for word, _, _ in words]
    exact = [at for at in range(len(have) - len(wanted) + 1) if have[at : at + len(wanted)] == wanted]
    if exact:
        return tuple(_place(words, at, at + len(wanted), "verbatim") for at in exact)
    stretches = _find_stretches(wanted, have)
    best = max((share for share, _, _ in stretches), default=0.0)
    places: list[tuple[int, int]] = []
    for share, low, high in stretches:
        if share == best and (not places or low >= places[-1][1]):
            places.append((low, high))
    return tuple(_place(words, low, high, "close") for low, high in places)


def _find_stretches(wanted: Sequence[str], have: Sequence[str]) -> list[tuple[float, int, int]]:
    """The stretches of a text that are close to a quote: how close, and where they begin and end, in words."""
    masks: dict[str, int] = {}
    for number, word in enumerate(wanted):
        masks[word] = masks.get(word, 0) | 1 << number
    every = (1 << len(wanted)) - 1
    room = len(wanted) + len(wanted) // 4 + 1
    found = []
    for start in range(len(have)):
        if have[start] not in masks:
            continue
        # The longest common subsequence with every beginning of the window (Hyyrö 2004): a bit for each word wanted.
        bits, best, last = every, 0.0, start
        for end, word in enumerate(have[start : start + room], start + 1):
            if mask := masks.get(word):
                both = bits & mask
                bits = ((bits + both) | (bits - both)) & every
                share = (len(wanted) - bits.bit_count()) / max(len(wanted), end - start)
                if share > best:
                    best, last = share, end
        if best >= CLOSE:
            found.append((best, start, last))
    return found


def _place(words: Sequence[tuple[str, int, int]], low: int, high: int, status: Status) -> FoundQuote:
    return FoundQuote(words[low][1], words[high - 1][2], status)


@lru_cache(maxsize=1024)
def _read_words(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words of a text, folded, with where they stand in it; folding keeps to the words, so the offsets are the text's."""
    return tuple(
        (unicodedata.normalize("NFKC", found.group()).casefold().replace("’", "'"), found.start(), found.end())
        for found in _WORD.finditer(text)
    )
