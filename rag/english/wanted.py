"""Questions for things alike: which there are, how many, which is the largest, what they come to. Pure.

The rules say what a question wants if it is about such things. Whether it is, the documents tell: each of its words that
says something must be a name of theirs, of a field or of a value (``rag/retrieve/selecting.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from rag.english.comparisons import Affix, Comparison, find_affix, find_comparisons
from rag.english.identifiers import find_codes
from rag.english.quantities import read_count, read_ordinal
from rag.english.source import fold_question
from rag.english.terms import is_content, stem_word
from rag.english.wanted_words import (
    BLOCKING,
    COMMANDS,
    COMPARATIVES,
    CONCEPTS,
    GENERIC,
    HAPPENED,
    OWN_FIELD,
    OWNING,
    SUPERLATIVES,
)

Kind = Literal["find", "count", "most", "sum", "mean", "nth"]

_LIST = re.compile(
    r"(?:list|enumerate|itemi[sz]e|name|show|give|display|mention|find|tell|count)\b|(?:what|who|which) (?:are|were) (?:all |the )|"
    r"(?:what|which) .{1,60} (?:are|were) (?:there|listed|mentioned|shown|given|named)\b|compare\b|"
    r"(?:people|everyone|everybody|all|employees|staff|colleagues)\b"
)
_COUNT = re.compile(r"how many\b|(?:what(?:'s| is) )?the number of\b|count\b|number of\b|what number of\b")
_SUM = re.compile(r"\b(?:total|sum|altogether|combined|in all|add up|all together)\b")
_MEAN = re.compile(r"\b(?:average|mean|on average)\b")
_ASKS = re.compile(
    r"(?:(?:in|at|on|of|to|from|for|by) )?(?:which|what|who|whose|when|where|how|list|name|show|give|tell|find|compare|count|the|a|is|are|number|enumerate|sum|total|average|display|mention|people|everyone|everybody|all|employees|staff|colleagues|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\d+(?:st|nd|rd|th))\b"
)
_YES_OR_NO = re.compile(
    r"(?:did|does|do(?! you)|can(?! (?:you|i|we))|was|were|has|have|had|will(?! you)|may(?! i)|must)\b"
)
FRAGMENT = 7
"""Words of what may be no sentence: "room of Ada Abel"; a longer one has to begin like a question for things."""

_ADVISED = re.compile(r"what should (?:i|we|you)\b")
_MEANT = {
    "how much": "price",
    "how long": "duration",
    **{f"{which} {people}": "person" for which in ("which", "what") for people in ("people", "person", "persons")},
}
"""What the first two words of a question ask for."""

_NEGATION = re.compile(r"not|no|without")
_SHORTENED = frozenset("aren isn don doesn weren wasn haven hasn didn".split())
"""What stands before "'t"."""
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question wants of things alike.

    ``words`` are all its words, in small letters, ``told`` as they were typed, ``stems`` their stems; ``open`` are the numbers
    of those that say something and have to be accounted for, ``naming`` of those that may name a field. ``sign`` is 1 where
    the largest is wanted, -1 for the smallest, ``concept`` by what (a key of ``CONCEPTS``, "" for none), ``many`` how many of
    them, ``after`` the number of the last word that says so. ``is_list`` says that all are wanted. ``used`` are
    the numbers of words of superlatives and comparisons: no value is named by them.
    ``has_codes`` says that it names a code. ``negated`` is the number of the word that says no to what follows it, -1 for none,
    ``meant`` are words that ask by what they mean ("earns"), each with its concept, and ``affix`` is what names begin or end with.
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
    negated: int = -1
    meant: tuple[tuple[int, str], ...] = ()
    affix: Affix | None = None

    @property
    def is_doing(self) -> bool:
        """Whether it asks what something does."""
        return self.words[0] == "what" and self.words[1:2] in (("do",), ("does",), ("did",)) and self.words[-1] == "do"

    @property
    def head(self) -> int:
        """The number of the word right after "which" or "what", -1 for none: what a thing or a value is called."""
        return next((at + 1 for at, word in enumerate(self.words[:2]) if word in ("which", "what")), -1)


_ASKS_WHO_WROTE = re.compile(
    r"who(?:['’]s| is| are| was| were) the (?:author|writer)s?(?: of (?!(?:the|these|those|all|each|every) ).*)?\W*$",
    re.IGNORECASE,
)
"""Wants a document's head, or one name: "Who are the authors of eyecite?"; not "of the books"."""


_DONE = frozenset("bought got spent paid saw had took ate made sold went read met".split())

_IS_MORE = re.compile(
    rf"(?:is|are|was|were) (?P<one>.+?) (?P<more>{'|'.join(sorted(COMPARATIVES, key=len, reverse=True))}) than (?P<other>[^?.!]+)\W*",
    re.IGNORECASE,
)
"""Compares two things, each of which has to be a row's."""


def read_wanted(question: str) -> Wanted | None:
    """What a question wants if it is about things alike; None where it cannot be."""
    if _ASKS_WHO_WROTE.match(question.strip()):
        return None
    if two := _IS_MORE.fullmatch(question.strip()):  # both are shown, and whoever asked sees which it is
        question = f"which is {two['more']}, {two['one']} or {two['other']}?"
    told = tuple(found.group() for found in _WORD.finditer(question))
    plain = fold_question(question)
    places = [found.span() for found in _WORD.finditer(plain)]
    words = tuple(plain[start:end] for start, end in places)
    if (
        not words
        or len(words) > 40
        or len(told) != len(words)
        or BLOCKING & set(words[2 if _ADVISED.match(plain) else 0 :])
    ):
        return None
    comparisons = tuple(find_comparisons(plain, places))
    used = {at for comparison in comparisons for at in comparison.place}
    affix = find_affix(plain, places)
    used |= affix.place if affix else set()
    negations = [at for at in range(len(words)) if at not in used and _is_negation(words, at)]
    is_asking = comparisons or _ASKS.match(plain) or SUPERLATIVES.keys() & set(words) or len(words) <= FRAGMENT
    if len(negations) > 1 or not is_asking or _YES_OR_NO.match(plain):
        return None
    kind, sign, concept, many = _read_kind(plain, words, used)
    if kind is None:
        return None
    after = max(used - {at for each in (*comparisons, affix) if each for at in each.place}, default=-1)
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
    concepts |= {concept for start, concept in _MEANT.items() if words[:2] == tuple(start.split())}
    asking = {word for name in concepts for word in CONCEPTS[name][0].split()} - {"year"}
    meant = tuple(
        (at, name)
        for name in sorted(concepts & OWN_FIELD)
        for at, word in enumerate(words)
        if at not in used and word in CONCEPTS[name][0].split()
    )
    stems = tuple(map(stem_word, words))
    used |= {1} if _MEANT.get(" ".join(words[:2])) == "person" else set()
    if any(isinstance(comparison.low or comparison.high, date) for comparison in comparisons):
        used |= {at for at, word in enumerate(words) if word in HAPPENED}  # "placed in 2020": the day is what counts
    naming = frozenset(
        at
        for at, stem in enumerate(stems)
        if at not in used and (at or words[0] not in COMMANDS) and (is_content(stem) or _is_verb(words, at))
    )
    left = frozenset(
        at
        for at, word in enumerate(words)
        if at not in used
        and at not in negations
        and word not in _SHORTENED
        and not _is_done_by_asker(words, at)
        and not (word == "times" and words[at - 1] == "many")  # of what is said behind it
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
        negations[0] if negations else -1,
        meant,
        affix,
    )


def read_nth(wanted: Wanted) -> Wanted | None:
    """The same question as one for a thing by its place among others: "second error code"; None where it names no place."""
    places = [at for at, word in enumerate(wanted.words) if at not in wanted.used and read_ordinal(word)]
    if wanted.kind != "find" or wanted.comparisons or wanted.negated >= 0 or len(places) != 1:
        return None
    nth = read_ordinal(wanted.words[places[0]]) or 0
    own = frozenset(places)
    return replace(
        wanted, kind="nth", many=nth, used=wanted.used | own, open=wanted.open - own, naming=wanted.naming - own
    )


def _is_negation(words: tuple[str, ...], at: int) -> bool:
    return bool(_NEGATION.fullmatch(words[at])) or (words[at] == "t" and at > 0 and words[at - 1] in _SHORTENED)


def _is_verb(words: tuple[str, ...], at: int) -> bool:
    """Whether "own" is what somebody does, and not said of what is theirs."""
    return words[at] in ("own", "owns", "owned") and at > 0 and words[at - 1] not in OWNING


def _is_done_by_asker(words: tuple[str, ...], at: int) -> bool:
    """Whether a word tells what who asks did with the things, "the dearest thing I bought", and nothing of these."""
    is_past = words[at] in _DONE or words[at].endswith("ed") or "did" in words[: at - 1]
    return at > 0 and words[at - 1] in ("i", "we") and is_past


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
        second = _find_first(SUPERLATIVES, words, used)
        if second and "top" in {words[at] for at in places}:  # "top 5 cheapest"
            (sign, concept), also = second
            used |= also
            second = None
        others = set(range(len(words))) - used
        if second or any(words[at] in ("average", "total") for at in others):
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
