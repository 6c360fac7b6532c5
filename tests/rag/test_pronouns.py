"""What a follow-up's pronoun stands for is put in its place, where the question before is plainly about one thing."""

from __future__ import annotations

import pytest

from rag.english.exchanging import exchange
from rag.english.follow_ups import is_follow_up, make_standalone
from rag.english.pronouns import find_thing, put_thing
from rag.types import Question


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("How big is Lake Ardo now?", "Lake Ardo"),
        ("how big is the mill in winter", "the mill"),
        ("how much debt does the bakery have?", "the bakery"),
        ("how much was the fiddle from the attic worth", "the fiddle"),
        ("who came up with kettle day?", "kettle day"),
        ("who was Bela Dahl?", "Bela Dahl"),
        ("and who is Bela Dahl?", "Bela Dahl"),
        ("is kettle day a holiday", "kettle day"),
        ("when are the exams?", "the exams"),
        ("when is my yearly fee due?", "my yearly fee"),
        ("when was the mill built", "the mill"),
        ("how long does the course take", "the course"),
        ("what does the head gardener do?", "the head gardener"),
        ("who sells copper kettles", "copper kettles"),
        ("why does she live in Oslo?", ""),
        ("who is coming?", ""),
        ("who can call a meeting?", ""),
        ("which way is best?", ""),
        ("what happens if i don't pay?", ""),
        ("The mill burnt. When was the mill built?", ""),
        ("why?", ""),
        ("", ""),
    ],
)
def test_what_a_question_is_about_is_one_thing_or_nothing(question: str, thing: str) -> None:
    assert find_thing(question) == thing


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        ("How big is Lake Ardo now?", "And how big was it at first?", "how big was Lake Ardo at first?"),
        ("how much debt does the bakery have", "how many shops do they have?", "how many shops do the bakery have?"),
        ("who was Bela Dahl?", "what did he have to do?", "what did Bela Dahl have to do?"),
        ("where is the town hall", "when was its roof mended?", "when was the town hall's roof mended?"),
        ("when are the exams?", "what about their length?", "the exams' length?"),
        ("who is Ada Abel?", "where is her shop?", "where is Ada Abel's shop?"),
        ("who is Ada Abel?", "who taught her?", "who taught Ada Abel?"),
        ("when is the yard sale", "why did they move it", "why did they move the yard sale"),
        ("what is the yearly pass?", "what does it cost?", "what does the yearly pass cost?"),
        ("how much was the fiddle worth", "who made it", "who made the fiddle"),
    ],
)
def test_the_thing_stands_where_its_pronoun_stood(before: str, text: str, whole: str) -> None:
    assert put_thing(text, before) == whole
    assert make_standalone(Question(text, history=((before, "Ada Quill and Otto Brand said so."),))) == whole


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("who came up with kettle day?", "when did they do that?"),  # those who did
        ("who owns the mill?", "how old is he?"),
        ("how big is Lake Ardo?", "where did she live?"),
        ("who was the oldest guest?", "how did she leave?"),  # that is no name
        ("how big is Lake Ardo?", "is it possible to swim there?"),
        ("how long is the course?", "how long does it take to enrol?"),
        ("who was Bela Dahl?", "did he make it big?"),
        ("why did the summit fail?", "and who wrote it?"),  # which may mean the document
        ("how big is Lake Ardo?", "how deep is Lake Ardo, and who owns it?"),
        ("how big is Lake Ardo?", "and theirs?"),
        ("how big is Lake Ardo?", "who swims there?"),
        ("which way is best?", "how long is it?"),
    ],
)
def test_where_it_is_not_plain_the_pronoun_stays(before: str, text: str) -> None:
    assert not put_thing(text, before)


def test_what_a_pronoun_stood_for_is_carried_on_through_the_talk() -> None:
    talk = (("how big is Lake Ardo?", "Three miles long."), ("how deep is it?", "Forty feet."))
    assert make_standalone(Question("who owns it?", history=talk)) == "who owns Lake Ardo?"


@pytest.mark.parametrize(
    "text",
    [
        "and what about my old lamps, can I return them?",
        "What about the second hall, is it heated?",
        "if a guest leaves early, do they get anything back?",
        "what about Ecuador, who's the owner there",
    ],
)
def test_what_a_question_names_itself_is_what_its_pronoun_means(text: str) -> None:
    assert not is_follow_up(text)
    assert make_standalone(Question(text, history=(("Can I open jars?", "Ask Ada Quill."),))) == text


@pytest.mark.parametrize(
    "text", ["what about it, is it heated?", "if he leaves, does he get it back?", "and then, did they pay?"]
)
def test_what_it_does_not_name_it_does_not_mean(text: str) -> None:
    assert is_follow_up(text)


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        ("Which tea is the dearest?", "And the cheapest?", "Which tea is the cheapest?"),
        ("which land has the highest income?", "and which one has the lowest?", "which land has the lowest income?"),
        ("top 5 richest lands", "and which one is the poorest?", "which of the lands is the poorest?"),
        ("list the 3 largest lakes in Europe", "and the smallest", "which of the lakes in Europe is the smallest?"),
        ("which tea scored best", "what about the worst one?", "which tea scored worst?"),
        ("how much is the tea", "and the cheapest?", "how much is the cheapest tea?"),
    ],
)
def test_another_end_is_asked_for_in_the_place_of_the_one(before: str, text: str, whole: str) -> None:
    assert exchange(text, before) == whole


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("Which tea is the dearest?", "And why the cheapest at noon?"),
        ("Who sells tea in the old town?", "Which is the largest town?"),
    ],
)
def test_an_end_of_something_else_takes_no_place(before: str, text: str) -> None:
    assert exchange(text, before) is None
