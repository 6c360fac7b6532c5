"""Which field a question asks for, and what its things are called. Pure."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Sequence

from rag.english.wanted import Wanted
from rag.retrieve.matching import Indexes, Match, find_by_concept, find_naming_field, read_field
from rag.retrieve.records import Record
from rag.retrieve.selection import find_columns

_CALLED = frozenset("name names code codes number numbers word words id ids letter letters".split())
"""What begins or ends with letters, whatever a table calls it."""


def order_asked(wanted: Wanted, matched: Match, asked: Sequence[str]) -> list[str]:
    """The fields whose value a question may ask for, the likeliest first.

    That is the one named right after "which" or "what"; else one that it names beside what the things are called ("how much
    is the trip to Paris" asks for no trip), or means by a word.

    Args:
        wanted: what the question wants.
        matched: what its words are to the things.
        asked: fields that it names and gives no value of, best first.
    """
    first = [label for label in asked if wanted.head in matched.labels[label]]
    plain = [label for label in asked if label != matched.collection.key]
    meant = [label for concept in sorted(wanted.concepts) for label in find_meant(matched, concept)]
    return list(dict.fromkeys([*first, *plain, *meant, *asked]))


def find_meant(matched: Match, concept: str) -> list[str]:
    """The fields that may hold what a concept is about, the likeliest first; people are no numbers."""
    labels = find_by_concept(matched.collection.labels, concept)
    return (
        [label for label in labels if label not in find_columns(matched)] if concept == "person" and labels else labels
    )


def find_people(matched: Match) -> list[str]:
    """The fields of people, where the things themselves may be people: what is "booked by" somebody is none."""
    return [label for label in find_meant(matched, "person") if not label.casefold().endswith(" by")]


def find_guessed(wanted: Wanted, matched: Match, unexplained: Some[int]) -> Indexes:
    """The number of the word for things that are called otherwise, or not at all, where their largest or smallest is wanted.

    "Which trip is the cheapest", of a table of countries and costs: it can only be about the rows. Whether these are trips,
    nobody has said.
    """
    places = (wanted.head, wanted.after + 1)
    is_word = len(unexplained) == 1 and any(wanted.told[at].islower() for at in unexplained if at in places)
    is_plain = wanted.kind == "most" and bool(wanted.concept) and not matched.nouns and not wanted.is_comparison
    return frozenset(unexplained) if is_word and is_plain else frozenset()


def choose_by_letters(wanted: Wanted, matched: Match, records: Sequence[Record]) -> tuple[list[Record], Indexes]:
    """Those of the records whose name begins or ends as the question says, and the numbers of its words for that name.

    The name is the value of the field that it names, else what each of the things is called by.
    """
    affix, collection = wanted.affix, matched.collection
    assert affix is not None
    label = min(matched.asked, key=lambda each: -max(matched.labels[each]), default="")
    if collection.kind == "rows" and (not label or matched.nouns & matched.labels[label]):
        label = find_naming_field(collection)
    kept = []
    for record in records:
        field = read_field(collection, record, label) if label else None
        if affix.fits(collection.read(field or record.name)):
            kept.append(record)
    return kept, frozenset(at for at in matched.unexplained if wanted.words[at] in _CALLED)
