"""Names by which a question calls what a document is about, and which its text seldom repeats: "the Hanoi summit"."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

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
