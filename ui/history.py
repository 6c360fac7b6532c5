"""A conversation as JSON values that its browser keeps, so that it outlives a reload and a restart of the server.

They come back from the browser, and so may be anything: what cannot be read is left out, and all is escaped when shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.errors import QuestionError
from rag.evaluation.answer_json import parse_answer
from rag.types import Answer, ScoredPassage, Span

MOST_TURNS = 30
"""Turns that are kept: the last ones. A browser keeps some megabytes a site."""

KEPT_PASSAGES = 8
"""Of the passages that an answer was given, those that are kept with it: the best ones."""

LONGEST_QUESTION = 20_000

GONE = "gone"
"""Put before the name of a document that is no longer what it was: nothing in the source is marked for it."""

Told = tuple[str, Answer]
"""What was asked, and the answer."""


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question, its answer, and the digests of the documents that the answer points at, as they were then."""

    asked: str
    answer: Answer
    digests: Mapping[str, str] = field(default_factory=dict)


def keep_turn(asked: str, answer: Answer, digests: Mapping[str, str]) -> KeptTurn:
    """A turn to be kept, given the digests of the documents that there are."""
    places = dict.fromkeys(place.document_id for place in _find_places(answer))
    return KeptTurn(asked, answer, {name: digests[name] for name in places if name in digests})


def refresh_answer(turn: KeptTurn, digests: Mapping[str, str]) -> Answer:
    """The answer of a turn, with its places in documents that are gone or have changed since set apart.

    Args:
        turn: as it was kept.
        digests: of the documents that there are now, by id.
    """
    changed = {
        place.document_id
        for place in _find_places(turn.answer)
        if not is_gone(place) and digests.get(place.document_id, "") != turn.digests.get(place.document_id)
    }
    return _set_apart(turn.answer, changed) if changed else turn.answer


def is_gone(span: Span) -> bool:
    """Whether a place lies in a document that is gone or has changed since."""
    return span.document_id.startswith(f"{GONE}:")


def has_lost_source(answer: Answer) -> bool:
    """Whether an answer quotes such a document."""
    return any(is_gone(citation.span) for citation in answer.citations)


def pack_turns(turns: Sequence[KeptTurn]) -> list[dict[str, Any]]:
    """The last turns of a conversation as JSON values."""
    return [
        {
            "asked": turn.asked,
            "answer": replace(turn.answer, passages=turn.answer.passages[:KEPT_PASSAGES]).to_dict()
            | {"id": turn.answer.id or "kept"},
            "digests": dict(turn.digests),
        }
        for turn in turns[-MOST_TURNS:]
    ]


def unpack_turns(values: Any) -> list[KeptTurn]:
    """The turns of a conversation that the browser kept; what is no turn is left out.

    Args:
        values: as ``pack_turns`` made them, or anything else.
    """
    turns = []
    for value in values[-MOST_TURNS:] if isinstance(values, list) else ():
        try:
            asked, digests = value["asked"], dict(value["digests"])
            answer = parse_answer(value["answer"])
        except (QuestionError, KeyError, TypeError, ValueError):
            continue
        if isinstance(asked, str) and 0 < len(asked) <= LONGEST_QUESTION:
            turns.append(KeptTurn(asked, answer, digests))
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
