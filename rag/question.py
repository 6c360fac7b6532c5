"""What may be asked, and how much at once: a question, the conversation before it, the documents it is asked of. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from rag.conditions import Condition, Sign, Value
from rag.english.intents import MAX_CHARACTERS
from rag.errors import QuestionError, UsageError
from rag.types import Answer, Question

MOST_TURNS = 30
"""How many of the last turns of a conversation are looked at: what was said before them names nothing any more."""

MOST_DOCUMENTS = 1_000
"""Documents that a question may name; one to more of them is one to all."""

LONGEST_TYPED = 100 * MAX_CHARACTERS
"""White space and all: what is longer is not looked through for a question of a fitting length."""

LONGEST_ID = 1_000
"""Characters of a document's id."""

MOST_CONDITIONS, MOST_VALUES = 100, 10_000
"""Conditions that documents may be chosen by, and values of one; a wide range is said by two comparisons."""

LARGEST = 2**63
"""Whole numbers are smaller than this on either side of zero, as in any database."""

_NOTHING_ASKED = " ?!.,;:…¿¡-–—'\"“”‘’()"
"""Punctuation that alone asks nothing; any other signs (".*", "→", "§") may stand in a text, and are looked for."""

_TYPED = re.compile(r"\s*([^=!<>]*[^=!<>\s])\s*(>=|<=|!=|==?|<|>)\s*(.*?)\s*", re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d{1,300}(\.\d{1,300})?", re.ASCII)

_HALF_PAIR = re.compile("[\ud800-\udfff]")


def read_question(asked: object) -> Question:
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
        where=read_where(question.where),
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


def read_where(given: object) -> tuple[Condition, ...]:
    """What documents are chosen by, as conditions that all have to be kept.

    Conditions are a dictionary, as ``{"kind": "memo", "year": [2023, 2024]}``, or typed, as ``"year>=2023"``, one or many.
    What is typed may stand for a text, a number or a truth value; typed twice with ``=``, a name may have either value.

    Raises:
        QuestionError: one is no condition, or there are too many of them, or of their values.
    """
    is_many = isinstance(given, Mapping | Sequence) and not isinstance(given, str | bytes)
    if is_many and len(cast("Collection[object]", given)) > MOST_CONDITIONS:
        raise QuestionError(f"documents are chosen by {MOST_CONDITIONS} conditions at most; ask with fewer")
    if isinstance(given, Mapping):
        conditions = [Condition(_read_name(name), "=", _read_values(value, name)) for name, value in given.items()]
    elif isinstance(given, str | Condition):
        conditions = [_read_condition(given)]
    elif isinstance(given, Sequence) and not isinstance(given, bytes):
        conditions = _join_typed([_read_condition(each) for each in given])
    else:
        raise QuestionError(
            f'documents are chosen by a dictionary, as {{"kind": "memo"}}, or by texts, as "year>=2023", '
            f"not {type(given).__name__}"
        )
    return tuple(conditions)


def tell_where(conditions: Sequence[Condition]) -> list[str]:
    """Conditions as they are typed, so that ``read_where`` reads the same."""
    told = []
    for each in conditions:
        typed: list[Value] = []  # what the texts so far stand for: "007" is the number 7 too
        for value in each.values:
            if not any(type(value) is type(known) and value == known for known in typed):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                typed += read_typed(text)
                told.append(f"{each.name}{each.sign}{text}")
    return told


def read_value(value: object, what: str) -> Value:
    """A value of metadata as it is kept: a day is the text 2024-05-01. Raises UsageError where it cannot be kept."""
    match value:
        case str():
            return replace_half_pairs(value)
        case bool():
            return value
        case int() if -LARGEST < value < LARGEST:
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case date():
            return value.isoformat()
        case int() | float():
            raise UsageError(f"{what} is a number that cannot be kept; leave it out, or give it as a text")
    raise UsageError(f"{what} is {type(value).__name__}; give a text, a number, a truth value or a day")


def read_typed(text: str) -> tuple[Value, ...]:
    """All values that something typed may stand for: the text itself, and the number or the truth value that it spells."""
    found: list[Value] = [replace_half_pairs(text)]
    if text.casefold() in ("true", "false"):
        found.append(text.casefold() == "true")
    if _NUMBER.fullmatch(text):
        number = float(text) if "." in text else int(text)
        found += [number] if abs(number) < LARGEST else []
    return tuple(found)


def _read_condition(given: object) -> Condition:
    if isinstance(given, Condition):
        return given
    typed = _TYPED.fullmatch(given) if isinstance(given, str) and len(given) <= MAX_CHARACTERS else None
    if typed is None:
        raise QuestionError(
            f"{given!r:.60} is no condition; write NAME=VALUE, or with != < <= > >= between, such as year>=2023"
        )
    name, sign, value = typed.groups()
    return Condition(_read_name(name), cast("Sign", sign[:1] if sign == "==" else sign), read_typed(value))


def _join_typed(conditions: Sequence[Condition]) -> list[Condition]:
    """Conditions of one name with ``=`` as one with all their values: no document has two values of a name."""
    joined: dict[tuple[str, Sign, int], Condition] = {}
    for at, each in enumerate(conditions):
        key = (each.name, each.sign, 0 if each.sign == "=" else at)
        before = joined[key].values if key in joined else ()
        joined[key] = Condition(each.name, each.sign, (*before, *each.values))
    return list(joined.values())


def _read_name(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise QuestionError(f"a name in metadata is a text, not {name!r:.60}")
    return replace_half_pairs(name)


def _read_values(wanted: object, name: object) -> tuple[Value, ...]:
    what = f"what '{name!s:.60}' must be"
    if isinstance(wanted, Collection) and not isinstance(wanted, str | bytes | Mapping):
        if len(wanted) > MOST_VALUES:
            raise QuestionError(
                f"{what} is one of {len(wanted):,} values, the limit is {MOST_VALUES:,}; "
                "a wide range is two comparisons, as year>=1900 and year<2000"
            )
        return tuple(_read_wanted(each, what) for each in wanted)
    return (_read_wanted(wanted, what),)


def _read_wanted(wanted: object, what: str) -> Value:
    try:
        return read_value(wanted, what)
    except UsageError as error:
        raise QuestionError(str(error)) from None
