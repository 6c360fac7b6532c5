"""PDF files: captions, items of lists and entries of a list of references are told from text; headings from both."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from made_pdf import line, lines, made_pdf

from ingest.blocks import Block
from ingest.clean import assemble
from ingest.formats.pdf.parse import parse_pdf

PROSE = (
    "The ferry leaves the northern pier at seven and takes forty minutes to",
    "cross, or an hour when the wind stands against the tide, as it does on",
    "most days between the middle of October and the first weeks of March.",
)


def blocks(*pages: str) -> list[Block]:
    return list(parse_pdf(made_pdf(pages)).blocks)


def kinds(text: list[str], step: float = 24) -> Sequence[tuple[str, str]]:
    page = lines(PROSE) + lines(text, top=480, step=step) + lines(PROSE, top=480 - step * len(text))
    return [(block.kind, block.text) for block in blocks(page)][1:-1]


@pytest.mark.parametrize(
    "caption",
    ["Figure 3: The mole at low tide.", "Table 2. Ships by year", "Fig. 1.2 – The lamp", "Exhibit A1: Rates", "Abbildung 4: Der Hafen"],
)  # fmt: skip
@pytest.mark.parametrize("bold", [False, True])
def test_captions_are_no_text_and_no_headings(caption: str, bold: bool) -> None:
    page = lines(PROSE) + line(caption.replace("–", "-"), y=470, bold=bold) + lines(PROSE, top=440)
    assert [(block.kind, block.level) for block in blocks(page)] == [("text", 0), ("caption", 0), ("text", 0)]


@pytest.mark.parametrize(
    "sentence", ["Table 2 shows what is left of it.", "Figure 3. shows the mole.", "Maps: none were drawn."]
)
def test_sentences_that_begin_with_a_figure_are_text(sentence: str) -> None:
    assert kinds([sentence]) == [("text", sentence)]


def test_items_of_a_list() -> None:
    found = [
        "1. Light the lamp at dusk.",
        "2. Sound the horn in fog.",
        "(a) Two calls each minute.",
        "(b) None in clear air.",
    ]
    assert kinds(found) == [("item", text) for text in found]


def test_a_lone_number_makes_no_item() -> None:
    assert kinds(["1907. That was the year of the fire.", "3. That is all."])[1] == ("text", "3. That is all.")


def test_entries_of_a_list_of_references_are_whole_though_they_hang() -> None:
    entries = (
        ("Dahl, A. (1907). On lamps that burn paraffin and on those who tend them at", "night. Journal of Lights, 3(2), 12-19."),
        ("Brekke, O. (1854). How the granite was brought from the quarry to the sea.", "Journal of Stones, 1(1), 4-9."),
        ("Moe, K. (1949). Electric light, and what the last keeper of them all did then", "with his evenings. Harbour Press."),
    )  # fmt: skip
    page = (
        line("On lamps", y=580, size=18, bold=True)
        + lines(PROSE, top=560)
        + line("References", y=500, size=14, bold=True)
    )
    for at, (first, second) in enumerate(entries):
        page += line(first, y=480 - 26 * at) + line(second, x=66, y=468 - 26 * at)
    found = [(block.kind, block.text) for block in blocks(page)]
    assert found[2:] == [("reference", " ".join(entry)) for entry in entries]


def test_a_numbered_heading_may_end_with_a_full_stop_and_stand_over_a_note() -> None:
    first = (
        lines(PROSE) + line("3.1 What the keeper saw.", y=440, bold=True) + line("¹ As he said himself.", y=60, size=7)
    )
    found = blocks(first, lines(PROSE))
    assert [block.text for block in found if block.level] == ["3.1 What the keeper saw."]


def test_places_of_a_rows_cells_are_those_of_their_words() -> None:
    table = (("Port", "Ships", "Crews"), ("Ronne", "12", "48"), ("Askvik", "9", "31"), ("Moss", "4", "15"))
    page = "".join(
        line(cell, x=50 + 90 * column, y=500 - 14 * at)
        for at, row in enumerate(table)
        for column, cell in enumerate(row)
    )
    cleaned = assemble(parse_pdf(made_pdf([page])), "ships")
    values = [tuple(cleaned.text[start:end] for _, start, end in block.cells) for block in cleaned.blocks]
    assert values == list(table[1:])
