"""Whether a question is about things alike that a document tells of: every word of it that says something must be theirs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from rag.english.terms import find_stems, is_content, is_plural, stem_word
from rag.english.wanted import Wanted
from rag.english.wanted_words import CONCEPTS, STAFF, STAFF_FIELDS, WORKING
from rag.retrieve.records import Collection, Field, Record

SHORTEST_VALUE = 3
"""Letters of a value that a question is searched for; a shorter one ("no", "H") counts where its field is named too."""

SHORTEST_STEM = 3
"""Letters of a stem that another may begin with and mean the same: "own" and "owner"."""

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+")

CODES = frozenset(
    map(stem_word, "id number code no nr year phone telephone zip postcode room isbn sku version".split())
)
"""Stems in the name of a field of codes."""

_CURRENCY_CODES = {"euro": "eur", "dollar": "usd"}
"""How a currency's name is compared with values that have its code."""

_YEAR = re.compile(r"(?:19|20)\d\d")

_PARTS = re.compile(r": | [–—-] ")
"""What parts a heading's number from its name."""

Indexes = frozenset[int]
"""Numbers of a question's words."""


@dataclass(frozen=True, slots=True)
class Named:
    """A value that a question names: of which field, and by which of its words."""

    label: str
    value: tuple[str, ...]
    place: Indexes


@dataclass(frozen=True, slots=True)
class Match:
    """What a question's words are to a collection: names of it, of its fields, of values; ``unexplained`` are none of these.

    ``labels`` are the fields that it names, each with the numbers of the words that do.
    """

    collection: Collection
    named: tuple[Named, ...]
    labels: dict[str, Indexes]
    nouns: Indexes
    unexplained: Indexes

    @property
    def asked(self) -> list[str]:
        """The fields that the question names and gives no value of, those first that it names whole."""
        given = {each.label for each in self.named}
        wholes = {label: len(places) / max(1, len(set(read_label(label)))) for label, places in self.labels.items()}
        return sorted((label for label in self.labels if label not in given), key=lambda label: -wholes[label])

    def drop(self, named: Named) -> Match:
        """The same without a value that is named."""
        return replace(self, named=tuple(each for each in self.named if each != named))

    def keep(self, named: Named) -> Match:
        """The same with but one value that is named."""
        return replace(self, named=(named,))

    def select(self) -> list[Record]:
        """The records that have a value that is named in each field of which one is."""
        wanted: dict[str, set[tuple[str, ...]]] = {}
        for each in self.named:
            wanted.setdefault(each.label, set()).add(each.value)
        return [record for record in self.collection.records if self._fits(record, wanted)]

    def _fits(self, record: Record, wanted: dict[str, set[tuple[str, ...]]]) -> bool:
        values = [(label, read_words(words)) for label, words in _values(self.collection, record)]
        return all(any(label == own and words in among for own, words in values) for label, among in wanted.items())


def match(wanted: Wanted, collection: Collection) -> Match | None:
    """What the words of a question are to a collection; None where a value that it names could be of several fields."""
    labels = {label: places for label in collection.labels if (places := find_label(wanted, label))}
    named = _find_named(wanted, collection, labels)
    if named is None:
        return None
    taken = {at for each in named for at in each.place}
    labels = {label: rest for label, places in labels.items() if (rest := places - taken)}
    nouns = _find_nouns(wanted, collection, wanted.open - taken)
    told = taken | nouns | {at for places in labels.values() for at in places}
    if tells_of_staff(collection):
        nouns |= {at for at in wanted.open - told if wanted.words[at] in STAFF}
        told |= nouns | {at for at in wanted.open if wanted.words[at] in WORKING}
    lacking = {at for at, concept in wanted.meant if not find_by_concept(collection.labels, concept)}
    return Match(collection, tuple(named), labels, nouns, frozenset((wanted.open | lacking) - told))


def _find_nouns(wanted: Wanted, collection: Collection, words: Indexes) -> Indexes:
    """Those of a question's words that a collection is called by; a list of items by something right above it at least."""
    nouns = frozenset(
        at
        for at in words
        if (stem := wanted.stems[at]) in collection.nouns
        and not (stem in collection.singular and is_plural(wanted.words[at]))
    )
    is_called = collection.kind != "items" or any(wanted.stems[at] in collection.own for at in nouns)
    return nouns if is_called else frozenset()


def tells_of_staff(collection: Collection) -> bool:
    """Whether each row is somebody who works somewhere, by what its columns are called: a team, a salary."""
    stems = {stem for label in collection.labels for stem in find_stems(label)}
    return collection.kind == "rows" and bool(stems & set(map(stem_word, STAFF_FIELDS)))


def read_years_as_names(wanted: Wanted, labels: Sequence[str]) -> Wanted:
    """The question with its years as names of fields, where fields have them: "from 1985 to 1999" for "incidents_85_99"."""
    told = {part for label in labels for part in _WORD.findall(label.casefold())}
    periods = [
        (comparison, years)
        for comparison in wanted.comparisons
        if (years := {at for at in comparison.place if any(_is_same(wanted.stems[at], part) for part in told)})
    ]
    if not periods:
        return wanted
    places = frozenset(at for _, among in periods for at in among)
    taken = frozenset(at for comparison, _ in periods for at in comparison.place)
    return replace(
        wanted,
        comparisons=tuple(each for each in wanted.comparisons if each not in [comparison for comparison, _ in periods]),
        used=wanted.used - taken,
        open=wanted.open | places,
        naming=wanted.naming | places,
    )


@lru_cache(maxsize=4_096)
def read_label(label: str) -> tuple[str, ...]:
    """The stems of a field's name that say something; all of them where none does."""
    stems = tuple(map(stem_word, _WORD.findall(label.casefold())))
    return tuple(filter(is_content, stems)) or stems


def is_named_whole(wanted: Wanted, matched: Match, label: str) -> bool:
    """Whether a question names all of a field's name."""
    places = matched.labels.get(label, frozenset())
    return all(any(_is_same(wanted.stems[at], stem) for at in places) for stem in read_label(label))


def find_label(wanted: Wanted, label: str) -> Indexes:
    """The words of a question that name a field."""
    own = list(map(stem_word, _WORD.findall(label.casefold())))
    return frozenset(at for at in wanted.naming if any(_is_same(wanted.stems[at], stem) for stem in own))


def find_by_concept(labels: Sequence[str], concept: str) -> list[str]:
    """The fields that may hold what a concept is about, the likeliest first: "Monthly fee" for the price; never a code."""
    meant = list(map(stem_word, CONCEPTS[concept][1].split())) if concept else []
    places = {
        label: [meant.index(stem) for stem in map(stem_word, _WORD.findall(label.casefold())) if stem in meant]
        for label in labels
    }
    if concept == "person":  # "Booked by"
        places |= {label: [len(meant)] for label in labels if not places[label] and label.casefold().endswith(" by")}
    return sorted(
        (label for label in labels if places[label] and not is_code(label)), key=lambda label: min(places[label])
    )


def is_code(label: str) -> bool:
    """Whether the values of a field, if they are numbers, name things, and add up to nothing."""
    return bool(CODES & set(find_stems(label)))


@lru_cache(maxsize=16_384)
def read_words(value: str) -> tuple[str, ...]:
    """The words of a value for comparing: stems in small letters; numbers without their commas and last zeros."""
    return tuple(map(read_word, _WORD.findall(value.casefold())))


@lru_cache(maxsize=16_384)
def read_word(word: str) -> str:
    """A word for comparing."""
    if not word[:1].isdigit():
        return _CURRENCY_CODES.get(stem_word(word), stem_word(word))
    plain = word.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", word) else word
    try:
        return f"{Decimal(plain).normalize():f}" if "." in plain else plain
    except InvalidOperation:
        return word


def _values(collection: Collection, record: Record) -> Iterator[tuple[str, str]]:
    """The values of a record by field; what names it, of a heading or a column, as the value of a field without a name."""
    if collection.kind != "rows":
        name = collection.read(record.name)
        yield "", name
        yield from (("", part) for part in _PARTS.split(name) if part != name)
    for field in record.fields:
        yield field.name, collection.read(field)


def _find_named(wanted: Wanted, collection: Collection, labels: dict[str, Indexes]) -> list[Named] | None:
    asked = tuple(map(read_word, wanted.words))
    known: dict[tuple[str, tuple[str, ...]], None] = {}
    starts = {word: [at for at, other in enumerate(asked) if other == word] for word in set(asked)}
    found: list[Named] = []
    for record in collection.records:
        for label, value in _values(collection, record):
            words = read_words(value)
            if not words or words[0] not in starts or (label, words) in known:
                continue
            known[label, words] = None
            is_telling = _is_telling(value, words) or label in labels
            for at in starts[words[0]]:
                if not (is_telling or _is_acronym(value, at, wanted)):
                    continue
                place = frozenset(range(at, at + len(words)))
                if asked[at : at + len(words)] == words and not place & wanted.used:
                    found.append(Named(label, words, place))
    kept: list[Named] = []
    for each in sorted(found, key=lambda each: -len(each.place)):
        over = [other for other in kept if other.place & each.place]
        if all(other.place == each.place for other in over):
            kept.append(each)
    return _choose_fields(kept, labels)


def _choose_fields(named: Sequence[Named], labels: dict[str, Indexes]) -> list[Named] | None:
    """Of values that stand in several fields those of the one that the question names; None where it names none or several."""
    chosen = []
    for each in named:
        rivals = {other.label for other in named if other.place == each.place}
        meant = {label for label in rivals if labels.get(label, frozenset()) - each.place}
        if len(rivals) > 1 and len(meant) != 1:
            return None
        if each.label in (meant or rivals):
            chosen.append(each)
    return chosen


def _is_telling(value: str, words: Sequence[str]) -> bool:
    return any(map(str.isdigit, value)) or (len(value) >= SHORTEST_VALUE and any(map(is_content, words)))


def _is_acronym(value: str, at: int, wanted: Wanted) -> bool:
    """Whether a short value in capitals is meant by the word there: it is in capitals too, or no small word like "it".

    "Who works in it", where nothing was named before, can only mean "IT".
    """
    if len(value) < 2 or not (value.isalpha() and value.isupper()):
        return False
    in_capitals = wanted.told[at] == value and not all(map(str.isupper, wanted.told))
    return in_capitals or is_content(wanted.words[at]) or (at > 0 and wanted.words[at - 1] == "in")


def _is_same(asked: str, own: str) -> bool:
    if _YEAR.fullmatch(asked) and len(own) == 2:  # "from 1985" for the field "incidents_85_99"
        return asked[2:] == own
    short, long = sorted((asked, own), key=len)
    return asked == own or (len(short) >= SHORTEST_STEM and long.startswith(short) and len(long) - len(short) <= 3)


def find_naming_field(collection: Collection) -> str:
    """The field by which each record is called: the first one where that tells them apart, else the first that does."""
    for label in (collection.key, *collection.labels):
        values = [collection.read(field).casefold() if field else "" for field in collection.column(label)]
        if len(set(values)) == len(values):
            return label
    return collection.key


def read_field(collection: Collection, record: Record, label: str) -> Field | None:
    """The field of a record by name."""
    return next((field for field in record.fields if field.name == label), None)
