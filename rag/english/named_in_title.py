"""Names by which a question calls what a document is about, and which its text seldom repeats: "the Hanoi summit"."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from rag.english.source import WRITING

_CALLED = re.compile(
    r"\b(?P<lead>(?:the|this|that|these|those|our|your) )(?P<name>[\w-]{3,}) (?P<thing>[a-z][\w-]{2,})\b", re.IGNORECASE
)


@lru_cache(maxsize=512)
def shorten_names(question: str, title: str) -> str:
    """The question as one would ask it who has the document in hand: of "the Hanoi summit" in its title "the summit" is left."""
    words = re.findall(r"[\w-]+", title.casefold())
    named = set(pairwise(words))

    def shorten(found: re.Match[str]) -> str:
        is_named = (found["name"].casefold(), found["thing"].casefold()) in named
        return f"{found['lead']}{found['thing']}" if is_named else found[0]

    return _CALLED.sub(shorten, question)


_IN_DOCUMENT = re.compile(
    rf"\b(?:the|this|that|our|your|my) (?:(?!(?:name|title)\b)[\w-]+ ){{0,4}}(?P<thing>{WRITING})\b", re.IGNORECASE
)
_ASKS_NAME = re.compile(
    rf"\b(?:names?|titles?|titled|called|entitled|stands? for|(?:what|which) (?:[\w-]+ )?{WRITING})\b", re.IGNORECASE
)


def repeats_title(question: str, words: str, title: str) -> bool:
    """Whether words only say again of which document a question wants to know something: "What does the Arden agreement cost?"."""
    asked = _IN_DOCUMENT.search(question)
    if not asked or _ASKS_NAME.search(question):
        return False
    said, named = (" ".join(re.findall(r"\w+", text.casefold())) for text in (words, title))
    return asked["thing"].casefold() in said.split() and f" {said} " in f" {named} "
