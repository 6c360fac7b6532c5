"""What people say of answers: kept as questions that an evaluation can ask, and taken away when they want that."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.errors import SourceError
from rag.evaluation.questions import parse_question
from rag.settings import read_settings
from rag.types import Answer, Citation, Evidence, Passage, ShortAnswer, Span
from ui.choices import Choices, default_choices, read_choices
from ui.feedback import FILE, VERDICTS, Feedback, Verdict, make_question

QUOTE = "It burned down in March 1911."
SPAN = Span("town", 28, 57)
ANSWER = Answer(
    "When?",
    f"{QUOTE} [1]",
    short_answer=ShortAnswer("March 1911", Span("town", 46, 56)),
    citations=(Citation(1, SPAN, QUOTE, Passage(SPAN, QUOTE), ((30, 33),)),),
)
UNSURE = replace(ANSWER, confidence=0.3)
DECLINED = Answer("Who?", "The documents do not answer this.", abstained=True)
BEFORE = (("What of the mill?", "It was built in 1874."),)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("answer", "verdict", "answers", "evidence"),
    [
        (ANSWER, "good", ("March 1911",), (Evidence(QUOTE, "town"),)),
        (ANSWER, "answer-wrong", None, ()),
        (ANSWER, "evidence-wrong", ("March 1911",), ()),
        (UNSURE, "good", None, (Evidence(QUOTE, "town"),)),  # its few words were not shown to whoever said so
        (DECLINED, "good", (), ()),
        (DECLINED, "answer-wrong", None, ()),
    ],
)
def test_a_verdict_is_a_question_whose_gold_is_what_was_right(
    answer: Answer, verdict: Verdict, answers: tuple[str, ...] | None, evidence: tuple[Evidence, ...], tmp_path: Path
) -> None:
    Feedback(tmp_path).keep("ada", "t1", make_question("When did it burn?", BEFORE, answer, verdict))
    (line,) = lines(tmp_path)
    question = parse_question(line)
    assert question.text == "When did it burn?" and question.history == BEFORE
    assert (question.answers, question.evidence) == (answers, evidence)
    assert question.tags == ("feedback", verdict) and question.id.startswith("feedback-")
    assert line["reply"]["answer"] == answer.text


def test_a_verdict_is_changed_taken_back_and_forgotten_without_touching_others(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    for owner, turn in (("ada", "t1"), ("ada", "t2"), ("bob", "t1")):
        feedback.keep(owner, turn, make_question("When?", (), ANSWER, "good"))
    assert len({line["id"] for line in lines(tmp_path)}) == 3
    feedback.keep("ada", "t1", make_question("When?", (), ANSWER, "answer-wrong"))
    assert [line["tags"][1] for line in lines(tmp_path) if line["owner"] == "ada"] == ["good", "answer-wrong"]
    feedback.keep("ada", "t2", None)
    assert len(lines(tmp_path)) == 2
    feedback.forget("ada")
    assert [line["owner"] for line in lines(tmp_path)] == ["bob"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE, f"{FILE}.lock"]


def test_nothing_is_lost_when_many_say_something_at_once(tmp_path: Path) -> None:
    def say(owner: str) -> None:
        for turn in range(5):
            Feedback(tmp_path).keep(owner, str(turn), make_question("When?", (), ANSWER, "good"))

    people = [threading.Thread(target=say, args=(f"p{number}",)) for number in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(lines(tmp_path)) == 30


def test_what_cannot_be_kept_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no JSON\n")
    with pytest.raises(SourceError, match="could not be kept"):
        Feedback(tmp_path).keep("ada", "t1", make_question("When?", (), ANSWER, "good"))
    assert (tmp_path / FILE).read_text() == "no JSON\n", "and what was there stays"
    Feedback(tmp_path / "nowhere").forget("ada")
    assert set(VERDICTS) == {"good", "answer-wrong", "evidence-wrong"}


# ---- what people set ----


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"quotes": True, "passages": 3, "abstain_below": 0.5}, Choices(True, 3, 0.5)),
        ({"passages": 3.0, "abstain_below": 0}, Choices(False, 3, 0.0)),
        ({"passages": 0, "abstain_below": -1}, Choices(False, 8, 0.25)),
        ({"passages": 21, "abstain_below": 1.01}, Choices(False, 8, 0.25)),
        ({"passages": 2.5, "abstain_below": float("nan"), "quotes": "yes"}, Choices(False, 8, 0.25)),
        ({"passages": True, "abstain_below": "0.5", "quotes": 1}, Choices(False, 8, 0.25)),
        ({"passages": float("inf")}, Choices(False, 8, 0.25)),
        (None, Choices(False, 8, 0.25)),
        ([3], Choices(False, 8, 0.25)),
    ],
)
def test_of_what_a_browser_chose_only_what_fits_is_taken(values: Any, wanted: Choices) -> None:
    settings = read_settings(chat_model="openai:m", chat_base_url="http://127.0.0.1:1", chat_api_key="secret")
    assert read_choices(values, settings) == wanted
    assert "secret" not in json.dumps(wanted.to_dict())


def test_choices_change_the_settings_and_nothing_else() -> None:
    settings = read_settings(chat_model="openai:m", chat_base_url="http://127.0.0.1:1")
    assert default_choices(settings).apply(settings) == settings
    quoting = Choices(True, 3, 0.5).apply(settings)
    assert not quoting.uses_chat_model and (quoting.passages, quoting.abstain_below) == (3, 0.5)
    assert default_choices(read_settings()).quotes, "without a chat model there is nothing else"
    assert read_choices({"quotes": False}, read_settings()).quotes
