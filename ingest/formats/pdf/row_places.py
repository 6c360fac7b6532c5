"""Where a table's row stands on a page: its words together, in whatever order the file has them.

A file may hold a table column by column, and a row whose cells have several lines holds these by turns. So the words of
the row are counted, and looked for where just these stand together: first among words that follow one another in the
file, then among those of neighbouring lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.views import Box

FOUND = 0.92
"""The share of a row's letters that has to stand together."""

STRAY = 0.25
"""Letters of other words that may stand among them, as a share of the row's."""

FEWEST = 3
"""Letters that a row has to have to be told from others."""

MOST_WORDS = 400

_PARTS = re.compile(r"[\s\-\u2010-\u2015]+")

Place = tuple[int, Box | None]
"""A page's number, and where a character stands on it."""


@dataclass(frozen=True, slots=True)
class _Word:
    letters: str
    characters: tuple[int, ...]
    page: int
    box: Box


def find_row(words: str, characters: Sequence[str], places: Sequence[Place], fold: Callable[[str], str]) -> list[int]:
    """The numbers of the characters that are a row's; none where the row stands nowhere, or in several places.

    Args:
        words: of the row.
        characters: of the pages on which it may stand, in PDFium's order, with its breaks and spaces.
        places: of each of them.
        fold: makes letters and digits of a text comparable.
    """
    wanted = Counter(filter(None, map(fold, _PARTS.split(words))))
    size = sum(len(word) * count for word, count in wanted.items())
    if size < FEWEST or wanted.total() > MOST_WORDS:
        return []
    known = _list_words(characters, places, fold)
    for order in (known, _read_across(known)):
        if found := _find_window(order, wanted, size):
            return sorted(at for word in found for at in word.characters)
    return []


def _list_words(characters: Sequence[str], places: Sequence[Place], fold: Callable[[str], str]) -> list[_Word]:
    words: list[_Word] = []
    inside: list[int] = []
    for at, letter in [*enumerate(characters), (len(characters), " ")]:
        if not _PARTS.fullmatch(letter):
            inside.append(at)
            continue
        boxes = [places[each][1] for each in inside]
        drawn = [box for box in boxes if box]
        letters = fold("".join(characters[each] for each in inside))
        if letters and drawn:
            left, top = min(box[0] for box in drawn), min(box[1] for box in drawn)
            right, bottom = max(box[0] + box[2] for box in drawn), max(box[1] + box[3] for box in drawn)
            box = (left, top, right - left, bottom - top)
            words.append(_Word(letters, tuple(inside), places[inside[0]][0], box))
        inside = []
    return words


def _read_across(words: Sequence[_Word]) -> list[_Word]:
    """The words of pages line by line from the top, and in each line from the left, whatever column they stand in."""
    lines: list[list[_Word]] = []
    for word in sorted(words, key=lambda each: (each.page, each.box[1] + each.box[3] / 2)):
        first = lines[-1][0] if lines else None
        middle = word.box[1] + word.box[3] / 2
        if first and first.page == word.page and middle <= first.box[1] + 0.8 * first.box[3]:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [word for line in lines for word in sorted(line, key=lambda each: each.box[0])]


def _find_window(words: Sequence[_Word], wanted: Counter[str], size: int) -> list[_Word]:
    """The words of the one stretch that has those of the row, and few others; none where there are several such."""
    best: list[tuple[int, int, int, list[_Word]]] = []
    for start, first in enumerate(words):
        if first.letters not in wanted:
            continue
        left, found, stray = wanted.copy(), 0, 0
        taken: list[_Word] = []
        for at in range(start, len(words)):
            word = words[at]
            if left[word.letters] > 0:
                left[word.letters] -= 1
                found += len(word.letters)
                taken.append(word)
                if found >= FOUND * size:
                    best.append((found - stray, start, at, list(taken)))
            else:
                stray += len(word.letters)
            if stray > STRAY * size + 2 or found == size:
                break
    best.sort(key=lambda each: (-each[0], each[2] - each[1], each[1]))
    if not best:
        return []
    score, low, high, taken = best[0]
    if any(start > high or end < low for other, start, end, _ in best[1:] if other == score):
        return []
    return taken
