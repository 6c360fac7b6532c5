"""Questions that are nothing but signs (".*", "§"): the lines of the documents that have them, as they were typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.english.sentences import find_sentences
from rag.retrieve.quoting_places import Whole, keep_first
from rag.retrieve.records import Range
from rag.steps import Exact

_LINE = re.compile(r".+")

LONGEST_LINE = 600
"""Characters of a line that is quoted whole; of a longer one the sentence is."""

MOST_CHARACTERS = 20_000
"""Of all lines that are quoted."""


def answer_signs(signs: str, wholes: Sequence[Whole], *, most: int) -> Exact | None:
    """The lines that have the signs, or that none has; None where a question has a letter or a figure in it."""
    if any(map(str.isalnum, signs)):
        return None
    found = [(whole, place) for whole in wholes for place in _find_lines(signs, whole.document.text)]
    if not found:
        return Exact(told=f"“{signs}” stands in none of them.", declined=True)
    kept = keep_first([whole.quote(place) for whole, place in found[:most]], most, MOST_CHARACTERS)
    return Exact(tuple(kept), left_out=len(found) - len(kept))


def _find_lines(signs: str, text: str) -> Iterator[Range]:
    """The lines that have the signs; of a long one the sentences that do, or the signs themselves where they part two."""
    for line in _LINE.finditer(text):
        start, end = line.span()
        at = text.find(signs, start, end)
        if at < 0:
            continue
        if end - start <= LONGEST_LINE:
            yield start, end
            continue
        sentences = [(start + low, start + high) for low, high in find_sentences(line[0])]
        yield from [place for place in sentences if signs in text[slice(*place)]] or [(at, at + len(signs))]
