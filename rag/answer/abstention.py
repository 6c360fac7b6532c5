"""What is said where the documents do not answer, or may not: that, and which words of the question they never use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from rag.english.identifiers import find_codes
from rag.english.quantities import read_ordinal
from rag.english.requests import Task
from rag.english.terms import find_terms, is_content
from rag.english.units import is_unit
from rag.english.words import COUNTED, SAYING_HOW
from rag.retrieve.keys import read_keys
from rag.types import Answer, ScoredPassage

ABSTENTION = "The documents do not answer this, as far as I can find."
UNSURE = "I am not sure that this answers it; it is the closest I found."
"""Stands before an answer that is likelier wrong than right."""

CANNOT: Mapping[Task, str] = {
    "translate": "translate them",
    "rephrase": "put them into other words",
    "judge": "give an opinion on them",
    "write": "write a new text from them",
}
"""What quoting cannot do, by what is asked."""

MOST_WORDS = 3
"""Missing words that a refusal names."""

ALIKE = 0.7
"""How alike two codes are, from 0 to 1 by ``difflib``, for one to be named where the other was not found."""

TELLING = 5
"""Letters of a word worth naming; shorter ones ("find", "List" at the beginning) are mostly ways of asking, but for names."""

CLOSEST = 3
"""Passages among which a near one is looked for; what was found behind them is mostly about something else."""

_WORD = re.compile(r"\w(?:[\w'’-]*\w)?")


def format_refusal(question: str, passages: Sequence[ScoredPassage]) -> str:
    """The refusal to a question, with words of it that the closest passages do not have, if there are any.

    For a code that they do not have, the nearest that they do have are named.
    """
    missing = [f"“{word}”" for word in find_missing_words(question, passages)][:MOST_WORDS]
    if not missing or not passages:
        return ABSTENTION
    *others, last = missing
    named = f"{', '.join(others)} or {last}" if others else last
    near = find_near_codes(question, passages)
    instead = f" The nearest there are {', '.join(near)}." if near else ""
    return f"{ABSTENTION} The closest passages do not mention {named}.{instead}"


def format_task_refusal(task: Task) -> str:
    """What is said where something is asked that takes a writer, and what to do about it."""
    return (
        f"I quote the documents word for word, and cannot {CANNOT[task]}. A chat model can: "
        "name one in FOOTNOTE_CHAT_MODEL, and ask again."
    )


def find_missing_words(question: str, passages: Sequence[ScoredPassage], *, telling: int = TELLING) -> Iterator[str]:
    """The codes and content words of a question that stand in none of the passages, in any form, as they were typed.

    ``telling``: letters of a word from which on it counts without a capital.
    """
    told = [
        f"{found.passage.title}\n{found.passage.heading}\n{found.passage.text}".replace("_", " ") for found in passages
    ]
    known = {term for terms in find_terms(told) for term in terms} if told else set()
    codes = find_missing_codes(question, told)
    yield from codes
    words = [word for word in dict.fromkeys(_WORD.findall(question)) if not any(word in code for code in codes)]
    for at, (word, terms) in enumerate(zip(words, find_terms(words) if words else [], strict=True)):
        plain = word.casefold().replace("’", "'")
        if plain in SAYING_HOW or plain in COUNTED or plain.endswith("n't") or read_ordinal(plain) or is_unit(plain):
            continue
        is_telling = len(word) >= telling or (at > 0 and word[:1].isupper()) or word[:1].isdigit()
        if is_telling and any(map(is_content, terms)) and not known & set(terms):
            yield word


def find_near(answer: Answer) -> int | None:
    """Which passage a refusal may point at: the first that has half of the question's words, and not only names of them.

    A name is a word that the passage always begins with a capital, or a number. Where a name of the question stands nowhere, one
    word of it is not near: "What is the capital of Peru?" is not about capital.

    Returns:
        Its place among the answer's passages; None where none of the closest is so near, and for an answer that is no
        refusal.
    """
    if not answer.abstained:
        return None
    asked = {term for term in find_terms([answer.standalone_question])[0] if is_content(term)}
    is_elsewhere = any(word[:1].isupper() for word in find_missing_words(answer.standalone_question, answer.passages))
    least = 2 if is_elsewhere else 1
    for at, found in enumerate(answer.passages[:CLOSEST]):
        words = _WORD.findall(f"{found.passage.heading} {found.passage.text}".replace("_", " "))
        common = [word for word in words if word[:1].islower()]
        shared, plain = (asked & set(terms) for terms in find_terms([" ".join(words), " ".join(common)]))
        if plain and len(shared) >= max(least, len(asked) / 2):
            return at
    return None


def find_missing_codes(question: str, texts: Sequence[str]) -> list[str]:
    """The codes that a question names and no text has."""
    keys = read_keys(question)
    known = {code for text in texts for code in keys.find_codes(text)}
    return [code for code, _ in keys.codes if code not in known]


def find_near_codes(question: str, passages: Sequence[ScoredPassage]) -> list[str]:
    """Codes of the passages that are nearly those that a question names in vain, the most alike first."""
    texts = [found.passage.text for found in passages]
    told = list(dict.fromkeys(code for text in texts for code in find_codes(text, most=None)))
    missing = find_missing_codes(question, texts)
    return get_close_matches(missing[0], told, MOST_WORDS, ALIKE) if missing else []
