"""Ranking the found passages by what the span model reads in them, beside what search made of them."""

from __future__ import annotations

from collections.abc import Sequence

from rag.reader.features import measure_passages
from rag.reader.scoring import Scorers, load_scorers
from rag.reader.source_lines import read_passages
from rag.reader.span_reader import SpanReader
from rag.steps import Ranker
from rag.types import ScoredPassage


def build_ranker(spans: SpanReader, scorers: Scorers | None = None) -> Ranker:
    """A ranker whose score is the probability that the passage holds the answer."""
    scorer = scorers or load_scorers()

    def rank(question: str, passages: Sequence[ScoredPassage]) -> tuple[ScoredPassage, ...]:
        if not passages:
            return ()
        readings = read_passages(spans, question, passages)
        scores = scorer.passage(measure_passages(passages, readings)).tolist()
        order = sorted(range(len(passages)), key=lambda row: (-scores[row], row))
        return tuple(ScoredPassage(passages[row].passage, scores[row]) for row in order)

    return rank
