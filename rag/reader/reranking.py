"""Ranking the found passages by what the span model reads in them, beside what search made of them."""

from __future__ import annotations

from collections.abc import Sequence

from rag.reader.features import measure_passages
from rag.reader.scoring import Judges, load_judges
from rag.reader.source_lines import read_passages
from rag.reader.span_reader import SpanReader
from rag.retrieve.hybrid import Ranker
from rag.types import ScoredPassage


def build_ranker(spans: SpanReader, judges: Judges | None = None) -> Ranker:
    """A ranker whose score is the probability that the passage holds the answer."""
    judge = judges or load_judges()

    def rank(question: str, passages: Sequence[ScoredPassage]) -> tuple[ScoredPassage, ...]:
        if not passages:
            return ()
        readings = read_passages(spans, question, passages)
        scores = judge.passage(measure_passages(passages, readings)).tolist()
        order = sorted(range(len(passages)), key=lambda row: (-scores[row], row))
        return tuple(ScoredPassage(passages[row].passage, scores[row]) for row in order)

    return rank
