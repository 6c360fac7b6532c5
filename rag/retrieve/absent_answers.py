"""What is said where a question is about things alike, and none of them is what it asks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection as Some
from collections.abc import Sequence
from difflib import get_close_matches

from rag.english.identifiers import build_code_pattern
from rag.english.quantities import read_ordinal
from rag.english.terms import find_stems
from rag.english.units import is_unit
from rag.english.wanted import Wanted
from rag.english.wanted_words import SUPERLATIVES
from rag.english.words import COUNTED
from rag.retrieve.matching import Match, match
from rag.retrieve.quoting_places import Whole
from rag.retrieve.records import Collection
from rag.steps import Exact

NEAR = 6
"""Values that are named where the one that a question names is not there."""

MOSTLY = 0.6
"""The share of a document's characters that are rows of one table from which on it is that table, and words that stand nowhere in
it are of something that it does not tell."""

ALIKE = 0.6
"""How alike two names are, from 0 to 1 by ``difflib``, for one to be named where the other was not found."""

_BEFORE_THINGS = frozenset(
    "which what whose the a an all any every each many much no of in on at from for by with and or is are was were be been "
    "list show name give find count total sum average mean s".split()
) | {word for words in SUPERLATIVES for word in words.split()}
"""What stands before the name of a thing, a value or a field; before what somebody does stands whoever does it."""


def tell_absent(wanted: Wanted, wholes: Sequence[Whole], collections: Sequence[Collection]) -> Exact | None:
    """That a thing of the name that the question gives is not there, where all else of it is about such things."""
    if wanted.has_codes or wanted.comparisons or wanted.kind not in ("find", "count"):
        return None  # a code that is not there is told by those who look for it in all passages
    for collection in collections:
        if collection.kind not in ("rows", "columns"):
            continue
        matched = match(wanted, collection)
        name = _find_name(wanted, matched) if matched else ""
        if not matched or not name or not (matched.labels or matched.nouns or matched.named):
            continue
        if any(_has(whole.document.text, name) or _has(whole.document.title, name) for whole in wholes):
            continue
        names, near = _find_near(collection, name)
        named = (
            f" {'There are' if len(names) == len(near) else 'The nearest there:'} {', '.join(near)}." if near else ""
        )
        return Exact(told=f"There is no “{name}” in “{collection.document.title}”.{named}", declined=True)
    return None


def tell_unknown(wanted: Wanted, wholes: Sequence[Whole], collections: Sequence[Collection]) -> Exact | None:
    """That the only document, which is a table, has no such thing: the question's other words are about its rows."""
    if len(wholes) != 1 or wanted.has_codes:
        return None
    known = set(find_stems(wholes[0].document.text))
    for collection in collections:
        matched = match(wanted, collection) if is_table(collection) else None
        if matched and any(_says_little(wanted.words[at]) for at in matched.unexplained):
            continue
        if not matched or not matched.unexplained or any(wanted.stems[at] in known for at in matched.unexplained):
            continue
        if not _are_things(wanted, matched.unexplained):
            continue  # "did more people die before 2000": what people do is told in other words than these
        if matched.nouns or (wanted.kind in ("most", "sum", "mean") and len(matched.unexplained) == 1):
            words = ", ".join(f"“{wanted.told[at]}”" for at in sorted(matched.unexplained))
            fields = ", ".join(collection.labels[:NEAR])
            return Exact(told=f"Its table has no {words}; its columns are {fields}.", declined=True)
    return None


def is_table(collection: Collection) -> bool:
    """Whether these things are rows, and its document hardly more than their table."""
    told = sum(record.quote[1] - record.quote[0] for record in collection.records)
    return collection.kind == "rows" and told > MOSTLY * len(collection.document.text)


def _are_things(wanted: Wanted, places: Some[int]) -> bool:
    """Whether words stand where a thing, a value or a field is named, and not where a question says what happens."""
    firsts = [at for at in places if at - 1 not in places]
    return all(at == 0 or wanted.words[at - 1] in _BEFORE_THINGS for at in firsts)


def _says_little(word: str) -> bool:
    """Whether it tells nobody anything that a table lacks a word: "people", "litres", "third"."""
    return word in COUNTED or is_unit(word) or read_ordinal(word) is not None


def _find_name(wanted: Wanted, matched: Match) -> str:
    """The words that nothing accounts for, where they follow on one another and are a name or a code; "" where they are not."""
    places = sorted(matched.unexplained)
    if not places or places != list(range(places[0], places[-1] + 1)):
        return ""
    words = [wanted.told[at] for at in places]
    is_name = all(word[:1].isupper() or word[:1].isdigit() for word in words) and any(
        word[:1].isupper() for word in words
    )
    return " ".join(words) if is_name and places[0] > 0 else ""


def _has(text: str, name: str) -> bool:
    words = name.split()
    if not any(word.casefold() in text.casefold() for word in words):
        return False
    if len(words) == 1:
        return bool(build_code_pattern(name, begins=True).search(text)) or name.casefold() in text.casefold()
    return re.search(r"\W+".join(map(re.escape, words)), text, re.IGNORECASE) is not None


def _find_near(collection: Collection, name: str) -> tuple[list[str], list[str]]:
    """The names of the collection's things, and those that are like one that it has not; all of them where they are few."""
    names = list(dict.fromkeys(collection.read(record.name) for record in collection.records))
    return names, names if len(names) <= NEAR else get_close_matches(name, names, NEAR // 2, ALIKE)
