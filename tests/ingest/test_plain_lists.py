"""Plain texts: what is a list, item by item, and what only looks like one."""

from __future__ import annotations

import textwrap

import pytest

from ingest.blocks import Block
from ingest.formats.plain_text import parse_page

PROSE = "The harbour office lends kettles to everyone who asks for one, and it has done so since the winter of the long ice."


def read(*paragraphs: str) -> list[Block]:
    return list(parse_page("\n\n".join((PROSE, *paragraphs))).blocks[1:])


def items(*paragraphs: str) -> list[tuple[str, int]]:
    return [(block.text, block.depth) for block in read(*paragraphs) if block.kind == "item"]


def test_lines_with_a_bullet_or_a_number_each_are_items_below_what_announces_them() -> None:
    found = read("A kettle is lent if\n  1. it is whole, and\n  2. the one who asks\n     has been here before.")
    assert [(block.text, block.kind) for block in found] == [
        ("A kettle is lent if", "text"),
        ("1. it is whole, and", "item"),
        ("2. the one who asks\n     has been here before.", "item"),
    ]
    assert items("* copper\n* iron") == items("• copper\n• iron") == [("- copper", 0), ("- iron", 0)]
    assert items("(a) copper\n(b) iron") == [("(a) copper", 0), ("(b) iron", 0)]


def test_paragraphs_with_a_number_each_are_items() -> None:
    assert items("1. It is whole OR", "2. it was mended twice.", "UNLESS otherwise told.") == [
        ("1. It is whole OR", 0),
        ("2. it was mended twice.", 0),
    ]


def test_lists_within_lists_and_items_that_are_parted_by_them() -> None:
    assert items("- stoves\n  1. iron\n  2. brick\n- pans") == [
        ("- stoves", 0),
        ("1. iron", 1),
        ("2. brick", 1),
        ("- pans", 0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "- a lone line with a dash",
        "1. A clause that stands alone.",
        "The office lends kettles\n- and pans, if there are any -\nto everyone.",
        "A. Quill\nZ. Marlow",
        "1. one\n3. three",
        "12. May 1899 was cold.",
        "x - 2\ny - 3",
        "-4\n-5",
        "\n".join(f" * {line}" for line in textwrap.wrap(PROSE, 50)),  # a comment of a program
    ],
)
def test_what_only_looks_like_a_list_stays(text: str) -> None:
    found = read(text, PROSE)
    assert [(block.text, block.kind) for block in found[:-1]] == [(text, "text")]


def test_no_word_is_lost_and_headings_keep_their_numbers() -> None:
    text = ("Rules", "1. Kettles", PROSE, "2. Pans", PROSE)
    assert " ".join(block.text for block in read(*text)) == " ".join(text)
    assert items(*text) == []
