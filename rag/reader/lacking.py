"""What a question asks for by a noun and nothing has: the phone number of a row without phones, the weight of what is not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.english.asked_values import read_asked_value
from rag.english.terms import find_stems
from rag.reader.features import Candidate
from rag.reader.lookups import Looked
from rag.retrieve.keys import read_value
from rag.types import ScoredPassage

LIKE = 0.45
"""The cosine from which on a column may mean what a question calls otherwise. Of 40 pairs such as "job" and "Position" 30 are
nearer, of 30 things that made tables did not have 25 are further from every column (all-MiniLM-L6-v2; another model that sets
everything nearer lets more questions be answered with a doubt)."""

LONGEST_NAME = 60
"""Characters of a row's first value that names it in a sentence."""

Embed = Callable[[list[str]], Sequence[Sequence[float]]]


def tell_lacking(question: str, passages: Sequence[ScoredPassage], looked: Looked, embed: Embed) -> str:
    """A line that says what the only row that a question is about does not have; "" where it may have it.

    Args:
        question: in its own words.
        passages: what was found; a word that stands in any of them is not lacking.
        looked: the rows that the question is about.
        embed: gives the vectors of texts.
    """
    asked = read_asked_value(question) if len(looked.named) == 1 else None
    if not asked:
        return ""
    names = _read_columns(next(iter(looked.named)))
    is_known = bool(_find_known(passages) & set(find_stems(asked.noun)))
    if not names or is_known or _measure_likeness(asked.noun, names, embed) >= LIKE:
        return ""
    named = (
        f"The row of “{name}”"
        if (name := _read_name(next(iter(looked.named))))
        else "The row that has what you ask about"
    )
    return f"{named} has no “{asked.noun}”, only {', '.join(names)}."


def is_thing_absent(question: str, passages: Sequence[ScoredPassage]) -> bool:
    """Whether a question asks for a value of a thing of which no word stands in what was found."""
    asked = read_asked_value(question)
    thing = set(find_stems(asked.thing)) if asked else set()
    return bool(thing) and not thing & _find_known(passages)


def leave_named_items(question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates without those items of a list that lack the thing of which a value is asked for, where another has it.

    "Anode, number 77-120" tells nothing of the gasket, which has an item of its own.
    """
    asked = read_asked_value(question)
    thing = set(find_stems(asked.thing)) if asked else set()
    if not thing:
        return tuple(candidates)
    items = [each for each in candidates if each.block is not None and each.block.kind == "item"]
    having = [each for each in items if thing <= set(find_stems(each.text))]
    lists = {(each.span.document_id, each.passage.heading) for each in having}
    left = {each for each in items if each not in having and (each.span.document_id, each.passage.heading) in lists}
    return tuple(each for each in candidates if each not in left)


def _find_known(passages: Sequence[ScoredPassage]) -> set[str]:
    """The stems of all words of the passages, their titles and headings."""
    told = (f"{found.passage.title}\n{found.passage.heading}\n{found.passage.text}" for found in passages)
    return {stem for text in told for stem in find_stems(text)}


def _read_columns(row: Candidate) -> list[str]:
    """The names of a row's columns."""
    cells = row.block.cells if row.block else ()
    return [name for start, end, _ in cells if (name := read_value(row.passage, start, end).strip(" :"))]


def _read_name(row: Candidate) -> str:
    """What a row is of, by its first value; "" for one that is no name."""
    first = row.block.cells[0] if row.block and row.block.cells else None
    name = read_value(row.passage, first[1], first[2]).strip() if first else ""
    return name if len(name) <= LONGEST_NAME and any(map(str.isalpha, name)) else ""


def _measure_likeness(words: str, others: Sequence[str], embed: Embed) -> float:
    """The highest cosine of words with any of the others."""
    import numpy as np

    vectors = np.asarray(embed([words, *others]), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return float((vectors[1:] @ vectors[0]).max())
