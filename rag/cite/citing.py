"""The chain's step from a draft to an answer with footnotes."""

from __future__ import annotations

from rag.cite.citations import Composed, compose_answer, compose_written, read_proofs
from rag.llm.reply_parser import read_reply
from rag.steps import Cited, Draft, Written
from rag.types import Answer, Seconds


def cite(draft: Draft) -> Cited:
    """Number what a draft cites, and cut each quote out of its passage by offsets."""
    composed = Composed(draft.text, (), ())
    unknown: tuple[str, ...] = ()
    written: Written | None = None
    if draft.quotes:
        composed = compose_answer(draft.quotes)
    elif draft.reply:
        read = read_reply(draft.reply, draft.keys, finished=draft.is_final)
        written, unknown = read_proofs(read, draft.keys), read.unknown
        composed = compose_written(written)
    found, short = draft.found, draft.short_answer
    answer = Answer(
        question=found.question.text,
        text=composed.text,
        standalone_question=found.standalone,
        id=found.question.id,
        short_answer=short if short and any(map(str.isalnum, short.text)) else None,  # a dash in a cell says nothing
        sentences=composed.sentences,
        citations=composed.citations,
        passages=found.passages if draft.passages is None else draft.passages,
        abstained=draft.abstained,
        confidence=draft.confidence,
        model=draft.model,
        route=found.route,
        fallback=draft.fallback,
        unknown_markers=unknown,
        notes=(*found.notes, *draft.notes),
        left_out=draft.left_out,
        seconds=found.measure_seconds() if draft.is_final else Seconds(),
        usage=draft.usage,
    )
    return Cited(found, answer, written, draft.is_final)
