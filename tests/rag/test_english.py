"""The rules about English, one by one: ``tests/english_rules.py`` has the table."""

from __future__ import annotations

from typing import Any

import pytest
from english_rules import RULES

from rag.english.numbers import format_count
from rag.english.source import asks_about_source, state_source
from rag.english.wanted import read_wanted


@pytest.mark.parametrize("name", RULES)
def test_a_rule_finds_what_it_is_for_and_leaves_what_comes_close(name: str) -> None:
    rule = RULES[name]
    found = {text: rule.apply(text) for texts in rule.finds.values() for text in texts}
    assert found == {text: kind for kind, texts in rule.finds.items() for text in texts}
    assert {text: rule.apply(text) or None for text in rule.leaves} == dict.fromkeys(rule.leaves)


@pytest.mark.parametrize(
    ("about", "title", "byline", "stated", "words"),
    [
        ("title", "On Tea", "By Ada Quill", 'The title is "On Tea".', ("On Tea",)),
        ("author", "On Tea", "By Ada Quill", '"On Tea" was written by Ada Quill.', ("Ada Quill",)),
        (
            "date",
            "On Tea",
            "By A. Quill, B. Moor, 2 May 2014",
            '"On Tea" was written by A. Quill, B. Moor. It was published on 2 May 2014.',
            ("A. Quill, B. Moor", "2 May 2014"),
        ),
        ("date", "", "Dated 2 May 2014", "This text was published on 2 May 2014.", ("2 May 2014",)),
        ("author", "On Tea", "Tea is a plant.", "", ()),
    ],
)
def test_a_head_is_put_as_a_sentence(about: Any, title: str, byline: str, stated: str, words: tuple[str, ...]) -> None:
    assert state_source(about, title, byline) == (stated, words)


def test_a_title_in_a_question_names_the_document() -> None:
    for asked, about in (("Who wrote On Tea?", "author"), ("When was “On tea” published?", "date")):
        assert asks_about_source(asked, "On Tea") == about and asks_about_source(asked) is None
    assert asks_about_source("When did she write on tea?", "On Tea") is None
    assert asks_about_source("Who wrote brewlog?", "Brewlog: a diary of tea") == "author"
    assert asks_about_source("Who wrote about brewlog?", "Brewlog: a diary of tea") is None


def test_who_wrote_a_thing_is_no_question_for_a_list() -> None:
    assert read_wanted("Who are the authors of brewlog?") is None and read_wanted("Who is the author?") is None
    assert read_wanted("Who are the authors of the books?") is not None


def test_things_are_counted_in_one_way() -> None:
    told = [format_count(number, "page") for number in (0, 1, 2, 12_000)]
    assert told == ["0 pages", "1 page", "2 pages", "12,000 pages"]
    assert format_count(1, "file was", "files were") == "1 file was"
    assert format_count(2, "file was", "files were") == "2 files were"
