"""What a browser keeps of a conversation, and what comes back from it: whole answers, or nothing, never an error."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Answer, Citation, Passage, ScoredPassage, Seconds, Sentence, ShortAnswer, Span, Usage
from ui.history import (
    GONE,
    KEPT_PASSAGES,
    MOST_TURNS,
    KeptTurn,
    keep_turn,
    pack_turns,
    refresh_answer,
    unpack_turns,
)

TEXT = "The mill was built in 1874. It burned down in March 1911."
SPAN = Span("town", 28, 57)
DIGESTS = {"town": "ab" * 32, "other": "cd" * 32}
HOME = Passage(Span("town", 0, len(TEXT)), TEXT, "The town", "Buildings")


def make_answer(name: str = "a1") -> Answer:
    text = "It burned down in March 1911. [1]"
    return Answer(
        "When?",
        text,
        id=name,
        short_answer=ShortAnswer("March 1911", Span("town", 46, 56)),
        sentences=(Sentence(text, 0, len(text), (1,), 1.0, True),),
        citations=(Citation(1, SPAN, TEXT[28:57], HOME, ((30, 33),)),),
        passages=tuple(ScoredPassage(HOME, score / 100) for score in range(KEPT_PASSAGES + 2, 0, -1)),
        confidence=0.9,
        seconds=Seconds(0.1, 0.2, 0.3),
        usage=Usage(700, 30),
    )


def test_what_is_kept_comes_back_as_it_was() -> None:
    answer = make_answer()
    kept = json.loads(json.dumps(pack_turns([keep_turn("When?", answer, DIGESTS)])))
    (back,) = unpack_turns(kept)
    assert back.asked == "When?"
    assert back.answer.to_dict() == replace(answer, passages=answer.passages[:KEPT_PASSAGES]).to_dict()
    assert refresh_answer(back, DIGESTS) is back.answer
    assert kept[0]["digests"] == {"town": DIGESTS["town"]}


def test_only_the_last_turns_are_kept() -> None:
    turns = [KeptTurn(f"Question {number}?", make_answer(f"a{number}")) for number in range(MOST_TURNS + 5)]
    assert [turn.asked for turn in unpack_turns(pack_turns(turns))] == [
        f"Question {number}?" for number in range(5, MOST_TURNS + 5)
    ]


@pytest.mark.parametrize("now", [{}, {"town": "00" * 32}])
def test_a_document_that_is_gone_or_has_changed_keeps_its_quotes_and_no_place(now: dict[str, str]) -> None:
    (turn,) = unpack_turns(pack_turns([keep_turn("When?", make_answer(), DIGESTS)]))
    answer = refresh_answer(turn, now)
    again = refresh_answer(keep_turn("When?", answer, now), DIGESTS)
    assert again == answer, "what is gone stays so, and is named once"
    assert answer.citations[0].quote == TEXT[28:57] and answer.text == make_answer().text
    places = [answer.citations[0].span, answer.passages[0].passage.span, answer.short_answer.span]  # type: ignore[union-attr]
    assert {place.document_id for place in places} == {f"{GONE}:town"}


@pytest.mark.parametrize(
    "values", [None, 3, "x", {}, [None], [3], [[]], [{}], [{"asked": "a"}], [{"asked": 3, "answer": {}, "digests": {}}]]
)
def test_what_is_no_conversation_is_none(values: Any) -> None:
    assert unpack_turns(values) == []


@given(st.data())
def test_a_damaged_turn_is_left_out_and_the_others_stay(data: st.DataObject) -> None:
    kept = json.loads(json.dumps(pack_turns([KeptTurn("One?", make_answer()), KeptTurn("Two?", make_answer("a2"))])))
    broken = copy.deepcopy(kept)
    place: Any = broken[0]
    for _ in range(data.draw(st.integers(1, 3))):
        if not isinstance(place, dict | list) or not place:
            break
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        holder, place = place, place[key]
    holder[key] = data.draw(st.one_of(st.none(), st.integers(-5, 5), st.text(max_size=5), st.just([]), st.just({})))
    assert [turn.asked for turn in unpack_turns(broken)][-1] == "Two?"
