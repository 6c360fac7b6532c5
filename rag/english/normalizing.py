"""How a question is put: several in one, in capitals, at great length, with a word mistyped. Pure but for the look-ups."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from rag.english.sentences import find_sentences
from rag.english.source import mend_apostrophes
from rag.english.terms import find_terms, is_content
from rag.english.words import AUXILIARIES, QUESTION_WORDS, any_of

PLAIN, LONGEST = 200, 400
"""Characters up to which all of a question is read; of a longer one what asks, and of that so many at most.

What is told before it ("We went to the coast last year ...") keeps a reader from the answer.
"""

MOST_QUESTIONS = 4
"""Questions in one that are answered one by one; any more are taken together."""

SHORTEST_WORD = 4
LIKENESS = 0.8
"""How alike a mistyped word and a known one have to be (the share of letters in common, in order)."""

SHORTEST_BEGINNING = 6
"""Letters from which on an unknown word that a known one begins with is short for that: postgres, PostgreSQL."""

_ASKING = any_of(*QUESTION_WORDS)
_VERB = any_of(*AUXILIARIES, "many", "much", "long", "often", "far", "old")
_JOINED = re.compile(rf",? and (?={_ASKING}(?: \w+)? {_VERB})", re.IGNORECASE)
_BEGINS = re.compile(rf"(?:(?:and|so|but|also),? )?{_ASKING}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")

Look = Callable[[str], str | None]
"""From a search term to a word of the documents with that term, as it is written there; None if there is none."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What words there are: search terms, in a collection for each index; how one is written; which are common words."""

    terms: Sequence[Collection[str]]
    find_word: Look
    is_common: Callable[[str], bool]

    def __contains__(self, term: object) -> bool:
        return any(term in terms for terms in self.terms)


def split_questions(text: str) -> tuple[str, ...]:
    """The questions in a text, in order; what is said before one belongs to it. One that asks a single thing stays whole."""
    pieces = [text[start:end] for start, end in find_sentences(text)]
    if sum(piece.endswith("?") for piece in pieces) < 2:
        return _split_joined(text)
    questions: list[str] = []
    said: list[str] = []
    for piece in pieces:
        said.append(piece)
        if piece.endswith("?"):
            questions.append(" ".join(said))
            said = []
    questions[-1] = " ".join([questions[-1], *said])
    last = " ".join(questions[MOST_QUESTIONS - 1 :])
    return (*questions[: MOST_QUESTIONS - 1], *([last] if last else []))


def _split_joined(text: str) -> tuple[str, ...]:
    """The questions that an "and" joins, as in: Who wrote it and when was it published?"""
    if not _BEGINS.match(text):
        return (text,)
    parts = [part.strip() for part in _JOINED.split(text, maxsplit=MOST_QUESTIONS - 1)]
    if len(parts) < 2 or any(len(part.split()) < 3 for part in parts):
        return (text,)
    return tuple(part if part.endswith("?") else f"{part}?" for part in parts)


def tidy(text: str, vocabulary: Vocabulary) -> tuple[str, tuple[str, ...]]:
    """A single question as it is to be looked up, and a line for each change that its asker should know of."""
    short = shorten(text)
    notes = [] if short == text else [f"Long question: only this much of it was looked up: “{short}”"]
    mended, changes = mend(mend_apostrophes(calm(short)), vocabulary)
    return mended, (*notes, *(f"Read “{typed}” as “{meant}”." for typed, meant in changes))


def calm(text: str) -> str:
    """A question all in capitals as a sentence; any other as it is."""
    return text.capitalize() if text.isupper() and len(text.split()) > 1 else text


def shorten(text: str) -> str:
    """A long question's sentences that ask, or else its first and last, ``LONGEST`` characters at most; a short one whole."""
    if len(text) <= PLAIN:
        return text
    pieces = [text[start:end] for start, end in find_sentences(text)] or [""]
    asking = [piece for piece in pieces if piece.endswith("?")] or list(dict.fromkeys([pieces[0], pieces[-1]]))
    return " ".join(asking)[-LONGEST:].strip()


def mend(text: str, vocabulary: Vocabulary) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The question with its mistyped words as the documents have them, and which words those are.

    A word is taken for mistyped where it is in none of the documents, is no common one either, and is nearly one that
    a document has.
    """
    changes = []
    words = [word for word in dict.fromkeys(_WORD.findall(text)) if len(word) >= SHORTEST_WORD]
    for typed, terms in zip(words, find_terms(words) if words else (), strict=True):
        if meant := _find_meant(typed, terms, vocabulary):
            changes.append((typed, meant))
            text = re.sub(rf"\b{re.escape(typed)}\b", lambda _, word=meant: word, text)  # type: ignore[misc]
    return text, tuple(changes)


def _find_meant(typed: str, terms: Sequence[str], vocabulary: Vocabulary) -> str | None:
    if len(terms) != 1 or terms[0] in vocabulary or not is_content(terms[0]) or vocabulary.is_common(typed):
        return None
    short = typed.casefold()
    if len(short) >= SHORTEST_BEGINNING:
        longer = (other for terms_of_one in vocabulary.terms for other in terms_of_one if other.startswith(short))
        if (whole := min(longer, key=lambda other: (len(other), other), default=None)) is not None:
            return vocabulary.find_word(whole)
    known = [other for terms_of_one in vocabulary.terms for other in terms_of_one if _is_near(terms[0], other)]
    nearest = difflib.get_close_matches(terms[0], known, n=1, cutoff=LIKENESS)
    return vocabulary.find_word(nearest[0]) if nearest else None


def _is_near(term: str, other: str) -> bool:
    """Whether two terms are worth comparing: people rarely mistype the first letter, or miss the length by more than two."""
    return other[:1] == term[0] and abs(len(other) - len(term)) <= 2 and other.isalpha()
