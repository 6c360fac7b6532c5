"""Numbered questions of a plain text are its headings, statements among them too; steps and items are not."""

from __future__ import annotations

import pytest

from ingest.formats.plain_text import parse_page
from ingest.formats.question_lists import find_questions

ANSWER = "    Most of the time the lid is not shut, and the steam goes where it wants to. Shut the lid, and wait for a while."
FAQ = "Kettles: questions\n\n" + "\n\n".join(
    f" {at}. {asked}\n\n{ANSWER}"
    for at, asked in enumerate(
        [
            "Why is it cold?",
            "It leaks.",
            "Can I boil milk in a kettle\n    that is made of tin?",
            "I found a bug in the lid.",
            "Who sells them?",
        ],
        1,
    )
)


def test_entries_of_a_list_of_questions_are_headings() -> None:
    parsed = parse_page(FAQ)
    headings = [block.text for block in parsed.blocks if block.level > 1]
    assert headings == [
        "1. Why is it cold?",
        "2. It leaks.",
        "3. Can I boil milk in a kettle that is made of tin?",
        "4. I found a bug in the lid.",
        "5. Who sells them?",
    ]
    assert parsed.title == "Kettles: questions"


def test_letters_tell_questions_from_answers() -> None:
    parsed = parse_page(
        f"Kettles\n=======\n\nQ:  Why is it cold?\n\nA:  It leaks.\n{ANSWER}\n\n    Mind the lid.\n\n\nQ:  It leaks. How is\n    it mended?\n\nA:  With tin.\n"
    )
    assert [block.text for block in parsed.blocks if block.level > 1] == [
        "Q: Why is it cold?",
        "Q: It leaks. How is it mended?",
    ]
    assert find_questions(["Q: Why?", "A: So.", "It rained."]) == frozenset()


@pytest.mark.parametrize(
    "parts",
    [
        [
            "1. Boil it.",
            "It takes long.",
            "2. Dry it.",
            "In the sun.",
            "3. Fold it.",
            "With care.",
            "4. Keep it.",
            "In a box.",
        ],
        ["1. Why?", "2. How?", "3. When?", "4. Where?", "All is told below."],
        ["1. Why?", "So.", "2. How?", "So.", "3. When?", "So."],
        ["1. Why?", "So.", "3. How?", "So.", "7. When?", "So.", "9. Who?", "So."],
        [],
    ],
)
def test_steps_items_and_few_or_loose_numbers_are_none(parts: list[str]) -> None:
    assert find_questions(parts) == frozenset()
