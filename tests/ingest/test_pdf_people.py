"""Authors and dates of PDF files: read from lines that are nothing but names, where what stands around them is an author's."""

from __future__ import annotations

import pytest
from made_pdf import line, lines, made_pdf

from ingest.byline import format_date, parse_date
from ingest.formats.pdf.parse import parse_pdf
from ingest.formats.pdf.people import is_name, read_names

PROSE = [
    "The tide at Skarra rises twice a day, and the harbour master writes its height",
    "into a book that has been kept since the first lamp was lit on the long pier.",
    "Whoever reads it finds a century of storms, and between them many quiet days",
    "on which nothing is told but the wind, the height and the name of the ship.",
]
TITLE = line("A Century of Tides", x=120, y=570, size=20, bold=True)
ABSTRACT = line("Abstract", y=440, size=12, bold=True) + lines(PROSE, top=420)


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["Ada M. Quill¹,² and Bo van der Berg³"], ["Ada M. Quill", "Bo van der Berg"]),
        (["A.B.Quill, C.Dos Santos², and O'Hara Finn*"], ["A.B.Quill", "C.Dos Santos", "O'Hara Finn"]),
        (["Ada Quill¹, Bo Berg², Mary E.", "Lofton¹ and Ida", "Quist-Ström³"], ["Ada Quill", "Bo Berg", "Mary E. Lofton", "Ida Quist-Ström"]),
        (["Ada Quill, ada@tides.example", "Bo Berg, bo@tides.example"], ["Ada Quill", "Bo Berg"]),
        (["Ada Quill", "Harbour University, Skarra"], ["Ada Quill"]),
        (["Frequently Asked Questions, Common Problems"], []),
        (["Ada Quill Bo Berg"], []),
        (["Department of Tides, Skarra University"], []),
        (["Tides"], []),
    ],
)  # fmt: skip
def test_names_are_told_from_other_capitalised_words(told: list[str], names: list[str]) -> None:
    assert read_names(told)[0] == names


@pytest.mark.parametrize(
    "text", ["ibm", "z", "senellpa", "ARRAY(0x2c7cf020)", "Word Processor 7", "JOHN MASTER ANNUAL", "Cunha Jr"]
)
def test_what_programs_write_is_no_name(text: str) -> None:
    assert not is_name(text)


def test_authors_stand_above_their_university() -> None:
    page = (
        TITLE + line("Ada Quill and Bo Berg", x=150, y=530, size=12) + line("Harbour University, Skarra", x=150, y=510)
    )
    parsed = parse_pdf(made_pdf([page + ABSTRACT]))
    assert (parsed.title, parsed.author) == ("A Century of Tides", "Ada Quill, Bo Berg")
    texts = [block.text for block in parsed.blocks]
    assert "Harbour University, Skarra" in texts and not any("Ada Quill" in text for text in texts)


def test_a_subtitle_is_no_author() -> None:
    page = TITLE + line("Quiet Days and Loud Nights", x=150, y=530, size=12) + lines(PROSE, top=500)
    assert parse_pdf(made_pdf([page])).author == ""


def test_whom_a_letter_is_addressed_to_did_not_write_it() -> None:
    page = lines(["Ada Quill", "Harbour Office, Skarra University", "Long Pier 7"], top=560) + lines(PROSE, top=500)
    assert parse_pdf(made_pdf([page])).author == ""


@pytest.mark.parametrize(
    ("properties", "author"),
    [("ibm", ""), ("senellpa", ""), ("Ida Quist", "Ida Quist"), ("Bo Berg", "Ada Quill, Bo Berg")],
)
def test_the_properties_are_believed_where_they_hold_a_name_and_the_page_does_not_say_more(
    properties: str, author: str
) -> None:
    names = line("Ada Quill and Bo Berg", x=150, y=530, size=12) + line("Harbour University", x=150, y=510)
    page = TITLE + (names if properties == "Bo Berg" else "") + ABSTRACT
    assert parse_pdf(made_pdf([page], info=f"/Author ({properties})")).author == author


def test_a_lone_word_of_the_properties_is_no_author_though_the_page_has_it() -> None:
    page = TITLE + line("Supreme Harbour Office", x=150, y=530) + ABSTRACT
    assert parse_pdf(made_pdf([page], info="/Author (Supreme)")).author == ""
    assert parse_pdf(made_pdf([page], info="/Author (Supreme Harbour Office)")).author == "Supreme Harbour Office"


@pytest.mark.parametrize(
    ("told", "date"),
    [
        ("Received 25 July 2008", ""),
        ("Published 3 October 2008", "2008-10-03"),
        ("Submitted: 08 May 2018  Published: 30 August 2018", "2018-08-30"),
        ("January 2007, Volume 18, Issue 3", "2007-01"),
        ("arXiv:1708.05894v1 [stat.ML] 19 Aug 2017", "2017-08-19"),
    ],
)
def test_the_day_is_that_of_publication(told: str, date: str) -> None:
    assert parse_pdf(made_pdf([TITLE + line(told, y=500) + ABSTRACT])).date == date


def test_a_day_that_the_text_speaks_of_is_not_its_own() -> None:
    said = ["The book was published 3 October 2008 in Skarra, and nobody in the harbour read it", *PROSE]
    assert parse_pdf(made_pdf([TITLE + lines(said)])).date == ""


def test_a_page_with_nothing_but_its_title_or_its_number_is_read() -> None:
    assert [block.text for block in parse_pdf(made_pdf([TITLE])).blocks] == ["A Century of Tides"]
    numbers = [line(f"Page {number}", y=30) for number in range(1, 4)]
    assert " ".join(block.text for block in parse_pdf(made_pdf(numbers)).blocks).count("Page") == 3


def test_a_month_is_a_date() -> None:
    assert [parse_date(told) for told in ("March 2019", "Sept. 2019", "Chapter 2019")] == [
        "2019-03",
        "2019-09",
        "Chapter 2019",
    ]
    assert format_date("2019-03") == "March 2019"
