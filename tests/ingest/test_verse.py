"""Verse in web pages and e-books: a stanza is one paragraph with its lines, and prose stays as it is."""

from __future__ import annotations

import pytest

from ingest.parse import parse

LINES = ("The tide comes in by night,", "the tide goes out by day", "and takes the lamp away.")


def stanza(name: str) -> str:
    return f'<h1>Songs</h1><div class="{name}">{"".join(f"<p>{line}</p>" for line in LINES)}</div><p>So they sing.</p>'


def texts(page: str) -> list[str]:
    return [block.text for block in parse(page.encode(), "html").blocks]


@pytest.mark.parametrize("name", ["stanza", "linegroup", "poem verse-1", "tei-lg"])
def test_the_lines_of_a_stanza_are_one_block(name: str) -> None:
    assert texts(stanza(name)) == ["\n".join(LINES), "So they sing."]


@pytest.mark.parametrize("name", ["intro", "universe", "conversation"])
def test_paragraphs_of_other_parts_are_none_of_verse(name: str) -> None:
    assert texts(stanza(name)) == [*LINES, "So they sing."]


def test_long_paragraphs_are_prose_whatever_they_stand_in() -> None:
    long = "The harbour master writes the height of the tide into a book. " * 3
    page = f'<h1>Songs</h1><div class="verse"><p>{long}</p><p>One line</p><p>and another</p></div>'
    assert texts(page) == [long.strip(), "One line\nand another"]


def test_a_verse_that_quotes_another_keeps_both_and_the_number_of_a_line_stands_apart() -> None:
    page = (
        '<h1>Songs</h1><div class="stanza"><div>One</div><div>two<span>10</span></div>'
        "<blockquote><div>three</div><div>four</div></blockquote><div>five</div><div>six</div></div>"
    )
    assert texts(page) == ["One\ntwo 10", "three\nfour", "five\nsix"]
