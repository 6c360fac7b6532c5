"""What of each passage a slow model is told: the sentences around what the reader marks, and the one most like the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.cite.support import measure_support
from rag.english.sentences import find_sentences
from rag.reader.source_lines import read_passages
from rag.reader.span_reader import SpanReader
from rag.types import ScoredPassage

MOST_EXCERPTS = 5
"""Passages of which anything is told: evidence is among the first five for 99 % of the bundled report questions."""

SHORT = 320
"""Characters of a passage that is told whole."""

LONGEST_EXCERPT = 480
"""Characters of an excerpt: 120 tokens, and 600 for all five, which two busy cores read in 20 seconds."""

LEFT_OUT = " … "

Excerpter = Callable[[str, Sequence[ScoredPassage]], dict[str, str]]
"""From a question and its passages, best first, to what is told of some of them, by their ids."""


def build_excerpter(spans: SpanReader) -> Excerpter:
    """Excerpts by what the reader marks; it has read the passages already when it ranked them."""

    def choose(question: str, passages: Sequence[ScoredPassage]) -> dict[str, str]:
        first = passages[:MOST_EXCERPTS]
        readings = read_passages(spans, question, first)
        return {
            found.passage.id: cut_excerpt(question, found.passage.text, reading.best_span().start)
            for found, reading in zip(first, readings, strict=True)
        }

    return choose


def cut_excerpt(question: str, text: str, at: int) -> str:
    """The sentence of a text that stands at an offset, those beside it, and the one that shares most with a question.

    In their order, with a sign where something is left out; as many as fit, the first named first.
    """
    if len(text) <= SHORT:
        return text
    places = _find_lines(text)
    marked = max((row for row, (start, _) in enumerate(places) if start <= at), default=0)
    alike = max(range(len(places)), key=lambda row: measure_support(question, [text[slice(*places[row])]]))
    chosen: set[int] = set()
    room = LONGEST_EXCERPT
    for row in (marked, alike, marked - 1, marked + 1):
        if row in chosen or not 0 <= row < len(places):
            continue
        room -= places[row][1] - places[row][0]
        if chosen and room < 0:
            break
        chosen.add(row)
    told = ""
    for row in sorted(chosen):
        gap = "" if not told else " " if row - 1 in chosen else LEFT_OUT
        told += gap + text[slice(*places[row])]
    return told if len(told) <= 2 * LONGEST_EXCERPT else told[: 2 * LONGEST_EXCERPT] + LEFT_OUT


def _find_lines(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text stand, and its lines: rows of tables and items of lists are told one by one."""
    places = []
    for start, end in find_sentences(text):
        at = start
        for line in text[start:end].split("\n"):
            if line.strip():
                places.append((at, at + len(line)))
            at += len(line) + 1
    return places or [(0, len(text))]
