"""What a browser keeps of a conversation, and what comes back from it: whole answers, or nothing, never an error."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Answer, Citation, Passage, ScoredPassage, Seconds, Sentence, ShortAnswer, Span, Usage
from ui.render.lost_sources import GONE
from ui.render.messages import render_answer
from ui.web.session.history import (
    KEPT_PASSAGES,
    MOST_BYTES,
    MOST_TURNS,
    KeptTurn,
    keep_turn,
    pack_turns,
    refresh_answer,
    unpack_turns,
)
from ui.web.session.kept_turns import LONGEST_TEXT, read_turn
from ui.web.session.turns import take_up

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


def sign(text: str, key: bytes = b"the server's") -> str:
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def sign_otherwise(text: str) -> str:
    return sign(text, b"another's")


def keep(asked: str = "When?", answer: Answer | None = None) -> KeptTurn:
    return keep_turn(asked, answer or make_answer(), DIGESTS, sign)


def pack(*turns: KeptTurn) -> Any:
    return json.loads(json.dumps(pack_turns(turns or [keep()])))


def forge(change: Callable[[dict[str, Any]], object]) -> dict[str, str]:
    """A packed turn with something changed in it, and the signature that it had."""
    (packed,) = pack()
    values = json.loads(packed["turn"])
    change(values)
    return {"turn": json.dumps(values), "signature": packed["signature"]}


def test_what_is_kept_comes_back_as_it_was() -> None:
    answer = make_answer()
    (back,) = unpack_turns(pack(keep(answer=answer)), sign).turns
    assert back.asked == "When?" and back.signature and len(back.id) == 12
    assert back.answer.to_dict() == replace(answer, passages=answer.passages[:KEPT_PASSAGES]).to_dict()
    assert refresh_answer(back, DIGESTS) is back.answer
    assert back.digests == {"town": DIGESTS["town"]}
    assert unpack_turns(pack_turns([back]), sign).turns == (back,), "and so it does again"


@pytest.mark.parametrize("everything", [True, False])
def test_that_all_of_a_long_list_was_asked_for_is_kept_and_not_offered_again(everything: bool) -> None:
    answer = replace(make_answer(), left_out=3)
    (back,) = unpack_turns(pack(keep_turn("Which?", answer, DIGESTS, sign, everything=everything)), sign).turns
    turn = take_up(back)
    assert turn.everything == everything and turn.is_ours
    html = render_answer(answer, turn.id, is_all=turn.everything)
    assert "3 more left out" in html and ("Show all" in html) != everything


def test_whether_all_was_asked_for_is_a_truth_value_and_may_be_missing() -> None:
    (older,) = unpack_turns([forge(lambda values: values.pop("everything"))], sign).turns
    assert not older.everything
    assert unpack_turns([forge(lambda values: values.update(everything="yes"))], sign).turns == ()


def test_only_the_last_turns_are_kept() -> None:
    turns = [keep(f"Question {number}?", make_answer(f"a{number}")) for number in range(MOST_TURNS + 5)]
    assert [turn.asked for turn in unpack_turns(pack(*turns), sign).turns] == [
        f"Question {number}?" for number in range(5, MOST_TURNS + 5)
    ]


def test_of_a_long_conversation_the_oldest_turns_go() -> None:
    long = Answer("When?", "word " * (LONGEST_TEXT // 5), seconds=Seconds(0.1, 0.2, 0.3))
    turns = [keep(f"Question {number}?", long) for number in range(MOST_TURNS)]
    packed = pack(*turns)
    assert sum(len(each["turn"].encode()) for each in packed) <= MOST_BYTES
    back = unpack_turns(packed, sign)
    assert back.is_whole and 10 < len(back.turns) < MOST_TURNS and back.turns[-1].asked == f"Question {MOST_TURNS - 1}?"
    assert not unpack_turns([{"turn": each.text, "signature": each.signature} for each in turns], sign).is_whole


@pytest.mark.parametrize("now", [{}, {"town": "00" * 32}])
def test_a_document_that_is_gone_or_has_changed_keeps_its_quotes_and_no_place(now: dict[str, str]) -> None:
    (turn,) = unpack_turns(pack(), sign).turns
    answer = refresh_answer(turn, now)
    again = refresh_answer(keep_turn("When?", answer, now, sign), DIGESTS)
    assert again == answer, "what is gone stays so, and is named once"
    assert answer.citations[0].quote == TEXT[28:57] and answer.text == make_answer().text
    places = [answer.citations[0].span, answer.passages[0].passage.span, answer.short_answer.span]  # type: ignore[union-attr]
    assert {place.document_id for place in places} == {f"{GONE}:town"}


def test_what_is_not_signed_is_shown_without_what_only_this_server_can_say() -> None:
    for packed in (forge(lambda values: values.update(asked="Who?")), pack()[0] | {"signature": ""}):
        (turn,) = unpack_turns([packed], sign).turns
        assert not turn.signature and turn.answer.text == make_answer().text
        assert turn.answer.confidence is None and turn.answer.sentences[0].supported is None
        assert pack_turns([turn])[0]["signature"] == "", "nor is it signed later"
        assert unpack_turns([packed], sign, only_signed=True).turns == ()


def test_what_was_signed_for_another_is_nobodys() -> None:
    (turn,) = unpack_turns(pack(), sign_otherwise).turns
    assert not turn.signature
    foreign = unpack_turns(pack(), sign_otherwise, only_signed=True)
    assert foreign.turns == () and foreign.is_whole, "a browser that several share is nothing to speak of"


def test_a_turn_that_is_sent_twice_is_there_once() -> None:
    (packed,) = pack()
    found = unpack_turns([packed, packed], sign)
    assert len(found.turns) == 1 and not found.is_whole


@pytest.mark.parametrize("values", [None, []])
def test_where_nothing_was_kept_nothing_is_missed(values: Any) -> None:
    assert unpack_turns(values, sign).is_whole


FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
NO_TURNS: list[Any] = [3, "x", {}, [None], [3], [[]], [{}], [FILE], [{"turn": FILE, "signature": ""}]]
NO_TURNS += [[{"turn": "{}", "signature": FILE}], [{"turn": "\ud800", "signature": ""}], [{"turn": "[" * 900_000}]]
NO_TURNS += [[{"asked": "a", "answer": {}, "digests": {}}], [{"turn": "x" * (MOST_BYTES + 1), "signature": ""}]]


@pytest.mark.parametrize("values", NO_TURNS, ids=range(len(NO_TURNS)))
def test_what_is_no_conversation_is_set_aside(values: Any) -> None:
    found = unpack_turns(values, sign)
    assert found.turns == () and not found.is_whole


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.update(digests={"x": FILE}),
        lambda values: values.update(digests={"x": "ab"}),
        lambda values: values.update(digests=FILE),
        lambda values: values.update(asked="x" * 4_001),
        lambda values: values.update(asked=["x"]),
        lambda values: values.update(turn="../x"),
        lambda values: values["answer"].update(answer="x" * 50_001),
        lambda values: values["answer"].update(answer=FILE),
        lambda values: values["answer"].update(route='"><script>'),
        lambda values: values["answer"].update(schema_version=2),
        lambda values: values["answer"].update(confidence=True),
        lambda values: values["answer"].update(confidence=1e999),
        lambda values: values["answer"].update(confidence=float("nan")),
        lambda values: values["answer"].update(seconds={"retrieve": 0, "answer": 0, "total": "1"}),
        lambda values: values["answer"].update(notes=["x"] * 21),
        lambda values: values["answer"].update(notes=[FILE]),
        lambda values: values["answer"].update(unknown_markers=["[9]"] * 51),
        lambda values: values["answer"].update(unproven=[{"text": "x"}] * 501),
        lambda values: values["answer"].update(unproven=[{"text": "x" * 5_001}]),
        lambda values: values["answer"].update(unproven=[{"text": "x", "verdict": '"><script>'}]),
        lambda values: values["answer"].update(unproven=[FILE]),
        lambda values: values["answer"].update(passages=values["answer"]["passages"] * 3),
        lambda values: values["answer"].update(citations=values["answer"]["citations"] * 201),
        lambda values: values["answer"]["citations"][0].update(status='x" onerror="alert(1)'),
        lambda values: values["answer"]["citations"][0].update(number="1"),
        lambda values: values["answer"]["citations"][0].update(number=-1),
        lambda values: values["answer"]["citations"][0].update(page="<b>"),
        lambda values: values["answer"]["citations"][0].update(markers=[[30, 3_000]]),
        lambda values: values["answer"]["citations"][0].update(markers=[[30]]),
        lambda values: values["answer"]["citations"][0].update(start=57, end=28),
        lambda values: values["answer"]["citations"][0].update(end=10**30),
        lambda values: values["answer"]["citations"][0].update(quote="x" * 5_001),
        lambda values: values["answer"]["sentences"][0].update(end=10_000),
        lambda values: values["answer"]["sentences"][0].update(supported="yes"),
        lambda values: values["answer"]["short_answer"].update(text=None),
    ],
)
def test_a_value_of_another_type_or_beyond_its_bounds_sets_its_turn_aside(change: Callable[[Any], object]) -> None:
    found = unpack_turns([forge(change), *pack()], sign)
    assert len(found.turns) == 1 and found.turns[0].signature and not found.is_whole


def test_an_answer_that_is_too_long_to_be_kept_is_not_kept() -> None:
    turn = keep(answer=Answer("When?", "x" * 50_001))
    assert not turn.text and not turn.signature and turn.size > 50_000
    assert pack_turns([turn]) == []


def test_half_a_pair_of_surrogates_does_no_harm() -> None:
    (back,) = unpack_turns(pack(keep("a\ud800b", Answer("a", "b\udfff.", seconds=Seconds(1, 1, 1)))), sign).turns
    assert (back.asked, back.answer.text) == ("a\ufffdb", "b\ufffd.") and back.signature


@given(st.data())
def test_a_damaged_turn_is_left_out_and_the_others_stay(data: st.DataObject) -> None:
    first, second = pack(keep("One?"), keep("Two?", make_answer("a2")))
    broken = json.loads(first["turn"])
    place: Any = broken
    for _ in range(data.draw(st.integers(1, 4))):
        if not isinstance(place, dict | list) or not place:
            break
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        holder, place = place, place[key]
    holder[key] = data.draw(
        st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}), st.booleans())
    )
    found = unpack_turns([first | {"turn": json.dumps(broken)}, second], sign)
    assert found.turns[-1].asked == "Two?" and found.turns[-1].signature
    for turn in found.turns:
        json.dumps(turn.answer.to_dict(), allow_nan=False)


def test_reading_a_megabyte_of_nonsense_takes_no_time() -> None:
    deep = "[" * 499_999
    wide = json.dumps({"turn": "0" * 12, "asked": "a", "digests": {str(n): "ab" * 32 for n in range(10_000)}})
    many = json.dumps(json.loads(keep().text) | {"answer": {"citations": [{}] * 100_000}})
    keys = '{"answer":{"citations":[{' + ",".join(f'"a{n}":1' for n in range(60_000)) + "}]}}"
    for text in (deep, wide, many, keys, "9" * 900_000, '"' + "\\u0041" * 150_000 + '"'):
        started = time.perf_counter()
        assert read_turn(text) is None
        assert time.perf_counter() - started < 1
