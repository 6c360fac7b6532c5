"""What the words around a question mean: small talk, the library, the source, and follow-ups."""

from __future__ import annotations

import pytest

from rag.answer.abstention import format_refusal
from rag.answer.small_talk import format_library, format_small_talk
from rag.english.exchanging import exchange, exchange_phrase
from rag.english.follow_ups import find_topics, is_follow_up, make_standalone
from rag.english.intents import MAX_CHARACTERS
from rag.errors import QuestionError
from rag.index.document_records import DocumentRecord
from rag.question import LONGEST_ID, MOST_DOCUMENTS, MOST_TURNS, read_question, tell_reply
from rag.types import Answer, Passage, Question, ScoredPassage, Span

RECORD = DocumentRecord("tea", "On Tea", "A. Writer", "2020-01-02", "tea.txt", "0", "0", 1, 10)


def test_a_follow_up_is_joined_to_the_question_that_it_follows() -> None:
    history = (("Where do bears live?", "In the hills."), ("Who feeds the bears?", "The miller."))
    asked = Question("Why does he do it?", history=history)
    assert make_standalone(asked) == "Who feeds the bears? The miller. Why does he do it?"
    long = Question("And why?", history=(("Who feeds the bears?", "word " * 40),))
    assert make_standalone(long) == "Who feeds the bears? And why?"


def test_a_follow_up_gets_the_names_that_the_talk_is_about() -> None:
    history = (
        ("Who was Ada Quill?", "Ada Quill cast kettles in Leeds. She sold Quill's kettles to Otto Brand."),
        ("Did people like the kettles?", "In Leeds they did, and Otto Brand bought more of them every single year."),
    )
    asked = Question("How did she learn the craft?", history=history)
    assert make_standalone(asked) == "How did she learn the craft? (Ada Quill, Leeds, Otto Brand)"
    named = Question("What did Ada Quill sell in Leeds?", history=history)
    assert make_standalone(named) == named.text
    again = Question("Were those Ada Quill kettles any good?", history=history)
    assert make_standalone(again) == "Were those Ada Quill kettles any good? (Leeds, Otto Brand)"


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        ("What happened in Oslo?", "And in Rome?", "What happened in Rome?"),
        ("What happened in Oslo after the war?", "And in Rome?", "What happened in Rome after the war?"),
        ("Which mill had most fires from 1985 to 1999?", "and from 2000 to 2014", "Which mill had most fires from 2000 to 2014?"),
        ("How many sacks can I send to the old mill", "and to the new one?", "How many sacks can I send to the new one?"),
        ("How much was paid for barley?", "what about for rye?", "How much was paid for rye?"),
    ],
)  # fmt: skip
def test_a_phrase_takes_the_place_of_its_like(before: str, text: str, whole: str) -> None:
    assert exchange_phrase(text, before) == whole
    if not is_follow_up(whole):
        assert make_standalone(Question(text, history=((before, "Nothing."),))) == whole


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("What is it for?", "And for whom?"),
        ("Who met in Oslo?", "And at night?"),
        ("Who met in Oslo?", "And in what way did they meet?"),
        ("Who met in Oslo?", "And Rome?"),
        ("Who met in Oslo?", "In Rome the talks went on for two more years, did they not?"),
    ],
)
def test_what_is_no_phrase_of_the_same_kind_takes_no_place(before: str, text: str) -> None:
    assert exchange_phrase(text, before) is None


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        ("what were the costs last month", "and the income?", "what were the income last month?"),
        ("what is the mill-hand account for", "and games?", "what is the games account for?"),
        ("Who met in Oslo?", "And Rome?", "Who met in Rome?"),
        ("how many ducks are there", "and geese?", "how many geese are there?"),
        ("why do cats purr", "and dogs?", "why do dogs purr?"),
        ("who sells copper", "and tin?", "who sells tin?"),
        ("when is the office closed", "and the shop?", "when is the shop closed?"),
        ("what is the fee for adults", "what about children?", "what is the fee for children?"),
        ("does it fit a Kestrel 11", "and a Heron?", "does it fit a Heron?"),
        ("how do I clean it", "and the lid?", "how do I clean the lid?"),
        ("Who was Ada Quill?", "and Otto Brand?", "Who was Otto Brand?"),
        ("When did the mill close?", "Why?", "Why did the mill close?"),
        ("did it rain", "and why?", "Why did it rain?"),
        ("who founded the mill", "when", "When was the mill founded?"),
    ],
)
def test_a_thing_or_a_question_word_takes_the_place_of_its_like(before: str, text: str, whole: str) -> None:
    assert exchange(text, before) == whole


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("who can apply", "and students?"),
        ("what happens in the end", "and Ada?"),
        ("Did Ada meet Otto in Oslo after lunch?", "And Rome?"),
        ("How many came?", "copper"),
        ("How many came?", "and who paid?"),
        ("How many came?", "and so on"),
        ("What is it?", "why?"),
        ("Tell me all", "when?"),
        ("who came", "when?"),
    ],
)
def test_where_it_is_not_plain_nothing_is_exchanged(before: str, text: str) -> None:
    assert exchange(text, before) is None


def test_what_was_put_in_place_stands_alone_and_marks_of_footnotes_are_no_words() -> None:
    history = (("who is the treasurer?", "Treasurer: Zandi [1]"),)
    assert make_standalone(Question("and the secretary?", history=history)) == "who is the secretary?"
    assert (
        make_standalone(Question("and since when?", history=history))
        == "who is the treasurer? Treasurer: Zandi and since when?"
    )
    assert exchange("and what's the aim?", "how many names does the list have so far?") is None


def test_units_numbers_and_weekdays_are_no_names() -> None:
    told = "On Monday it parses 10 MB, about 400K a day. Two ships came on Friday."
    assert find_topics((("how fast is it", told),)) == []


def test_names_of_columns_and_what_was_computed_are_no_names_to_refer_to() -> None:
    row = "Staff ID: 1046; Name: Gus Cole; Department: Tax; Salary: 71000 [1]"
    told = f"Computed from 60 rows: the largest “Salary” is 71,000.\n\n{row}"
    assert find_topics((("who earns the highest salary", told),)) == ["Gus Cole", "Tax"]
    assert find_topics((("who asked", "Olga: Where is the Kestrel?"),)) == ["Olga", "Kestrel"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("who maintains it?", "who maintains it? (cgi)"),
        ("and when will it be removed?", "and when will it be removed? (cgi)"),
        ("who maintains cgi when it is gone?", "who maintains cgi when it is gone?"),
        ("and telnetlib?", "when was telnetlib added?"),
        ("what about the imp module?", "when was the imp module added?"),
        ("and theirs?", "when was cgi added Module: cgi; Added in: 1995; Has maintainer?: no and theirs?"),
    ],
)
def test_what_was_told_by_a_row_alone_is_that_row(text: str, whole: str) -> None:
    row = "Module: cgi; Added in: 1995; Has maintainer?: no [1]"
    assert make_standalone(Question(text, history=(("when was cgi added", row),))) == whole


def test_another_thing_takes_the_place_of_the_pronoun_that_a_row_was_asked_by() -> None:
    row = "Module: cgi; Replacement: none [1]"
    assert make_standalone(Question("and crypt?", history=(("what replaces it?", row),))) == "what replaces crypt?"


def test_rows_among_other_words_are_no_single_row() -> None:
    told = "2 found.\n\nModule: cgi; Added in: 1995 [1]\n\nModule: imp; Added in: 1990 [2]"
    assert "(cgi" not in make_standalone(Question("who maintains it?", history=(("when were they added", told),)))


def test_what_was_declined_is_nothing_to_refer_to() -> None:
    assert tell_reply(Answer("Why?", "It burned. [1]")) == "It burned. [1]"
    assert tell_reply(Answer("Why?", "The documents do not answer this.", abstained=True)) == ""
    assert tell_reply(Answer("Hi", "Hello.", route="small_talk")) == ""


def test_what_opens_a_sentence_is_no_name() -> None:
    assert find_topics(
        (("Why is it so?", "This was said. The Mill of Brand stood. After that it went. They left."),)
    ) == ["Mill of Brand"]
    assert find_topics((("who was it?", "nobody knows"),)) == []


def test_a_question_that_stands_alone_is_left_alone() -> None:
    text = "What do zebras eat in the dry season?"
    assert make_standalone(Question(text, history=(("Who feeds the bears?", "The miller."),))) == text


def test_a_question_is_cleaned_of_what_cannot_be_asked() -> None:
    assert read_question("  What\x00 is\n\ttea\ud800? ").text == "What is tea ?"
    assert read_question(Question("Tea?", id="q", documents=("tea",))).documents == ("tea",)


@pytest.mark.parametrize("text", ["", "   ", "\n\x07", "?!", "…"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        read_question(text)


def test_an_over_long_question_is_refused_with_its_length() -> None:
    with pytest.raises(QuestionError, match=r"100,000 characters.*4,000"):
        read_question("x" * 100_000)
    assert len(read_question("x" * MAX_CHARACTERS).text) == MAX_CHARACTERS


def test_replies_name_the_documents() -> None:
    assert "“On Tea”" in format_small_talk("greeting", [RECORD])
    assert "No document" in format_small_talk("ability", [])
    assert format_library([RECORD]) == "The library holds 1 document:\n- On Tea by A. Writer (2020-01-02)"
    assert "60 documents" in format_library([RECORD] * 60) and "and 10 more" in format_library([RECORD] * 60)
    assert "Add one" in format_library([])


def test_the_words_of_a_refusal_are_no_topics_of_the_talk() -> None:
    found = ScoredPassage(Passage(Span("mill", 0, 16), "The mill burned."), 1.0)
    refusal = format_refusal("where is the pottery?", [found])
    assert "pottery" in refusal
    assert find_topics([("where is the pottery?", refusal)]) == []


def test_of_a_long_conversation_the_last_turns_are_kept_and_cut_to_length() -> None:
    history = [(f"question {number}", "a" * 10_000) for number in range(1_000)]
    kept = read_question(Question("And then?", history=history)).history  # type: ignore[arg-type]
    assert len(kept) == MOST_TURNS
    assert (kept[0][0], kept[-1][0]) == ("question 970", "question 999")
    assert all(len(text) <= MAX_CHARACTERS for turn in kept for text in turn)
    assert read_question(Question("And then?", history=(("a\ud800b", "c"),))).history == (("a\ufffdb", "c"),)


@pytest.mark.parametrize(
    "history",
    [None, 7, "text", ("text",), (None,), ((None, "a"),), (("a", 7),), (("a",),), (("a", "b", "c"),), ("ab",), {}],
)
def test_a_history_of_anything_but_pairs_of_texts_is_one_line(history: object) -> None:
    if history == {}:
        history = {"a": "b"}
    with pytest.raises(QuestionError, match="history"):
        read_question(Question("And then?", history=history))  # type: ignore[arg-type]


def test_documents_named_twice_are_one_and_too_many_are_refused() -> None:
    assert read_question(Question("Tea?", documents=("tea", "bees") * 50_000)).documents == ("tea", "bees")
    assert read_question(Question("Tea?", documents="tea")).documents == ("tea",)  # type: ignore[arg-type]
    many = tuple(f"d{number}" for number in range(MOST_DOCUMENTS + 1))
    assert len(read_question(Question("Tea?", documents=many[1:])).documents) == MOST_DOCUMENTS
    with pytest.raises(QuestionError, match="1,001 documents, the limit is 1,000"):
        read_question(Question("Tea?", documents=many))
    for wrong in (None, 7, (None,), ("tea", 7), b"tea", ("x" * (LONGEST_ID + 1),)):
        with pytest.raises(QuestionError, match="document"):
            read_question(Question("Tea?", documents=wrong))  # type: ignore[arg-type]


def test_a_question_of_anything_but_text_is_one_line() -> None:
    for wrong in (None, 7, ["Tea?"], Question(None)):  # type: ignore[arg-type]
        with pytest.raises(QuestionError, match="text"):
            read_question(wrong)


@pytest.mark.parametrize("names", ["Kim ", "Abcdefgh ", "A" * 3_999 + " ", "Kim of the Hills of Anna 7 "])
@pytest.mark.parametrize("asked", ["Why?", "And what did he say" + " again" * 650 + "?", "he " * 1_333])
def test_what_stands_alone_is_never_longer_than_a_question_may_be(names: str, asked: str) -> None:
    history = tuple(((names * 4_000)[:4_000], (names * 4_000)[at : at + 4_000]) for at in range(MOST_TURNS))
    alone = make_standalone(Question(asked, history=history))
    assert len(alone) <= MAX_CHARACTERS
    assert asked.strip() in alone
