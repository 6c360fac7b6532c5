"""Finding words by their letters and digits alone: line breaks, hyphens, quotation marks and rules of tables do not count.

A row of a table is found too where its text names the columns between the values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SURE = 12
"""Letters from which a quote that begins or ends within a word is still taken to be the one that was meant."""

FEWEST_CELLS = 3
"""Values that a quoted row must have to be looked for value by value; two may stand in one line by chance."""

_RULE = re.compile(r"[|\t]|,(?=\S)")
"""What parts the values of a quoted row: rules, tabs, and the commas of a CSV file."""


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters and digits of a text, in small form, and the place of each."""

    kept: str
    places: Sequence[int] = field(repr=False)


def keep_letters(text: str) -> Letters:
    """The letters and digits of a text; one sign may give several, as a ligature does."""
    kept, places = [], []
    for place, character in enumerate(text):
        for folded in unicodedata.normalize("NFKC", character).casefold():
            if folded.isalnum():
                kept.append(folded)
                places.append(place)
    return Letters("".join(kept), places)


def find_letters(quote: str, text: str, letters: Letters | None = None) -> Iterator[tuple[int, int]]:
    """Where a quote stands in a text, by letters and digits alone: ``text[start:end]`` has those of the quote.

    A short quote has to begin and to end with a word: "art" is not in "start".

    Args:
        quote: what is looked for.
        text: where.
        letters: those of the text, where they are at hand.
    """
    held = letters or keep_letters(text)
    wanted = keep_letters(quote).kept
    at = held.kept.find(wanted) if wanted else -1
    while at >= 0:
        start, end = held.places[at], held.places[at + len(wanted) - 1] + 1
        within = (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum())
        if len(wanted) >= SURE or not within:
            yield start, end
        at = held.kept.find(wanted, at + 1)


def find_row(quote: str, text: str) -> tuple[int, int] | None:
    """Where the values of a quoted row, "Orrin | 1874 | rye", stand in one line of a text, in their order.

    Between them the line may have more: "Mill: Orrin; Built: 1874; Ground: rye". The place is from the first value to the
    last. None where the quote is no row of at least ``FEWEST_CELLS`` values, or no line has them.
    """
    cells = [cell.strip() for cell in _RULE.split(quote) if any(map(str.isalnum, cell))]
    if len(cells) < FEWEST_CELLS:
        return None
    start = 0
    for line in text.split("\n"):
        if cells[0] in line and (places := _find_in_order(cells, line)):
            return start + places[0], start + places[1]
        start += len(line) + 1
    return None


def _find_in_order(cells: Sequence[str], line: str) -> tuple[int, int] | None:
    """Where the first of some values begins in a line, and the last one ends, each after the one before it, as whole words."""
    first, at = -1, 0
    for cell in cells:
        found = re.compile(rf"(?<!\w){re.escape(cell)}(?!\w)").search(line, at)
        if found is None:
            return None
        first, at = found.start() if first < 0 else first, found.end()
    return first, at
