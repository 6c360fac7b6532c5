"""Answers as JSON, and back: one schema for ``footnote ask --json``, saved runs, the page's history and ``verify``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rag.answer_records import (
    ANSWER,
    AnswerRecord,
    CitationRecord,
    PassageRecord,
    PlaceRecord,
    SecondsRecord,
    SentenceRecord,
)
from rag.errors import QuestionError
from rag.types import (
    SCHEMA_VERSION,
    Answer,
    Citation,
    Passage,
    ScoredPassage,
    Seconds,
    Sentence,
    ShortAnswer,
    Span,
    UnprovenSentence,
    Usage,
)

WANTED: Mapping[str, str] = {
    "bool": "true or false",
    "dict": "an object",
    "finite": "a finite number",
    "float": "a number",
    "int": "a whole number",
    "is": "a text",
    "list": "a list",
    "tuple": "a pair of numbers",
}
"""What a value must be, by the first word of pydantic's name for what is wrong with it."""


def to_record(answer: Answer) -> AnswerRecord:
    """The answer as plain JSON values."""
    short, seconds, usage = answer.short_answer, answer.seconds, answer.usage
    return {
        "schema_version": SCHEMA_VERSION,
        "id": answer.id,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "answer": answer.text,
        "short_answer": {"text": short.text, **_to_place(short.span)} if short else None,
        "sentences": [cast("Any", asdict(said)) | {"citations": list(said.citations)} for said in answer.sentences],
        "abstained": answer.abstained,
        "confidence": answer.confidence,
        "unsure": answer.unsure,
        "model": answer.model,
        "route": answer.route,
        "fallback": answer.fallback,
        "unproven": [cast("Any", asdict(said)) for said in answer.unproven],
        "unknown_markers": list(answer.unknown_markers),
        "notes": list(answer.notes),
        "left_out": answer.left_out,
        "citations": [_to_citation(citation) for citation in answer.citations],
        "passages": [
            {
                **_to_place(found.passage.span),
                "score": found.score,
                "title": found.passage.title,
                "heading": found.passage.heading,
                "page": found.passage.page,
                "text": found.passage.text,
            }
            for found in answer.passages
        ],
        "seconds": {"retrieve": seconds.retrieve, "answer": seconds.answer, "total": seconds.total},
        "usage": {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens} if usage else None,
        "error": answer.error,
    }


def parse_answer(values: Any, *, needs_id: bool = True) -> Answer:
    """An answer from its JSON object. What that lacks is left empty; a citation's passage, if not listed, is its quote.

    Args:
        values: the object.
        needs_id: whether it has to name its question by an id.

    Raises:
        QuestionError: the object has another shape; one line says which key and why.
    """
    if not isinstance(values, dict):
        raise QuestionError("an answer is a JSON object with the keys 'id' and 'answer'")
    try:
        return build_answer(ANSWER.validate_python(values), needs_id=needs_id)
    except ValidationError as error:
        raise QuestionError(_explain(error.errors(include_url=False)[0])) from None


def build_answer(record: AnswerRecord, *, needs_id: bool = True) -> Answer:
    """An answer from values of the right types.

    Raises:
        QuestionError: they do not fit together; one line says which key and why.
    """
    if not (name := str(record["id"])).strip() and needs_id:
        raise QuestionError("'id' must be the id of a question")
    if (text := record.get("answer")) is None and not record.get("error"):
        raise QuestionError("'answer' must be a text")
    error = record.get("error") or None
    question, standalone = record.get("question") or "", record.get("standalone_question") or ""
    short, usage, seconds = record.get("short_answer"), record.get("usage"), record.get("seconds") or SecondsRecord()
    passages = tuple(
        ScoredPassage(_build_passage(found, _build_span(found, f"passages[{at}]")), found.get("score") or 0.0)
        for at, found in enumerate(record.get("passages") or ())
    )
    return Answer(
        question=question,
        text=text or "",
        standalone_question=standalone,
        id=name,
        short_answer=ShortAnswer(short["text"], _build_span(short, "short_answer")) if short else None,
        sentences=tuple(_build_sentence(each) for each in record.get("sentences") or ()),
        citations=tuple(
            _build_citation(each, _build_span(each, f"citations[{at}]"), passages)
            for at, each in enumerate(record.get("citations") or ())
        ),
        passages=passages,
        abstained=record.get("abstained", not (text or "").strip() and error is None),
        confidence=record.get("confidence"),
        model=record.get("model") or "unknown",
        route=record.get("route") or "passages",
        fallback=record.get("fallback"),
        unproven=tuple(
            UnprovenSentence(each["text"], each.get("verdict"), each.get("reason") or "")
            for each in record.get("unproven") or ()
        ),
        unknown_markers=tuple(record.get("unknown_markers") or ()),
        notes=tuple(record.get("notes") or ()),
        left_out=record.get("left_out") or 0,
        seconds=Seconds(seconds.get("retrieve") or 0.0, seconds.get("answer") or 0.0, seconds.get("total") or 0.0),
        usage=Usage(usage["input_tokens"], usage["output_tokens"]) if usage else None,
        error=error,
    )


def _to_place(span: Span) -> PlaceRecord:
    return {"document": span.document_id, "start": span.start, "end": span.end}


def _to_citation(citation: Citation) -> CitationRecord:
    return {
        "number": citation.number,
        **_to_place(citation.span),
        "title": citation.passage.title,
        "heading": citation.passage.heading,
        "page": citation.page,
        "quote": citation.quote,
        "status": citation.status,
        "origin": citation.origin,
        "markers": cast("Any", [[start, end] for start, end in citation.markers]),  # as JSON has them
        "metadata": dict(citation.metadata),
    }


def _build_sentence(record: SentenceRecord) -> Sentence:
    told = (record.get("support"), record.get("supported"), record.get("verdict"), record.get("reason") or "")
    return Sentence(record["text"], record["start"], record["end"], tuple(record.get("citations") or ()), *told)


def _build_passage(record: PassageRecord, span: Span) -> Passage:
    return Passage(span, record["text"], record.get("title") or "", record.get("heading") or "", record.get("page"))


def _build_citation(record: CitationRecord, span: Span, passages: Sequence[ScoredPassage]) -> Citation:
    around = (each.passage for each in passages if each.passage.span.overlap(span) == span.end - span.start)
    home = next(around, Passage(span, record["quote"]))
    known = tuple(sorted((record.get("metadata") or {}).items()))
    return Citation(
        number=record["number"],
        span=span,
        quote=record["quote"],
        passage=Passage(home.span, home.text, record.get("title") or "", record.get("heading") or "", metadata=known),
        markers=tuple(record.get("markers") or ()),
        status=record.get("status") or "verbatim",
        page=record.get("page"),
        origin=record.get("origin") or "model",
    )


def _build_span(record: PlaceRecord, where: str) -> Span:
    try:
        return Span(record["document"], record["start"], record["end"])
    except ValueError as error:
        raise QuestionError(f"'{where}': {error}") from None


def _explain(error: ErrorDetails) -> str:
    """What is wrong with a value, and where it stands, in one line."""
    kind, place = error["type"], error["loc"]
    if place[:1] == ("id",):
        return "'id' must be the id of a question"
    if place == ("schema_version",):
        return f"'schema_version' is not {SCHEMA_VERSION}; this answer is of another Footnote"
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    if kind == "missing":
        return f"'{where}' is missing"
    if kind == "literal_error":
        return f"'{where}' must be one of: " + str(error["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
    is_huge = kind == "float_type" and isinstance(error["input"], int) and not isinstance(error["input"], bool)
    wanted = "a number in range" if is_huge else WANTED.get(kind.partition("_")[0], error["msg"])
    return f"'{where}' must be {wanted}"
