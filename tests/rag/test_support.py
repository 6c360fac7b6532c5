"""Support: how much of a sentence stands in what it cites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cite.support import (
    OWN_NUMBER,
    find_best_sentence,
    find_missing_words,
    find_words,
    judge_quote,
    measure_alignment,
    measure_support,
)

PASSAGE = (
    "The mill was built in 1874 by the Harrow brothers. It burned down in March 1911. "
    "Nobody was hurt, but 1,200 sacks of flour were lost. The town did not rebuild it."
)


def test_words_are_stemmed_folded_and_without_function_words() -> None:
    assert find_words("The Mills were burning, and the mill burned.") == ("mill", "burn", "mill", "burn")
    assert find_words("１２ Sacks’s ﬁre") == ("12", "sack", "fire")
    assert find_words("1,200 sacks; two of them") == ("1200", "sack", "2")
    assert "not" in find_words("It was not rebuilt.")


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("It burned in 1911", "It burned down in March 1911."),
        ("The loss came to 1200 sacks of flour", "Nobody was hurt, but 1,200 sacks of flour were lost."),
        ("The Harrow brothers built the mill", "The mill was built in 1874 by the Harrow brothers."),
        ("The town never rebuilt the mill", "The town did not rebuild it."),
    ],
)
def test_the_sentence_that_says_it_is_found(claim: str, sentence: str) -> None:
    start, end = find_best_sentence(claim, PASSAGE)
    assert PASSAGE[start:end] == sentence


def test_of_equal_sentences_the_first_is_taken() -> None:
    text = "Rain fell on Monday. Rain fell on Monday."
    assert find_best_sentence("Rain fell", text) == (0, 20)
    assert find_best_sentence("Something else entirely", text) == (0, 20)


def test_the_words_themselves_are_full_support() -> None:
    quote = "It burned down in March 1911."
    assert measure_support(quote, [quote]) == 1.0
    assert measure_support("It was sold to a bank in Leeds.", [quote]) == 0.0
    assert measure_support("", [quote]) == 0.0


def test_a_wrong_number_is_never_supported() -> None:
    quote = "The mill was built in 1874 by the Harrow brothers."
    assert measure_support("The mill was built by the Harrow brothers in 1875.", [quote], [PASSAGE]) == OWN_NUMBER
    assert measure_support("The mill was built by the Harrow brothers in 1874.", [quote], [PASSAGE]) == 1.0


def test_numbers_and_names_weigh_more_than_other_words() -> None:
    quote = "The mill burned in 1911."
    assert measure_support("Flour burned 1911", [quote]) > measure_support("Flour burned mill", [quote])
    assert measure_support("old Harrow burned", [quote]) < measure_support("old harrow burned", [quote])


def test_what_the_passage_says_elsewhere_counts_half() -> None:
    quote = "It burned down in March 1911."
    alone = measure_support("The mill burned down in March 1911.", [quote])
    assert alone < measure_support("The mill burned down in March 1911.", [quote], [PASSAGE]) < 1.0


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        ("In March 1911 the mill burned down.", "verbatim"),
        ("The mill burned down in March 1911!", "verbatim"),
        ("The mill burned fully down in March 1911.", "close"),
        ("The mill burned down in March 1912.", "unverified"),
        ("The mill burned not down in March 1911.", "unverified"),
        ("The old Harrow mill burned down in March 1911.", "unverified"),
        ("The Harrow mill burned down in March 1911.", "close"),
        ("A fire destroyed it.", "unverified"),
        ("", "unverified"),
    ],
)
def test_statuses(claim: str, status: str) -> None:
    assert judge_quote(claim, "The mill burned down in March 1911.") == status


def test_without_the_quotes_negation_a_claim_is_not_its_very_words() -> None:
    quote = "The town council did not rebuild the mill on the river after the fire of that year."
    claim = "The town council did rebuild the mill on the river after the fire of that year."
    assert judge_quote(quote, quote) == "verbatim" and judge_quote(claim, quote) == "close"
    assert judge_quote("Nobody was hurt.", "Nothing was hurt.") != "verbatim"


def test_alignment_ignores_width_and_case_but_not_order() -> None:
    assert measure_alignment("ＴＨＥ Mill Burned", "The old mill has burned.") == 1.0
    assert measure_alignment("burned mill", "the mill burned") == 0.5
    assert measure_alignment("?", "the mill") == 0.0


@given(st.text(max_size=200), st.text(max_size=200))
def test_measures_stay_within_bounds(claim: str, quote: str) -> None:
    assert 0.0 <= measure_support(claim, [quote]) <= 1.0
    assert 0.0 <= measure_alignment(claim, quote) <= 1.0
    if find_words(claim):
        assert measure_support(claim, [claim]) == 1.0


@given(st.text(max_size=80), st.text(min_size=1, max_size=200))
def test_the_best_sentence_lies_in_the_text(claim: str, text: str) -> None:
    start, end = find_best_sentence(claim, text)
    assert 0 <= start < end <= len(text)


def test_missing_words_are_named_as_the_claim_writes_them_names_and_numbers_first() -> None:
    assert find_missing_words("The old mill was sold to Leeds Bank in 1911.", [PASSAGE]) == (
        "Leeds",
        "Bank",
        "old",
        "sold",
    )
    assert find_missing_words("It burned down in March 1911.", [PASSAGE]) == ()
