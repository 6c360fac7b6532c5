"""PDF files: tables row by row, neighbouring columns one after the other, titles."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from made_pdf import line, lines, made_pdf

from ingest.blocks import Block
from ingest.formats.pdf.parse import parse_pdf

PLACES = (50, 150, 220, 290)
HEADER = ("Harbour", "Ships", "Crews", "Nets")
ROWS = (
    ("Ronne", "12", "48", "7"),
    ("Askvik", "9", "31", "5"),
    ("Torsund", "22", "90", "16"),
    ("Holmen", "4", "15", "2"),
)
PROSE = (
    "The ferry leaves the northern pier at seven and takes forty minutes to",
    "cross, or an hour when the wind stands against the tide, as it does on",
    "most days between the middle of October and the first weeks of March.",
)


def table(rows: Sequence[Sequence[str]], top: float = 500, step: float = 13) -> str:
    return "".join(
        line(cell, x=x, y=top - at * step)
        for at, row in enumerate(rows)
        for x, cell in zip(PLACES, row, strict=False)
        if cell
    )


def blocks(*pages: str) -> list[Block]:
    return list(parse_pdf(made_pdf(pages)).blocks)


def rows(*pages: str) -> list[str]:
    return [block.text for block in blocks(*pages) if block.kind == "row"]


def test_each_row_is_a_block_and_its_values_are_named() -> None:
    assert rows(table([HEADER, *ROWS]))[1] == "Harbour: Askvik; Ships: 9; Crews: 31; Nets: 5"


def test_sections_of_a_table_stand_apart_without_becoming_one_row() -> None:
    found = rows(table([HEADER, *ROWS], top=540) + table(ROWS[::-1], top=440))
    assert len(found) == 8


def test_names_of_two_lines_and_over_two_columns_are_put_together() -> None:
    head = line("Fleet as it was in 1907", x=152, y=526) + line("Gear", x=290, y=526)
    found = rows(head + table([HEADER, *ROWS], top=513))
    assert (
        found[0] == "Harbour: Ronne; Fleet as it was in 1907 Ships: 12; Fleet as it was in 1907 Crews: 48; Gear Nets: 7"
    )


def test_a_table_that_goes_on_overleaf_keeps_its_names() -> None:
    assert rows(table([HEADER, *ROWS], top=80), table(ROWS[:1]))[-1] == "Harbour: Ronne; Ships: 12; Crews: 48; Nets: 7"


def test_values_centred_beside_names_of_two_lines_stay_with_them() -> None:
    page = table([HEADER[:3]], top=540) + "".join(
        line(first, y=y) + line(second, y=y - 12) + line(ships, x=150, y=y - 6) + line(crews, x=220, y=y - 6)
        for first, second, ships, crews, y in (
            ("North", "Harbour", "12", "48", 515),
            ("South", "Landing", "9", "31", 485),
            ("Outer", "Mole", "4", "15", 455),
        )
    )
    assert rows(page) == [
        "Harbour: North Harbour; Ships: 12; Crews: 48",
        "Harbour: South Landing; Ships: 9; Crews: 31",
        "Harbour: Outer Mole; Ships: 4; Crews: 15",
    ]


LEFT = ("the keeper came at", "noon and the boat", "was late by an hour", "because of the fog", "that lay on the bar", "until the evening")  # fmt: skip
RIGHT = ("no ship was lost in", "that winter, and in", "the spring a second", "lamp was set on the", "mole, which is still", "there and still lit")  # fmt: skip


def test_short_lines_of_neighbouring_columns_are_read_one_column_after_the_other() -> None:
    page = lines(LEFT, x=50) + lines(RIGHT, x=160)
    assert [block.text for block in blocks(page)] == [" ".join(LEFT + RIGHT)]


def test_notes_in_the_margin_are_not_read_into_the_text() -> None:
    text = lines([*LEFT, *RIGHT], x=160)
    margin = "".join(line(f"Note {at}", x=50, y=534 - 31 * at) for at in range(4))
    joined = " ".join(" ".join(block.text for block in blocks(margin + text)).split())
    assert " ".join(LEFT) in joined


@pytest.mark.parametrize(
    ("heads", "info", "title"),
    [
        (["Chapter 1"], "/Title (On wrecks)", "On wrecks"),
        (["Table of Contents"], "/Title (On wrecks)", "On wrecks"),
        (["On wrecks and on those", "who looked for them"], "", "On wrecks and on those who looked for them"),
        (["On wrecks and on those", "who looked for them"], "/Title (Budget)", "On wrecks and on those who looked for them"),
    ],
)  # fmt: skip
def test_the_title_is_whole_and_no_name_of_a_part(heads: list[str], info: str, title: str) -> None:
    page = "".join(line(words, y=560 - 34 * at, size=18, bold=True) for at, words in enumerate(heads))
    assert parse_pdf(made_pdf([page + lines(PROSE, top=480)], info=info)).title == title


def test_a_narrow_margin_is_read_after_the_text_though_some_of_its_lines_stand_beside_those_of_the_text() -> None:
    """What a journal prints beside its first page: labels in smaller letters, on baselines of their own but for a few."""
    margin = ("Software", "Review", "Editor:", "nobody yet", "Submitted:", "14 May", "Licence", "free to copy")
    page = "".join(line(words, x=30, y=540 - 11 * at, size=7) for at, words in enumerate(margin))
    found = blocks(page + lines(PROSE * 4, x=110, size=8))
    assert [block.kind for block in found] == ["text"] * len(found)
    assert " ".join(found[0].text.split()) == " ".join(PROSE * 4)


def test_a_number_in_front_of_what_was_left_out_is_no_row_of_a_table() -> None:
    page = "".join(line(f"2.{at}.", y=540 - 20 * at) + line("***.", x=85, y=540 - 20 * at) for at in range(4))
    assert rows(page) == []


def test_terms_beside_their_meanings_are_rows_though_the_file_holds_them_one_column_after_the_other() -> None:
    meanings = (("is where ships lie", "while they wait"), ("is a wall in the sea", "on which people walk"), ("is what comes and", "goes twice a day"))  # fmt: skip
    terms = "".join(line(words, x=50, y=540 - 24 * at) for at, words in enumerate(("harbour", "mole", "tide")))
    page = terms + "".join(lines(text, x=160, top=540 - 24 * at) for at, text in enumerate(meanings))
    assert next(row.split("; ")[0] for row in rows(page)) == "harbour"


def test_rows_of_single_words_are_rows_though_each_word_fills_its_column() -> None:
    table_of_words = (
        ("Field", "Kind", "Mode"),
        *((f"field-{name}", "STRING", "REQUIRED") for name in ("one", "two", "six", "ten")),
    )
    found = rows(
        "".join(
            line(cell, x=50 + 80 * column, y=500 - 13 * at)
            for at, row in enumerate(table_of_words)
            for column, cell in enumerate(row)
        )
    )
    assert found == [f"Field: field-{name}; Kind: STRING; Mode: REQUIRED" for name in ("one", "two", "six", "ten")]
