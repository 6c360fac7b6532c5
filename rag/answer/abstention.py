"""What is said where the documents do not answer, or may not: that, and which words of the question they never use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.english.terms import find_terms, is_content
from rag.types import ScoredPassage

ABSTENTION = "The documents do not answer this, as far as I can find."
UNSURE = "I am not sure that this answers it; it is the closest I found."
"""Stands before an answer that is likelier wrong than right."""

MOST_WORDS = 3
"""Missing words that a refusal names."""

TELLING = 5
"""Letters of a word worth naming; shorter ones ("find", "List" at the beginning) are mostly ways of asking, but for names."""

_WORD = re.compile(r"\w(?:[\w'’-]*\w)?")


def format_refusal(question: str, passages: Sequence[ScoredPassage]) -> str:
    """The refusal to a question, with words of it that the closest passages do not have, if there are any."""
    missing = [f"“{word}”" for word in find_missing_words(question, passages)][:MOST_WORDS]
    if not missing or not passages:
        return ABSTENTION
    *others, last = missing
    named = f"{', '.join(others)} or {last}" if others else last
    return f"{ABSTENTION} The closest passages do not mention {named}."


def find_missing_words(question: str, passages: Sequence[ScoredPassage]) -> Iterator[str]:
    """The content words of a question that stand in none of the passages, in any form, as they were typed."""
    told = [f"{found.passage.title}\n{found.passage.heading}\n{found.passage.text}" for found in passages]
    known = {term for terms in find_terms(told) for term in terms} if told else set()
    words = list(dict.fromkeys(_WORD.findall(question)))
    for at, (word, terms) in enumerate(zip(words, find_terms(words) if words else [], strict=True)):
        is_telling = len(word) >= TELLING or (at > 0 and word[:1].isupper()) or word[:1].isdigit()
        if is_telling and any(map(is_content, terms)) and not known & set(terms):
            yield word
