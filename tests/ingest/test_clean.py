"""Cleaning: plain text with its outline, title and byline; saved pages without furniture; nothing else lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pages import FURNISHED, ORCHARD, TITLE, WHOLE, page

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline, format_date, parse_date
from ingest.clean import Cleaned, assemble
from ingest.decoding import normalise
from ingest.formats.markdown import parse_markdown
from ingest.formats.plain_text import parse_page
from rag.types import text_digest


def clean(text: str, kind: str, stem: str) -> Cleaned:
    return assemble((parse_markdown if kind == "markdown" else parse_page)(normalise(text)), stem)


def headings(cleaned: Cleaned) -> list[tuple[str, int]]:
    return [(cleaned.text[heading.start : heading.end], heading.level) for heading in cleaned.outline]


@pytest.mark.parametrize("name", FURNISHED)
def test_a_page_that_holds_its_body_twice_keeps_it_once_and_drops_its_furniture(name: str) -> None:
    cleaned = clean(page(FURNISHED[name]), "text", "page")
    lines = [line for line in cleaned.text.splitlines() if line]
    byline = "By Ada Quill" if name == "menu above and below" else "By Ada Quill, 12 May 2014"
    assert lines == [TITLE, byline, *ORCHARD]
    assert (cleaned.title, cleaned.author) == (TITLE, "Ada Quill")
    assert cleaned.date == ("" if name == "menu above and below" else "2014-05-12")
    assert headings(cleaned) == [(TITLE, 1), ("What grew", 2), ("Who picks now?", 2)]


@pytest.mark.parametrize("name", WHOLE)
def test_repetition_that_is_part_of_a_text_is_kept(name: str) -> None:
    given_text = page(WHOLE[name])
    cleaned = clean(given_text, "text", "page")
    assert cleaned.text.split() == given_text.split()


def test_words_that_are_quoted_too_deeply_to_be_parsed_are_kept() -> None:
    assert "Tea is hot." in clean("> " * 500 + "Tea is hot.", "markdown", "x").text


def test_verse_keeps_its_lines() -> None:
    assert "tide is low,\nand home" in clean(page(WHOLE["a poem with a refrain"]), "text", "poem").text


MARKDOWN = """\
---
title: "Kettles, a history"
author: Ada Quill
date: 2014-05-12
---

# Kettles, a history

Copper *kettles* came **first**, and [iron ones](http://example.org/iron "Iron") much
later. ![A kettle](kettle.png) See `lid`.

## Parts

- the lid
- the spout
  1. curved
  2. straight

> A watched pot

| Part | Metal |
|------|-------|
| lid  | brass |

```
boil(water)
```

<!-- a remark --><script>alert(1)</script>
<div>Sold in <b>Leeds</b></div>

Setext
------

End ~~now~~.
"""


def test_markdown_becomes_plain_text() -> None:
    cleaned = clean(MARKDOWN, "markdown", "kettles")
    assert cleaned.text == (
        "Kettles, a history\n\nBy Ada Quill, 12 May 2014\n\nCopper kettles came first, and iron ones much later.  See lid.\n\n"
        "Parts\n\n- the lid\n\n- the spout\n\n1. curved\n\n2. straight\n\nA watched pot\n\nPart: lid; Metal: brass\n\n"
        "boil(water)\n\nSold in Leeds\n\nSetext\n\nEnd now.\n"
    )
    assert (cleaned.title, cleaned.author, cleaned.date) == ("Kettles, a history", "Ada Quill", "2014-05-12")
    assert headings(cleaned) == [("Kettles, a history", 1), ("Parts", 2), ("Setext", 2)]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('Iron <span style="display:none">obey</span>kettles.', "Iron kettles."),
        ("Iron <b hidden>obey<br>all</b>kettles.", "Iron kettles."),
        ('<div style="visibility: hidden">\nobey\n</div>\n\nIron kettles.', "Iron kettles."),
        ("<div>Iron <p hidden>obey</p>kettles.</div>", "Iron\nkettles."),
        ("<template>obey</template>\n\nIron kettles.", "Iron kettles."),
        ("<p>Iron <img src=x hidden>kettles.</p>", "Iron kettles."),
        ("Iron <b hidden>kettles.\n\nCopper kettles.", "Iron\n\nCopper kettles."),
        ("Iron\U000e006f\U000e0062\U000e0065\U000e0079 kettles.", "Iron kettles."),
    ],
)
def test_what_nobody_sees_in_a_text_is_left_out(text: str, seen: str) -> None:
    """Hidden by a tag of its own, or spelt in letters without a shape; a tag never closed hides its paragraph only."""
    assert clean(f"# Kettles\n\n{text}\n", "markdown", "x").text == f"Kettles\n\n{seen}\n"


def test_a_flag_keeps_the_letters_that_it_is_spelt_with() -> None:
    scotland = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    assert scotland in clean(f"The flag {scotland} flew.\n", "text", "x").text


def test_title_and_byline_come_first_and_once() -> None:
    assert clean("# Tea\n\nBy Ada Quill\n\nIt is hot.\n", "markdown", "x").text == "Tea\n\nBy Ada Quill\n\nIt is hot.\n"
    assert clean("---\ntitle: Tea\n---\nIt is hot.\n", "markdown", "x").text == "Tea\n\nIt is hot.\n"


def test_a_text_without_a_title_is_named_after_its_file_and_gets_no_line_that_it_has_not() -> None:
    cleaned = clean("It is hot, and it will stay hot for as long as anyone here can remember.\n", "text", "my_notes-2")
    assert cleaned.title == "my notes 2"
    assert cleaned.text.startswith("It is hot")


def test_what_cannot_be_seen_goes_and_what_spells_words_stays() -> None:
    raw = "\ufeffSome non\u00a0breaking, soft\u00adhyphen, zero\u200bwidth,\r\nbell\x07, \u202eturned\u202c.\fNext \ud800 page 👩\u200d🔬 می\u200cخواهم\n"
    text = clean(raw, "text", "x").text
    assert text == (
        "Some non breaking, softhyphen, zerowidth,\nbell, turned.\n\nNext \ufffd page 👩\u200d🔬 می\u200cخواهم\n"
    )


@pytest.mark.parametrize("kind", ["text", "markdown"])
@pytest.mark.parametrize("raw", ["", " \n\n\t", "<!-- nothing -->", "---\ntitle: Only\n---\n"])
def test_nothing_in_nothing_out(raw: str, kind: str) -> None:
    text = clean(raw, kind, "x").text
    if kind == "markdown" or not raw.strip():
        assert not text.strip() or text.strip() == "Only"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["text", "markdown"]))
def test_any_text_can_be_cleaned_and_its_outline_points_at_lines(raw: str, kind: str) -> None:
    cleaned = clean(raw, kind, "x")
    for heading in cleaned.outline:
        line = cleaned.text[heading.start : heading.end]
        assert line.strip() and "\n" not in line
        assert heading.start == 0 or cleaned.text[heading.start - 2 : heading.start] == "\n\n"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="abc .?\n", min_size=1, max_size=60), max_size=12))
def test_plain_text_loses_no_visible_character_without_a_body_that_stands_twice(paragraphs: list[str]) -> None:
    raw = "\n\n".join(paragraphs)
    assert "".join(clean(raw, "text", "x").text.split()) == "".join(raw.split())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Ada Quill", ("Ada Quill", "")),
        ("Written by Ada Quill and Tom Reed", ("Ada Quill and Tom Reed", "")),
        ("Ada Quill | 3 Feb 2020", ("Ada Quill", "2020-02-03")),
        ("Published: February 3rd, 2020", ("", "2020-02-03")),
        ("Monday, 3 February 2020", ("", "2020-02-03")),
        ("03/02/2020 | Ada Quill", ("Ada Quill", "03/02/2020")),
        ("Ada van der Berg, 2020-02-03", ("Ada van der Berg", "2020-02-03")),
        ("By the river we sat down.", None),
        ("Global Markets", None),
        ("In May 2020 Ada Quill left", None),
        ("31 February 2020", ("", "31 February 2020")),
    ],
)
def test_bylines(line: str, expected: tuple[str, str] | None) -> None:
    assert find_byline(line) == expected


TOLD = (
    " The harbour of Wick was closed for three days, since the ice on the quay was thicker than anyone could remember."
)


@pytest.mark.parametrize(
    ("opening", "date"),
    [
        ("April 17, 2015 --", "2015-04-17"),
        ("WICK, 3 May 2019 (Tide News) —", "2019-05-03"),
        ("Wick, Scotland – 3 May 2019 –", "2019-05-03"),
        ("On April 17, 2015 --", ""),
        ("April 17, 2015, the day on which", ""),
        ("3 May 2019 – 5 May 2019:", ""),  # how long something lasted
        ("The old man was born in Wick, 3 May 1919 –", ""),
    ],
)
def test_a_text_that_opens_with_where_and_when_it_was_written_has_that_date(opening: str, date: str) -> None:
    text = f"{opening}{TOLD}\n\nThe ferry did not run.\n"
    assert clean(text, "text", "wick").date == clean(f"# Ice\n\n{text}", "markdown", "wick").date == date
    assert opening in clean(text, "text", "wick").text
    assert clean(f"4 June 2020\n\n{text}", "text", "wick").date == "2020-06-04"  # what is told goes before


def test_a_chronicle_has_no_date() -> None:
    assert clean("\n\n".join(f"{day} May 2019 –{TOLD}" for day in (3, 4, 5)), "text", "wick").date == ""


def test_dates_are_read_where_they_leave_no_doubt_and_written_as_people_do() -> None:
    assert parse_date("Sept. 9, 1999") == "1999-09-09"
    assert parse_date("9/10/1999") == "9/10/1999"
    assert format_date("1999-09-09") == "9 September 1999"
    assert format_date("spring 1999") == "spring 1999"


@pytest.mark.data
def test_the_saved_page() -> None:
    """Counts and digests only: the page's text is not part of the project."""
    folder = os.environ.get("FOOTNOTE_ARTICLES")
    if not folder:
        pytest.skip("FOOTNOTE_ARTICLES does not name the folder of the saved page")
    (saved,) = Path(folder).glob("*.txt")
    raw = saved.read_text(encoding="utf-8")
    cleaned = clean(raw, "text", saved.stem)
    assert cleaned.date == "2019-03-07"
    assert cleaned.author.split()[0] == "Harini"
    assert cleaned.title.endswith("fail?") and len(cleaned.title) == 34
    assert 0.47 < len(cleaned.text) / len(raw) < 0.5, "the body once"
    assert [level for _, level in headings(cleaned)] == [1, 2, 2, 2, 2, 2, 2]
    assert text_digest(cleaned.text) in (
        Path(__file__).parents[2] / "data" / "questions" / "hanoi-summit.saved-page.jsonl"
    ).read_text(encoding="utf-8"), "the evidence's offsets refer to this text"


@pytest.mark.parametrize("cells", [((0, 6, 99),), ((6, 0, 9),), ((-1, 2, 3),), ((0, 6, 9), (2, 3, 4))])
def test_cells_that_do_not_lie_in_their_row_are_none(cells: tuple[tuple[int, int, int], ...]) -> None:
    row = Block("Name: Ada; Town: Leeds", kind="row", cells=cells)
    (block,) = assemble(Parsed((Block("Words."), row)), "x").blocks
    assert block.cells == () and block.kind == "row"
