"""What something costs is not answered by a sentence without an amount of money."""

from __future__ import annotations

import pytest

from rag.english.answer_types import measure_misfits


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("how much is the entry fee", "It will be £2 per adult."),
        ("how much is a ticket", "Entry is free."),
        ("what does camp cost", "Cost: 30 a head"),
        ("whats the price of the gates", "They come to 1,200.50 in all."),
        ("how much do they pay for it", "They pay 300 a year."),
        ("how much is membership", "Forty dollars a year."),
        ("How much did the price of coal rise?", "It doubled."),
        ("What did the flood cost?", "It cost the town nine boats."),
        ("how much water does it need", "As much as you like."),
    ],
)
def test_an_amount_or_what_takes_its_place_fits(asked: str, told: str) -> None:
    assert measure_misfits(asked, [told]) == [0.0]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("how much is the entry fee", "The car may weigh 5 ounces."),
        ("how much is membership", "A member is whoever has joined by the 3rd of May."),
        ("what does camp cost", "Camp lasts 3 nights."),
    ],
)
def test_a_number_of_something_else_does_not(asked: str, told: str) -> None:
    assert measure_misfits(asked, [told])[0] > 2
