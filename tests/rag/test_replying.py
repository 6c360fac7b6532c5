"""What small models write where they find no answer: the question again, a yes out of nothing, one sentence for ever."""

import pytest

from rag.english.replying import echoes, find_loop, is_verdict, restates


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The lamp was broken.", "Which lamp was broken?"),
        ("Kettles were forbidden.", "and why are kettles forbidden"),
        ("The mayor wanted to lift the toll.", "Which particular toll did the mayor want lifted first?"),
    ],
)
def test_a_sentence_that_only_says_the_question_again_is_told(claim: str, question: str) -> None:
    assert restates(claim, question)


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The lamp was broken by hail.", "Which lamp was broken?"),
        ("The lamp was broken.", "Was the lamp broken?"),
        ("The ferry runs when it rains.", "Does the ferry run when it rains?"),
        ("Yes, the lamp was broken.", "Which lamp was broken?"),
        ("48 guests.", "How many guests came?"),
        ("The lamp was broken.", ""),
        ("[1]", "Which lamp was broken?"),
    ],
)
def test_a_sentence_that_says_more_or_answers_yes_or_no_is_none(claim: str, question: str) -> None:
    assert not restates(claim, question)


def test_a_word_of_the_question_said_twice_is_an_answer() -> None:
    asked = "What is a young boat called?"
    assert restates("A young boat is called.", asked) and echoes("A young boat is called.", asked)
    assert not restates("A young boat is called a boat.", asked) and echoes("A young boat is called a boat.", asked)
    assert not echoes("A young boat is called a skiff.", asked)


def test_a_yes_and_a_no_are_told_from_a_number_and_a_name() -> None:
    assert is_verdict("Yes, they may.") and is_verdict("no") and is_verdict('"No", says the mayor.')
    assert not is_verdict("No. 7 is the mayor's house.") and not is_verdict("Nothing is known.")
    assert not is_verdict("No copy was kept.") and is_verdict("Yes: they may.")


def test_a_reply_that_says_the_same_for_ever_is_cut_before_the_second_time() -> None:
    round_of_two = "A ferry runs to Skarra [1]. A second ferry runs to Tolm [2]. "
    assert find_loop(round_of_two * 3) == len(round_of_two)
    assert find_loop(round_of_two * 2) is None, "twice may be meant"
    assert find_loop("Yes. Yes. Yes. Yes.") is None and find_loop("") is None
