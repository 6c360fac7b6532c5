"""Which sentences and rows may answer a question that names something exactly: those that carry it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.reader.features import Candidate
from rag.retrieve.keys import find_asked_cells, find_named_cells, read_keys, read_value
from rag.types import ShortAnswer, Span

TELLING = math.log(1.5)
"""The weight of the values that a question names from which on a row is the one that is asked about: of three rows at most
two have them."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is left of the candidates, those among them that are rows the question names, and codes that nothing carries.

    ``named`` holds by each of those rows the numbers of its cells with a value that the question names.
    """

    candidates: tuple[Candidate, ...]
    named: dict[Candidate, tuple[int, ...]]
    absent: tuple[str, ...] = ()


def look_up(question: str, candidates: Sequence[Candidate]) -> Looked:
    """Leave out what lacks the codes, days and values that the question names, where something carries them.

    A code must stand in the row itself, or in the passage of a sentence. A day, or the value of a cell, is no such
    condition, because a text may tell it in other words: rows without it are left out where others have it.
    """
    keys = read_keys(question)
    homes = {candidate.passage.id: candidate.passage for candidate in candidates}
    told = {name: f"{home.title}\n{home.heading}\n{home.text}" for name, home in homes.items()}
    carried = {code for text in told.values() for code in keys.find_codes(text)}
    absent = tuple(code for code, _ in keys.codes if code not in carried)
    if keys.codes and not carried:
        return Looked((), {}, absent)
    kept = list(candidates)
    if keys:
        carriers = [
            candidate
            for candidate in kept
            if keys.are_in(candidate.text if is_row(candidate) else told[candidate.passage.id])
        ]
        kept = carriers or [
            candidate for candidate in kept if not keys.codes or keys.are_in(told[candidate.passage.id])
        ]
    named = {
        candidate: tuple(find_named_cells(question, candidate.passage, candidate.block))
        for candidate in kept
        if candidate.block and is_row(candidate)
    }
    best = _find_best_rows(named)
    return Looked(tuple(each for each in kept if each not in named or best.get(each, True)), _pick(named, best), absent)


def is_row(candidate: Candidate) -> bool:
    """Whether a candidate is a row of a table."""
    return candidate.block is not None and candidate.block.kind == "row"


def is_named_alone(candidate: Candidate, looked: Looked) -> bool:
    """Whether no other row of its document has as much of what the question names."""
    document = candidate.span.document_id
    return [each for each in looked.named if each.span.document_id == document] == [candidate]


def find_asked_value(question: str, candidate: Candidate, named: Sequence[int]) -> ShortAnswer | None:
    """The value in a row that the question asks for by its column's name."""
    if candidate.block is None:
        return None
    for number in find_asked_cells(question, candidate.passage, candidate.block, named):
        _, start, end = candidate.block.cells[number]
        words = read_value(candidate.passage, start, end)
        if words and candidate.span.start <= start and end <= candidate.span.end:
            return ShortAnswer(words, Span(candidate.span.document_id, start, end))
    return None


def _find_best_rows(named: dict[Candidate, tuple[int, ...]]) -> dict[Candidate, bool]:
    """By each row whether it has as much as any of its document of what the question names; empty where none tells."""
    values = {candidate: [_read_cell(candidate, number) for number in numbers] for candidate, numbers in named.items()}
    counts = Counter(value for listed in values.values() for value in set(listed))
    rows = Counter(candidate.span.document_id for candidate in named)
    weights = {
        candidate: sum(math.log((rows[candidate.span.document_id] + 1) / counts[value]) for value in set(listed))
        for candidate, listed in values.items()
    }
    most: dict[str, float] = {}
    for candidate, weight in weights.items():
        most[candidate.span.document_id] = max(weight, most.get(candidate.span.document_id, 0.0))
    return {
        candidate: weight >= most[candidate.span.document_id] - 1e-6
        for candidate, weight in weights.items()
        if most[candidate.span.document_id] >= TELLING
    }


def _pick(named: dict[Candidate, tuple[int, ...]], best: dict[Candidate, bool]) -> dict[Candidate, tuple[int, ...]]:
    return {candidate: named[candidate] for candidate, is_best in best.items() if is_best}


def _read_cell(candidate: Candidate, number: int) -> tuple[str, str, str]:
    assert candidate.block is not None
    name, start, end = candidate.block.cells[number]
    column, value = read_value(candidate.passage, name, start), read_value(candidate.passage, start, end)
    return candidate.span.document_id, column.casefold(), value.casefold()
