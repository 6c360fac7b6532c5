"""The sentences that could answer a question, and what speaks for each: the span model, and how its passage was found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.english.answer_types import measure_misfits
from rag.english.sentences import find_sentences
from rag.reader.nearness import MeasureNearness
from rag.reader.span_reader import BestSpan, PassageReading
from rag.retrieve.senders import find_message_units
from rag.types import Block, Passage, ScoredPassage, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

PASSAGE_FEATURES = ("score", "is_first", "span", "span_behind_best")
"""What is measured of each found passage, in this order."""

FEATURES = ("span", "span_behind_best", "passage_score", "is_first_passage", "nearness")
"""What is measured of each candidate, in this order; the fitted weights stand in the same order.

Shared words, whether a span is a name and length were measured too, and left out: they change nothing.
"""

ANSWERABILITY_FEATURES = ("best_score", "best_score_squared", "span_over_others")
"""What is measured of the question as a whole, to tell whether the passages answer it at all.

The square lets the confidence rise late: without it, middling scores promise more than they keep.
"""

WHOLE_ITEM = 300
"""Characters of a list's item up to which it is quoted whole; longer ones are read by their sentences."""

_ITEM_SIGN = re.compile(r"[-*•–·]\s+(?=\S)")
"""What an item begins with, and nobody quotes."""

_NUMBER = re.compile(r"\(?\d{1,3}[.)]\s+(?=\S)")
"""What a numbered paragraph begins with."""

LIKELY = 16
"""Candidates whose nearness is measured, those that read best: the others are as far as the farthest of them. The right sentence
comes first for 60 of 127 questions, for 61 where all are measured; 96 ms for sentences met for the first time instead of 181
(medians; natural questions' develop split, two cores with AMX)."""

SPAN_SCALE = 0.1
"""Logits reach ten and more; the other features are about one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence of a found passage, or an item of a list or a row of a table as a whole (``block``).

    ``row`` is the passage's place in the ranking.
    """

    span: Span
    text: str
    passage: Passage
    row: int
    block: Block | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Its half-open offsets in its passage."""
        return self.span.start - self.passage.span.start, self.span.end - self.passage.span.start


def find_sentence_candidates(passages: Sequence[ScoredPassage]) -> tuple[Candidate, ...]:
    """All sentences of the passages, in their order; lines that are only a section's heading are left out."""
    found = []
    for row, scored in enumerate(passages):
        passage = scored.passage
        headings = set(passage.heading.split(" > "))
        for start, end, block in find_units(passage):
            text = passage.text[start:end]
            if not any(character.isalnum() for character in text) or find_line(passage.text, start, end) in headings:
                continue  # of "2. Installation" neither part is a sentence
            at = passage.span.start
            found.append(Candidate(Span(passage.span.document_id, at + start, at + end), text, passage, row, block))
    return tuple(found)


def find_line(text: str, start: int, end: int) -> str:
    """The line, or lines, in which a stretch of a text lies."""
    after = text.find("\n", end)
    return text[text.rfind("\n", 0, start) + 1 : after if after >= 0 else None].strip()


def find_units(passage: Passage) -> Iterator[tuple[int, int, Block | None]]:
    """What a passage may be quoted by, as offsets into its text, with the block that each lies in.

    A row, an item of no more than ``WHOLE_ITEM`` characters and a short message is one; all else is its sentences.
    """
    at = passage.span.start
    blocks = [(block.start - at, block.end - at, block) for block in passage.blocks]
    told = 0
    for start, end in find_sentences(passage.text):
        low, high, block = next(((low, high, each) for low, high, each in blocks if low <= start < high), (0, 0, None))
        if block and block.kind == "message":
            if start >= told:
                told = high
                yield from ((first - at, last - at, block) for first, last in find_message_units(passage, block))
        elif block and is_unit(block) and (low >= 0 or block.kind == "row"):
            if max(low, 0) >= told:
                told = high
                sign = _ITEM_SIGN.match(passage.text, low, high) if block.kind == "item" else None
                yield sign.end() if sign else max(low, 0), len(passage.text[:high].rstrip()), block
        else:
            sign = (
                _NUMBER.match(passage.text, start, end)
                if passage.text[:start].rstrip(" \t")[-1:] in ("", "\n")
                else None
            )
            yield sign.end() if sign else start, end, block


def is_unit(block: Block) -> bool:
    """Whether a block is quoted as a whole."""
    return block.kind == "row" or (block.kind == "item" and block.end - block.start <= WHOLE_ITEM)


def measure_passages(passages: Sequence[ScoredPassage], readings: Sequence[PassageReading]) -> Matrix:
    """The features of every passage as it was found and read, shape (passages, len(PASSAGE_FEATURES))."""
    import numpy as np

    spans = np.array([reading.best_span().score for reading in readings])
    nowhere = np.array([reading.nowhere for reading in readings])
    return np.column_stack(
        [
            [found.score for found in passages],
            [row == 0 for row in range(len(passages))],
            SPAN_SCALE * (spans - nowhere),
            SPAN_SCALE * (spans - spans.max()),
        ]
    ).astype(np.float32)


def find_best_spans(candidates: Sequence[Candidate], readings: Sequence[PassageReading]) -> list[BestSpan]:
    """The best span inside of each candidate, with its offsets in the candidate's passage."""
    return [readings[candidate.row].best_span(*candidate.place) for candidate in candidates]


@dataclass(frozen=True, slots=True)
class Measured:
    """What speaks for the candidates of a question.

    ``features``: of every candidate, shape (candidates, len(FEATURES)). ``misfits``: what each loses, in log odds, for
    lacking what the question plainly asks for, a number or a date; shape (candidates,). ``span_over_others``: how
    clearly one span stands out; the best of all against every other candidate's, and "not here", together.
    """

    features: Matrix
    misfits: Matrix
    span_over_others: float


def measure(
    question: str,
    candidates: Sequence[Candidate],
    passages: Sequence[ScoredPassage],
    readings: Sequence[PassageReading],
    nearness: MeasureNearness,
) -> Measured:
    """Measure every candidate; ``readings`` are those of the passages."""
    import numpy as np

    misfits = np.array(measure_misfits(question, [candidate.text for candidate in candidates]), dtype=np.float32)
    rows = [candidate.row for candidate in candidates]
    spans = np.array([best.score for best in find_best_spans(candidates, readings)]) - misfits
    nowhere = np.array([reading.nowhere for reading in readings])
    margins = SPAN_SCALE * (spans - nowhere[rows])
    found = np.array([passages[row].score for row in rows])
    likely = (-margins - found).argsort(kind="stable")[:LIKELY]
    near = nearness(question, [tell_subject(candidates[at]) for at in likely])
    nearnesses = np.full(len(candidates), near.min())
    nearnesses[likely] = near
    features = np.column_stack(
        [margins, SPAN_SCALE * (spans - spans.max()), found, [row == 0 for row in rows], nearnesses]
    ).astype(np.float32)
    others = np.append(np.delete(spans, spans.argmax()), nowhere.min())
    return Measured(features, misfits, SPAN_SCALE * float(spans.max() - np.logaddexp.reduce(others)))


def tell_subject(candidate: Candidate) -> str:
    """A candidate's words after the heading that they stand under, which may name what they are about."""
    heading = candidate.passage.heading.rsplit(" > ", 1)[-1]
    return f"{heading}: {candidate.text}" if heading else candidate.text


def measure_answerability(scores: Matrix, span_over_others: float) -> Matrix:
    """The features by which the confidence in the best-scored candidate is judged, shape (features,)."""
    import numpy as np

    best = scores.max()
    return np.array([best, best * best, span_over_others], dtype=np.float32)
