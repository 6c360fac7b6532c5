"""A conversation as JSON values that its browser keeps, so that it outlives a reload and a restart of the server.

They come back from the browser, and so may be anything: each turn is one text with this server's signature beside it,
is read by the one type that ``ui/web/session/kept_turns.py`` gives it, and is left out where it does not fit. Whose signature fits was
answered here; of the others nobody knows who wrote them.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.errors import QuestionError
from rag.serialize import build_answer
from rag.types import Answer, Sentence, Span
from ui.render.lost_sources import GONE, is_gone, move_spans
from ui.web.session.kept_turns import read_turn

MOST_TURNS = 30
"""Turns that are kept: the last ones."""

MOST_BYTES = 1_000_000
"""Of a whole conversation, as it is kept; of a longer one the oldest turns are left out."""

KEPT_PASSAGES = 8
"""Of the passages that an answer was given, those that are kept with it: the best ones."""

Sign = Callable[[str], str]
"""Gives the signature of a text that this server has made for one owner."""


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question, its answer, and the digests of the documents that the answer points at, as they were then.

    ``text`` is all of it as JSON, empty where it is too large to be kept; ``signature`` is this server's, for the owner
    of the conversation, and empty where nobody knows who wrote it. ``size`` is how many bytes the text has, or had.
    ``everything`` says that all of a long list was asked for, so that what is still left out cannot be had, and
    ``narrowed`` that only some of the documents were asked.
    """

    asked: str
    answer: Answer
    digests: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    text: str = ""
    signature: str = ""
    size: int = 0
    everything: bool = False
    narrowed: bool = False


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What could be read of a conversation that a browser kept, and whether anything had to be set aside."""

    turns: tuple[KeptTurn, ...]
    is_whole: bool = True


def keep_turn(
    asked: str,
    answer: Answer,
    digests: Mapping[str, str],
    sign: Sign,
    turn_id: str = "",
    *,
    everything: bool = False,
    narrowed: bool = False,
) -> KeptTurn:
    """A turn to be kept, given the digests of the documents that there are.

    Args:
        asked: the question as it was typed.
        answer: given by this server.
        digests: of the documents that there are now, by id.
        sign: see ``Sign``.
        turn_id: twelve hexadecimal digits; made if not given.
        everything: whether all of a long list was asked for.
        narrowed: whether only some of the documents were asked.
    """
    places = dict.fromkeys(place.document_id for place in _find_places(answer))
    mine = {name: digests[name] for name in places if name in digests}
    name = turn_id or secrets.token_hex(6)
    values = {
        "turn": name,
        "asked": asked,
        "answer": _shorten(answer) | {"id": answer.id or "kept"},
        "digests": mine,
        "everything": everything,
        "narrowed": narrowed,
    }
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)  # half a pair of surrogates has no bytes to be signed
    is_kept = len(text) <= MOST_BYTES and read_turn(text) is not None
    size = len(text.encode())
    signature = sign(text) if is_kept else ""
    return KeptTurn(asked, answer, mine, name, text if is_kept else "", signature, size, everything, narrowed)


def _shorten(answer: Answer) -> dict[str, Any]:
    """An answer as JSON values, without what the page does not show of it: many passages, and metadata, which may be long."""
    values = replace(answer, passages=answer.passages[:KEPT_PASSAGES]).to_dict()
    for citation in values["citations"]:
        citation.pop("metadata", None)
    return values


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


def pack_turns(turns: Sequence[KeptTurn]) -> list[dict[str, str]]:
    """The last turns of a conversation as JSON values, within what a browser is to keep."""
    packed: list[dict[str, str]] = []
    room = MOST_BYTES
    for turn in reversed(turns[-MOST_TURNS:]):
        if turn.text and turn.size > room:
            break
        if turn.text:
            room -= turn.size
            packed.append({"turn": turn.text, "signature": turn.signature})
    return packed[::-1]


def unpack_turns(values: Any, sign: Sign, *, only_signed: bool = False) -> Unpacked:
    """The turns of a conversation that the browser kept, as far as they can be read.

    Args:
        values: as ``pack_turns`` made them, or anything else.
        sign: gives the signature that a text of this owner has.
        only_signed: leave out, without a word, what was answered for somebody else: browsers may be shared.
    """
    if not isinstance(values, list):
        return Unpacked((), is_whole=values is None)
    is_whole, room = len(values) <= MOST_TURNS, MOST_BYTES
    turns: dict[str, KeptTurn] = {}
    for value in reversed(values[-MOST_TURNS:]):
        text, signature = _read_packed(value, room)
        room -= len(text.encode())
        is_signed = bool(text) and secrets.compare_digest(signature.encode(), sign(text).encode())
        if text and only_signed and not is_signed:
            continue
        turn = _read_turn(text, signature if is_signed else "")
        if turn is None or turn.id in turns:
            is_whole = False
            continue
        turns[turn.id] = turn
    return Unpacked(tuple(reversed(turns.values())), is_whole)


def _read_packed(value: Any, room: int) -> tuple[str, str]:
    """The text and the signature of a packed turn; empty where there is none, or it is larger than the room for it."""
    if not isinstance(value, dict):
        return "", ""
    text, signature = value.get("turn"), value.get("signature")
    if not isinstance(text, str) or not isinstance(signature, str) or len(text) > room or len(signature) > 64:
        return "", ""
    try:
        is_fitting = len(text.encode()) <= room and signature.isascii()
    except UnicodeEncodeError:
        return "", ""
    return (text, signature) if is_fitting else ("", "")


def _read_turn(text: str, signature: str) -> KeptTurn | None:
    record = read_turn(text) if text else None
    if record is None:
        return None
    try:
        answer = build_answer(record.answer)
    except QuestionError:
        return None
    if not signature:
        answer = _disown(answer)
    name = record.turn if signature else secrets.token_hex(6)
    size = len(text.encode())
    asked_how = (record.everything, record.narrowed)
    return KeptTurn(record.asked, answer, record.digests, name, text, signature, size, *asked_how)


def _disown(answer: Answer) -> Answer:
    """The answer without what only this server can say of one: how sure it is, and what is proven."""
    sentences = tuple(Sentence(each.text, each.start, each.end, each.citations) for each in answer.sentences)
    return replace(answer, confidence=None, sentences=sentences)


def _find_places(answer: Answer) -> list[Span]:
    short = [answer.short_answer.span] if answer.short_answer else []
    return [*(each.span for each in answer.citations), *(found.passage.span for found in answer.passages), *short]


def _set_apart(answer: Answer, changed: set[str]) -> Answer:
    """The answer with its quotes as they were, and its spans in documents of another name."""

    def move(span: Span) -> Span:
        return replace(span, document_id=f"{GONE}:{span.document_id}") if span.document_id in changed else span

    return move_spans(answer, move)
