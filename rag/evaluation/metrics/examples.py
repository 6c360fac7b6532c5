"""Worked examples of the metrics: one small story, replies to one question about it, and the figure that they give.

A test computes every one of them, so that no definition says one thing and its function another.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.evaluation.metrics.cases import Case
from rag.types import Answer, Citation, Passage, Question, ScoredPassage, Seconds, Span

STORY = "Rain fell all night. The river rose on Monday. By Tuesday the bridge was closed."
ASKED = Question("When did the river rise?", "asked", answers=("on Monday",), evidence=(Span("story", 21, 46),))
UNANSWERABLE = Question("Who mended the bridge?", "unanswerable", answers=())

FIRST, SECOND, THIRD = (0, 20), (21, 46), (47, 80)
"""Where the three sentences of the story stand; the second is the gold evidence."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to the story's question, or to the one that it does not answer: places are offsets into the story."""

    says: str = ""
    cites: tuple[tuple[int, int], ...] = ()
    finds: tuple[tuple[int, int], ...] = ()
    confidence: float | None = None
    seconds: float = 0.0
    abstains: bool = False
    fails: bool = False
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Example:
    """Replies, the figure that a metric gives for them together (None for n/a), and why."""

    replies: tuple[Reply, ...]
    gives: float | None
    because: str


def give(gives: float | None, because: str, *replies: Reply) -> Example:
    """An example, figure first."""
    return Example(replies, gives, because)


def build_cases(example: Example) -> tuple[Case, ...]:
    """The replies as cases that metrics measure."""
    return tuple(_build_case(reply) for reply in example.replies)


def _build_case(reply: Reply) -> Case:
    question = ASKED if reply.answerable else UNANSWERABLE
    answer = Answer(
        question.text,
        reply.says,
        id=question.id,
        citations=tuple(
            Citation(number, passage.span, passage.text, passage)
            for number, passage in enumerate(map(_find_passage, reply.cites), start=1)
        ),
        passages=tuple(ScoredPassage(_find_passage(place), 0.5) for place in reply.finds),
        abstained=reply.abstains,
        confidence=reply.confidence,
        seconds=Seconds(total=reply.seconds),
        error="it failed" if reply.fails else None,
    )
    return Case(question, answer, {"story": STORY})


def _find_passage(place: tuple[int, int]) -> Passage:
    return Passage(Span("story", *place), STORY[slice(*place)])
