"""Support: how much of a sentence stands in what it cites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cite.support import (
    OWN_NUMBER,
    SUPPORTED,
    CitedClaim,
    SupportEstimator,
    build_support_estimator,
    calibrate,
    find_best_sentence,
    find_words,
    is_invented,
    judge_quote,
    measure_alignment,
    measure_support,
)
from rag.types import Passage, Span

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


def evidence(claim: str, text: str = PASSAGE) -> CitedClaim:
    return CitedClaim(claim, (text,), (Passage(Span("town", 0, len(text)), text, "The town in 1950", "Old mills"),))


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("The Harrow brothers built the mill in 1874.", True),
        ("In March 1911 the mill was lost to a fire.", True),
        ("The town did not rebuild the mill.", True),
        ("The town did rebuild the mill.", False),
        ("The mill was built by the Miller sisters.", False),
        ("The mill was not built in 1874.", False),
        ("The mill was built in 1875 by the Harrow brothers.", False),
        ("The keeper is a spy.", False),
    ],
)
def test_the_model_tells_what_a_passage_supports(support: SupportEstimator, claim: str, supported: bool) -> None:
    (likely,) = support([evidence(claim)])
    assert (likely >= SUPPORTED) == supported


def test_claims_are_judged_together_as_each_alone(support: SupportEstimator) -> None:
    claims = [evidence("It burned down in 1911."), evidence("Nobody was hurt."), evidence("It was sold to a bank.")]
    assert support([]) == []
    assert support(claims) == pytest.approx([support([claim])[0] for claim in claims], abs=0.01)


def test_what_two_passages_say_together_is_read_together() -> None:
    texts: list[str] = []

    def read(pairs: object) -> list[float]:
        texts.extend(text for _, text in pairs)  # type: ignore[attr-defined]
        return [0.5] * len(texts)

    passages = tuple(Passage(Span("town", at, at + 6), f"Text {at}") for at in (0, 6))
    build_support_estimator(read)([CitedClaim("It is so.", ("First.", "Second."), passages)])
    assert texts == ["Text 0", "Text 6", "First. Second."]


@pytest.mark.parametrize(
    ("claim", "invented"),
    [
        ("It was built in 1875.", True),
        ("It was built in 1874, and 1200 sacks were lost.", False),
        ("In 1950 it was gone.", False),
        ("1. It was built in 1874.", False),
        ("It “burned down in March”, they say.", False),
        ("The report says “nobody dared to come near it”.", True),
        ("The “old” mill burned.", False),
        ('Of "Old Mills" it was the first.', False),
    ],
)
def test_own_numbers_and_quotations_that_stand_nowhere_are_invented(claim: str, invented: bool) -> None:
    """Whatever the model makes of them; titles and headings count as read."""
    assert is_invented(evidence(claim)) == invented
    certain = build_support_estimator(lambda pairs: [1.0] * len(pairs))
    assert (certain([evidence(claim)])[0] < SUPPORTED) == invented


def test_calibration_keeps_the_order_and_the_bounds() -> None:
    likely = [calibrate(value / 50) for value in range(51)]
    assert likely == sorted(likely) and 0 <= likely[0] < likely[-1] <= 1
