"""Sentences: offsets that are true by construction, on the cases that trip splitters up."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.english.sentences import LONGEST, find_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in find_sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Hall met Mrs. Day on Jan. 5.", "They talked."],
        ["The letters of J. R. Marlow survive.", "Few read them."],
        ["It rose by 3.5 per cent.", "Prices did not."],
        ["See No. 5 of the U.S. list, e.g. the second row.", "Then go on."],
        ["“Stop!” she cried.", "Nobody did."],
        ["Was it closed?", "Really?!", "Yes… it was."],
        ["The meeting ended at 5 p.m. on Friday.", "Everyone left."],
        ["这是第一句。", "这是第二句。"],
        ["No full stop at all"],
        ["Its office is at 3 Avon St., POB. 325, Wick.", "It opens at nine."],
        ["Eq. 4 and para. 6 of vol. 2 say so; call tel. 555, ext. 12.", "Others do not."],
        ["They ate all.", "3 boats came."],
    ],
)
def test_sentences_end_where_a_reader_would_end_them(expected: list[str]) -> None:
    joined = "".join(expected) if expected[0].endswith("。") else " ".join(expected)
    assert sentences(joined) == expected


def test_the_number_of_an_item_is_no_sentence() -> None:
    items = [
        "1. the boat is sound",
        "(2) The oars are, too.",
        "c) So is the rope.",
        " iv. Nothing leaks.",
        "10. It is paid for.",
    ]
    assert sentences("\n\n".join(items)) == [item.strip() for item in items]
    assert sentences("1. Boats are sound.\n2. Oars are, too.") == ["1. Boats are sound.", "2. Oars are, too."]
    assert sentences("How many boats came? 7. Who counted them? I.") == [
        "How many boats came?",
        "7.",
        "Who counted them?",
        "I.",
    ]
    assert sentences("It is\n7.\nThat is all.")[-1] == "That is all."


def test_a_full_stop_within_a_name_ends_no_sentence() -> None:
    for name in (
        "RiverLine.Solve",
        "tide.tables.Reader",
        "https://tides.example.org/NIST.SP",
        "Tide.Out.print",
        ".TIDE",
        "www.Tides.org",
    ):
        assert sentences(f"They call {name} each day. It works.") == [f"They call {name} each day.", "It works."]
    assert sentences("They reached the harbour.The crew slept.") == ["They reached the harbour.", "The crew slept."]


def test_no_sentence_crosses_a_blank_line() -> None:
    text = "A heading without a stop\n\nThe text below it. And more\n \nLast words"
    assert sentences(text) == ["A heading without a stop", "The text below it.", "And more", "Last words"]


@pytest.mark.parametrize("text", ["\n\n 2–3", "See vol.\n\n2 boats", "vol.\n \n  2"])
def test_a_number_after_a_blank_line_begins_anew(text: str) -> None:
    assert sentences(text)[-1].startswith("2")


def test_offsets_count_code_points() -> None:
    text = "A 🦉 hoots. Another 🦉🦉 answers."
    assert sentences(text) == ["A 🦉 hoots.", "Another 🦉🦉 answers."]


def test_white_space_of_several_bytes_does_no_harm() -> None:
    """The library panics on it."""
    text = "漢\u00a0\u00a0B\u2028é. \u3000\u00a0!\u00a0”A\u00a0.\u00a0B\u00a0\u00a0"
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("aB. !?\n\t\u00a0\u2028\x00…”“'3.5é漢。🦉-"), max_size=200))
def test_every_visible_character_lies_in_exactly_one_sentence(text: str) -> None:
    found = find_sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(found))
    assert all(text[start:end] == text[start:end].strip() for start, end in found)
    covered = {at for start, end in found for at in range(start, end)}
    assert all(at in covered for at, character in enumerate(text) if not character.isspace())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_any_text_at_all_can_be_cut(text: str) -> None:
    covered = sum(end - start for start, end in find_sentences(text))
    assert covered <= len(text)
    assert bool(covered) == bool(text.strip())


def test_work_grows_with_the_length_and_not_with_its_square() -> None:
    def seconds(text: str) -> float:
        started = time.perf_counter()
        find_sentences(text)
        return time.perf_counter() - started

    words = "word another thing. "
    seconds(words * 1_000)
    short, long = seconds(words * 5_000), seconds(words * 50_000)
    assert long < 40 * short + 0.5, "ten times the text"


HOSTILE = [
    "x",
    "“",
    "`",
    "``",
    "«a",
    "!A",
    "“a. ",
    "2p.m.The",
    "p.m . Tom ",
    "漢。",
    "[1] ",
    "(",
    "word ",
    "\n",
    "'a. ",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_text_without_end_is_cut_and_nothing_of_it_is_lost(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    found = find_sentences(text)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(found))
    assert all(0 < end - start <= LONGEST for start, end in found)
    between = "".join(text[end:start] for (_, end), (start, _) in itertools.pairwise([(0, 0), *found]))
    assert not between.strip()
    assert sum(len(text[start:end].split()) for start, end in found) >= len(text.split())


def test_an_endless_sentence_is_cut_between_words() -> None:
    text = "another word and " * 5_000
    cuts = find_sentences(text)
    assert len(cuts) > 1
    assert {word for start, end in cuts for word in text[start:end].split()} == {"another", "word", "and"}


def test_a_sentence_longer_than_a_piece_stays_whole() -> None:
    long = "Of names there were " + "Anna, " * 3_000 + "and no more."
    assert sentences(f"It began. {long} It ended.") == ["It began.", long, "It ended."]
