"""Runs that are kept: a kill costs nothing, an answer reads back as it was, and two things are never mixed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from made_run import TEXTS, make_run

from rag.errors import QuestionSetError, UsageError
from rag.evaluation import compare, evaluate, load_answers, load_scores, open_run, save_run, score, score_answers
from rag.types import Answer, Question

ASKER = """
import sys, time
from rag.evaluation import evaluate
from rag.types import Question
folder, count, jobs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
log = open(sys.argv[4], "a", buffering=1)
def ask(text):
    log.write(text + "\\n")
    time.sleep(0.002)
    return None if text.endswith("7?") else f"Number {text}"
questions = [Question(f"What of {at}?", str(at), answers=(f"number what of {at}",)) for at in range(count)]
evaluate(ask, questions, {}, save=folder, settings={"why": "test"}, jobs=jobs)
"""
"""A process that asks, writing down what it is asked."""


def start_asker(folder: Path, count: int, jobs: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", ASKER, str(folder), str(count), str(jobs), str(log)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE)


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_run_that_is_killed_goes_on_and_asks_nothing_twice(tmp_path: Path, jobs: int) -> None:
    count, rng = 300, random.Random(jobs)
    folder, log = tmp_path / "run", tmp_path / "log"
    log.touch()
    kills = 0
    for _ in range(20):
        asked = len(log.read_bytes().splitlines())
        process = start_asker(folder, count, jobs, log)
        wanted = asked + rng.randint(20, 60)
        while process.poll() is None and len(log.read_bytes().splitlines()) < wanted:
            time.sleep(0.002)
        process.kill()
        _, told = process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, told
        kills += 1
    assert kills >= 3

    # Whatever was being asked at a kill has no answer yet; that, and nothing else, is asked again.
    lines = log.read_text().splitlines()
    assert len(set(lines)) == count
    assert len(lines) <= count + kills * jobs
    ids = [json.loads(line)["id"] for line in (folder / "answers.jsonl").read_text().splitlines()]
    assert sorted(ids, key=int) == [str(at) for at in range(count)], "an answer each, none twice"

    whole = start_asker(tmp_path / "at-once", count, 1, tmp_path / "other")
    _, told = whole.communicate()
    assert whole.returncode == 0, told
    found = compare(load_scores(folder), load_scores(tmp_path / "at-once"))
    assert not [change for change in found.changes if change.kind != "quantile" and change.wins + change.losses]
    assert [change.before for change in found.changes if change.metric == "em"] == [0.9]


QUESTIONS = [Question(f"What of {at}?", str(at), answers=(str(at),)) for at in range(4)]


def answer_text(question: str) -> str:
    return question.removeprefix("What of ").removesuffix("?")


@pytest.mark.parametrize("torn", ['{"id": "3", "ans', '{"id": "3"}', "\x00\x00\x00", "{" * 5000], ids=repr)
def test_a_last_line_that_was_torn_is_taken_out_and_asked_again(tmp_path: Path, torn: str) -> None:
    evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    kept = (tmp_path / "answers.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "answers.jsonl").write_text("".join(kept[:3]) + torn)
    asked: list[str] = []

    def answer(text: str) -> object:
        asked.append(text)
        return answer_text(text)

    outcome = evaluate(answer, QUESTIONS, {}, save=tmp_path, system="test")
    assert asked == ["What of 3?"]
    assert outcome.scores.slice("all").scores["em"].value == 1
    lines = (tmp_path / "answers.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["0", "1", "2", "3"]


def test_a_whole_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    kept = (tmp_path / "answers.jsonl").read_bytes()
    (tmp_path / "answers.jsonl").write_bytes(kept.removesuffix(b"\n"))
    outcome = evaluate(lambda text: pytest.fail("asked again"), QUESTIONS, {}, save=tmp_path, system="test")
    assert outcome.settings["asked"] == 0
    assert (tmp_path / "answers.jsonl").read_bytes() == kept


def test_a_broken_line_in_the_middle_is_told_by_its_place_and_left_as_it_is(tmp_path: Path) -> None:
    evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    broken = (tmp_path / "answers.jsonl").read_text().replace('"id": "1"', '"id": 1.5')
    (tmp_path / "answers.jsonl").write_text(broken)
    with pytest.raises(QuestionSetError, match=r"answers\.jsonl:2: 'id' must be"):
        evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    assert (tmp_path / "answers.jsonl").read_text() == broken


def test_a_run_goes_on_under_the_same_settings_only(tmp_path: Path) -> None:
    evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test", settings={"passages": 8, "model": None})
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    for settings in ({"passages": 1, "model": None}, {"passages": 8, "model": "x"}, {"model": None}):
        with pytest.raises(UsageError, match=r"cannot go on, these differ: (passages|model) .*another --save DIR"):
            evaluate(lambda text: pytest.fail("asked"), QUESTIONS, {}, save=tmp_path, system="test", settings=settings)
    with pytest.raises(UsageError, match="these differ: documents"):
        evaluate(
            answer_text,
            QUESTIONS,
            {"other": "text"},
            save=tmp_path,
            system="test",
            settings={"passages": 8, "model": None},
        )
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_answer_to_other_words_under_the_same_id_is_refused(tmp_path: Path) -> None:
    evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    other = [replace(QUESTIONS[0], text="Who is it?"), *QUESTIONS[1:]]
    with pytest.raises(QuestionSetError, match="'0' is an answer to another question"):
        evaluate(answer_text, other, {}, save=tmp_path, system="test")
    spaced = [replace(QUESTIONS[0], text="What  of 0?"), *QUESTIONS[1:]]
    assert evaluate(lambda text: pytest.fail("asked"), spaced, {}, save=tmp_path, system="test").settings["asked"] == 0


def test_more_questions_of_the_same_set_are_asked_into_the_same_run(tmp_path: Path) -> None:
    evaluate(answer_text, QUESTIONS[:2], {}, save=tmp_path, system="test")
    outcome = evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    assert (outcome.settings["asked"], outcome.scores.slice("all").questions) == (2, 4)


def test_two_processes_do_not_write_one_run(tmp_path: Path) -> None:
    with open_run(tmp_path, QUESTIONS, {}), pytest.raises(UsageError, match="another process is writing"):
        evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    process = start_asker(tmp_path / "run", 2_000, 1, tmp_path / "log")
    try:
        while not (tmp_path / "run" / "answers.jsonl").exists():
            assert process.poll() is None
            time.sleep(0.01)
        with pytest.raises(UsageError, match="another process is writing"):
            evaluate(answer_text, QUESTIONS, {}, save=tmp_path / "run")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("held", ["", "[]", "{}", '{"depends": 3}', "\x00", "[" * 100_000], ids=lambda held: held[:9])
def test_a_folder_whose_settings_cannot_be_read_is_refused_in_one_line(tmp_path: Path, held: str) -> None:
    evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    (tmp_path / "run.json").write_text(held)
    with pytest.raises(UsageError, match=r"cannot read .*run\.json") as told:
        evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    assert "\n" not in str(told.value)


def test_answers_without_settings_are_scored_and_not_added_to(tmp_path: Path) -> None:
    evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    (tmp_path / "run.json").unlink()
    with pytest.raises(UsageError, match=r"holds answers and no run\.json"):
        evaluate(answer_text, QUESTIONS, {}, save=tmp_path, system="test")
    given = load_answers(tmp_path, QUESTIONS)
    assert score_answers(list(given.values()), QUESTIONS, {}).scores.slice("all").scores["em"].value == 1


def test_several_jobs_ask_at_once_and_keep_the_order() -> None:
    together, most, lock = 0, 0, threading.Lock()

    def ask(text: str) -> str:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        time.sleep(random.Random(text).random() / 100)
        with lock:
            together -= 1
        return answer_text(text)

    questions = [Question(f"What of {at}?", str(at), answers=(str(at),)) for at in range(40)]
    outcome = evaluate(ask, questions, {}, jobs=4)
    assert 2 <= most <= 4
    assert [answer.id for answer in outcome.answers] == [question.id for question in questions]
    assert outcome.scores.slice("all").scores["em"].value == 1


def test_a_full_disk_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    (tmp_path / "answers.jsonl").symlink_to("/dev/full")
    (tmp_path / "run.json").write_text('{"schema_version": 1, "depends": {"documents": ""}}')
    monkeypatch.setattr("rag.evaluation.run.saved.load_answers", lambda *_: {})
    with open_run(tmp_path, QUESTIONS, {"documents": ""}) as (_, append), pytest.raises(UsageError) as told:
        append(Answer("?", "x"))
    assert "No space left" in str(told.value) and "\n" not in str(told.value)
    assert "the same command goes on" in str(told.value)


# Answers as JSON.


def test_every_answer_reads_back_and_scores_as_before(tmp_path: Path) -> None:
    questions, answers = make_run()
    texts = {question.id: question.text for question in questions}
    answers = [replace(answer, question=texts[answer.id]) for answer in answers]
    save_run(tmp_path, questions, answers, score(answers, questions, TEXTS))
    again = load_answers(tmp_path, questions)
    for answer in answers:
        assert again[answer.id].to_dict() == answer.to_dict()
    first, second = score(answers, questions, TEXTS), score(list(again.values()), questions, TEXTS)
    assert (first.rows, first.errors, first.slices) == (second.rows, second.errors, second.slices)
    assert load_scores(tmp_path).rows == first.rows


def test_figures_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="score it with"):
        load_scores(tmp_path)
    for held in ("", "[]", "{}", '{"schema_version": 99}', "[" * 100_000, '{"schema_version": 1, "metrics": 3}'):
        (tmp_path / "scores.json").write_text(held)
        with pytest.raises(UsageError, match="does not hold the figures") as told:
            load_scores(tmp_path)
        assert "\n" not in str(told.value)
    (tmp_path / "folder").mkdir()
    if os.geteuid() != 0:
        (tmp_path / "folder").chmod(0)
        with pytest.raises(UsageError, match="cannot save a run"):
            save_run(tmp_path / "folder", [], [], score([], [], {}))
