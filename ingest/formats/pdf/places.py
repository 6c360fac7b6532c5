"""Where words stand on the pages of a PDF: found again by their letters and digits, whatever lies between these.

The reader joined lines, mended hyphens and ligatures and put columns in order, so what it made of a page is not what
PDFium gives of it; but letters and digits are the same. A place is told only where it is sure: words that stand there
twice, with the same words around them, have none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ingest.formats.pdf.row_places import Place, find_row
from ingest.views import Sought

WHOLE = 12
"""Letters from which on a find need not begin and end with a word: some files have no spaces."""

NEAR = 160
"""Letters that may stand between two pieces of a quote: a note's number, a running head."""

LONE = 18
"""Letters that a piece has to have which stands farther away, and nowhere else."""

MISSED, FEW_MISSED = 0.03, 6
"""The share of a quote's letters that may be missing on the page, and how many may be of a long one: before a note at a
page's foot, the reader says that it is one."""

TELLING = 4
"""Letters around a quote from which on they tell it from equal words elsewhere."""

MOST_PIECES = 12

MOST_SIGNS = 12
"""Spaces and signs in a row that are taken to belong to the words around them."""

Spread = list[tuple[int, int]]
"""Pieces of the folded text, as offsets, in the order of the quote."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The letters and digits of a text, folded, and for each of them the number of the character that it comes from."""

    text: str
    owners: Sequence[int]


@lru_cache(maxsize=4096)
def _fold_one(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter).casefold()
    return "".join(each for each in unicodedata.normalize("NFKD", plain) if each.isalnum())


def fold(text: Sequence[str]) -> Folded:
    """Fold a text, or a list of characters."""
    parts: list[str] = []
    owners: list[int] = []
    for at, letter in enumerate(text):
        if folded := _fold_one(letter):
            parts.append(folded)
            owners += [at] * len(folded)
    return Folded("".join(parts), owners)


def find_places(
    sought: Sought, characters: Sequence[str], places: Sequence[Place], is_same: Callable[[int, int], bool]
) -> list[int]:
    """The numbers of the characters that are the sought words; none where their place is unsure.

    Args:
        sought: the words.
        characters: of the pages on which they stand, in PDFium's order, with its breaks and spaces.
        places: of each of them.
        is_same: whether two characters, by number, are painted over one another.
    """
    words, folded = fold(sought.words).text, fold(characters)
    if not words:
        return []
    spread = _find_whole(sought, words, characters, folded, is_same) or _find_pieces(words, characters, folded)
    if not spread and sought.is_row:
        return _fill(find_row(sought.words, characters, places, lambda text: fold(text).text), characters)
    return _fill(sorted({folded.owners[at] for low, high in spread for at in range(low, high)}), characters)


def _fill(found: Sequence[int], characters: Sequence[str]) -> list[int]:
    """The characters that were found, with the spaces and signs between two of them, and the signs after the last."""
    filled: list[int] = []
    for at, following in pairwise([*found, len(characters)]):
        filled.append(at)
        between = range(at + 1, min(following, at + MOST_SIGNS))
        ends = next((each for each in between if characters[each] == "\n" or _fold_one(characters[each])), following)
        whole = range(at + 1, ends)
        if ends < following or following == len(characters):  # another word comes first
            whole = range(at + 1, next((each for each in whole if characters[each].isspace()), ends))
        filled += [each for each in whole if each < following and each - at < MOST_SIGNS]
    return filled


def _find_whole(
    sought: Sought, words: str, characters: Sequence[str], folded: Folded, is_same: Callable[[int, int], bool]
) -> Spread:
    found = [
        at
        for at in _find_all(words, folded.text)
        if len(words) >= WHOLE or _is_word(at, len(words), characters, folded)
    ]
    if len(found) > 1:
        before, after = fold(sought.before).text, fold(sought.after).text
        fits = {at: _measure_fit(folded.text, at, at + len(words), before, after) for at in found}
        found.sort(key=lambda at: (-fits[at], at))
        first = found[0]
        best = [at for at in found if fits[at] == fits[first]]
        is_told = len(best) == 1 and fits[first] >= min(TELLING, len(before) + len(after))
        if not is_told and not all(is_same(folded.owners[first], folded.owners[at]) for at in found[1:]):
            return []
    return [(found[0], found[0] + len(words))] if found else []


def _measure_fit(text: str, start: int, end: int, before: str, after: str) -> int:
    """How many letters around a place are those that stand around the words."""
    back = next((at for at in range(min(len(before), start)) if before[-1 - at] != text[start - 1 - at]), None)
    ahead = next((at for at in range(min(len(after), len(text) - end)) if after[at] != text[end + at]), None)
    return (min(len(before), start) if back is None else back) + (
        min(len(after), len(text) - end) if ahead is None else ahead
    )


def _find_pieces(words: str, characters: Sequence[str], folded: Folded) -> Spread:
    """The pieces in which the words stand, where other words come between: of a note, a running head, another column."""
    text = folded.text
    spread: Spread = []
    at = missed = 0
    most = max(MISSED * len(words), min(FEW_MISSED, len(words) / 10))
    while at < len(words) and len(spread) <= MOST_PIECES and missed <= most:
        rest = len(words) - at
        last = spread[-1][1] if spread else 0
        near, size = _find_longest(words, at, text, last, last + NEAR) if spread else (-1, 0)
        far, long = _find_longest(words, at, text, 0, len(text))
        is_lone = long >= LONE and text.find(words[at : at + long], far + 1) < 0
        if is_lone and (size < min(LONE, rest) or long > 2 * size):
            near, size = far, long
        elif size < min(4, rest):
            missed += 1
            at += 1
            continue
        if at + size < len(words):
            size = _cut_back(near, size, characters, folded)
        spread.append((near, near + size))
        at += size
    is_found = at >= len(words) and missed <= most and len(spread) <= MOST_PIECES
    return spread if is_found and any(high - low >= min(LONE, len(words)) for low, high in spread) else []


def _cut_back(start: int, size: int, characters: Sequence[str], folded: Folded) -> int:
    """A piece without the letters by which it happens to reach into a word that is another one."""
    for end in range(start + size, start + size - min(3, size - 1), -1):
        if end >= len(folded.text) or not _joins(end - 1, end, characters, folded):
            return end - start
    return size


def _find_longest(words: str, at: int, text: str, low: int, high: int) -> tuple[int, int]:
    """Where the longest beginning of the words from an offset on stands in a stretch of a text, and its length."""
    place, short, long = -1, 0, len(words) - at
    while short < long:
        middle = (short + long + 1) // 2
        found = text.find(words[at : at + middle], low, high + middle)
        if found < 0:
            long = middle - 1
        else:
            place, short = found, middle
    return place, short


def _find_all(words: str, text: str) -> list[int]:
    found: list[int] = []
    at = text.find(words)
    while at >= 0 and len(found) < 200:
        found.append(at)
        at = text.find(words, at + 1)
    return found


def _is_word(at: int, size: int, characters: Sequence[str], folded: Folded) -> bool:
    end = at + size
    begins = at == 0 or not _joins(at - 1, at, characters, folded)
    return begins and (end == len(folded.text) or not _joins(end - 1, end, characters, folded))


def _joins(one: int, next_one: int, characters: Sequence[str], folded: Folded) -> bool:
    """Whether two letters, one after the other, belong to one word: nothing lies between their characters."""
    low, high = folded.owners[one], folded.owners[next_one]
    return high - low <= 1 and characters[low].isalnum() and characters[high].isalnum()
