"""A turn that a browser keeps, as JSON: every value's type and bounds, checked before anything is done with it.

It comes back from the browser, and so may be anything. What passes here holds plain values only: texts, numbers and
truth values, of lengths that cost little to show, whatever they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from rag.answer_records import AnswerRecord
from rag.english.intents import MAX_CHARACTERS

LONGEST_TEXT = 50_000
"""Characters of an answer's text."""

LONGEST_QUOTE = 5_000
"""Characters of a quote or a passage; a passage is cut at some 1,200."""

LONGEST_LINE = 2_000
"""Characters of a title, a note and the like."""

LONGEST_ID = 300

LAST_OFFSET = 1_000_000_000

MOST_FIELDS = 10_000
"""Named values in a turn. Refusing an object with more of them, one by one, would take seconds."""

LONGEST: Mapping[str, int] = {
    "id": LONGEST_ID,
    "document": LONGEST_ID,
    "question": MAX_CHARACTERS,
    "standalone_question": 2 * MAX_CHARACTERS,
    "answer": LONGEST_TEXT,
    "text": LONGEST_QUOTE,
    "quote": LONGEST_QUOTE,
    "unknown_markers": 100,
}
"""Characters of a text by its key; of all others ``LONGEST_LINE``."""

MOST: Mapping[str, int] = {"sentences": 500, "unproven": 500, "citations": 200, "markers": 100, "unknown_markers": 50}
"""Items of a list by its key; of all others twenty."""

RANGES: Mapping[str, tuple[float, float]] = {
    "confidence": (0, 1),
    "support": (0, 1),
    "score": (-1_000_000, 1_000_000),
    "retrieve": (0, 1_000_000),
    "answer": (0, 1_000_000),
    "total": (0, 1_000_000),
    "number": (0, 100_000),
    "page": (0, 100_000),
}
"""Between which a number may lie, by its key; all others from 0 to ``LAST_OFFSET``."""


def is_bounded(value: Any, key: str = "") -> bool:
    """Whether every text, list and number of an answer's JSON is within its bounds."""
    if isinstance(value, dict):
        return all(is_bounded(held, name) for name, held in value.items())
    if isinstance(value, list | tuple):
        return len(value) <= MOST.get(key, 20) and all(is_bounded(held, key) for held in value)
    if isinstance(value, str):
        return len(value) <= LONGEST.get(key, LONGEST_LINE)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = RANGES.get(key, (0, LAST_OFFSET))
        return low <= value <= high
    return value is None or isinstance(value, bool)


def check_answer(answer: AnswerRecord) -> AnswerRecord:
    """The answer, where its values are within their bounds and its places within its text.

    Raises:
        ValueError: they are not.
    """
    if not is_bounded({name: value for name, value in answer.items() if name != "unsure"}):
        raise ValueError("a value is beyond its bounds")
    sentences, citations = answer.get("sentences") or (), answer.get("citations") or ()
    places = [(sentence["start"], sentence["end"]) for sentence in sentences]
    places += [(start, end) for citation in citations for start, end in citation.get("markers") or ()]
    if not all(0 <= start < end <= len(answer.get("answer") or "") for start, end in places):
        raise ValueError("a sentence or a marker lies outside of the text")
    return answer


class TurnRecord(BaseModel):
    """A question, its answer, and the digests of the documents that the answer points at.

    ``turn`` names it; ``everything`` says that all of a long list was asked for, ``narrowed`` that only some documents
    were asked.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    turn: Annotated[str, StringConstraints(pattern="^[0-9a-f]{12}$")]
    asked: Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARACTERS)]
    answer: Annotated[AnswerRecord, AfterValidator(check_answer)]
    digests: Annotated[
        dict[
            Annotated[str, StringConstraints(max_length=LONGEST_ID)],
            Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")],
        ],
        Field(max_length=400),
    ]
    everything: bool = False
    narrowed: bool = False


_TURN = TypeAdapter(TurnRecord)


def read_turn(text: str) -> TurnRecord | None:
    """A turn from its JSON; None where that is no JSON, or holds anything of another type or beyond its bounds."""
    if text.count('":') > MOST_FIELDS:
        return None
    try:
        return _TURN.validate_json(text, strict=True)
    except (ValidationError, ValueError):  # half a pair of surrogates is no text that can be encoded
        return None
