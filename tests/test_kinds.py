"""What a question plainly asks for, a number or a date, and what becomes of sentences that have none."""

from __future__ import annotations

import pytest

from rag.reader.kinds import find_kind, measure_misfits


@pytest.mark.parametrize(
    ("question", "fits", "misfits"),
    [
        (
            "How many ships sank?",
            ["Two ships sank.", "None sank.", "Of 12 ships, most sank."],
            "Ships sank in the harbour.",
        ),
        (
            "How far can the rockets fly?",
            ["They fly 90 miles.", "Miles and miles."],
            "It is a site for long-range rockets.",
        ),
        ("how long did they stay", ["They stayed for weeks.", "Until the war ended."], "They stayed in Leeds."),
        ("On what day was that?", ["It was on a Monday.", "On 3 May.", "That was the first day."], "It was in Leeds."),
        ("In which year was it dug?", ["It was dug in 1841.", "In the year of the flood."], "It was dug by hand."),
        ("How much did it cost?", ["It cost £40.", "It was free."], "It cost the town dearly."),
        ("What did the bridge cost?", ["The bridge cost nine pounds."], "Lorries fell from the bridge."),
        ("What percentage of them came back?", ["Half of them did.", "90 %."], "They came back by ship."),
    ],
)
def test_a_sentence_without_what_is_asked_for_falls_behind(question: str, fits: list[str], misfits: str) -> None:
    *none, lost = measure_misfits(question, [*fits, misfits])
    assert none == [0.0] * len(fits) and lost > 2


@pytest.mark.parametrize(
    "question",
    [
        "Who built the mill?",
        "When did it burn?",  # "after the war", "as soon as they came"
        "How often do they meet?",
        "How did they travel?",
        "What cost him the race?",
        "What did the delay cost the town?",
        "How many came, and why did they leave?",
        "In what way did it change?",
        "",
    ],
)
def test_where_other_words_may_answer_no_sentence_falls_behind(question: str) -> None:
    assert find_kind(question) is None and measure_misfits(question, ["It burned."]) == [0.0]
