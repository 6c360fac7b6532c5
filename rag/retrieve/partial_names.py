"""Values that a question names by some of their words: "when does Ana cook" for "Ana Reis". Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from rag.english.wanted import Wanted
from rag.retrieve.matching import Indexes, Match, Named, find_by_concept, read_words

LONGEST = 12
"""Words of a value that may be named by some of them; a longer one is a text, and says more than one thing."""

_SENTENCE_ENDS = (".", "?", "!", ":")


def name_by_part(wanted: Wanted, matched: Match) -> Match:
    """The same with values that have what else the question names; unchanged where these could be of several fields.

    Words that follow on one another have to stand in one value: "Ada Holm" is neither "Ada Abel" nor "Cora Holm". And the
    question has to say what it wants of the rows: that one has its words in it says nothing.
    """
    fields = any(find_by_concept(matched.collection.labels, concept) for concept in wanted.concepts)
    if matched.collection.kind not in ("rows", "columns") or not (matched.nouns or matched.asked or fields):
        return matched
    named = []
    for place in _find_runs(sorted(matched.unexplained)):
        found = _find_values(wanted, matched, place)
        if not found:
            return matched
        named += found
    return replace(matched, named=(*matched.named, *named), unexplained=frozenset())


def _find_runs(places: list[int]) -> Iterator[Indexes]:
    """Numbers that follow on one another, together."""
    for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        yield frozenset(at for _, at in run)


def _find_values(wanted: Wanted, matched: Match, place: Indexes) -> list[Named]:
    asked = {wanted.stems[at] for at in place}
    if any(any(map(str.isdigit, word)) for word in asked):  # half a number is another number
        return []
    held: dict[str, dict[tuple[str, ...], None]] = {}
    for record in matched.collection.records:
        for field in record.fields:
            value = matched.collection.read(field)
            words = read_words(value)
            if len(words) <= LONGEST and asked <= set(words) and not value.endswith(_SENTENCE_ENDS):
                held.setdefault(field.name, {})[words] = None
    meant = [label for label in held if label in matched.labels] or list(held)
    return [Named(meant[0], words, place) for words in held[meant[0]]] if len(meant) == 1 else []
