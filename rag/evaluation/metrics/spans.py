"""Arithmetic on sets of spans, by character: what they cover, and what they share."""

from __future__ import annotations

from collections.abc import Iterable

from rag.types import Span


def share_half(first: Span, second: Span) -> bool:
    """Whether two spans share at least half of the shorter one."""
    return 2 * first.overlap(second) >= min(first.end - first.start, second.end - second.start) > 0


def merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same characters as disjoint spans in order, so that none is counted twice."""
    merged: list[Span] = []
    for span in sorted(spans):
        last = merged[-1] if merged else None
        if last and last.document_id == span.document_id and span.start <= last.end:
            merged[-1] = Span(last.document_id, last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def count_characters(spans: Iterable[Span]) -> int:
    """How many characters the spans cover together."""
    return sum(span.end - span.start for span in merge_spans(spans))


def count_shared(first: Iterable[Span], second: Iterable[Span]) -> int:
    """How many characters two sets of spans have in common."""
    others = merge_spans(second)
    return sum(span.overlap(other) for span in merge_spans(first) for other in others)
