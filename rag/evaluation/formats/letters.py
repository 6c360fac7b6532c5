"""Finding words by their letters and digits alone: line breaks, hyphens, quotation marks and rules of tables do not count."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SURE = 12
"""Letters from which a quote that begins or ends within a word is still taken to be the one that was meant."""


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
