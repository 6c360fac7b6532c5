"""The shape of a turn that a browser keeps, as JSON: every value's type and bounds, checked before anything is done with it.

It comes back from the browser, and so may be anything. What passes here holds plain values only: texts, numbers and
truth values, of lengths that cost little to show, whatever they say.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from rag.english.intents import MAX_CHARACTERS
from rag.types import SCHEMA_VERSION, Route, Status

LONGEST_TEXT = 50_000
"""Characters of an answer's text."""

LONGEST_QUOTE = 5_000
"""Characters of a quote or a passage; a passage is cut at some 1,200."""

LONGEST_LINE = 2_000
"""Characters of a title, a note and the like."""

LAST_OFFSET = 1_000_000_000

MOST_FIELDS = 10_000
"""Named values in a turn. Refusing an object with more of them, one by one, would take seconds."""

Id = Annotated[str, StringConstraints(max_length=300)]
Line = Annotated[str, StringConstraints(max_length=LONGEST_LINE)]
Quote = Annotated[str, StringConstraints(max_length=LONGEST_QUOTE)]
Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Asked = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARACTERS)]
Offset = Annotated[int, Field(ge=0, le=LAST_OFFSET)]
Count = Annotated[int, Field(ge=0, le=LAST_OFFSET)]
Number = Annotated[int, Field(ge=0, le=100_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Duration = Annotated[float, Field(ge=0, le=1_000_000)]


class Record(BaseModel):
    """What all of them share: exact types, finite numbers, nothing changes later, and what is not named is left out."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


class PlaceRecord(Record):
    """A span of a document."""

    document: Id
    start: Offset
    end: Offset

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("a span needs start < end")
        return self


class ShortAnswerRecord(PlaceRecord):
    """The few words that answer."""

    text: Quote


class SentenceRecord(Record):
    """A sentence of the answer."""

    text: Quote
    start: Offset
    end: Offset
    citations: Annotated[tuple[Number, ...], FailFast(), Field(max_length=50)]
    support: Share | None
    supported: bool | None


class CitationRecord(PlaceRecord):
    """A footnote."""

    number: Number
    title: Line
    heading: Line
    page: Number | None
    quote: Quote
    status: Status
    markers: Annotated[tuple[tuple[Offset, Offset], ...], FailFast(), Field(max_length=100)]


class PassageRecord(PlaceRecord):
    """A passage that was found."""

    score: Annotated[float, Field(ge=-1_000_000, le=1_000_000)]
    text: Quote


class SecondsRecord(Record):
    """How long it took."""

    retrieve: Duration
    answer: Duration
    total: Duration


class UsageRecord(Record):
    """Tokens of a chat model."""

    input_tokens: Count
    output_tokens: Count


class AnswerRecord(Record):
    """An answer, as ``rag.types.Answer.to_dict`` gives it."""

    schema_version: Literal[SCHEMA_VERSION]  # type: ignore[valid-type]
    id: Id
    question: Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)]
    standalone_question: Annotated[str, StringConstraints(max_length=2 * MAX_CHARACTERS)]
    answer: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
    short_answer: ShortAnswerRecord | None
    sentences: Annotated[tuple[SentenceRecord, ...], FailFast(), Field(max_length=500)]
    abstained: bool
    confidence: Share | None
    model: Line
    route: Route
    fallback: Line | None
    unknown_markers: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=100)], ...], FailFast(), Field(max_length=50)
    ]
    notes: Annotated[tuple[Line, ...], FailFast(), Field(max_length=20)]
    citations: Annotated[tuple[CitationRecord, ...], FailFast(), Field(max_length=200)]
    passages: Annotated[tuple[PassageRecord, ...], FailFast(), Field(max_length=20)]
    seconds: SecondsRecord
    usage: UsageRecord | None
    error: Line | None

    @model_validator(mode="after")
    def _check_places(self) -> Self:
        places = [(sentence.start, sentence.end) for sentence in self.sentences]
        places += [marker for citation in self.citations for marker in citation.markers]
        if not all(start < end <= len(self.answer) for start, end in places):
            raise ValueError("a sentence or a marker lies outside of the text")
        return self


class TurnRecord(Record):
    """A question, its answer, and the digests of the documents that the answer points at. ``turn`` names it."""

    turn: Annotated[str, StringConstraints(pattern="^[0-9a-f]{12}$")]
    asked: Asked
    answer: AnswerRecord
    digests: Annotated[dict[Id, Digest], Field(max_length=400)]


_TURN = TypeAdapter(TurnRecord)


def read_turn(text: str) -> TurnRecord | None:
    """A turn from its JSON; None where that is no JSON, or holds anything of another type or beyond its bounds."""
    if text.count('":') > MOST_FIELDS:
        return None
    try:
        return _TURN.validate_json(text)
    except (ValidationError, ValueError):  # half a pair of surrogates is no text that can be encoded
        return None
