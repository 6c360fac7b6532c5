"""Questions that are nothing but signs (".*", "§"): the lines of the documents that have them, as they were typed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.english.sentences import find_sentences
from rag.retrieve.quoting_places import Whole, keep_first
from rag.retrieve.records import Range
from rag.steps import Exact

LONGEST_LINE = 600
"""Characters of a line that is quoted whole; of a longer one the sentence is."""

MOST_CHARACTERS = 20_000
"""Of all lines that are quoted."""


def answer_signs(signs: str, wholes: Sequence[Whole], *, most: int) -> Exact | None:
    """The lines that have the signs, or that none has; None where a question has a letter or a figure in it."""
    if any(map(str.isalnum, signs)):
        return None
    found = [whole.quote(place) for whole in wholes for place in _find_lines(signs, whole.document.text)]
    if not found:
        return Exact(told=f"“{signs}” stands in none of them.", declined=True)
    kept = keep_first(found, most, MOST_CHARACTERS)
    return Exact(tuple(kept), left_out=len(found) - len(kept))


def _find_lines(signs: str, text: str) -> Iterator[Range]:
    at = text.find(signs)
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = len(text) if end < 0 else end
        if end - start > LONGEST_LINE:
            sentences = [(start + low, start + high) for low, high in find_sentences(text[start:end])]
            start, end = next((each for each in sentences if each[0] <= at < each[1]), (at, at + len(signs)))
        yield start, end
        at = text.find(signs, max(end, at + len(signs)))
