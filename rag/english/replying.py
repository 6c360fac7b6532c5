"""Replies that say nothing, or only yes or no: what small chat models write where they do not find an answer. Pure."""

from __future__ import annotations

import re
from collections import Counter

from rag.english.references import strip_references
from rag.english.sentences import find_sentences
from rag.english.terms import find_stems
from rag.english.words import AUXILIARIES, QUESTION_WORDS, any_of

MOST_SAID = 3
"""How often a reply may say a sentence; a model that has said it so often says it for ever."""

SHORTEST_SAID = 4
"""Words of a sentence that is looked for again; shorter ones may well be a list's."""

_ASKS_WHICH = re.compile(rf"(?!{any_of(*AUXILIARIES)})(?:\w+\W+){{0,3}}?{any_of(*QUESTION_WORDS)}", re.IGNORECASE)
_VERDICT = re.compile(r"\W*(?:yes|no)\W*(?:[,;:!—–]|\.(?!\s*\d)|$)", re.IGNORECASE)  # "No. 7" is a number
_MARKER = re.compile(r"\[[^\]\n]*\]")


def is_verdict(claim: str) -> bool:
    """Whether a sentence answers yes or no."""
    return bool(_VERDICT.match(claim))


def restates(claim: str, question: str) -> bool:
    """Whether a sentence only says the question again, which asks for more than a yes or no.

    One that says a word twice that is asked once answers with it: "A female duck is called a duck."
    """
    return echoes(claim, question) and Counter(_find_said(claim)) <= Counter(find_stems(question))


def echoes(claim: str, question: str) -> bool:
    """Whether a sentence has no word beyond those of the question, which asks for more than a yes or no."""
    said = set(_find_said(claim))
    return bool(said and _ASKS_WHICH.match(question)) and not is_verdict(claim) and said <= set(find_stems(question))


def _find_said(claim: str) -> list[str]:
    return list(find_stems(strip_references(claim)))


def find_loop(text: str) -> int | None:
    """Where a reply begins to say the same again and again; None where it does not.

    Returns:
        The offset of the second time of the sentence that comes most often, ``MOST_SAID`` times or more.
    """
    times: dict[str, list[int]] = {}
    for start, end in find_sentences(text):
        words = _MARKER.sub(" ", text[start:end]).casefold().split()
        if len(words) >= SHORTEST_SAID:
            times.setdefault(" ".join(words), []).append(start)
    again = [starts[1] for starts in times.values() if len(starts) >= MOST_SAID]
    return min(again, default=None)
