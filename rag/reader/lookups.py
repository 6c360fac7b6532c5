"""Which sentences and rows may answer a question that names something exactly: those that carry it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rag.english.terms import find_stems
from rag.reader.features import Candidate
from rag.retrieve.keys import find_asked_cells, find_named_cells, read_keys, read_value
from rag.types import ShortAnswer, Span

TELLING = math.log(1.5)
"""The weight of the values that a question names from which on a row is the one that is asked about: of three rows at most
two have them."""

FEW = 2
"""Paragraphs and rows that carry what a question names, up to which they are what it is about."""

_LABELLED = re.compile(r"(?P<label>[A-Z][^:\n]{2,59}): +(?P<value>\S[^\n]{0,79}?)[.;]?")
"""A line that says what a value is of."""

Cells = tuple[int, ...]
"""Numbers of a row's cells."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is left of the candidates.

    ``named`` are the rows among them that the question is about, each with the numbers of its cells whose values the
    question names. ``is_exact`` says that what is left carries a code or a day of the question that few have.
    """

    candidates: tuple[Candidate, ...]
    named: Mapping[Candidate, Cells] = field(default_factory=dict)
    is_exact: bool = False

    def names_alone(self, candidate: Candidate) -> bool:
        """Whether a candidate is the only row that the question is about."""
        return list(self.named) == [candidate]


def look_up(question: str, candidates: Sequence[Candidate]) -> Looked:
    """Leave out what lacks the codes, days and values that the question names, where something carries them.

    A code must stand in the row itself, or in the paragraph of a sentence or above it. A day, or the value of a cell, is no
    such condition, because a text may tell it in other words: what lacks it is left out where something has it.
    """
    keys = read_keys(question)
    kept, is_exact = list(candidates), False
    if keys:
        places = {candidate: _find_surroundings(candidate) for candidate in candidates}
        # A day beside a code proves nothing of the code.
        carries = keys.find_codes if keys.codes else keys.are_in
        carriers = [candidate for candidate in candidates if carries(places[candidate])]
        if keys.codes and not carriers:  # it may stand elsewhere in the passage
            kept = [candidate for candidate in candidates if keys.find_codes(candidate.passage.text)]
        kept = carriers or kept
        having = {places[candidate] for candidate in carriers}
        is_exact = 0 < len(having) <= FEW and having != set(places.values())  # what all have singles nothing out
    cells = {
        candidate: tuple(find_named_cells(question, candidate.passage, candidate.block))
        for candidate in kept
        if candidate.block is not None and is_row(candidate)
    }
    named, unnamed = _find_named_rows(cells)
    return Looked(tuple(candidate for candidate in kept if candidate not in unnamed), named, is_exact)


def is_row(candidate: Candidate) -> bool:
    """Whether a candidate is a row of a table."""
    return candidate.block is not None and candidate.block.kind == "row"


def pick_row(question: str, own: str, looked: Looked) -> tuple[Candidate, ShortAnswer | None] | None:
    """The row that answers whatever else was found, with the value that is asked for.

    It is the only one that the question is about, and the question names a column of it, or two of its values. Of a
    follow-up its own words have to name the column: the values are those of the row that the talk before was about.
    """
    for candidate, named in looked.named.items():
        value = find_asked_value(own, candidate, named)
        if looked.names_alone(candidate) and (value or (own == question and len(named) > 1)):
            return candidate, value
    return None


def find_labelled(question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ShortAnswer] | None:
    """The one line "Expenses last month: $118" whose label has all words of the question that say something, and no others."""
    asked = set(find_stems(question))
    found = [
        (candidate, value)
        for candidate in candidates
        if not is_row(candidate)
        and (value := _LABELLED.fullmatch(candidate.text))
        and asked
        and set(find_stems(value["label"])) == asked
    ]
    if len(found) != 1:
        return None
    candidate, value = found[0]
    start = candidate.span.start + value.start("value")
    span = Span(candidate.span.document_id, start, start + len(value["value"]))
    return candidate, ShortAnswer(value["value"], span)


def find_asked_value(question: str, candidate: Candidate, named: Cells = ()) -> ShortAnswer | None:
    """The value in a row that the question asks for by its column's name."""
    if candidate.block is None:
        return None
    for number in find_asked_cells(question, candidate.passage, candidate.block, named):
        _, start, end = candidate.block.cells[number]
        words = read_value(candidate.passage, start, end)
        if words and candidate.span.start <= start and end <= candidate.span.end:
            return ShortAnswer(words, Span(candidate.span.document_id, start, end))
    return None


def _find_surroundings(candidate: Candidate) -> str:
    """Where a code may stand for a candidate to be about it: its paragraph and what stands above; of a row, itself."""
    if is_row(candidate):
        return candidate.text
    home, (low, high) = candidate.passage, candidate.place
    start, end = home.text.rfind("\n\n", 0, low) + 1, home.text.find("\n\n", high)
    return f"{home.title}\n{home.heading}\n{home.text[start : end if end >= 0 else None]}"


def _find_named_rows(cells: Mapping[Candidate, Cells]) -> tuple[dict[Candidate, Cells], set[Candidate]]:
    """The rows that have as much as any of their document of what the question names, and the others of those documents.

    A value weighs the more, the fewer rows have it, in whichever column: the only thing that somebody reported is not meant
    before the two that they own. Where none weighs enough, no row is preferred.
    """
    values = {candidate: {_read_cell(candidate, number) for number in numbers} for candidate, numbers in cells.items()}
    counts = Counter(value for held in values.values() for value in held)
    rows = Counter(candidate.span.document_id for candidate in cells)
    weights = {
        candidate: sum(math.log((rows[candidate.span.document_id] + 1) / counts[value]) for value in held)
        for candidate, held in values.items()
    }
    most: dict[str, float] = {}
    for candidate, weight in weights.items():
        most[candidate.span.document_id] = max(weight, most.get(candidate.span.document_id, 0.0))
    named: dict[Candidate, Cells] = {}
    unnamed: set[Candidate] = set()
    for candidate, weight in weights.items():
        best = most[candidate.span.document_id]
        if best >= TELLING and weight > best - 1e-6:
            named[candidate] = cells[candidate]
        elif best >= TELLING:
            unnamed.add(candidate)
    return named, unnamed


def _read_cell(candidate: Candidate, number: int) -> tuple[str, str]:
    assert candidate.block is not None
    _, start, end = candidate.block.cells[number]
    return candidate.span.document_id, read_value(candidate.passage, start, end).casefold()
