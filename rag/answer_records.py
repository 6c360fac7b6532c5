"""The schema of an answer as JSON, for pydantic: the objects that it is made of, and what each key holds.

Only ``id`` and ``answer`` (or ``error``) must be there, so that any system's replies can be judged.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypeAlias, TypeVar

from pydantic import ConfigDict, FailFast, InstanceOf, StrictBool, StrictInt, TypeAdapter, with_config
from typing_extensions import TypeAliasType, TypedDict

from rag.types import SCHEMA_VERSION, Origin, Route, Status, Verdict

# Python's own texts, half surrogate pairs included: pydantic's ``str`` refuses them.
Text: TypeAlias = InstanceOf[str]

Item = TypeVar("Item")
# The first thing wrong is told; to collect it for each of a hundred thousand would take seconds.
Listed = TypeAliasType("Listed", Annotated[list[Item], FailFast()], type_params=(Item,))


@with_config(ConfigDict(extra="ignore", allow_inf_nan=False))
class Record(TypedDict):
    """What all of them share: finite numbers, and what is not named is left out."""


class PlaceRecord(Record):
    """A span of a document."""

    document: Text
    start: StrictInt
    end: StrictInt


class ShortAnswerRecord(PlaceRecord):
    """The few words that answer."""

    text: Text


class SentenceRecord(Record):
    """A sentence of the answer."""

    text: Text
    start: int
    end: int
    citations: NotRequired[Listed[int] | None]
    support: NotRequired[float | None]
    supported: NotRequired[StrictBool | None]
    verdict: NotRequired[Verdict | None]
    reason: NotRequired[Text | None]


class UnprovenRecord(Record):
    """A sentence that a chat model wrote, and that is no part of the answer."""

    text: Text
    verdict: NotRequired[Verdict | None]
    reason: NotRequired[Text | None]


class CitationRecord(PlaceRecord):
    """A footnote."""

    number: int
    title: NotRequired[Text | None]
    heading: NotRequired[Text | None]
    page: NotRequired[StrictInt | None]
    quote: Text
    status: NotRequired[Status | None]
    origin: NotRequired[Origin | None]
    markers: NotRequired[Listed[tuple[int, int]] | None]
    metadata: NotRequired[dict[Text, StrictBool | StrictInt | float | Text] | None]


class PassageRecord(PlaceRecord):
    """A passage that was found."""

    score: NotRequired[float | None]
    title: NotRequired[Text | None]
    heading: NotRequired[Text | None]
    page: NotRequired[StrictInt | None]
    text: Text


class SecondsRecord(Record):
    """How long it took."""

    retrieve: NotRequired[float | None]
    answer: NotRequired[float | None]
    total: NotRequired[float | None]


class UsageRecord(Record):
    """Tokens of a chat model."""

    input_tokens: int
    output_tokens: int


class AnswerRecord(Record):
    """An answer, its keys in the order in which they are written."""

    schema_version: NotRequired[Literal[SCHEMA_VERSION]]  # type: ignore[valid-type]
    id: StrictInt | Text
    question: NotRequired[Text | None]
    standalone_question: NotRequired[Text | None]
    answer: NotRequired[Text | None]
    short_answer: NotRequired[ShortAnswerRecord | None]
    sentences: NotRequired[Listed[SentenceRecord] | None]
    abstained: NotRequired[StrictBool]
    confidence: NotRequired[float | None]
    unsure: NotRequired[Any]
    model: NotRequired[Text | None]
    route: NotRequired[Route | None]
    fallback: NotRequired[Text | None]
    unproven: NotRequired[Listed[UnprovenRecord] | None]
    unknown_markers: NotRequired[Listed[Text] | None]
    notes: NotRequired[Listed[Text] | None]
    left_out: NotRequired[StrictInt | None]
    citations: NotRequired[Listed[CitationRecord] | None]
    passages: NotRequired[Listed[PassageRecord] | None]
    seconds: NotRequired[SecondsRecord | None]
    usage: NotRequired[UsageRecord | None]
    error: NotRequired[Text | None]


ANSWER: TypeAdapter[AnswerRecord] = TypeAdapter(AnswerRecord)
