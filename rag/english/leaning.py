"""Which sentences lean on the one before them, and which can be read by themselves."""

from __future__ import annotations

import re

from rag.english.sentences import FINISHED
from rag.english.words import POINTING, PRONOUNS, any_of

SHORTEST = 40
"""Characters below which a sentence is rarely a summary of anything."""

_POINTS = re.compile(any_of(*POINTING, *PRONOUNS, "such", "here", "there"), re.IGNORECASE)
_STANDS_FOR_NOTHING = re.compile(
    r"there\b|it (?:is|was|has been|would be|will be|seems?|appears?|may be|might be)\b[^,.;]{0,40}\b(?:that|to|who|when|why|whether)\b|"
    r"(?:these|this|that) (?:day|week|month|year)s?\b",
    re.IGNORECASE,
)
"""Openings that look like pronouns."""

_CONTINUES = re.compile(
    r"(?:but|however|and|or|so|then|also|moreover|yet|therefore|thus|there|another|both|the (?:former|latter|same)|instead|still|"
    r"nevertheless|nonetheless|meanwhile|similarly|likewise|finally|lastly|second(?:ly)?,|third(?:ly)?,|next,|furthermore|additionally|"
    r"in addition|for (?:example|instance)|as a (?:result|consequence)|consequently|accordingly|hence|otherwise|in (?:contrast|turn|other words)|"
    r"on the (?:other hand|contrary)|by contrast|conversely|rather,|that (?:is,|means)|all of (?:the above|this|these|those)|note \S{1,4}:)",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(rf"(?:[^\sA-Z,]+ ){{0,5}}{any_of(*POINTING, *PRONOUNS)}")
"""Points back among its first words, and names nothing before that: a capital or a comma ends the search."""


def leans(sentence: str) -> bool:
    """Whether a sentence begins with a word for something that was named before it."""
    return bool(_POINTS.match(sentence)) and not _STANDS_FOR_NOTHING.match(sentence)


def stands_alone(sentence: str) -> bool:
    """Whether a sentence is whole, tells something, and does not lean on the one before."""
    opening = sentence[:1].casefold() + sentence[1:]
    refers = leans(sentence) or _CONTINUES.match(sentence) or _POINTS_BACK.match(opening)
    tells = FINISHED.search(sentence) and "?" not in sentence[-3:]
    return len(sentence) >= SHORTEST and bool(tells) and not refers
