"""A conversation as JSON values that its browser keeps, so that it outlives a reload and a restart of the server.

They come back from the browser, and so may be anything: what cannot be read is left out, and all is escaped when shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.answer_json import parse_answer
from rag.types import Answer, ScoredPassage, Span

MOST_TURNS = 30
"""Turns that are kept: the last ones. A browser keeps some megabytes a site."""

KEPT_PASSAGES = 3
"""Of the passages that an answer was given, those that are shown beside an abstention."""

LONGEST_QUESTION = 20_000

GONE = "gone"
"""Put before the name of a document that is no longer what it was: nothing in the source is marked for it."""

Told = tuple[str, Answer]
"""What was asked, and the answer."""


def pack_turns(turns: Sequence[Told], digests: Mapping[str, str]) -> list[dict[str, Any]]:
    """The last turns of a conversation as JSON values, with the digests of the documents that their answers cite."""
    packed = []
    for asked, answer in turns[-MOST_TURNS:]:
        kept = replace(answer, passages=answer.passages[:KEPT_PASSAGES])
        cited = dict.fromkeys(place.document_id for place in _find_places(kept))
        packed.append(
            {
                "asked": asked,
                "answer": kept.to_dict() | {"id": kept.id or "kept"},
                "digests": {name: digests[name] for name in cited if name in digests},
            }
        )
    return packed


def unpack_turns(values: Any, digests: Mapping[str, str]) -> list[Told]:
    """The turns of a conversation that the browser kept; what is no turn is left out.

    Args:
        values: as ``pack_turns`` made them, or anything else.
        digests: of the documents that there are now, by id. A document that is gone or has changed is cited as such.
    """
    turns = []
    for value in values[-MOST_TURNS:] if isinstance(values, list) else ():
        try:
            asked, known = value["asked"], dict(value["digests"])
            answer = parse_answer(value["answer"])
        except (QuestionError, KeyError, TypeError, ValueError):
            continue
        if isinstance(asked, str) and 0 < len(asked) <= LONGEST_QUESTION:
            changed = {
                place.document_id
                for place in _find_places(answer)
                if digests.get(place.document_id, "") != known.get(place.document_id)
            }
            turns.append((asked, _set_apart(answer, changed) if changed else answer))
    return turns


def _find_places(answer: Answer) -> list[Span]:
    short = [answer.short_answer.span] if answer.short_answer else []
    return [*(each.span for each in answer.citations), *(found.passage.span for found in answer.passages), *short]


def _set_apart(answer: Answer, changed: set[str]) -> Answer:
    """The answer with its quotes as they were, and its spans in documents of another name."""

    def move(span: Span) -> Span:
        return replace(span, document_id=f"{GONE}:{span.document_id}") if span.document_id in changed else span

    return move_spans(answer, move)


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
