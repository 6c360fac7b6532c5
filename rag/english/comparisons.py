"""Comparisons in a question: "more than 500 euros", "before March 2024"; and what names begin or end with: "that start with E". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from rag.english.identifiers import find_days
from rag.english.quantities import Comparable, read_scaled
from rag.english.words import MONTHS

_AMOUNT = r"(?P<sign>[$€£¥]?) ?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:\.\d+)?)(?: (?P<scale>thousand|million|billion))?(?P<percent> ?%)?(?![\w/-])"
_COMPARING: tuple[tuple[str, str], ...] = (
    (">", r"(?:more|greater|larger|higher|bigger|longer|heavier|taller|older) than|over|above|exceed(?:s|ing)?|beyond"),
    ("<", r"(?:less|fewer|smaller|lower|cheaper|shorter|lighter|younger) than|under|below"),
    (">=", r"at least|no less than|no fewer than|minimum of"),
    ("<=", r"at most|no more than|up to|maximum of"),
    ("=", r"exactly|equal to"),
)
_COMPARISON = re.compile(
    "|".join(
        rf"\b(?:{words}) {_AMOUNT.replace('?P<', f'?P<{letter}_')}"
        for letter, (_, words) in zip("abcde", _COMPARING, strict=True)
    )
)
_BETWEEN = re.compile(r"\bbetween [$€£¥]?(\d[\d,]*(?:\.\d+)?) and [$€£¥]?(\d[\d,]*(?:\.\d+)?)(?![\w/.-])")
_WHEN = re.compile(
    r"\b(?P<how>after|before|since|until|in|during|on|from) (?P<day>(?:[12]\d{3})(?![\d.,-])|[12]\d{3}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th)?(?: of)? [a-z]{3,9},? [12]\d{3}|[a-z]{3,9} \d{1,2}(?:st|nd|rd|th)?,? [12]\d{3}"
    rf"|(?:{'|'.join(MONTHS).casefold()}),? [12]\d{{3}})(?!\w)"
)
_AFFIX = re.compile(
    r"\b(?:(?:that|which) )?(?:(?P<first>start|begin)(?:s|t?ing|ning)? with|end(?:s|ing)? (?:with|in)) "
    r"(?P<letters>(?:the )?letters? |an? (?=\w\b))?(?P<mark>[\"'“‘]?)(?P<affix>\w[\w.-]{0,19})[\"'”’]?(?P<rest> \w)?"
)
SHORT_AFFIX = 3
"""Letters up to which what something "starts with" can only be letters: it is a prayer that a meeting starts with."""


@dataclass(frozen=True, slots=True)
class Affix:
    """Letters that the names of things begin or end with, in small letters; ``place`` are the numbers of the words that say so.

    ``is_plain`` says that they can be nothing but letters: they are few, quoted, called so, or have figures.
    """

    letters: str
    is_end: bool
    is_plain: bool
    place: frozenset[int]

    def fits(self, name: str) -> bool:
        """Whether a name begins or ends so."""
        folded = name.casefold()
        return folded.endswith(self.letters) if self.is_end else folded.startswith(self.letters)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What values must be: from ``low`` to ``high``, of numbers or days; None is no bound.

    ``place`` are its words' numbers, ``unit`` is the sign beside its number ("$", "%").
    """

    low: Comparable | None
    high: Comparable | None
    includes_low: bool
    includes_high: bool
    place: frozenset[int]
    unit: str = ""

    def holds(self, amount: Comparable) -> bool:
        """Whether an amount lies between the bounds; one of another kind than these does not."""
        for bound, sign, includes in ((self.low, 1, self.includes_low), (self.high, -1, self.includes_high)):
            if bound is None:
                continue
            if isinstance(bound, date) != isinstance(amount, date):
                return False
            above = (amount > bound) - (amount < bound)  # type: ignore[operator]
            if above * sign < 0 or (above == 0 and not includes):
                return False
        return True


def find_comparisons(plain: str, places: list[tuple[int, int]]) -> Iterator[Comparison]:
    """The comparisons of a question in small letters; ``places`` are where its words stand in it."""

    def inside(found: re.Match[str]) -> frozenset[int]:
        return frozenset(at for at, (start, end) in enumerate(places) if found.start() <= start and end <= found.end())

    for found in _BETWEEN.finditer(plain):
        first, last = (Decimal(words.replace(",", "")) for words in found.groups())
        yield Comparison(first, last, True, True, inside(found))
    for found in _COMPARISON.finditer(plain):
        letter = next(letter for letter in "abcde" if found[f"{letter}_number"])
        number = found[f"{letter}_number"]
        amount = read_scaled(number, found[f"{letter}_scale"] or "")
        how = _COMPARING["abcde".index(letter)][0]
        unit = found[f"{letter}_sign"] or (found[f"{letter}_percent"] or "").strip()
        low, high = (None if how[0] == "<" else amount), (None if how[0] == ">" else amount)
        yield Comparison(low, high, "=" in how, "=" in how, inside(found), unit)
    for found in _WHEN.finditer(plain):
        if bounds := _read_days(found["day"]):
            begin, end = bounds
            how = found["how"]
            if how == "after":
                yield Comparison(end, None, False, False, inside(found))
            elif how == "since":
                yield Comparison(begin, None, True, True, inside(found))
            elif how == "before":
                yield Comparison(None, begin, False, False, inside(found))
            elif how == "until":
                yield Comparison(None, end, True, True, inside(found))
            else:
                yield Comparison(begin, end, True, True, inside(found))


def find_affix(plain: str, places: list[tuple[int, int]]) -> Affix | None:
    """What a question in small letters wants names to begin or end with; ``places`` are where its words stand in it."""
    found = _AFFIX.search(plain)
    if not found:
        return None
    letters, end = found["affix"], found.end("affix")
    is_plain = bool(found["mark"] or found["letters"]) or len(letters) <= SHORT_AFFIX or any(map(str.isdigit, letters))
    inside = frozenset(at for at, (start, last) in enumerate(places) if found.start() <= start and last <= end)
    is_told = letters in ("the", "a", "an") or (found["rest"] and not is_plain)  # "start with a short prayer"
    return None if is_told else Affix(letters, found["first"] is None, is_plain, inside)


def _read_days(words: str) -> tuple[date, date] | None:
    """The first and the last day of what is named: a year, or a day."""
    if words.isdigit():
        return date(int(words), 1, 1), date(int(words) + 1, 1, 1) - timedelta(days=1)
    month, _, year = words.replace(",", "").partition(" ")
    if year.isdigit() and len(year) == 4 and month.capitalize() in MONTHS:
        number = MONTHS.index(month.capitalize()) + 1
        after = date(int(year) + number // 12, number % 12 + 1, 1)
        return date(int(year), number, 1), after - timedelta(days=1)
    days = find_days(words)
    return (min(days), max(days)) if len(days) == 1 else None
