"""Plain texts: lines that were broken for the width of a page are joined, and lines that mean something stay."""

from __future__ import annotations

import textwrap

import pytest
from made_html import PROSE

from ingest.formats.plain_text import parse_page

LONG = " ".join(PROSE)
SHORT = "The kettle on the stove of the old harbour office whistles as soon as the first ferry is in sight of land."


def read(*paragraphs: str) -> list[str]:
    return [block.text for block in parse_page("\n\n".join(paragraphs)).blocks]


@pytest.mark.parametrize("width", [50, 66, 78, 100])
def test_wrapped_prose_is_one_line_whatever_the_width_and_the_indent(width: int) -> None:
    for paragraph in (LONG, f"1. {LONG}"):
        for later in ("", "   "):
            wrapped = textwrap.fill(paragraph, width, subsequent_indent=later)
            assert wrapped.count("\n") > 1
            assert read(wrapped) == [paragraph]


def test_a_paragraph_of_two_lines_is_joined_where_others_are_as_wide() -> None:
    two = textwrap.fill(SHORT, 72)
    assert two.count("\n") == 1
    assert read(two, textwrap.fill(LONG, 72)) == [SHORT, LONG]
    assert read(two) == [two]
    assert read(two, textwrap.fill(LONG, 110)) == [two, LONG]


def test_a_line_that_was_mended_after_it_was_wrapped_still_goes_on() -> None:
    lines = textwrap.wrap(LONG, 72)
    lines[1] = lines[1].rsplit(" ", 1)[0]
    assert "\n" not in read("\n".join(lines))[0]


@pytest.mark.parametrize(
    "text",
    [
        "The tide comes in, the tide goes out,\nThe kettle sings upon the hob,\nAnd no one knows what it's about\nBut Ann and Jo and little Rob.",
        "Ada Quill\nHarbour Office\n12 Northern Pier\nAskvik",
        "Owner: the town of Askvik, which bought it from the harbour\nKeeper: Ada Quill, who has looked after it since the winter",
        "kettle      copper, mended twice       12 crowns a year\nstove       iron, of the old office    30 crowns a year\npan         iron",
        "boil the-kettle --until whistling --and-then-pour-the-tea\n  into cup\n    with milk\n  and stir",
    ],
)
def test_lines_that_mean_something_stay(text: str) -> None:
    assert read(textwrap.fill(LONG, 72), text)[1] == text
