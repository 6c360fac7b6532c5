"""Things told one after the other, each in a sentence of its own: "Three things helped. The first was ... The second ..."."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.english.words import any_of

APART = 3
"""Sentences from one of the things to the next, at most: what lies between says more of the one."""

_FIRST = re.compile(
    r"(?:in the |the )?first(?:ly)?\b(?! (?:half|time|of all,? the)\b)|one (?:is|was|reason|cause|way|thing)\b|to begin with\b",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"(?:and |the |a |in the )?(?:(?:second|third|fourth)(?:ly)?|fifth|sixth|lastly|last|finally|another)\b"
    r"(?! (?:year|week|month|night|summer|winter|time)\b)",
    re.IGNORECASE,
)
_STEP = re.compile(r"(?:then|next|after that)\b", re.IGNORECASE)
"""Goes on with what "First" began, said alone; after "the first boat" it only tells what happened later."""

_COUNTS = re.compile(
    rf"\b{any_of('two', 'three', 'four', 'five', 'six', 'seven', 'several', 'some', 'many', 'various', 'both', 'number of', 'reasons', 'threefold', 'twofold')}",
    re.IGNORECASE,
)
_SUMS_UP = re.compile(
    r"\b(?:these|all (?:of them|this|three|four|five)|(?:both|all) of these|together)\b", re.IGNORECASE
)

_WANTS_ALL = re.compile(
    r"(?:so |and |but )?(?:why|how (?:come|to|do|does|did|can|could|should)\b|for (?:what|which) reasons?|what (?:caused?|causes|led|explains|went)\b|"
    r"what (?:are|were) |which (?:[\w-]+ ){1,2}(?:are|were) )",
    re.IGNORECASE,
)


def wants_all(question: str) -> bool:
    """Whether a question wants reasons, a way, or several things: one of several that are told is not the answer."""
    return bool(_WANTS_ALL.match(question.strip()))


_ANNOUNCES = re.compile(
    r"\b(?:below|as follows|the following|following \w+|here(?:after|under)?|these (?:are|were))\W*\Z|"
    r"\b(?:listed|summari[sz]ed|shown|given|set out|described) (?:below|here|in the (?:table|list) below)\b",
    re.IGNORECASE,
)


def announces(sentence: str) -> bool:
    """Whether a sentence says that what it speaks of comes next: "... are:", "... are summarized below."."""
    return sentence.endswith(":") or bool(_ANNOUNCES.search(sentence))


def find_enumerations(sentences: Sequence[str]) -> list[tuple[int, int]]:
    """The first and the last sentence of each enumeration in a paragraph, with what leads to it and what sums it up.

    An enumeration is a sentence that begins with "First", "The first" or the like, and others that follow it within
    ``APART`` sentences and begin with what comes after that; two at least.
    """
    found = []
    at = 0
    while at < len(sentences):
        last = _find_last(sentences, at) if _FIRST.match(sentences[at]) else at
        if last > at:
            first = at - 1 if at and _COUNTS.search(sentences[at - 1]) else at
            last += last + 1 < len(sentences) and bool(_SUMS_UP.search(sentences[last + 1]))
            found.append((first, last))
        at = last + 1
    return found


def _find_last(sentences: Sequence[str], first: int) -> int:
    last, at = first, first + 1
    has_steps = sentences[first][:5].casefold() == "first"
    while at < len(sentences) and at <= last + APART:
        if _NEXT.match(sentences[at]) or (has_steps and _STEP.match(sentences[at])):
            last = at
        at += 1
    return last
