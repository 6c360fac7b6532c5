"""Values of a table as what can be compared and added: numbers with their unit, and days; and the numbers of a question.

What can be read in two ways ("1.200", "03/04/2024") is not read at all: whoever asks for a sum is told none rather than a
wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from rag.english.identifiers import find_days, is_day
from rag.english.words import NUMBERS

LONGEST_UNIT = 24
"""Characters beside a number that may still be its unit; more of them are a text with a number in it."""

NO_VALUE = frozenset(("", "-", "–", "—", "n/a", "na", "none", "unknown", "?", "…", "..."))
"""What stands in a cell that has no value."""

_NUMBER = r"[-−+]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,10})?"
_VALUE = re.compile(
    rf"(?P<before>[^\d\s+\-−.,]{{0,12}}[^\S\n]?)(?P<number>{_NUMBER})(?P<after>(?:[^\S\n]?[^\d\s][^\d]*)?)"
)
_BEFORE = re.compile(r"|[A-Z]{3}|[^\w]|[^\W\d_]+\.?[^\S\n]|[A-Z]{0,3}[€$£¥][^\S\n]?")
"""What may stand before a number that is one: nothing, "EUR", a sign, a word; "PX" in "PX100" makes it a code."""

_NO_UNIT = re.compile(r"[;:,()/\[\]]|\b(?:and|or|to|from|until)\b|\d")
_GROUPED_BY_POINTS = re.compile(r"[-−+]?\d{1,3}(?:\.\d{3})+")
_ORDINALS = tuple("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split())
_ROMAN = re.compile(r"(?=[ivxlc])(c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}

Comparable = Decimal | date


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value: a number or a day, and what the number counts, in small letters ("€", "thousand euros", "%"; "" for nothing).

    ``written`` is the unit as the document has it: "EUR", "kWh".
    """

    amount: Comparable
    unit: str = ""
    written: str = field(default="", compare=False)


def read_quantity(value: str) -> Quantity | None:
    """The number or the day that a value is, and nothing else; None where it is neither, or could be two."""
    words = " ".join(value.split())
    if is_day(words):
        return Quantity(next(iter(find_days(words))), "day")
    found = _VALUE.fullmatch(words)
    if not found or _GROUPED_BY_POINTS.fullmatch(found["number"]):
        return None
    written = " ".join(f"{found['before']} {found['after']}".split())
    unit = written.casefold()
    is_code = re.match(r"0\d", found["number"]) or not _BEFORE.fullmatch(found["before"])
    if is_code or len(unit) > LONGEST_UNIT or _NO_UNIT.search(unit):
        return None
    return Quantity(Decimal(found["number"].replace(",", "").replace("−", "-")), unit, written)


def read_column(values: Sequence[str]) -> list[Quantity | None] | None:
    """All values of a column as quantities of one unit, None for those that are missing; None where they are not so."""
    found = [None if value.strip().casefold() in NO_VALUE else read_quantity(value) for value in values]
    told = [each for each in found if each is not None]
    missing = sum(value.strip().casefold() in NO_VALUE for value in values)
    if not told or len(told) + missing < len(values) or len({each.unit for each in told}) > 1:
        return None
    return found


def format_amount(amount: Comparable, unit: str = "") -> str:
    """A number with its unit, or a day, as it is told: "1,234.5 €", "21 July 2022"."""
    if isinstance(amount, date):
        return f"{amount.day} {amount:%B %Y}"
    number = f"{amount:,f}"
    if unit in ("€", "$", "£", "¥"):
        return f"{unit}{number}"
    return f"{number}{'' if unit == '%' or not unit else ' '}{unit}"


def read_count(word: str) -> int | None:
    """A whole number written as figures, as a word, or as a Roman numeral: "3", "three", "iii"."""
    word = word.casefold().strip(".")
    if word.isdecimal() and len(word) < 6:
        return int(word)
    if word in NUMBERS:
        return NUMBERS.index(word)
    if word and (roman := _ROMAN.fullmatch(word)) and roman[0]:
        values = [_ROMAN_VALUES[sign] for sign in word]
        return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))
    return None


def read_ordinal(word: str) -> int | None:
    """Which one of several a word names, counted from 1: "second", "2nd"; -1 for "last", -2 for the one before it."""
    word = word.casefold()
    if word in _ORDINALS:
        return _ORDINALS.index(word) + 1
    if word in ("last", "final", "closing"):
        return -1
    if word in ("penultimate", "second-last", "second to last", "last but one", "next to last"):
        return -2
    if word == "opening":
        return 1
    found = re.fullmatch(r"(\d{1,4})(?:st|nd|rd|th)", word)
    return int(found[1]) if found else None


def read_scaled(number: str, scale: str = "") -> Decimal:
    """A number of a question, with the word for its scale: ("1,200", "thousand") is 1,200,000."""
    return Decimal(number.replace(",", "")) * _SCALES.get(scale.casefold(), 1)
