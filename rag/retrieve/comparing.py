"""Comparisons of a question with a field: "over 500 euros", "since 2020"; by which field, and for which records they hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from rag.english.comparisons import Comparison
from rag.english.quantities import Quantity
from rag.english.terms import find_stems, stem_word
from rag.english.wanted import Wanted
from rag.retrieve.matching import CODES, Match, find_by_concept
from rag.retrieve.records import Record

Column = Sequence[Quantity | None]
"""The values of a field, None for those that are missing."""

_CURRENCIES = {"€": "euro euros eur", "$": "dollar dollars usd", "£": "pound pounds gbp", "%": "percent"}
_SCALES = {
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "k": 1_000,
    "m": 1_000_000,
    "bn": 1_000_000_000,
}
YEARS = range(1000, 2200)
"""Whole numbers that are years where nothing else is among them."""


def choose_compared(
    wanted: Wanted, matched: Match, comparison: Comparison, comparable: dict[str, list[Quantity | None]]
) -> str:
    """The field that a comparison is about: one of its kind that is named, else one that is meant, else the only one of days."""
    is_day = isinstance(comparison.low or comparison.high, date)
    fitting = [label for label, column in comparable.items() if isinstance(first_of(column).amount, date) == is_day]
    if is_day:
        fitting += [label for label in comparable if label not in fitting and _are_years(label, comparable[label])]
    named = [label for label in fitting if label in matched.labels]
    meant = [label for concept in sorted(wanted.concepts) for label in find_by_concept(fitting, concept)]
    by_unit = [label for label in fitting if find_unit_words(wanted, comparable[label])]
    if "people" in wanted.words:  # "for more than 30 people"
        meant = meant or find_by_concept(fitting, "capacity")
    for labels in (named, meant, by_unit, fitting if is_day else []):
        if len(set(labels)) == 1:
            return labels[0]
    return ""


def find_held(
    matched: Match, label: str, column: Sequence[Quantity | None], comparison: Comparison, wanted: Wanted
) -> list[Record] | None:
    """The records for which a comparison holds; None where the question's number may be in another unit than the field."""
    scale = next((_SCALES[word] for word in first_of(column).unit.split() if word in _SCALES), 1)
    if scale > 1 and not {wanted.words[at] for at in comparison.place} & {"thousand", "million", "billion"}:
        return None
    unit = "%" if "percent" in wanted.words else comparison.unit
    told = first_of(column).unit
    if unit and unit not in told and unit not in label and not find_currency(unit) & set(told.split()):
        return None
    held = []
    for record, quantity in zip(matched.collection.records, column, strict=True):
        if quantity is None:
            continue
        amount = quantity.amount
        if isinstance(amount, Decimal) and isinstance(comparison.low or comparison.high, date):
            holds = any(comparison.holds(day) for day in (date(int(amount), 1, 1), date(int(amount), 12, 31)))
        else:
            holds = comparison.holds(amount * scale if isinstance(amount, Decimal) else amount)
        if holds:
            held.append(record)
    return held


def find_unit_words(wanted: Wanted, column: Sequence[Quantity | None]) -> set[int]:
    """The words of a question that name a field's unit."""
    unit = first_of(column).unit
    words = {word for part in unit.split() for word in (part, *find_currency(part))}
    stems = {stem_word(word) for word in words if re.fullmatch(r"[^\W\d_]+", word)}
    return {at for at in wanted.open if wanted.stems[at] in stems}


def find_currency(unit: str) -> set[str]:
    """All names and signs of a currency, given one of them; none of what is no currency."""
    return {
        word
        for sign, names in _CURRENCIES.items()
        if unit == sign or unit in names.split()
        for word in (sign, *names.split())
    }


def tells_when(label: str, column: Column) -> bool:
    """Whether the values of a field are days, or years."""
    return isinstance(first_of(column).amount, date) or _are_years(label, column)


def _are_years(label: str, column: Sequence[Quantity | None]) -> bool:
    if {*find_stems(label)} & (CODES - {"year"}):  # "Staff ID: 1014"
        return False
    numbers = [each.amount for each in column if each is not None and not each.unit]
    return bool(numbers) and all(isinstance(each, Decimal) and each in YEARS for each in numbers)


def first_of(column: Sequence[Quantity | None]) -> Quantity:
    """The first value that is there."""
    return next(each for each in column if each is not None)
