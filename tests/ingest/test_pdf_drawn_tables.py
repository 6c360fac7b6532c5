"""PDF files: tables whose cells are drawn, and what is drawn and is none."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from made_pdf import line, lines, made_pdf

from ingest.blocks import Block
from ingest.formats.pdf.grids import Rule, find_grids
from ingest.formats.pdf.parse import parse_pdf

WRAPPED = (
    (("Rule",), ("What it asks",), ("Since",)),
    (("Lamps at", "night"), ("One lamp is lit from dusk", "until the last boat is", "back, or until dawn."), ("1893",)),
    (("Horns",), ("Two calls in fog.", "None at other times."), ("1902", "to 1911")),
)
PLACES = (50, 120, 270, 330)
STEP = 12


def stroke(left: float, low: float, right: float, high: float) -> str:
    return f"{left} {low} m {right} {high} l S\n"


def drawn(rows: Sequence[Sequence[Sequence[str]]], top: float = 540, lacking: Sequence[tuple[int, int]] = ()) -> str:
    """A table with lines around its cells; ``lacking`` are cells, by row and column, with no line below them."""
    painted, y = stroke(PLACES[0], top, PLACES[-1], top), top
    for at, row in enumerate(rows):
        low = y - STEP * max(map(len, row)) - 8
        for column, cell in enumerate(row):
            painted += lines(cell, x=PLACES[column] + 4, top=y - 12, step=STEP, size=9)
            painted += stroke(PLACES[column], y, PLACES[column], low)
            if (at, column) not in lacking:
                painted += stroke(PLACES[column], low, PLACES[column + 1], low)
        painted += stroke(PLACES[-1], y, PLACES[-1], low)
        y = low
    return painted


def blocks(*pages: str) -> list[Block]:
    return list(parse_pdf(made_pdf(pages)).blocks)


def rows(*pages: str) -> list[str]:
    return [block.text for block in blocks(*pages) if block.kind == "row"]


def test_lines_of_a_drawn_cell_are_one_value() -> None:
    assert rows(drawn(WRAPPED)) == [
        "Rule: Lamps at night; What it asks: One lamp is lit from dusk until the last boat is back, or until dawn.; Since: 1893",
        "Rule: Horns; What it asks: Two calls in fog. None at other times.; Since: 1902 to 1911",
    ]


def test_a_cell_over_several_rows_stands_in_each() -> None:
    table = (
        (("Port",), ("Berth",), ("Ships",)),
        (("Ronne",), ("north",), ("12",)),
        ((), ("south",), ("9",)),
        (("Askvik",), ("east",), ("4",)),
    )
    assert rows(drawn(table, lacking=[(1, 0)])) == [
        "Port: Ronne; Berth: north; Ships: 12",
        "Port: Ronne; Berth: south; Ships: 9",
        "Port: Askvik; Berth: east; Ships: 4",
    ]


def test_rows_without_lines_between_them_are_told_by_their_figures() -> None:
    table = ((("Port",), ("Ships",), ("Crews",)), (("Ronne", "Askvik", "Holmen"), ("12", "9", "4"), ("48", "31", "15")))
    assert rows(drawn(table)) == [
        "Port: Ronne; Ships: 12; Crews: 48",
        "Port: Askvik; Ships: 9; Crews: 31",
        "Port: Holmen; Ships: 4; Crews: 15",
    ]


def test_columns_without_a_line_between_them_are_told_by_their_gaps() -> None:
    page = drawn([((name,), (), (nets,)) for name, nets in (("Port", "Nets"), ("Ronne", "7"), ("Askvik", "5"))])
    for at, (ships, crews) in enumerate((("Ships", "Crews"), ("12", "48"), ("9", "31"))):
        page += line(ships, x=130, y=528 - 20 * at, size=9) + line(crews, x=210, y=528 - 20 * at, size=9)
    assert rows(page) == ["Port: Ronne; Ships: 12; Crews: 48; Nets: 7", "Port: Askvik; Ships: 9; Crews: 31; Nets: 5"]


def test_a_frame_around_text_is_no_table() -> None:
    frame = (
        stroke(40, 560, 360, 560) + stroke(40, 400, 360, 400) + stroke(40, 560, 40, 400) + stroke(360, 560, 360, 400)
    )
    text = ["The keeper came at noon and the boat was late", "by an hour because of the fog on the bar."]
    assert [(block.kind, block.text) for block in blocks(frame + lines(text, x=60))] == [("text", " ".join(text))]


def test_the_lines_of_a_chart_are_no_table() -> None:
    grid = "".join(stroke(60, y, 340, y) for y in range(300, 501, 40)) + "".join(
        stroke(x, 300, x, 500) for x in range(60, 341, 40)
    )
    labels = "".join(line(str(y), x=30, y=y) for y in range(300, 501, 40)) + line("ships lost", x=70, y=470)
    assert rows(grid + labels) == []


@pytest.mark.parametrize(
    "path", ["{x} {y} m {x2} {y} l S\n", "{x} {y} 3 200 re f\n", "{x} {y} m {x} {y2} l {x2} {y2} l h S\n"]
)
def test_a_page_of_a_hundred_thousand_strokes_is_read_in_a_moment(path: str) -> None:
    painted = "".join(
        path.format(x=at % 390, y=at * 7 % 580, x2=at % 390 + 9, y2=at * 7 % 580 + 9) for at in range(100_000)
    )
    content = made_pdf([painted + lines(["The keeper came at noon."])])
    began = time.process_time()
    assert [block.text for block in parse_pdf(content).blocks] == ["The keeper came at noon."]
    assert time.process_time() - began < 3


def test_lines_that_cross_in_many_places_are_a_drawing() -> None:
    many = [Rule(at / 2, 0, 2_000) for at in range(4_000)]
    began = time.process_time()
    assert find_grids(many, many) == []
    assert time.process_time() - began < 1


def test_parts_of_a_long_table_that_stand_beside_each_other_come_one_after_the_other() -> None:
    page = "".join(
        line(word, x=x, y=500 - 20 * at)
        for at, row in enumerate(
            (
                ("Port", "Ships", "Port", "Ships"),
                ("Ronne", "12", "Askvik", "4"),
                ("Moss", "9", "Holmen", "7"),
                ("Bo", "3", "Vik", "8"),
            )
        )
        for x, word in zip((50, 120, 200, 270), row, strict=True)
    )
    assert rows(page) == [
        f"Port: {port}; Ships: {ships}"
        for port, ships in (("Ronne", 12), ("Moss", 9), ("Bo", 3), ("Askvik", 4), ("Holmen", 7), ("Vik", 8))
    ]


def test_a_merged_cell_of_as_many_lines_as_rows_is_one_value() -> None:
    table = (
        (("Illness",), ("How",), ("Cases",)),
        (("Chronic",), ("count",), ("19",)),
        (("fatigue",), ("share",), ("4%",)),
    )
    page = drawn([table[0], *(((), *row[1:]) for row in table[1:])], lacking=[(1, 0)])
    page += line("Chronic", x=54, y=505, size=9) + line("fatigue", x=54, y=494, size=9)
    assert rows(page) == [
        "Illness: Chronic fatigue; How: count; Cases: 19",
        "Illness: Chronic fatigue; How: share; Cases: 4%",
    ]


def test_bullets_in_a_drawn_cell_are_no_column() -> None:
    page = drawn(
        [(("Rule",), (), ("Since",)), (("Lamps",), ("", "", ""), ("1893",)), (("Horns",), ("", ""), ("1902",))]
    )
    items = {508: "lit from dusk", 496: "until the last boat", 484: "or until dawn", 464: "two calls", 452: "in fog"}
    page += line("What it asks", x=124, y=528, size=9)
    page += "".join(line("-", x=124, y=y, size=9) + line(words, x=146, y=y, size=9) for y, words in items.items())
    assert (
        rows(page)[0] == "Rule: Lamps; What it asks: - lit from dusk - until the last boat - or until dawn; Since: 1893"
    )


def test_the_frame_of_a_field_cuts_no_word_in_two() -> None:
    fields = "".join(stroke(x, 480, x, 520) for x in (75, 120, 160)) + "".join(
        stroke(75, y, 160, y) for y in (480, 500, 520)
    )
    assert "Lamplighter" in " ".join(block.text for block in blocks(fields + line("Lamplighter", x=60, y=505))).split()


def test_leaders_part_the_rows_of_a_drawn_table_and_are_no_words() -> None:
    table = (
        (("Work",), ("Labour",), ("Costs",)),
        (
            ("Rigging is changed .....", "Bell is tested ............"),
            ("9 hours at 85 in the winter yard =", "Up to 765.", "4 hours at 85 in the summer yard =", "340."),
            (),
        ),
    )
    painted = drawn(table)
    # Each first line of a row stands beside those of the other cells.
    painted = painted.replace(f"{PLACES[0] + 4} {540 - 20 - 24} Tm", f"{PLACES[0] + 4} {540 - 20 - 36} Tm")
    painted += line("Up to 75 .......", PLACES[2] + 4, 540 - 20 - 12, 9) + line(
        "$0 ..............", PLACES[2] + 4, 540 - 20 - 36, 9
    )
    assert rows(painted) == [
        "Work: Rigging is changed; Labour: 9 hours at 85 in the winter yard = Up to 765.; Costs: Up to 75",
        "Work: Bell is tested; Labour: 4 hours at 85 in the summer yard = 340.; Costs: $0",
    ]
