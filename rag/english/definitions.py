"""What something is, does or is for: how that is asked, and the sentence that says it. Data and patterns alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.english.sentences import find_sentences

LONGEST = 4
"""Words that what is asked about has at most; more of them say more than a name, and are seldom repeated."""

_ASKED = (
    re.compile(r"what(?:['’]s| is| was) the (?:purpose|point|aim|goal|use) of (?P<name>[^?]+?)\s*\??", re.IGNORECASE),
    re.compile(
        r"(?:so |and )?what(?:['’]s| is| are| was| were) (?P<name>[^?]+?)(?: (?:used |meant |there )?for| about)?\s*\??",
        re.IGNORECASE,
    ),
    re.compile(r"(?:so |and )?who(?:['’]s| is| are| was| were) (?P<name>[^?]+?)\s*\??", re.IGNORECASE),
    re.compile(r"what (?:do|does|did) (?P<name>[^?]+?) do\s*\??", re.IGNORECASE),
)
_DETERMINER = re.compile(r"(?P<near>(?:this|that|these|those|the|our|your) )?(?:(?:a|an) )?", re.IGNORECASE)
_SAYS_MORE = re.compile(
    r"\b(?:of|in|for|to|by|on|at|from|with|about|that|which|who|used|called|and|or|between|it|they|he|she|this|there|"
    r"when|where|why|how)\b|[,;:]"
)
_NOTES = r"[”\"'’]?(?:\s*\([^)]{1,60}\))?(?:, [^,]{1,60},)?(?: [\w-]+)?"
_SAYS = (
    r" (?:(?:is|are|was|were)(?: (?:also|usually|often|generally|typically|commonly))? "
    r"(?:an?|the|one|any|when|(?:used|designed|intended|meant|established|created|founded|built|developed|defined) "
    r"(?:to|for|as|by|in))\b"
    r"|refers? to\b|means?\b|stands? for\b|describes?\b|denotes?\b)"
)


@dataclass(frozen=True, slots=True)
class Definition:
    """What is to be defined, and what finds a sentence that does."""

    name: str
    pattern: re.Pattern[str]

    def stands_in(self, text: str) -> bool:
        """Whether any sentence of a text defines it."""
        return any(self.pattern.search(text[start:end]) for start, end in find_sentences(text))


@lru_cache(maxsize=64)
def read_definition(question: str) -> Definition | None:
    """What a question wants to be told the nature or the use of; None where it wants something else."""
    plain = " ".join(question.split())
    asked = next((found for each in _ASKED if (found := each.fullmatch(plain))), None)
    if not asked:
        return None
    before = _DETERMINER.match(asked["name"])
    assert before
    name = asked["name"][before.end() :].strip(" \"'“”‘’")
    if not name or len(name.split()) > LONGEST or _SAYS_MORE.search(name.casefold()):
        return None
    words = re.escape(name.removesuffix("s")) + "s?"
    lead = r"^.{0,40}?\b" if not before["near"] else r"^.{0,20}?\b(?:the|this|our)\b(?: [\w-]+){0,3} "
    return Definition(name, re.compile(f"{lead}{words}{_NOTES}{_SAYS}", re.IGNORECASE))
