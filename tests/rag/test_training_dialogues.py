"""Dialogues between people as something to learn from: who is read, what counts as an answer, and what their examples mark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_dialogues import TOLD_BY, write_dialogues

from rag.encoder.tokens import build_tokenizer
from rag.errors import QuestionSetError
from rag.index.embeddings import find_default_model
from rag.reader.span_model import MOST_QUESTION_TOKENS, MOST_TOKENS
from rag.reader.training.__main__ import main
from rag.reader.training.claims import find_half
from rag.reader.training.dialogues import encode_dialogues, read_dialogues
from rag.reader.training.examples import DIALOGUE_SIZES, ExampleBuilder, TrainingExample
from rag.reader.training.plan import plan_steps
from rag.reader.training.squad_data import Dataset


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer(find_default_model())


@pytest.fixture
def dataset(tmp_path: Path, tokenizer: Any) -> Dataset:
    write_dialogues(tmp_path)
    return Dataset((), (), (), (), dialogues=encode_dialogues(read_dialogues(tmp_path), tokenizer))


def test_an_answer_is_what_was_told_and_an_i_do_not_know_is_none(tmp_path: Path) -> None:
    write_dialogues(tmp_path)
    mill, port, hill = read_dialogues(tmp_path)
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
    write_dialogues(tmp_path, {f"dialogue {number}": TOLD_BY["port"] for number in range(20)})
    even, odd = (read_dialogues(tmp_path, half) for half in ("even", "odd"))
    assert (
        even
        and odd
        and sorted(dialogue.id for dialogue in even + odd)
        == sorted(dialogue.id for dialogue in read_dialogues(tmp_path))
    )
    assert {find_half(dialogue.id) for dialogue in even} == {"even"} and {
        find_half(dialogue.id) for dialogue in odd
    } == {"odd"}


@pytest.mark.parametrize(
    "content", [None, "no json", "{}", '[{"Question": "?"}]', '["x"]', '[{"QuAC_dialog_id": "a", "History": []}]']
)
def test_a_file_that_holds_no_talks_is_said_so(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "canard" / "dev.json"
    path.parent.mkdir()
    if content is not None:
        path.write_text(content)
    with pytest.raises(QuestionSetError, match="no dialogues at" if content is None else "not in CANARD's"):
        read_dialogues(tmp_path)


def test_a_question_is_learnt_as_a_person_rewrote_it_and_as_the_chat_would(dataset: Dataset, tokenizer: Any) -> None:
    built, painted, burned, *others = dataset.dialogues
    ways = [tokenizer.decode(list(way)) for way in built.questions]
    assert ways[0] == ways[1] == "who built the mill?" and ways[2] != ways[0] and "mill" in ways[2]
    assert [told.own for told in (built, painted, burned)] == [0, None, 1]
    assert tokenizer.decode(list(built.answers[0])) == "ada quill built the mill." and built.answers == burned.answers
    assert len(others) == 2, "whoever has no recorded answer, or no text at all, teaches nothing"


def draw(dataset: Dataset, questions: int = 200) -> list[tuple[int, list[TrainingExample]]]:
    builder = ExampleBuilder(dataset)
    plan = plan_steps(dataset, cut=0, whole=0, groups=0, dialogues=questions, batch=4)
    assert {step.kind for step in plan} == {"dialogue"} and sum(len(step.rows) for step in plan) == questions
    return [(row, examples) for step in plan for row, examples in zip(step.rows, builder.examples(step), strict=True)]


def test_every_word_of_the_own_answer_is_right_and_nothing_else(dataset: Dataset, tokenizer: Any) -> None:
    held = taken_out = titled = 0
    for row, examples in draw(dataset):
        told = dataset.dialogues[row]
        assert 1 <= len(examples) <= 2 and not examples[-1].places, "the last is another dialogue's"
        for example in examples:
            titled += tokenizer.decode(list(example.passage)).split(",")[0] in ("mill", "port")
            marked = tuple(example.passage[start] for start, end in example.places if end == start + 1)
            assert len(marked) == len(example.places)
            if told.own is None:
                assert not marked
            elif marked:
                held += 1
                assert marked == told.answers[told.own]
            elif len(examples) == 2 and example is examples[0]:
                taken_out += 1
                answer = tokenizer.decode(list(told.answers[told.own]))
                assert answer not in tokenizer.decode(list(example.passage))
    assert held > 3 * taken_out / 2 > 0 and 100 < titled < 300


def test_a_talk_longer_than_fits_is_cut_around_the_answer(tmp_path: Path, tokenizer: Any) -> None:
    told = [(f"What of {number}?", f"What of {number}?", f"{number} is told of " + "so " * 70) for number in range(12)]
    told.append(("What of it all?", "What of it " + "all " * 60, "Too much " * 250))
    write_dialogues(tmp_path, {"long": told})
    dataset = Dataset((), (), (), (), dialogues=encode_dialogues(read_dialogues(tmp_path), tokenizer))
    for _, examples in draw(dataset, 100):
        for example in examples:
            assert len(example.question) <= MOST_QUESTION_TOKENS
            assert len(example.question) + len(example.passage) + 3 <= MOST_TOKENS
            assert len(example.passage) <= max(DIALOGUE_SIZES) + 10 or "much" in tokenizer.decode(list(example.passage))
            assert all(end <= len(example.passage) for _, end in example.places)


def test_training_without_talks_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    squad = tmp_path / "squad" / "train-v2.0-rebuilt.json"
    squad.parent.mkdir()
    squad.write_text('{"data": []}')
    assert main(["train", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
