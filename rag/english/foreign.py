"""Questions in another language than the text, or in key words alone: what they name in capitals is the same in all."""

from __future__ import annotations

import re

from rag.english.words import ASKING_WORDS, AUXILIARIES, FUNCTION_WORDS, QUESTION_WORDS

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b[A-Z][A-Z0-9]+\b")
_ENGLISH = FUNCTION_WORDS | ASKING_WORDS | {*AUXILIARIES, *QUESTION_WORDS}


def find_shared_names(question: str) -> list[str]:
    """The names in capitals of a question without a word by which English asks; none of one that is all in capitals."""
    words = _WORD.findall(question)
    if question == question.upper() or any(word.casefold() in _ENGLISH for word in words):
        return []
    return list(dict.fromkeys(_NAME.findall(question)))
