"""Talks between people as something to learn from: who is read, what counts as an answer, and what their lessons mark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_talks import TOLD_BY, write_talks
from rag.reader.__main__ import main

from rag.errors import QuestionSetError
from rag.index.embeddings import build_tokenizer, find_default_model
from rag.reader.span_model import MOST_QUESTION_TOKENS, MOST_TOKENS
from rag.reader.training.claims import find_half
from rag.reader.training.curriculum import TOLD, Lesson, Tutor, plan_steps
from rag.reader.training.dialogues import encode_talks, read_talks
from rag.reader.training.squad_data import Dataset


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer(find_default_model())


@pytest.fixture
def dataset(tmp_path: Path, tokenizer: Any) -> Dataset:
    write_talks(tmp_path)
    return Dataset((), (), (), (), talks=encode_talks(read_talks(tmp_path), tokenizer))


def test_an_answer_is_what_was_told_and_an_i_do_not_know_is_none(tmp_path: Path) -> None:
    write_talks(tmp_path)
    mill, port, hill = read_talks(tmp_path)
    assert [turn.answer for turn in mill.turns] == [
        "Ada Quill built the mill",
        "I don't know.",
        "It burned in 1902.",
        None,
    ]
    assert [turn.is_answered for turn in mill.turns] == [True, False, True, False]
    assert mill.answers == ["Ada Quill built the mill.", "It burned in 1902."] and port.answers == ["Herring!"]
    assert hill.answers == [] and (mill.subject, mill.section) == ("Mill", "Early years")
    assert mill.turns[1].history == (("Mill", "Early years"), ("Who built it?", "Ada Quill built the mill"))


def test_a_talk_belongs_to_one_half(tmp_path: Path) -> None:
    write_talks(tmp_path, {f"talk {number}": TOLD_BY["port"] for number in range(20)})
    even, odd = (read_talks(tmp_path, half) for half in ("even", "odd"))
    assert even and odd and sorted(talk.id for talk in even + odd) == sorted(talk.id for talk in read_talks(tmp_path))
    assert {find_half(talk.id) for talk in even} == {"even"} and {find_half(talk.id) for talk in odd} == {"odd"}


@pytest.mark.parametrize(
    "content", [None, "no json", "{}", '[{"Question": "?"}]', '["x"]', '[{"QuAC_dialog_id": "a", "History": []}]']
)
def test_a_file_that_holds_no_talks_is_said_so(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "canard" / "dev.json"
    path.parent.mkdir()
    if content is not None:
        path.write_text(content)
    with pytest.raises(QuestionSetError, match="no talks at" if content is None else "not in CANARD's"):
        read_talks(tmp_path)


def test_a_question_is_learnt_as_a_person_rewrote_it_and_as_the_chat_would(dataset: Dataset, tokenizer: Any) -> None:
    built, painted, burned, *others = dataset.talks
    ways = [tokenizer.decode(list(way)) for way in built.questions]
    assert ways[0] == ways[1] == "who built the mill?" and ways[2] != ways[0] and "mill" in ways[2]
    assert [told.own for told in (built, painted, burned)] == [0, None, 1]
    assert tokenizer.decode(list(built.answers[0])) == "ada quill built the mill." and built.answers == burned.answers
    assert len(others) == 2, "whoever has no recorded answer, or no text at all, teaches nothing"


def draw(dataset: Dataset, questions: int = 200) -> list[tuple[int, list[Lesson]]]:
    tutor = Tutor(dataset)
    plan = plan_steps(dataset, cut=0, whole=0, groups=0, talks=questions, batch=4)
    assert {step.kind for step in plan} == {"talk"} and sum(len(step.rows) for step in plan) == questions
    return [(row, lessons) for step in plan for row, lessons in zip(step.rows, tutor.lessons(step), strict=True)]


def test_every_word_of_the_own_answer_is_right_and_nothing_else(dataset: Dataset, tokenizer: Any) -> None:
    held = taken_out = titled = 0
    for row, lessons in draw(dataset):
        told = dataset.talks[row]
        assert 1 <= len(lessons) <= 2 and not lessons[-1].places, "the last is another talk's"
        for lesson in lessons:
            titled += tokenizer.decode(list(lesson.passage)).split(",")[0] in ("mill", "port")
            marked = tuple(lesson.passage[start] for start, end in lesson.places if end == start + 1)
            assert len(marked) == len(lesson.places)
            if told.own is None:
                assert not marked
            elif marked:
                held += 1
                assert marked == told.answers[told.own]
            elif len(lessons) == 2 and lesson is lessons[0]:
                taken_out += 1
                answer = tokenizer.decode(list(told.answers[told.own]))
                assert answer not in tokenizer.decode(list(lesson.passage))
    assert held > 3 * taken_out / 2 > 0 and 100 < titled < 300


def test_a_talk_longer_than_fits_is_cut_around_the_answer(tmp_path: Path, tokenizer: Any) -> None:
    told = [(f"What of {number}?", f"What of {number}?", f"{number} is told of " + "so " * 70) for number in range(12)]
    told.append(("What of it all?", "What of it " + "all " * 60, "Too much " * 250))
    write_talks(tmp_path, {"long": told})
    dataset = Dataset((), (), (), (), talks=encode_talks(read_talks(tmp_path), tokenizer))
    for _, lessons in draw(dataset, 100):
        for lesson in lessons:
            assert len(lesson.question) <= MOST_QUESTION_TOKENS
            assert len(lesson.question) + len(lesson.passage) + 3 <= MOST_TOKENS
            assert len(lesson.passage) <= max(TOLD) + 10 or "much" in tokenizer.decode(list(lesson.passage))
            assert all(end <= len(lesson.passage) for _, end in lesson.places)


def test_training_without_talks_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    squad = tmp_path / "squad" / "train-v2.0-rebuilt.json"
    squad.parent.mkdir()
    squad.write_text('{"data": []}')
    assert main(["train", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
