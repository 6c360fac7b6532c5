"""Question sets: what a line may hold, how evidence is found, and that all problems of a file are told at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionError, QuestionSetError
from rag.evaluation.formats import load_questions
from rag.evaluation.formats.evidence import load_evidence, locate_quote, resolve_evidence
from rag.evaluation.formats.questions import KEYS, parse_question
from rag.evaluation.run.selection import prepare_questions
from rag.types import Evidence, Question, Span, text_digest

QUESTIONS = Path(__file__).parents[2] / "data" / "questions"
TEXT = "The river rose on Monday.\nBy Tuesday  the bridge\nwas closed. It reopened in May."
TEXTS = {"flood": TEXT, "other": "Nothing rose here."}

WriteLines = Callable[..., Path]


@pytest.fixture
def write_lines(tmp_path: Path) -> WriteLines:
    """Writes a JSON Lines file of objects and raw lines."""

    def write(*lines: Any, name: str = "set.jsonl") -> Path:
        path = tmp_path / name
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        path.write_text(text + "\n", encoding="utf-8")
        return path

    return write


def problems_of(path: Path, **arguments: Any) -> list[str]:
    with pytest.raises(QuestionSetError) as caught:
        prepare_questions(path, TEXTS, **arguments)
    return str(caught.value).replace(str(path), "FILE").split("\n")


def test_a_line_with_every_key_becomes_a_question() -> None:
    values = {
        "id": "q1",
        "question": "When did the river rise?",
        "answers": ["Monday", "on Monday"],
        "evidence": [{"quote": "rose on Monday"}, {"document": "flood", "start": 4, "end": 9}],
        "history": [["Which river?", "The one in town."]],
        "documents": ["flood"],
        "tags": ["factoid"],
        "split": "report",
        "level": "an unknown key is tolerated",
    }
    assert parse_question(values) == Question(
        "When did the river rise?",
        "q1",
        (("Which river?", "The one in town."),),
        ("flood",),
        ("Monday", "on Monday"),
        (Evidence("rose on Monday"), Span("flood", 4, 9)),
        ("factoid",),
        "report",
    )


def test_only_the_question_is_required_and_null_counts_as_absent() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("id", "answers", "evidence", "history", "documents", "tags", "split"))
    assert parse_question({"question": "Why?"}) == parse_question({"question": "Why?"} | nothing) == Question("Why?")


def test_a_number_may_be_an_id() -> None:
    assert parse_question({"question": "Why?", "id": 7}).id == "7"


@pytest.mark.parametrize(
    ("gold", "answers"),
    [({}, None), ({"answers": []}, ()), ({"answerable": False}, ()), ({"answerable": True, "answers": ["x"]}, ("x",))],
)
def test_empty_answers_mean_unanswerable_and_absent_ones_unknown(
    gold: dict[str, Any], answers: tuple[str, ...] | None
) -> None:
    assert parse_question({"question": "Why?"} | gold).answers == answers


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("Why?", "JSON object"),
        ([], "JSON object"),
        (None, "JSON object"),
        ({}, "'question'"),
        ({"question": " "}, "'question'"),
        ({"question": 3}, "'question'"),
        ({"question": "Why?", "id": True}, "'id'"),
        ({"question": "Why?", "id": ""}, "'id'"),
        ({"question": "Why?", "history": ["before"]}, "'history'"),
        ({"question": "Why?", "history": [["only one"]]}, "'history'"),
        ({"question": "Why?", "documents": "flood"}, "'documents'"),
        ({"question": "Why?", "answers": "Monday"}, "'answers'"),
        ({"question": "Why?", "answers": [""]}, "'answers'"),
        ({"question": "Why?", "answerable": "no"}, "'answerable'"),
        ({"question": "Why?", "answerable": False, "answers": ["x"]}, "yet there are answers"),
        ({"question": "Why?", "answerable": True, "answers": []}, "'answers' is empty"),
        ({"question": "Why?", "split": "test"}, "'split'"),
        ({"question": "Why?", "split": ["report"]}, "'split'"),
        ({"question": "Why?", "evidence": "words"}, "'evidence'"),
        ({"question": "Why?", "evidence": [{}]}, "'quote'"),
        ({"question": "Why?", "evidence": [{"quote": " "}]}, "'quote'"),
        ({"question": "Why?", "evidence": [{"quote": "x", "document": 1}]}, "'document'"),
        ({"question": "Why?", "evidence": [{"start": 1, "end": 2}]}, "needs 'document'"),
        ({"question": "Why?", "evidence": [{"document": "a", "start": 2, "end": 2}]}, "0 <= start < end"),
        ({"question": "Why?", "evidence": [{"document": "a", "start": -1, "end": 2}]}, "0 <= start < end"),
        ({"question": "Why?", "evidence": [{"document": "a", "start": 1}]}, "whole numbers"),
        ({"question": "Why?", "evidence": [{"document": "a", "start": True, "end": 2}]}, "whole numbers"),
        ({"question": "Why?", "evidence": [{"document": "a", "start": 0.5, "end": 2}]}, "whole numbers"),
    ],
)
def test_a_malformed_question_is_told_in_one_line(values: Any, told: str) -> None:
    with pytest.raises(QuestionError) as caught:
        parse_question(values)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
pieces = st.dictionaries(st.sampled_from(["quote", "document", "start", "end"]), json_values)


@given(
    st.dictionaries(st.sampled_from(KEYS), json_values | st.lists(pieces, max_size=2)).map(
        lambda values: {"question": "Why?"} | values
    )
)
def test_whatever_json_holds_it_is_a_question_or_a_question_error(values: Any) -> None:
    try:
        question = parse_question(values)
    except QuestionError:
        return
    assert question.text == values["question"]
    assert hash(question) is not None  # tuples all the way down


@pytest.mark.parametrize("value", [None, {}, [None], b"x", float("nan"), 10**400])
def test_what_metadata_must_be_is_a_value_or_one_line(value: Any) -> None:
    with pytest.raises(QuestionError, match="'kind' must be"):
        parse_question({"question": "Why?", "where": {"kind": value}})


def test_offsets_without_a_document_are_those_of_the_only_document_named() -> None:
    values = {"question": "Why?", "documents": ["flood"], "evidence": [{"start": 0, "end": 3}]}
    assert parse_question(values).evidence == (Span("flood", 0, 3),)


def test_a_missing_id_is_the_hash_of_the_content_and_not_of_its_spacing(write_lines: WriteLines) -> None:
    first, second = (
        load_questions(write_lines(line)).questions[0].id
        for line in ('{"question": "Why?", "tags": ["a"]}', '{"tags":["a"],   "question":"Why?"}')
    )
    assert first == second != load_questions(write_lines({"question": "Why not?"})).questions[0].id
    assert len(first) == 16


def test_blank_lines_a_byte_order_mark_and_line_separators_inside_texts_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('\ufeff{"question": "One\u2028and a half?"}\r\n\n   \n{"question": "Two?"}', encoding="utf-8")
    assert [question.text for question in load_questions(path).questions] == ["One\u2028and a half?", "Two?"]


def test_all_problems_of_a_file_are_told_at_once_with_their_lines(write_lines: WriteLines) -> None:
    path = write_lines(
        {"question": "Fine?", "id": "a"},
        {"question": ""},
        "not json",
        "",
        {"question": "Again?", "id": "a"},
        '{"question": "Too many"} {}',
        "[" * 100_000,
        '{"question": "x", "answers": [], "n": ' + "9" * 5000 + "}",
    )
    told = problems_of(path)
    assert [line.split(": ")[0] for line in told] == [f"FILE:{number}" for number in (2, 3, 5, 6, 7, 8)]
    assert "'question'" in told[0]
    assert "not JSON" in told[1]
    assert told[2] == "FILE:5: the id 'a' is already that of line 1"


def test_a_line_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b'{"question": "caf\xe9?"}\n')
    assert problems_of(path) == ["FILE:1: not UTF-8 text"]


def test_many_problems_are_capped_and_counted(write_lines: WriteLines) -> None:
    told = problems_of(write_lines(*[{"question": ""}] * 33))
    assert len(told) == 21
    assert told[-1] == "... and 13 more"


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_questions_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(content)
    (told,) = problems_of(path)
    assert told.startswith("FILE: no questions; one JSON object a line is expected")


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.jsonl", tmp_path):
        assert len(problems_of(path)) == 1


def test_a_quote_is_found_exactly_and_else_with_white_space_folded(write_lines: WriteLines) -> None:
    path = write_lines(
        {"question": "a?", "evidence": [{"quote": "rose on Monday"}]},
        {"question": "b?", "evidence": [{"quote": " By Tuesday the bridge was\tclosed. "}]},
    )
    first, second = prepare_questions(path, TEXTS)
    assert first.evidence == (Span("flood", 10, 24),)
    (span,) = second.evidence
    assert isinstance(span, Span)
    assert TEXT[span.start : span.end] == "By Tuesday  the bridge\nwas closed."


@given(st.text("ab .(\n", min_size=1, max_size=30), st.data())
def test_every_piece_of_a_text_is_found_however_it_is_spaced(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : data.draw(st.integers(start + 1, len(text)))]
    words = piece.split()
    if not words:
        return
    respaced = data.draw(st.sampled_from([" ", "\n\n", "\t "])).join(words)
    found = locate_quote(respaced, text)
    assert found
    assert text[found[0] : found[1]].split() == words


def test_a_quote_is_looked_for_where_the_question_says(write_lines: WriteLines) -> None:
    asked = {"question": "a?", "evidence": [{"quote": "rose"}]}
    for documents, name in (({"documents": ["other"]}, "other"), ({}, "flood")):
        (question,) = prepare_questions(write_lines(asked | documents), TEXTS)
        assert isinstance(question.evidence[0], Span)
        assert question.evidence[0].document_id == name


def test_evidence_that_is_not_there_is_told_with_file_line_and_quote(write_lines: WriteLines) -> None:
    path = write_lines(
        {"question": "a?", "evidence": [{"quote": "rose on Monday", "document": "other"}]},
        {"question": "b?", "evidence": [{"quote": "a word " * 30}, {"document": "flood", "start": 3, "end": 999}]},
        {"question": "c?", "evidence": [{"quote": "rose", "document": "absent"}], "documents": ["nowhere"]},
        {"question": "d?", "evidence": [{"start": 1, "end": 2, "document": "absent"}]},
    )
    told = problems_of(path)
    assert told[0] == 'FILE:1: the quote "rose on Monday" does not stand in other'
    assert told[1].startswith('FILE:2: the quote "a word a word')
    assert len(told[1]) < 130
    assert told[2] == f"FILE:2: evidence 3:999 reaches beyond the {len(TEXT)} characters of 'flood'"
    assert told[3:] == [
        "FILE:3: no document 'nowhere'; there are: flood, other",
        "FILE:3: no document 'absent'; there are: flood, other",
        "FILE:4: no document 'absent'; there are: flood, other",
        "to go on without these, call prepare_questions with on_unlocated=print",
    ]


def test_questions_made_in_python_are_resolved_and_named_by_id() -> None:
    with pytest.raises(QuestionSetError, match=r'^mine: the quote "never"'):
        resolve_evidence([Question("a?", id="mine", evidence=(Evidence("never"),))], TEXTS)


def test_offsets_for_another_document_replace_the_evidence(write_lines: WriteLines) -> None:
    path = write_lines(
        {"question": "a?", "id": "a", "evidence": [{"quote": "stands nowhere"}]},
        {"question": "b?", "id": "b", "evidence": [{"quote": "nor this"}]},
    )
    digest = text_digest(TEXT)
    evidence = write_lines(
        {"id": "a", "start": 4, "end": 9, "digest": digest},
        {"id": "a", "start": 10, "end": 14, "digest": digest},
        name="offsets.jsonl",
    )
    first, second = prepare_questions(path, TEXTS, document="flood", evidence=evidence)
    assert first.evidence == (Span("flood", 4, 9), Span("flood", 10, 14))
    assert second.evidence == ()
    assert first.documents == second.documents == ("flood",)


def test_offsets_of_another_text_are_refused_with_both_digests(write_lines: WriteLines) -> None:
    path = write_lines(*({"id": name, "start": 0, "end": 3, "digest": "f" * 64} for name in "ab"))
    with pytest.raises(QuestionSetError) as caught:
        load_evidence(path, "flood", TEXT)
    assert "\n" not in str(caught.value)
    for part in ("2 lines", "ffffffffffff", text_digest(TEXT)[:12], "'flood'"):
        assert part in str(caught.value)


def test_bad_lines_of_offsets_are_told_at_once(write_lines: WriteLines) -> None:
    digest = text_digest(TEXT)
    path = write_lines(
        {"id": "a", "start": 0, "end": 9_999, "digest": digest},
        {"id": "a", "start": 5, "end": 5, "digest": digest},
        {"start": 0, "end": 5, "digest": digest},
        ["a", 0, 5],
        {"id": "a", "start": 0, "end": 5},
        {"id": "a", "start": 0, "end": 5, "digest": digest},
    )
    with pytest.raises(QuestionSetError) as caught:
        load_evidence(path, "flood", TEXT)
    told = str(caught.value).replace(str(path), "FILE").split("\n")
    assert sorted(line.split(": ")[0] for line in told) == [f"FILE:{number}" for number in range(1, 6)]


def test_offsets_of_questions_that_are_not_asked_are_refused(write_lines: WriteLines) -> None:
    questions = write_lines({"question": "a?", "id": "a"})
    offsets = write_lines({"id": "z", "start": 0, "end": 3, "digest": text_digest(TEXT)}, name="offsets.jsonl")
    with pytest.raises(QuestionSetError, match="not in the question set: z"):
        prepare_questions(questions, TEXTS, document="flood", evidence=offsets)


def test_offsets_need_a_document_unless_there_is_only_one(write_lines: WriteLines) -> None:
    questions = write_lines({"question": "a?", "id": "a"})
    offsets = write_lines({"id": "a", "start": 0, "end": 3, "digest": text_digest(TEXT)}, name="offsets.jsonl")
    with pytest.raises(QuestionSetError, match="--document ID"):
        prepare_questions(questions, TEXTS, evidence=offsets)
    (question,) = prepare_questions(questions, {"flood": TEXT}, evidence=offsets)
    assert question.evidence == (Span("flood", 0, 3),)


def test_an_unknown_document_to_ask_is_one_line_with_the_known_ones(write_lines: WriteLines) -> None:
    assert problems_of(write_lines({"question": "a?"}), document="x") == ["no document 'x'; there are: flood, other"]


def test_a_split_is_picked_after_the_whole_file_was_checked(write_lines: WriteLines) -> None:
    path = write_lines(
        {"question": "a?", "split": "develop"}, {"question": "b?", "split": "report"}, {"question": "c?"}
    )
    assert [question.text for question in prepare_questions(path, TEXTS, split="report")] == ["b?"]
    path = write_lines({"question": "a?", "split": "develop"})
    (told,) = problems_of(path, split="report")
    assert told == "no question of the split 'report'; leave it out, or choose another"


def test_the_bundled_set_is_whole_and_its_split_is_that_of_its_ids(article_index: Path, embeddings: Any) -> None:
    """It loads against the bundled article's text, every quote stands there, and nobody has moved a question."""
    from rag.index.passage_index import PassageIndex

    index = PassageIndex(article_index, embeddings)
    texts = {record.id: index.document(record.id).text for record in index.documents()}
    questions = prepare_questions(QUESTIONS / "hanoi-summit.jsonl", texts)
    assert len(questions) == 200
    assert sum(question.answers == () for question in questions) >= 60
    assert sum(bool(question.history) for question in questions) >= 24
    for question in questions:
        even = int(hashlib.sha256(question.id.encode()).hexdigest(), 16) % 2 == 0
        assert question.split == ("develop" if even else "report"), question.id
        assert bool(question.evidence) == bool(question.answers), question.id
