"""What may be asked, and how much at once: a question, the conversation before it, the documents that it names. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from rag.english.intents import MAX_CHARACTERS
from rag.errors import QuestionError
from rag.types import Answer, Question

MOST_TURNS = 30
"""How many of the last turns of a conversation are looked at: what was said before them names nothing any more."""

MOST_DOCUMENTS = 1_000
"""Documents that a question may name; one to more of them is one to all."""

LONGEST_TYPED = 100 * MAX_CHARACTERS
"""White space and all: what is longer is not looked through for a question of a fitting length."""

LONGEST_ID = 1_000
"""Characters of a document's id."""

_NOTHING_ASKED = " ?!.,;:…¿¡-–—'\"“”‘’()"
"""Punctuation that alone asks nothing; any other signs (".*", "→", "§") may stand in a text, and are looked for."""

_HALF_PAIR = re.compile("[\ud800-\udfff]")


def read_question(asked: Question | str) -> Question:
    """A question that can be asked: control characters gone, white space folded, all of it within bounds.

    Of the history the last 30 turns are kept, and of each text in it the first ``MAX_CHARACTERS``; nothing of it is
    refused for its length. Of documents that are named twice one is left.

    Raises:
        QuestionError: nothing is left of it, it is longer than ``MAX_CHARACTERS``, it names too many documents, or
            something in it is no text.
    """
    question = Question(asked) if isinstance(asked, str) else asked
    if not isinstance(question, Question):
        raise QuestionError(f"a question is a text or a Question, not {type(asked).__name__}")
    if not isinstance(question.text, str):
        raise QuestionError(f"a question's text is a text, not {type(question.text).__name__}")
    if len(question.text) > LONGEST_TYPED:
        raise QuestionError(_too_long(len(question.text)))
    words = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character for character in question.text
    )
    text = " ".join(words.split())
    if not text.strip(_NOTHING_ASKED):
        raise QuestionError("the question is empty; ask in a few words")
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(_too_long(len(text)))
    return replace(
        question,
        text=text,
        history=read_history(question.history),
        documents=read_document_ids(question.documents),
    )


def _too_long(characters: int) -> str:
    return (
        f"the question has {characters:,} characters, the limit is {MAX_CHARACTERS:,}; "
        "shorten it, or add long text as a document"
    )


def read_history(history: object) -> tuple[tuple[str, str], ...]:
    """The last turns of a conversation, each text cut to the length of a question.

    Nothing is refused for its length: an answer may well be longer.

    Raises:
        QuestionError: a turn is no pair of texts.
    """
    if not isinstance(history, Sequence) or isinstance(history, str | bytes):
        raise QuestionError(f"the history is a list of pairs of texts, not {type(history).__name__}")
    turns = []
    for number, turn in enumerate(history[-MOST_TURNS:], max(0, len(history) - MOST_TURNS) + 1):
        if (
            not isinstance(turn, Sequence)
            or isinstance(turn, str | bytes)
            or len(turn) != 2
            or not all(isinstance(text, str) for text in turn)
        ):
            raise QuestionError(f"turn {number} of the history is no pair of texts, a question and its answer")
        asked, answer = (replace_half_pairs(text[:MAX_CHARACTERS]) for text in turn)
        turns.append((asked, answer))
    return tuple(turns)


def replace_half_pairs(text: str) -> str:
    """A text that can be stored: half a surrogate pair cannot, and a sign in its place keeps every offset."""
    return _HALF_PAIR.sub("\ufffd", text)


def tell_reply(answer: Answer) -> str:
    """What a later question may refer to of an answer: its text, and nothing of what was declined, failed or small talk."""
    silent = answer.abstained or answer.error is not None or answer.route in ("small_talk", "library")
    return "" if silent else answer.text


def read_document_ids(documents: object) -> tuple[str, ...]:
    """The ids of the documents that may answer, each once; one id alone is taken for itself, not letter by letter.

    Raises:
        QuestionError: an id is no text, or there are too many.
    """
    if isinstance(documents, str):
        documents = (documents,)
    if not isinstance(documents, Sequence | set | frozenset) or isinstance(documents, bytes):
        raise QuestionError(f"documents are a list of ids, not {type(documents).__name__}")
    for name in documents:
        if not isinstance(name, str):
            raise QuestionError(f"a document's id is a text, not {type(name).__name__}")
    distinct = tuple(dict.fromkeys(documents))
    if len(distinct) > MOST_DOCUMENTS:
        raise QuestionError(
            f"the question names {len(distinct):,} documents, the limit is {MOST_DOCUMENTS:,}; name none to ask all"
        )
    if any(len(name) > LONGEST_ID for name in distinct):
        raise QuestionError(
            f"a document's id has at most {LONGEST_ID:,} characters; list them with: footnote documents"
        )
    return distinct
