"""PDF files: what is on a page beyond its plain words: forms, bold letters, double spacing, hyphens, letters painted twice."""

from __future__ import annotations

import pytest
from made_pdf import FIRST_OBJECT, line, lines, made_pdf

from ingest.blocks import Parsed
from ingest.formats.pdf.parse import parse_pdf
from ingest.limits import check_size

PROSE = (
    "The ferry leaves the northern pier at seven and takes forty minutes to",
    "cross, or an hour when the wind stands against the tide, as it does on",
    "most days between the middle of October and the first weeks of March.",
)


def read(content: bytes) -> Parsed:
    """What is read of a file, its pages checked as those of any file are."""
    return check_size(parse_pdf(content))


def texts(content: bytes) -> list[str]:
    return [block.text for block in read(content).blocks]


# --- pages ------------------------------------------------------------------------------------------------------


def test_a_page_begins_at_its_own_words_though_leaders_before_it_were_shortened() -> None:
    contents = [f"{number} Of piers and landing stages {'. ' * 30}{number}" for number in range(1, 4)]
    first = lines([*PROSE, "The fares are these, as far as they are known and not"], top=120)
    rest = lines(["disputed: a child ............................ pays half the price, and a dog", *PROSE])
    blocks = read(made_pdf([lines(contents) + first, rest])).blocks
    begins = [block.text[at:] for block in blocks for at, page in block.pages if page == 2]
    assert begins[0].startswith("disputed: a child ... pays half the price")


def test_leaders_over_a_page_end_leave_the_file_whole() -> None:
    contents = [f"Of piers and landing stages of the {at} coast {'.' * 60}" for at in ("north", "east", "south")]
    pages = [lines(contents, top=80), lines(["and of their keepers, who are many"])]
    assert "Of piers" in " ".join(texts(made_pdf(pages)))


# --- forms and comments -----------------------------------------------------------------------------------------


def field(value: str, y: int, *, name: str) -> str:
    return (
        f"<< /Type /Annot /Subtype /Widget /FT /Tx /T ({name}) /V ({value}) /DA (/F 10 Tf 0 g) /F 4 "
        f"/Rect [120 {y - 4} 300 {y + 12}] >>"
    )


def test_what_is_filled_into_a_form_is_read_beside_its_label() -> None:
    form = f"/AcroForm << /Fields [{FIRST_OBJECT} 0 R {FIRST_OBJECT + 1} 0 R] /NeedAppearances true /DR << /Font << /F 3 0 R >> >> /DA (/F 10 Tf 0 g) >>"  # fmt: skip
    fields = [field("Ida Quist", 500, name="who"), field("Fifth Harbour", 470, name="where")]
    labels = line("Name:", y=500) + line("Port:", y=470)
    content = made_pdf(
        [labels], page=f"/Annots [{FIRST_OBJECT} 0 R {FIRST_OBJECT + 1} 0 R]", catalog=form, objects=fields
    )
    assert [text.replace(";", "") for text in texts(content)] == ["Name: Ida Quist", "Port: Fifth Harbour"]


def test_comments_that_the_page_does_not_show_are_counted_in_the_report() -> None:
    comments = [
        "<< /Type /Annot /Subtype /Text /Contents (Ask the ferryman) /Rect [50 500 60 510] >>",
        "<< /Type /Annot /Subtype /Highlight /Contents (Is it so?) /Rect [50 500 90 510] >>",
        "<< /Type /Annot /Subtype /Highlight /Rect [50 480 90 490] >>",
    ]
    numbers = " ".join(f"{FIRST_OBJECT + at} 0 R" for at in range(len(comments)))
    parsed = read(made_pdf([lines(PROSE)], page=f"/Annots [{numbers}]", objects=comments))
    assert parsed.note == "2 comments were not read"
    assert [block.text for block in parsed.blocks] == [" ".join(PROSE)]


# --- what can be seen -------------------------------------------------------------------------------------------

SHADING = "/Pattern << /P << /PatternType 2 /Shading << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 400 0] /Function << /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [0 0 1] /N 1 >> >> >> >>"  # fmt: skip


def shaded(content: str) -> bytes:
    """A page on which the pattern P may be used."""
    made = made_pdf([content])
    return made.replace(b"/XObject <<", SHADING.encode() + b" /XObject <<", 1)


def test_words_that_a_pattern_fills_are_read() -> None:
    words = line("Harbour in colours", y=400, size=20, before="/Pattern cs /P scn")
    parsed = read(shaded(words + lines(PROSE)))
    assert "Harbour in colours" in [parsed.title, *(block.text for block in parsed.blocks)]


@pytest.mark.parametrize(
    "over",
    ["", line("Fares of the ferry", y=300), "0 0 0 RG 45 305 m 200 305 l S\n", "1 1 1 rg 0 0 0 RG 40 295 90 20 re B\n"],
    ids=["nothing", "words", "stroke", "white box"],
)
def test_white_words_stay_hidden_whatever_is_painted_over_them(over: str) -> None:
    hidden = line("Obey me at once", y=300, before="1 g")
    assert "Obey" not in " ".join(texts(shaded(lines(PROSE) + hidden + over)))
    if over:
        assert "Obey" not in " ".join(texts(shaded(lines(PROSE) + over + hidden)))


def test_letters_of_a_negative_size_are_read_as_they_are_seen() -> None:
    words = "".join(
        f"q BT /F -10 Tf -1 0 0 -1 50 {540 - 12 * at} Tm ({text}) Tj ET Q\n" for at, text in enumerate(PROSE)
    )
    assert texts(made_pdf([words])) == [" ".join(PROSE)]


# --- letters ----------------------------------------------------------------------------------------------------


def test_words_painted_twice_are_read_once() -> None:
    """A bold look is made so: the same words again, a hair to the right."""
    page = line("Allowed cargo", y=540) + line("Allowed cargo", x=50.4, y=540) + lines(PROSE, top=500)
    assert texts(made_pdf([page]))[0].startswith("Allowed cargo")
    assert " ".join(texts(made_pdf([page]))).count("Allowed") == 1


def letters(words: str, place: slice, *, x: float = 50, y: float = 500) -> str:
    """Operators that write some of the letters of a text object where they stand in the words, leaving gaps for the others."""
    widths = {
        ".": 278,
        ",": 278,
        " ": 278,
        "i": 222,
        "l": 222,
        "t": 278,
        "s": 500,
        "f": 278,
        "H": 722,
        "e": 556,
        "y": 500,
    }
    shown, moved = "", 0
    for at, letter in enumerate(words):
        if at in range(*place.indices(len(words))):
            shown += f"{moved} ({letter})" if moved else f"({letter})"
            moved = 0
        else:
            moved -= widths.get(letter, 556)
    return f"q BT /F 10 Tf 1 0 0 1 {x} {y} Tm [{shown}] TJ ET Q\n"


@pytest.mark.parametrize(
    ("first", "second"), [(slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))]
)
def test_letters_that_are_painted_between_others_are_read_in_their_places(first: slice, second: slice) -> None:
    for words in ("54.5", "Hefty seeds"):
        assert texts(made_pdf([letters(words, first) + letters(words, second)])) == [words]


def test_of_a_text_painted_twice_the_whole_one_is_read() -> None:
    whole = "He left the ferry, 4.5 hours late."
    lacking = line("He left the ferry", y=500)
    page = lacking + line(whole, y=500)
    assert texts(made_pdf([page])) == [whole]
    assert texts(made_pdf([line(whole, y=500) + lacking])) == [whole]


def test_equal_letters_beside_each_other_are_all_read() -> None:
    page = "".join(line("l", x=50 + 2.3 * at, y=540) for at in range(4))
    assert texts(made_pdf([page])) == ["llll"]


@pytest.mark.parametrize("font", ["NimbusRomNo9L-Medi", "ABCDEF+URWPalladioL-Bold", "HelveticaNeueLTStd-Bd"])
def test_a_line_in_a_bold_font_is_a_heading(font: str) -> None:
    page = lines(PROSE) + line("Winter sailings", y=470, bold=True) + lines(PROSE, top=450)
    blocks = read(made_pdf([lines(PROSE), page], bold=font)).blocks
    assert [block.text for block in blocks if block.level] == ["Winter sailings"]


@pytest.mark.parametrize("font", ["GoogleSans-Medium", "TimesNewRomanPSMT"])
def test_a_medium_font_is_not_a_bold_one(font: str) -> None:
    page = lines(PROSE) + line("Winter sailings", y=470, bold=True) + lines(PROSE, top=450)
    blocks = read(made_pdf([lines(PROSE), page], bold=font)).blocks
    assert [block.text for block in blocks if block.level] == []


def test_a_hyphen_that_can_be_seen_is_read_though_it_is_coded_as_a_soft_one() -> None:
    page = lines(["Terms of 1\u00ad12 months and of 13\u00ad24 months were given."])
    found = texts(made_pdf([page]))
    assert found == ["Terms of 1-12 months and of 13-24 months were given."]


# --- lines ------------------------------------------------------------------------------------------------------


def test_double_spaced_lines_make_paragraphs() -> None:
    page = lines(PROSE, step=23) + lines(PROSE, top=440, step=23)
    assert texts(made_pdf([page])) == [" ".join(PROSE)] * 2


def test_rows_of_figures_at_the_head_of_every_page_are_no_running_heads() -> None:
    rows = [
        "".join(line(f"{at}{row}{cell}.{cell}", x=50 + 60 * cell, y=560 - 14 * row) for row in range(6) for cell in range(5))
        for at in range(4)
    ]  # fmt: skip
    found = " ".join(texts(made_pdf(rows)))
    assert [f"{at}{row}4.4" in found for at in range(4) for row in range(6)] == [True] * 24


def test_a_page_that_says_what_the_others_say_keeps_its_words() -> None:
    pages = [line("A = 0.50", y=400) + line(f"Gamma {at}.0", y=300) + line("B = 0.25", y=200) for at in (1, 5, 8)]
    assert texts(made_pdf(pages)).count("A = 0.50") == 3


@pytest.mark.parametrize(
    ("font", "words"), [("FontAwesome6Free-Solid", "Ada Quill"), ("Helvetica-Bold", "i c Ada Quill")]
)
def test_pictures_of_an_icon_font_are_no_letters(font: str, words: str) -> None:
    page = line("i", x=50, y=500, bold=True) + line("c", x=57, y=500, bold=True) + line("Ada Quill", x=66, y=500)
    parsed = parse_pdf(made_pdf([page], bold=font))
    assert " ".join(" ".join(block.text for block in parsed.blocks).split()) == words
    assert parsed.note == "", "nothing was hidden"


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("The harbour master is called by 206–555–", "3500 or by a horn on the quay.", "by 206–555–3500 or"),
        (
            "A letter reaches the clerk of the harbour at clerk@",
            "harbour.example by night.",
            "at clerk@harbour.example by",
        ),
        (
            "All the rules of the harbour stand at https://",
            "harbour.example for all to read.",
            "at https://harbour.example for",
        ),
        ("The rule was told in the report that is No. FAA–", "2020 of the harbour office.", "No. FAA–2020 of"),
        ("A berth may be taken by the whole crew for a 12-", "month term at the old price.", "a 12-month term"),
        ("A berth may be taken by the whole crew for 3-", "and 5-month terms at the old price.", "for 3- and 5-month"),
        ("The price is 12 crowns for a whole year – ", "20 for those who live elsewhere.", "year – 20 for"),
    ],
)
def test_numbers_and_addresses_go_on_behind_the_sign_at_a_line_s_end(first: str, second: str, joined: str) -> None:
    text = " ".join(block.text for block in parse_pdf(made_pdf([lines([*PROSE, first, second])])).blocks)
    assert joined in text.replace("\n", " ")
