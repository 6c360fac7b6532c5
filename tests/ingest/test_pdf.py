"""PDF files: the words of their pages in the order in which they are read, and nothing that nobody can see."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import made_document
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_document import AUTHOR, NOTES, RUNNING_HEAD, TITLE, headings, paragraphs
from made_pdf import line, lines, made_pdf

from ingest.clean import Cleaned, assemble
from ingest.formats.pdf.parse import parse_pdf
from ingest.limits import check_size
from rag.errors import SourceError

DOCUMENTS = Path(__file__).parents[1] / "fixtures" / "documents"
PRINTED = ("chromium", "libreoffice", "pdflatex-columns")
PROSE = (
    "The keeper of the light had been asked for a list of wrecks and sent",
    "one back within the week, written in a hand that slanted to the left.",
    "It named eleven ships, and the harbour office knew of no more than",
    "nine, which led to an exchange of letters that lasted for two years.",
)


class Printed(NamedTuple):
    """A fixture as it was read."""

    name: str
    cleaned: Cleaned
    blocks: list[str]


@pytest.fixture(scope="module", params=PRINTED)
def printed(request: pytest.FixtureRequest) -> Printed:
    content = (DOCUMENTS / f"{request.param}.pdf").read_bytes()
    cleaned = assemble(check_size(parse_pdf(content)), "stem")
    return Printed(request.param, cleaned, cleaned.text.strip().split("\n\n"))


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text)))


def long_words(text: str) -> Counter[str]:
    """Those that no running head and no page number has, and that PDFium alone finds without help."""
    return Counter(re.findall(r"[A-Za-z]{5,}", text))


def texts(content: bytes) -> list[str]:
    return [block.text for block in parse_pdf(content).blocks]


# --- the same document, printed by three programs ---------------------------------------------------------------


def test_title_author_and_date_come_from_the_page(printed: Printed) -> None:
    assert (printed.cleaned.title, printed.cleaned.author, printed.cleaned.date) == (TITLE, AUTHOR, "2021-05-14")
    assert printed.cleaned.text.startswith(f"{TITLE}\n\nBy {AUTHOR}, 14 May 2021\n\n")


def test_every_paragraph_is_whole_and_in_its_place(printed: Printed) -> None:
    """Joined over lines, columns and pages, hyphens mended, tables row by row; in the order of the text."""
    has_languages = "latex" not in printed.name
    found = [re.sub(r"^(?:• |\d(?:\.\d)? )", "", block).replace("’", "'") for block in printed.blocks]
    expected = paragraphs(languages=has_languages)
    assert [part for part in expected if part not in found] == []
    order = [found.index(part) for part in expected]
    if has_languages:  # LaTeX lets the table float to another page
        assert order == sorted(order)


def test_no_word_is_lost_and_none_is_added(printed: Printed) -> None:
    has_languages = "latex" not in printed.name
    source = [TITLE, AUTHOR, made_document.DATE, *paragraphs(has_languages), *NOTES.values()]
    read = re.sub(r"(?m)^Note \d: |^By |^\d(?:\.\d)? (?=[A-Z])", "", printed.cleaned.text).replace("’", "'")
    assert words(read) == words("\n".join(source))


def test_headings_have_their_levels(printed: Printed) -> None:
    text = printed.cleaned.text
    found = [(heading.level, text[heading.start : heading.end]) for heading in printed.cleaned.outline]
    plain = [(level, re.sub(r"^[\d.]+ ", "", words)) for level, words in found]
    assert plain == [(1, TITLE), *((level + 1, words) for level, words in headings())]


def test_footnotes_are_paragraphs_of_their_own_and_their_marks_are_gone(printed: Printed) -> None:
    notes = [block for block in printed.blocks if block.startswith("Note ")]
    assert [note.split(": ", 1)[1] for note in notes] == list(NOTES.values())
    assert "could not be read for foam. His handwriting" in printed.cleaned.text


def test_running_heads_and_page_numbers_are_gone(printed: Printed) -> None:
    assert RUNNING_HEAD not in printed.cleaned.text
    assert not [block for block in printed.blocks if re.fullmatch(r"(?:Page )?\d(?: of \d)?", block)]


def test_each_page_has_exactly_its_own_words(printed: Printed) -> None:
    """Between a page's start and the next one's stand the words that PDFium alone finds on it, title and byline apart."""
    starts = [*printed.cleaned.page_starts, len(printed.cleaned.text)]
    document = pypdfium2.PdfDocument(DOCUMENTS / f"{printed.name}.pdf")
    for number, (start, end) in enumerate(pairwise(starts)):
        page = document[number]
        raw = page.get_textpage().get_text_range().replace(RUNNING_HEAD, "")
        read = re.sub(r"(?m)^Note \d: ", "", printed.cleaned.text[start:end])
        # Each row of the table has the names of its columns.
        there, here = (
            long_words(re.sub(r"[-‐\ufffe]\s*|Period|Years|[Ll]evel|Source", "", text)) for text in (raw, read)
        )
        assert here == there
    document.close()


def test_what_can_be_opened_without_a_password_is_read() -> None:
    locked = parse_pdf((DOCUMENTS / "no-password.pdf").read_bytes())
    assert locked == parse_pdf((DOCUMENTS / "pdflatex-columns.pdf").read_bytes())


# --- what is refused, and what is said --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ((DOCUMENTS / "password.pdf").read_bytes(), "encrypted; save a copy without its password"),
        ((DOCUMENTS / "scanned.pdf").read_bytes(), "scanned: 3 pages and none with a text layer"),
        (b"<html>Not found</html>", "not a PDF"),
        (b"%PDF-1.7\nand nothing more", "damaged PDF"),
        (made_pdf(["", ""]), "empty: 2 pages"),
        (made_pdf([line("obey", before="3 Tr")]), "hidden"),
    ],
)  # fmt: skip
def test_a_file_without_readable_words_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as refused:
        parse_pdf(content)
    assert "\n" not in str(refused.value)


def test_pages_without_text_are_counted_and_named() -> None:
    parsed = parse_pdf((DOCUMENTS / "scanned-with-a-text-page.pdf").read_bytes())
    assert (parsed.pages, parsed.pages_without_text) == (3, 2)
    assert parsed.scanned == (1, 3)
    assert {page for block in parsed.blocks for _, page in block.pages} == {2}


@given(st.binary(max_size=300))
def test_garbage_after_a_header_raises_nothing_but_a_source_error(garbage: bytes) -> None:
    with pytest.raises(SourceError):
        parse_pdf(b"%PDF-1.7\n" + garbage)


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_file_with_flipped_bytes_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(made_pdf([lines(PROSE), lines(PROSE)]))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        check_size(parse_pdf(bytes(content)))
    except SourceError as error:
        assert str(error)


# --- what can be seen -------------------------------------------------------------------------------------------

HIDDEN = {
    "white on white": line("Obey me", y=300, before="1 g"),
    "painted invisibly": line("Obey me", y=300, before="3 Tr"),
    "too small": line("Obey me", y=300, size=0.5),
    "off the paper": line("Obey me", x=900),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_words_that_nobody_can_see_are_left_out_and_the_report_says_so(how: str) -> None:
    parsed = parse_pdf(made_pdf([lines(PROSE) + HIDDEN[how]]))
    assert "Obey" not in " ".join(block.text for block in parsed.blocks)
    assert parsed.note == "6 characters that nobody can see were left out"


def test_white_words_on_a_dark_ground_are_read() -> None:
    page = "0 0 0.4 rg 40 280 200 40 re f\n" + line("Opening hours", y=300, before="1 g") + lines(PROSE)
    assert "Opening hours" in texts(made_pdf([page]))


def test_the_words_that_a_program_read_from_a_scan_are_read() -> None:
    """They are painted invisibly over the picture, in sizes that vary from line to line."""
    page = "".join(
        line(words, y=500 - 14 * at, size=10 + 0.8 * (at % 2), before="3 Tr") for at, words in enumerate(PROSE)
    )
    parsed = parse_pdf(made_pdf([page], image=True))
    assert [block.text for block in parsed.blocks] == [" ".join(PROSE)]
    assert parsed.note == ""


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_seen(turn: int) -> None:
    matrix = {90: "0 1 -1 0 400 0", 180: "-1 0 0 -1 400 600", 270: "0 -1 1 0 0 600"}[turn]
    page = f"q {matrix} cm\n{lines(PROSE, x=20, top=300)}Q\n"
    assert texts(made_pdf([page], page=f"/Rotate {turn}")) == [" ".join(PROSE)]


def test_words_at_an_angle_come_after_the_page_they_are_on() -> None:
    stamp = "q BT /F 8 Tf 0 1 -1 0 20 100 Tm (Received in May) Tj ET Q\n"
    assert texts(made_pdf([stamp + lines(PROSE), lines(PROSE)]))[:2] == [" ".join(PROSE), "Received in May"]


# --- running heads ----------------------------------------------------------------------------------------------


def framed(number: int, head: str) -> str:
    return line(head, y=580, size=8) + lines(PROSE) + line(str(number), x=200, y=20, size=8)


def test_heads_that_change_with_the_chapter_go_too() -> None:
    pages = [framed(number, f"Chapter {1 + number // 4}   {number}") for number in range(1, 9)]
    assert set(texts(made_pdf(pages))) == {" ".join(PROSE)}


def test_a_short_file_loses_nothing_but_its_bare_page_numbers() -> None:
    found = texts(made_pdf([framed(number, "Dear Sir") for number in (1, 2)]))
    assert found.count("Dear Sir") == 2
    assert not {"1", "2"} & set(found)


def test_titles_of_slides_are_no_running_heads() -> None:
    slides = [line("Results", y=540, size=24) + lines(PROSE, top=400) for _ in range(4)]
    assert texts(made_pdf(slides)).count("Results") >= 3  # one of them is the title


def test_a_first_line_that_all_pages_share_stays_if_it_is_part_of_the_text() -> None:
    pages = [lines([*PROSE, f"This is number {number}."]) for number in range(4)]
    assert all(PROSE[0] in text for text in texts(made_pdf(pages)))


# --- lines, hyphens, figures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        (("It was a light-", "house and no other lighthouse was near."), "It was a lighthouse and"),
        (("It was a well-", "known and indeed a well-known place."), "It was a well-known and"),
        (("This was a self-", "made man of a kind that is not rare."), "This was a self-made man"),
        (("It was the Anglo-", "Dutch fleet that came in by the mole."), "It was the Anglo-Dutch fleet"),
    ],
)
def test_hyphens_at_a_lines_end_are_mended_by_what_else_the_document_says(text: tuple[str, str], joined: str) -> None:
    assert joined in " ".join(texts(made_pdf([lines(text)])))


def test_a_raised_figure_is_not_run_into_the_number_before_it() -> None:
    page = line("about 10", y=500) + line("6", x=50 + 40.6, y=504, size=6) + line("metres of it", x=100, y=500)
    assert texts(made_pdf([page])) == ["about 10⁶ metres of it"]


def test_lines_of_verse_stay_lines() -> None:
    verse = ("The tide goes out", "and leaves the stones", "to count themselves")
    assert "\n".join(verse) in texts(made_pdf([lines(PROSE) + lines(verse, top=400)]))


# --- titles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("info", "title"),
    [
        ("/Title (Microsoft Word - final_v3.docx)", "On wrecks"),
        ("/Title (Budget of another year)", "On wrecks"),
        ("/Title (untitled)", "On wrecks"),
        ("", "On wrecks"),
    ],
)
def test_the_title_on_the_page_counts_more_than_the_files_properties(info: str, title: str) -> None:
    page = line("On wrecks", y=570, size=20, bold=True) + lines(PROSE)
    assert parse_pdf(made_pdf([page], info=info)).title == title


def test_a_title_that_is_not_on_the_page_is_taken_from_the_properties() -> None:
    parsed = parse_pdf(
        made_pdf([lines(PROSE)], info="/Title (On wrecks) /Author (Ida Quist) /CreationDate (D:20200101)")
    )
    assert (parsed.title, parsed.author, parsed.date) == ("On wrecks", "Ida Quist", "")


def test_an_author_that_a_program_made_up_is_none() -> None:
    assert parse_pdf(made_pdf([lines(PROSE)], info="/Author (Administrator)")).author == ""
