"""What is typed to choose documents, and what is refused; and that questions of a set can say it."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest

from rag.conditions import Condition
from rag.errors import QuestionError, UsageError
from rag.evaluation.formats.questions import parse_question, to_values
from rag.question import MOST_VALUES, read_question, read_where, tell_where
from rag.types import Question


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("kind=memo", Condition("kind", "=", ("memo",))),
        (" kind == memo ", Condition("kind", "=", ("memo",))),
        ("year>=2023", Condition("year", ">=", ("2023", 2023))),
        ("share<0.5", Condition("share", "<", ("0.5", 0.5))),
        ("open!=true", Condition("open", "!=", ("true", True))),
        ("box=007", Condition("box", "=", ("007", 7))),
        ("mail=a=b", Condition("mail", "=", ("a=b",))),
        ("kind=", Condition("kind", "=", ("",))),
        ("the kind=a memo", Condition("the kind", "=", ("a memo",))),
    ],
)
def test_a_condition_is_read_as_it_is_typed(typed: str, read: Condition) -> None:
    assert read_where(typed) == (read,) == read_where([typed])
    assert read_where(read_where(typed)) == (read,), "and what was read is left as it is"
    assert read_where(tell_where([read])) == (read,)


def test_a_name_that_is_typed_twice_may_have_either_value() -> None:
    assert read_where(["a=1", "a=x", "a!=2", "a!=3"]) == (
        Condition("a", "=", ("1", 1, "x")),
        Condition("a", "!=", ("2", 2)),
        Condition("a", "!=", ("3", 3)),
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("kind", "is no condition; write NAME=VALUE"),
        ("=memo", "is no condition"),
        ("", "is no condition"),
        (["kind=memo", 3], "3 is no condition"),
        ({3: "x"}, "a name in metadata is a text, not 3"),
        ({"a": None}, "what 'a' must be is NoneType; give a text, a number"),
        ({"a": {"b": 1}}, "what 'a' must be is dict"),
        ({"a": math.nan}, "what 'a' must be is a number that cannot be kept"),
        ({"a": range(10**12)}, "'a' must be is one of 1,000,000,000,000 values, the limit is 10,000"),
        ([f"a{number}=1" for number in range(101)], "chosen by 100 conditions at most"),
        (7, "not int"),
        (b"kind=memo", "not bytes"),
    ],
)
def test_what_is_no_condition_is_refused_in_one_line(given: Any, words: str) -> None:
    with pytest.raises(UsageError) as told:
        read_where(given)
    assert words in str(told.value) and "\n" not in str(told.value) and len(str(told.value)) < 300
    with pytest.raises(UsageError):
        read_question(Question("Who?", where=given))


def test_a_dictionary_says_values_of_their_own_kind() -> None:
    given = {"kind": ["memo", "letter"], "year": range(2020, 2023), "sent": date(2024, 5, 1), "open": True}
    assert read_where(given) == (
        Condition("kind", "=", ("memo", "letter")),
        Condition("year", "=", (2020, 2021, 2022)),
        Condition("sent", "=", ("2024-05-01",)),
        Condition("open", "=", (True,)),
    )
    assert read_where({}) == () == read_where([])
    assert len(read_where({"year": range(MOST_VALUES)})[0].values) == MOST_VALUES


def test_values_of_different_kinds_do_not_compare() -> None:
    metadata = {"year": 2024, "open": True, "name": "b", "tags": ["x"], "none": None}
    fits = [
        c
        for c in ("year>2023", "name>a", "open=true", "gone!=1", "tags!=x", "none!=x")
        if read_where(c)[0].fits(metadata)
    ]
    assert fits == ["year>2023", "name>a", "open=true", "gone!=1", "tags!=x", "none!=x"]
    misses = ("year>x", "open=1", "open>0", "name<1", "tags=x", "none=None", "gone=1", "gone<1", "gone>1", "year!=2024")
    assert [c for c in misses if read_where(c)[0].fits(metadata)] == []


def test_a_question_of_a_set_says_which_documents_are_asked() -> None:
    question = parse_question({"question": "Who?", "where": {"kind": "memo"}})
    assert question.where == (Condition("kind", "=", ("memo",)),)
    assert to_values(question)["where"] == ["kind=memo"]
    assert parse_question({"question": "Who?", "where": ["year>=2023"]}).where == read_where("year>=2023")
    assert "where" not in to_values(parse_question({"question": "Who?"}))
    with pytest.raises(QuestionError, match="is no condition"):
        parse_question({"question": "Who?", "where": ["kind"]})
