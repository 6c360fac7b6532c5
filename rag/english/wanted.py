"""Questions for things alike: which there are, how many, which is the largest, what they come to. Pure.

The rules say what a question wants if it is about such things. Whether it is, the documents tell: each of its words that
says something must be a name of theirs, of a field or of a value (``rag/retrieve/selecting.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from rag.english.identifiers import find_codes, find_days
from rag.english.quantities import Comparable, read_count, read_scaled
from rag.english.source import fold_question
from rag.english.terms import is_content, stem_word
from rag.english.wanted_words import BLOCKING, COMMANDS, COMPARATIVES, CONCEPTS, GENERIC, HAPPENED, SUPERLATIVES

Kind = Literal["find", "count", "most", "sum", "mean"]

_LIST = re.compile(
    r"(?:list|enumerate|itemi[sz]e|name|show|give|display|mention|find|tell|count)\b|(?:what|who|which) (?:are|were) (?:all |the )|"
    r"(?:what|which) .{1,60} (?:are|were) (?:there|listed|mentioned|shown|given|named)\b|compare\b"
)
_COUNT = re.compile(r"how many\b|(?:what(?:'s| is) )?the number of\b|count\b|number of\b|what number of\b")
_SUM = re.compile(r"\b(?:total|sum|altogether|combined|in all|add up|all together)\b")
_MEAN = re.compile(r"\b(?:average|mean|on average)\b")
_ASKS = re.compile(
    r"(?:(?:in|at|on|of|to|from|for|by) )?(?:which|what|who|whose|when|where|how|list|name|show|give|tell|find|compare|count|the|a|is|are|number|enumerate|sum|total|average|display|mention)\b"
)
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
    r"\b(?P<how>after|before|since|until|in|during|on|from) (?P<day>(?:[12]\d{3})(?![\d.,-])|[12]\d{3}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th)?(?: of)? [a-z]{3,9},? [12]\d{3}|[a-z]{3,9} \d{1,2}(?:st|nd|rd|th)?,? [12]\d{3})"
)
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+")


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question wants of things alike.

    ``words`` are all its words, in small letters, ``told`` as they were typed, ``stems`` their stems; ``open`` are the numbers
    of those that say something and have to be accounted for, ``naming`` of those that may name a field. ``sign`` is 1 where
    the largest is wanted, -1 for the smallest, ``concept`` by what (a key of ``CONCEPTS``, "" for none), ``many`` how many of
    them, ``after`` the number of the last word that says so. ``is_list`` says that all are wanted. ``used`` are
    the numbers of words of superlatives and comparisons: no value is named by them.
    ``has_codes`` says that it names a code.
    """

    kind: Kind
    words: tuple[str, ...]
    told: tuple[str, ...]
    stems: tuple[str, ...]
    open: frozenset[int]
    naming: frozenset[int]
    concepts: frozenset[str] = frozenset()
    sign: int = 0
    concept: str = ""
    many: int = 1
    after: int = -1
    comparisons: tuple[Comparison, ...] = ()
    is_list: bool = False
    is_comparison: bool = False
    used: frozenset[int] = frozenset()
    has_codes: bool = False


def read_wanted(question: str) -> Wanted | None:
    """What a question wants if it is about things alike; None where it cannot be."""
    told = tuple(found.group() for found in _WORD.finditer(question))
    plain = fold_question(question)
    places = [found.span() for found in _WORD.finditer(plain)]
    words = tuple(plain[start:end] for start, end in places)
    if (
        not words
        or len(words) > 40
        or len(told) != len(words)
        or BLOCKING & set(words)
        or "n't" in plain
        or not (_ASKS.match(plain) or SUPERLATIVES.keys() & set(words))
    ):
        return None
    comparisons = tuple(_find_comparisons(plain, places))
    used = {at for comparison in comparisons for at in comparison.place}
    kind, sign, concept, many = _read_kind(plain, words, used)
    if kind is None:
        return None
    after = max(used - {at for comparison in comparisons for at in comparison.place}, default=-1)
    compared = _find_first(COMPARATIVES, words, used) if sign == 0 else None
    is_comparison = bool(compared) and "or" in words
    if compared and is_comparison:
        kind, (sign, concept), at = "most", *compared
        used |= at
    concepts = frozenset(
        name
        for name, (asking, _) in CONCEPTS.items()
        if any(word in asking.split() for at, word in enumerate(words) if at not in used)
    )
    if words[:2] == ("how", "much"):
        concepts |= {"price"}
    if words[:2] == ("how", "long"):
        concepts |= {"duration"}
    asking = {word for name in concepts for word in CONCEPTS[name][0].split()} - {"year"}
    stems = tuple(map(stem_word, words))
    if any(isinstance(comparison.low or comparison.high, date) for comparison in comparisons):
        used |= {at for at, word in enumerate(words) if word in HAPPENED}  # "placed in 2020": the day is what counts
    naming = frozenset(
        at for at, stem in enumerate(stems) if at not in used and (at or words[0] not in COMMANDS) and is_content(stem)
    )
    left = frozenset(
        at
        for at, word in enumerate(words)
        if at not in used
        and (
            (word not in GENERIC and word not in asking and is_content(stems[at]) and is_content(word))
            or _is_acronym(told[at], question)
        )
    )
    return Wanted(
        kind,
        words,
        told,
        stems,
        left,
        naming,
        concepts,
        sign,
        concept,
        many,
        after,
        comparisons,
        bool(_LIST.match(plain)),
        is_comparison,
        frozenset(used),
        bool(find_codes(question)),
    )


def _is_acronym(typed: str, question: str) -> bool:
    """Whether a word that is in capitals, where not all are, is a name that a small word is written like: "IT", "US", "WHO"."""
    return len(typed) > 1 and typed.isalpha() and typed.isupper() and not question.isupper()


def _read_kind(plain: str, words: tuple[str, ...], used: set[int]) -> tuple[Kind | None, int, str, int]:
    """The kind, and of a superlative the sign, the concept and how many; its words are added to those used."""
    if found := _find_first(SUPERLATIVES, words, used):
        (sign, concept), places = found
        many = 1
        before, after = min(places) - 1, max(places) + 1
        for at in (before, after):
            if (
                0 <= at < len(words)
                and (count := read_count(words[at]))
                and (words[at].isdigit() or len(words[at]) > 2)
            ):
                many, places = count, places | {at}
        used |= places
        others = set(range(len(words))) - used
        if _find_first(SUPERLATIVES, words, used | places) or any(words[at] in ("average", "total") for at in others):
            return None, 0, "", 1  # the most of the least, or of totals
        return "most", sign, concept, many
    if _MEAN.search(plain):
        return "mean", 0, "", 1
    if _COUNT.match(plain):
        return "count", 0, "", 1
    return ("sum" if _SUM.search(plain) else "find"), 0, "", 1


def _find_first(
    table: dict[str, tuple[int, str]], words: tuple[str, ...], used: set[int]
) -> tuple[tuple[int, str], set[int]] | None:
    """The first entry of a table that stands in a question, of two words before those of one, and the numbers of its words."""
    for length in (2, 1):
        for at in range(len(words) - length + 1):
            here = set(range(at, at + length))
            if " ".join(words[at : at + length]) in table and not here & used:
                return table[" ".join(words[at : at + length])], here
    return None


def _find_comparisons(plain: str, places: list[tuple[int, int]]) -> Iterator[Comparison]:
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


def _read_days(words: str) -> tuple[date, date] | None:
    """The first and the last day of what is named: a year, or a day."""
    if words.isdigit():
        return date(int(words), 1, 1), date(int(words) + 1, 1, 1) - timedelta(days=1)
    days = find_days(words)
    return (min(days), max(days)) if len(days) == 1 else None
