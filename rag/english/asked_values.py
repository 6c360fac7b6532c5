"""What a question asks of one thing by a noun, and of which: "What is Ada Abel's phone number?". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.english.source import fold_question
from rag.english.terms import find_stems
from rag.english.words import COUNTED

_NOUN = r"(?P<noun>[^\W\d_][\w-]*(?: (?!of\b|for\b)[\w-]+){0,2})"
_POLITE = r"(?:(?:what|who|where)(?:'s| is| are| was| were) |(?:tell|show|give)(?: me)? )?(?:the )?"
_ASKS = (
    re.compile(rf"{_POLITE}{_NOUN} (?:of|for) (?P<thing>.+)"),
    re.compile(rf"{_POLITE}(?P<thing>.+?)(?:'s|(?<=s)') {_NOUN}"),
    re.compile(rf"(?:what|which) {_NOUN} (?:is|are|was|were|does|do|did|has|have|had)\b(?P<thing>.*)"),
)
LONGEST = 200
"""Characters of a question that may ask by a noun and say no more."""

_HOW = re.compile(r"how (?P<how>old|tall|heavy|big|large|wide|deep|fast) (?:is|are|was|were)\b(?P<thing>.*)")
_MEASURED = {
    "old": "age",
    "tall": "height",
    "heavy": "weight",
    "big": "size",
    "large": "size",
    "wide": "width",
    "deep": "depth",
    "fast": "speed",
}


@dataclass(frozen=True, slots=True)
class AskedValue:
    """What a question calls the value that it asks for, and the thing that it should be a value of, in small letters."""

    noun: str
    thing: str


def read_asked_value(question: str) -> AskedValue | None:
    """The value and the thing that a question asks about; None where it asks by no noun.

    What somebody does is no such value: texts and tables tell that in other words.
    """
    plain = fold_question(question)
    if len(plain) > LONGEST:
        return None
    if found := _HOW.fullmatch(plain):
        return AskedValue(_MEASURED[found["how"]], found["thing"].strip())
    found = next((found for pattern in _ASKS if (found := pattern.fullmatch(plain))), None)
    if found is None or not [word for word in find_stems(found["noun"]) if word not in COUNTED]:
        return None
    return AskedValue(found["noun"], found["thing"].strip())
