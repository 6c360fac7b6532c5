"""Links to passages as text: written, read back, and refused where they are anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Span
from ui.render.passage_link import LONGEST_SPAN, PassageLink, find_words, read_link, write_link

DIGEST = "0123456789abcdef" * 4


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Zs", "Cn", "Co"]), min_size=1, max_size=60)
)
def test_a_link_of_any_document_comes_back_as_it_was(name: str) -> None:
    span = Span(name, 1343, 1465)
    text = write_link(span, DIGEST)
    assert text.isascii() and text.startswith("words=") and not set(text) & set("#,<>\"' +")
    assert read_link(text) == PassageLink(span, DIGEST[:12])


GOOD = write_link(Span("report", 5, 9), DIGEST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "words=report",
        GOOD + "&of=0123456789ab",
        GOOD + "&more=1",
        GOOD + "&" * 3_000,
        GOOD.replace("5-9", "9-5"),
        GOOD.replace("5-9", "5-5"),
        GOOD.replace("5-9", "-5-9"),
        GOOD.replace("5-9", "5-9999999999"),
        GOOD.replace("5-9", f"5-{6 + LONGEST_SPAN}"),
        GOOD.replace("5-9", "٥-٩"),
        GOOD.replace("5-9", "5-9%0a"),
        GOOD.replace("0123456789ab", "0123456789AB"),
        GOOD.replace("0123456789ab", "0123456789a"),
        GOOD.replace("report", ""),
        GOOD.replace("report", "%ff"),
        GOOD.replace("report", "a%00b"),
        GOOD.replace("report", "a%0ab"),
        GOOD.replace("report", "x" * 301),
        GOOD.replace("&", ";"),
    ],
)
def test_anything_else_is_no_link(text: str) -> None:
    assert read_link(text) is None


@given(st.text(max_size=300))
def test_reading_never_fails(text: str) -> None:
    link = read_link(text)
    assert link is None or read_link(write_link(link.span, link.digest)) == link


def test_words_of_a_page_are_found_by_letters_and_digits() -> None:
    text = "Before. The ﬁnal example, in 1911, was “bright”. After the example."
    found = find_words(text, "nal exam-\nple , in 1911", 0, len(text))
    assert found and text[slice(*found)] == "nal example, in 1911"
    assert find_words(text, "example", 0, len(text)) is None, "twice"
    assert find_words(text, "example", 0, 40) == (17, 24), "once in this stretch"
    assert find_words(text, "nowhere", 0, len(text)) is None
    assert find_words(text, " ,.- ", 0, len(text)) is None
