"""Places in documents that are gone or have changed since: the quotes stay, and nothing in the source is marked for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rag.types import Answer, ScoredPassage, Span

GONE = "gone"
"""Put before the name of a document that is no longer what it was: nothing in the source is marked for it."""


def is_gone(span: Span) -> bool:
    """Whether a place lies in a document that is gone or has changed since."""
    return span.document_id.startswith(f"{GONE}:")


def has_lost_source(answer: Answer) -> bool:
    """Whether an answer quotes such a document."""
    return any(is_gone(citation.span) for citation in answer.citations)


def move_spans(answer: Answer, move: Callable[[Span], Span]) -> Answer:
    """The answer with each place in a document that it points at moved; its words stay."""
    short = answer.short_answer
    return replace(
        answer,
        citations=tuple(replace(citation, span=move(citation.span)) for citation in answer.citations),
        passages=tuple(
            ScoredPassage(replace(found.passage, span=move(found.passage.span)), found.score)
            for found in answer.passages
        ),
        short_answer=replace(short, span=move(short.span)) if short else None,
    )
