"""Questions in another language than the text, or in key words alone: what they name in capitals is the same in all."""

from __future__ import annotations

import re

from rag.english.words import ASKING_WORDS, AUXILIARIES, FUNCTION_WORDS, QUESTION_WORDS

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"\b[A-Z][A-Z0-9]+\b")
_ENGLISH = FUNCTION_WORDS | ASKING_WORDS | {*AUXILIARIES, *QUESTION_WORDS}


_ASKING_ELSEWHERE = frozenset(
    "wo wer wie wann warum wieso welche welcher welches wieviel wieviele wohin woher où qui quel quelle quels quelles quand "
    "comment pourquoi combien dónde quién quiénes cuál cuáles cuándo cómo cuánto cuántos dove chi quale quali quando perché "
    "quanto quanti onde quem qual quanto hoe waar wanneer waarom".split()
)
"""Words by which German, French, Spanish, Italian, Portuguese and Dutch ask, but for those that are English words too."""

LONG = 5
"""Letters of a word that two sentences hardly share by chance."""


def find_shared_words(question: str) -> list[str]:
    """The long words, in small letters, of a question in another language than English; none of any other."""
    words = [word.casefold() for word in _WORD.findall(question)]
    if not words or words[0] not in _ASKING_ELSEWHERE or any(word in _ENGLISH for word in words):
        return []
    return list(dict.fromkeys(word for word in words[1:] if len(word) >= LONG))


def find_shared_names(question: str) -> list[str]:
    """The names in capitals of a question without a word by which English asks; none of one that is all in capitals."""
    words = _WORD.findall(question)
    if question == question.upper() or any(word.casefold() in _ENGLISH for word in words):
        return []
    return list(dict.fromkeys(_NAME.findall(question)))
