"""Answers read back from the JSON that ``Answer.to_dict`` writes, which is also what ``footnote ask --json`` prints."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar, cast, get_args

from rag.errors import QuestionError
from rag.types import (
    SCHEMA_VERSION,
    Answer,
    Citation,
    Passage,
    Route,
    ScoredPassage,
    Seconds,
    Sentence,
    ShortAnswer,
    Span,
    Status,
    Usage,
)

Made = TypeVar("Made")


def parse_answer(values: Any) -> Answer:
    """An answer from its JSON object. Only ``id`` and ``answer`` are needed, so that any system's replies can be judged.

    What the JSON does not hold is left empty: a passage's title and heading come from the citations in it, and a
    citation whose passage is not among those listed stands in a passage of its own.

    Raises:
        QuestionError: the object has another shape; one line says which key and why.
    """
    if not isinstance(values, dict):
        raise QuestionError("an answer is a JSON object with the keys 'id' and 'answer'")
    if values.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        raise QuestionError(f"'schema_version' is not {SCHEMA_VERSION}; this answer is of another Footnote")
    name = values.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
        raise QuestionError("'id' must be the id of a question")
    try:
        return _build_answer(str(name), values)
    except QuestionError:
        raise
    except OverflowError:
        raise QuestionError("not an answer (a number is out of range)") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"without {error}" if isinstance(error, KeyError) else str(error)
        raise QuestionError(f"not an answer ({what})") from None


def _build_answer(name: str, values: Mapping[str, Any]) -> Answer:
    passages = _parse_all(values, "passages", _parse_passage)
    seconds = values.get("seconds") or {}
    short, usage = values.get("short_answer"), values.get("usage")
    error = _parse_words(values, "error") or None
    text = _parse_words(values, "answer")
    if text is None and error is None:
        raise QuestionError("'answer' must be a text")
    abstained = values.get("abstained", not (text or "").strip() and error is None)
    if not isinstance(abstained, bool):
        raise QuestionError("'abstained' must be true or false")
    question = _parse_words(values, "question") or ""
    standalone = _parse_words(values, "standalone_question") or ""
    return Answer(
        question=question,
        text=text or "",
        standalone_question="" if standalone == question else standalone,
        id=name,
        short_answer=None if short is None else ShortAnswer(str(short["text"]), _parse_span(short)),
        sentences=_parse_all(values, "sentences", _parse_sentence),
        citations=_parse_all(values, "citations", lambda piece: _parse_citation(piece, passages)),
        passages=passages,
        abstained=abstained,
        confidence=_parse_number(values.get("confidence")),
        model=_parse_words(values, "model") or "unknown",
        route=cast("Route", _parse_choice(values, "route", get_args(Route), "passages")),
        fallback=_parse_words(values, "fallback"),
        unknown_markers=_parse_texts(values, "unknown_markers"),
        notes=_parse_texts(values, "notes"),
        seconds=Seconds(*(_parse_number(seconds.get(part)) or 0.0 for part in ("retrieve", "answer", "total"))),
        usage=None if usage is None else Usage(*(int(usage[part]) for part in ("input_tokens", "output_tokens"))),
        error=error,
    )


def _parse_all(values: Mapping[str, Any], key: str, parse: Callable[[Mapping[str, Any]], Made]) -> tuple[Made, ...]:
    pieces = values.get(key)
    if pieces is None:
        return ()
    if not isinstance(pieces, list) or not all(isinstance(piece, dict) for piece in pieces):
        raise QuestionError(f"'{key}' must be a list of objects")
    return tuple(parse(piece) for piece in pieces)


def _parse_words(values: Mapping[str, Any], key: str) -> str | None:
    words = values.get(key)
    if words is not None and not isinstance(words, str):
        raise QuestionError(f"'{key}' must be a text")
    return words


def _parse_texts(values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = values.get(key) or ()
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise QuestionError(f"'{key}' must be a list of texts")
    return tuple(texts)


def _parse_choice(values: Mapping[str, Any], key: str, choices: Collection[str], usual: str) -> str:
    choice = values.get(key) or usual
    if not isinstance(choice, str) or choice not in choices:
        raise QuestionError(f"'{key}' must be one of: {', '.join(choices)}")
    return choice


def _parse_number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise QuestionError("a number is not finite")
    return number


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _parse_span(values: Mapping[str, Any]) -> Span:
    document, start, end = values["document"], values["start"], values["end"]
    if not isinstance(document, str) or not all(_is_whole(at) for at in (start, end)):
        raise QuestionError("a place needs 'document', 'start' and 'end'")
    return Span(document, start, end)


def _parse_passage(values: Mapping[str, Any]) -> ScoredPassage:
    score = _parse_number(values.get("score"))
    return ScoredPassage(Passage(_parse_span(values), str(values["text"])), 0.0 if score is None else score)


def _parse_sentence(values: Mapping[str, Any]) -> Sentence:
    supported = values.get("supported")
    if supported is not None and not isinstance(supported, bool):
        raise QuestionError("'supported' must be true or false")
    return Sentence(
        str(values["text"]),
        int(values["start"]),
        int(values["end"]),
        tuple(int(number) for number in values.get("citations") or ()),
        _parse_number(values.get("support")),
        supported,
    )


def _parse_citation(values: Mapping[str, Any], passages: Sequence[ScoredPassage]) -> Citation:
    span, quote = _parse_span(values), str(values["quote"])
    around = (scored.passage for scored in passages if scored.passage.span.overlap(span) == span.end - span.start)
    found = next(around, None)
    page = values.get("page")
    if page is not None and not _is_whole(page):
        raise QuestionError("'page' must be a number")
    return Citation(
        number=int(values["number"]),
        span=span,
        quote=quote,
        passage=Passage(
            found.span if found else span,
            found.text if found else quote,
            str(values.get("title") or ""),
            str(values.get("heading") or ""),
        ),
        markers=tuple((int(start), int(end)) for start, end in values.get("markers") or ()),
        status=cast("Status", _parse_choice(values, "status", get_args(Status), "verbatim")),
        page=page,
    )
