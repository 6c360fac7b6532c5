"""The things that a question asks about: "projector" of "Who brings the projector?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.english.terms import find_terms, is_content

_THING = re.compile(
    r"\b(?:the|an?|any|some|this|that|these|those|my|your|our|their|his|her) (?P<first>[\w-]+)(?:(?: [\w-]+){0,2} (?P<last>[\w-]+))?(?P<end>\W*$)?",
    re.IGNORECASE,
)


def find_things(question: str) -> list[str]:
    """What stands behind an article: the last word of what ends the question, else the first one."""
    found = (
        match["last"] if match["end"] is not None and match["last"] else match["first"]
        for match in _THING.finditer(question)
    )
    return [word for word in found if any(map(is_content, find_terms([word])[0]))]


def find_missing_things(question: str, texts: Sequence[str]) -> list[str]:
    """Those of the things that stand in none of the texts, in any form."""
    things = find_things(question)
    known = {term for terms in find_terms(list(texts)) for term in terms} if things and texts else set()
    return [thing for thing in things if not known & set(find_terms([thing])[0])]
