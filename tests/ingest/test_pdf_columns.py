"""PDF: columns whose order the file tells, heads that are larger than the text, marks of notes of two digits."""

from __future__ import annotations

from made_pdf import line, lines, made_pdf

from ingest.blocks import Parsed
from ingest.formats.pdf.parse import parse_pdf

WORDS = (
    "the harbour wall was built of grey",
    "stones that had been a church and",
    "the tide took the sand from under",
    "every one of them before the year",
    "was over and nobody had written a",
    "word of it down in the town books",
    "until a boy who counted ships had",
    "asked where the old steeple stood",
)
"""Lines of running text, each as wide as the column."""

LEFT, RIGHT = 30, 215


def texts(parsed: Parsed) -> list[str]:
    return [block.text for block in parsed.blocks]


def column(x: float, top: float, *, first: int = 0, count: int = 8) -> str:
    """Lines of running text at a place, beginning with one of ``WORDS``."""
    return lines([WORDS[(first + at) % len(WORDS)] for at in range(count)], x=x, top=top)


def test_authors_that_stand_above_two_columns_are_read_before_them() -> None:
    authors = [
        lines([f"{name} Quill", "Department of Tides", "School of Harbours and Ships", "Wick in Caithness"], x=x, top=560, size=10)
        for name, x in (("Ada", LEFT), ("Bob", RIGHT))
    ]  # fmt: skip
    page = authors[0] + authors[1] + column(LEFT, 490, count=16) + column(RIGHT, 490, first=4, count=16)
    read = " ".join(
        texts(parse_pdf(made_pdf([page, column(LEFT, 540, count=16) + column(RIGHT, 540, first=4, count=16)])))
    )
    assert read.index("Ada Quill") < read.index("Bob Quill") < read.index(WORDS[0])


def test_columns_that_a_figure_parts_stay_whole_where_the_file_has_them_so() -> None:
    page = column(LEFT, 540, count=16) + column(RIGHT, 540, first=4, count=16)
    assert texts(parse_pdf(made_pdf([page]))) == [" ".join([*WORDS, *WORDS, *WORDS[4:], *WORDS, *WORDS[:4]])]


def test_ends_of_columns_above_and_below_a_picture_are_read_as_the_file_has_them() -> None:
    full = column(LEFT, 540, count=16) + column(RIGHT, 540, first=4, count=16)
    said = {
        "above left": ("(1) In the chapter on the tides", "write that the port is shut."),
        "above right": ("(2) In the chapter on the wind", "write that no ship may leave."),
        "below left": ("(3) In the chapter on the sand", "write that it is never grey."),
        "below right": ("(4) In the chapter on the town", "write that it has no steeple."),
    }
    stubs = "".join(
        lines(words, x=LEFT if "left" in place else RIGHT, top=540 if "above" in place else 200)
        for place, words in said.items()
    )
    read = texts(parse_pdf(made_pdf([full, full, stubs])))
    assert read[-4:] == [" ".join(words) for words in said.values()]


def test_a_journals_name_that_is_larger_than_the_text_is_a_running_head() -> None:
    pages = [
        line("Journal of the Tides, Vol. 85, No. 152", y=570, size=14) + line(str(47698 + at), x=330, y=570, size=14)
        + column(LEFT, 520, first=at, count=10)
        for at in range(4)
    ]  # fmt: skip
    parsed = parse_pdf(made_pdf(pages))
    assert not any("Journal" in text or "4770" in text for text in texts(parsed))
    assert [piece.reason for piece in parsed.left_out] == ["running head"] * 4


def test_titles_of_slides_that_are_numbered_are_no_running_heads() -> None:
    pages = [line(f"Week {at + 1}", y=570, size=14) + column(LEFT, 520, first=at, count=10) for at in range(4)]
    parsed = parse_pdf(made_pdf(pages))
    found = [parsed.title, *(text for text in texts(parsed) if text.startswith("Week"))]
    assert found == [f"Week {at + 1}" for at in range(4)]


def test_the_mark_of_a_note_of_two_digits_goes_whole() -> None:
    words = line("The software would limit", x=50, y=500, size=10) + line("12", x=155, y=503.5, size=6)
    words += line("the trim of the boat.", x=170, y=500) + line("the sail hung from the mast of it", y=488)
    note = line("12", x=50, y=63, size=5) + line("As it was in the year before.", x=56, y=60, size=8)
    read = texts(parse_pdf(made_pdf([words + column(50, 470) + note])))
    assert "limit the trim" in read[0]
    assert read[-1] == "Note 12: As it was in the year before."


def test_a_sentence_that_goes_on_with_a_number_is_no_note() -> None:
    small = lines(["Ask for it as the procedures say that are found in", "14 CFR 39.19 and in no other part of the rules."], top=80, size=8)  # fmt: skip
    read = texts(parse_pdf(made_pdf([column(50, 540, count=16) + small])))
    assert read[-1].startswith("Ask for it")
    assert "found in 14 CFR 39.19" in read[-1]


def test_a_name_in_brackets_goes_on_the_sentence_of_the_page_before() -> None:
    first = lines([*WORDS, "it lasts for a period of 1 year"], x=LEFT, top=540)
    second = lines(["(“First Term”). After that it goes on", *WORDS[:3]], x=LEFT, top=540)
    assert "of 1 year (“First Term”). After that" in " ".join(texts(parse_pdf(made_pdf([first, second]))))
