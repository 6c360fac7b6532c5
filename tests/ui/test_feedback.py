"""What people say of answers: kept as questions that an evaluation can ask, and taken away when they want that."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.errors import SourceError, UsageError
from rag.evaluation.formats.questions import parse_question
from rag.settings import read_settings
from rag.types import Answer, Citation, Evidence, Passage, ShortAnswer, Span
from ui.web.session import own_machine
from ui.web.session.feedback import FILE, LONGEST_LINE, VERDICTS, Feedback, Verdict, make_question
from ui.web.session.own_machine import is_own_machine
from ui.web.session.preferences import Preferences, default_preferences, read_preferences

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


def test_what_cannot_be_kept_is_one_line_without_the_place(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(SourceError, match="could not be kept; tell") as raised:
        Feedback(tmp_path).keep("ada", "t1", make_question("When?", (), ANSWER, "good"))
    assert str(tmp_path) not in str(raised.value)
    Feedback(tmp_path / "nowhere").forget("ada")
    assert set(VERDICTS) == {"good", "answer-wrong", "evidence-wrong"}


def test_lines_of_somebody_elses_making_stay(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no JSON\n3")
    feedback = Feedback(tmp_path)
    for verdict in VERDICTS:
        feedback.keep("ada", "t1", make_question("When?", (), ANSWER, verdict))
    feedback.keep("ada", "t2", make_question("When?", (), ANSWER, "good"))
    rows = (tmp_path / FILE).read_text().splitlines()
    assert rows[:2] == ["no JSON", "3"] and len(rows) == 4
    feedback.forget("ada")
    assert (tmp_path / FILE).read_text().splitlines() == ["no JSON", "3"]


def test_only_what_is_changed_is_written_anew(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    feedback.keep("ada", "t1", make_question("When?", (), ANSWER, "good"))
    inode = (tmp_path / FILE).stat().st_ino
    feedback.keep("ada", "t2", make_question("When?", (), ANSWER, "good"))
    assert (tmp_path / FILE).stat().st_ino == inode, "it is appended"
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    feedback.keep("ada", "t2", None)
    assert len(lines(tmp_path)) == 1


def test_a_line_has_a_size_whatever_was_asked_and_said(tmp_path: Path) -> None:
    huge = replace(ANSWER, text="x" * 1_000_000, citations=ANSWER.citations * 500)
    history = tuple(("q" * 100_000, "a" * 100_000) for _ in range(30))
    Feedback(tmp_path).keep("ada", "t1", make_question("When?", history, huge, "answer-wrong"))
    (line,) = lines(tmp_path)
    assert (tmp_path / FILE).stat().st_size <= LONGEST_LINE + 500
    assert parse_question(line).text == "When?" and 0 < len(line["history"]) < 30
    quoting = replace(ANSWER, citations=tuple(replace(ANSWER.citations[0], quote="x" * 5_000) for _ in range(20)))
    with pytest.raises(UsageError, match="too long to be kept"):
        Feedback(tmp_path).keep("ada", "t2", make_question("When?", (), quoting, "good"))


def test_a_full_file_takes_no_more_and_says_so_and_can_still_be_taken_back_from(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path, megabytes=0.003)
    said = 0
    with pytest.raises(UsageError, match=r"is full \(0.003 MB\)"):
        for said in range(100):
            feedback.keep("ada", f"t{said}", make_question("When?", (), ANSWER, "good"))
    assert 2 < len(lines(tmp_path)) == said and (tmp_path / FILE).stat().st_size <= 3_000
    feedback.keep("ada", "t0", None)
    assert len(lines(tmp_path)) == said - 1
    feedback.forget("ada")
    assert lines(tmp_path) == []


def test_nobody_says_more_than_a_thousand_things_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.web.session.feedback.MOST_A_DAY", 5)
    feedback = Feedback(tmp_path)
    line = make_question("When?", (), ANSWER, "good")
    for turn in range(5):
        feedback.keep("ada", str(turn), line)
    with pytest.raises(UsageError, match="go on tomorrow"):
        feedback.keep("ada", "5", line)
    feedback.keep("ada", "4", None)
    feedback.keep("bob", "0", line)
    assert len(lines(tmp_path)) == 5


# ---- what people set ----


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"quotes": True, "passages": 3, "abstain_below": 0.5}, Preferences(True, 3, 0.5)),
        ({"passages": 3.0, "abstain_below": 0}, Preferences(False, 3, 0.0)),
        ({"passages": 0, "abstain_below": -1}, Preferences(False, 8, 0.2)),
        ({"passages": 21, "abstain_below": 1.01}, Preferences(False, 8, 0.2)),
        ({"passages": 2.5, "abstain_below": float("nan"), "quotes": "yes"}, Preferences(False, 8, 0.2)),
        ({"passages": True, "abstain_below": "0.5", "quotes": 1}, Preferences(False, 8, 0.2)),
        ({"passages": float("inf")}, Preferences(False, 8, 0.2)),
        ({"passages": 10**400, "abstain_below": -(10**400)}, Preferences(False, 8, 0.2)),
        (None, Preferences(False, 8, 0.2)),
        ([3], Preferences(False, 8, 0.2)),
    ],
)
def test_of_what_a_browser_chose_only_what_fits_is_taken(values: Any, wanted: Preferences) -> None:
    settings = read_settings(chat_model="openai:m", chat_base_url="http://127.0.0.1:1", chat_api_key="secret")
    assert read_preferences(values, settings) == wanted
    assert "secret" not in json.dumps(wanted.to_dict())


def test_choices_change_the_settings_and_nothing_else() -> None:
    settings = read_settings(chat_model="openai:m", chat_base_url="http://127.0.0.1:1")
    assert default_preferences(settings).apply(settings) == settings
    quoting = Preferences(True, 3, 0.5).apply(settings)
    assert not quoting.uses_chat_model and (quoting.passages, quoting.abstain_below) == (3, 0.5)
    assert default_preferences(read_settings()).quotes, "without a chat model there is nothing else"
    assert read_preferences({"quotes": False}, read_settings()).quotes


ODD_MODELS: list[Any] = ["other", "../tides", "local:tides", "/etc/passwd", "", None, 7, ["tides"], "x" * 10_000]


def test_of_the_models_of_this_machine_only_those_that_are_offered_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_machine, "PACKAGE", "json")  # what runs them is an extra, which need not be there
    (tmp_path / "tides.gguf").write_bytes(b"GGUF")
    own = read_settings(models=tmp_path)
    taken = read_preferences({"model": "tides", "quotes": False}, own, is_own=True)
    assert (taken.model, taken.quotes) == ("tides", False) and taken.apply(own).chat_model == "local:tides"
    for odd in ODD_MODELS:
        assert read_preferences({"model": odd}, own, is_own=True) == default_preferences(own), odd
    assert read_preferences({"model": "tides"}, own).quotes, "a visitor's choice is none"
    others: list[dict[str, Any]] = [{"host": "0.0.0.0"}, {"auth": "ada:her-password"}, {"share_library": True}]
    others += [{"root_path": "/docs"}, {"trusted_hosts": "docs.example.org"}, {"allow_origins": "https://a.example"}]
    assert is_own_machine(own) and not any(is_own_machine(read_settings(**given)) for given in others)
