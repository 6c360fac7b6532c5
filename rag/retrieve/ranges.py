"""Values that a question names by a number within them: "what grade is an 88" for the row of 87–90. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from rag.english.wanted import Wanted
from rag.retrieve.matching import Indexes, Match, Named, read_words

FEWEST = 2
"""Ranges in a field from which on it is one of ranges."""

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_RANGE = re.compile(
    rf"\W{{0,2}}(?P<low>{_NUMBER})\s*\W?\s*(?:[-–—]|to)\s*\W?(?P<high>{_NUMBER})\s*(?:%|°?\w{{1,8}})?", re.IGNORECASE
)
"""Two numbers with a dash between them, and a unit at most: a span of days has more words, and a telephone number more dashes."""

_PLAIN = re.compile(_NUMBER)


def name_by_range(wanted: Wanted, matched: Match) -> Match:
    """The same with the range that holds a number which nothing else accounts for; unchanged where none or several do.

    Of two ranges that share a bound, "80–83" and "83–87", it belongs to the one that it begins.
    """
    if matched.collection.kind != "rows":
        return matched
    for at in sorted(matched.unexplained):
        if not _PLAIN.fullmatch(wanted.words[at]):
            continue
        number = _read(wanted.words[at])
        fields = [label for label in matched.collection.labels if len(find_ranges(matched, label)) >= FEWEST]
        named = [
            Named(label, read_words(value), _find_place(wanted, matched, at, value))
            for label in fields
            for value in _find_holding(find_ranges(matched, label), number)
        ]
        if len(named) == 1:
            return replace(matched, named=(*matched.named, *named), unexplained=matched.unexplained - named[0].place)
    return matched


def find_ranges(matched: Match, label: str) -> dict[str, tuple[Decimal, Decimal]]:
    """The values of a field that are ranges, each with its bounds; empty where fewer than half are."""
    values = [matched.collection.read(field) for field in matched.collection.column(label) if field]
    found = {}
    for value in values:
        bounds = _RANGE.fullmatch(value.strip())
        if bounds and (low := _read(bounds["low"])) < (high := _read(bounds["high"])):
            found[value] = (low, high)
    return found if 2 * len(found) >= len(set(values)) else {}


def _find_place(wanted: Wanted, matched: Match, at: int, value: str) -> Indexes:
    """The number in the question, and its unit where the range has that too."""
    is_unit = at + 1 in matched.unexplained and wanted.stems[at + 1] in read_words(value)
    return frozenset({at, at + 1} if is_unit else {at})


def _find_holding(ranges: dict[str, tuple[Decimal, Decimal]], number: Decimal) -> list[str]:
    holding = [value for value, (low, high) in ranges.items() if low <= number <= high]
    if len(holding) > 1:
        holding = [value for value in holding if ranges[value][0] == number]
    return holding


def _read(number: str) -> Decimal:
    return Decimal(number.replace(",", ""))
