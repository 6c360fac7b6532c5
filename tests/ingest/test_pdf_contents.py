"""A PDF's printed table of contents is left out, and told of: its titles stand elsewhere; what only looks like one stays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import pytest
from made_pdf import line, lines, made_pdf

from ingest.blocks import Block
from ingest.clean import assemble
from ingest.formats.pdf.contents import find_entries, split_contents
from ingest.formats.pdf.parse import parse_pdf

PARTS = ("The mole", "The lamp", "The horn", "The keepers")
PROSE = (
    "The ferry leaves the northern pier at seven and takes forty minutes to",
    "cross, or an hour when the wind stands against the tide, as it does on",
    "most days between the middle of October and the first weeks of March.",
)


def text(words: str, *pages: tuple[int, int]) -> Block:
    return Block(words, pages=pages)


def body(names: Sequence[str] = PARTS) -> list[Block]:
    return [
        block
        for name in names
        for block in (Block(name, 2), text(f"Of {name.casefold()} much is told in other books."))
    ]


def kept(*blocks: Block) -> list[str]:
    return [block.text for block in split_contents(blocks)[0]]


@pytest.mark.parametrize(
    ("words", "entries"),
    [
        ("1.1 Purpose; 4", [("1.1 Purpose", 4)]),
        ("Purpose ........ 4", [("Purpose", 4)]),
        ("Purpose . . . . . 4", [("Purpose", 4)]),
        ("Purpose 12", [("Purpose", 12)]),
        ("Preface … iv", [("Preface", 0)]),
        ("Purpose ..... 4 Scope ..... 5 A. B. Smith ..... 7", [("Purpose", 4), ("Scope", 5), ("A. B. Smith", 7)]),
        ("Purpose", []),
        ("12 14", []),
        ("It was built in 1907.", []),
        ("x" * 300 + " 4", []),
        ("." * 20_000, []),
        ("a . " * 20_000, []),
    ],
)
def test_an_entry_is_a_title_and_a_page(words: str, entries: list[tuple[str, int]]) -> None:
    assert find_entries(text(words)) == entries


def test_what_names_the_headings_is_left_out_with_the_line_above_it() -> None:
    entries = [text(f"{at}. {name} .... {3 * at}") for at, name in enumerate(PARTS, 1)]
    blocks, out = split_contents([text("A harbour"), Block("Contents", 2), *entries, *body()])
    assert [block.text for block in blocks] == ["A harbour", *(block.text for block in body())]
    assert out == ["Contents", *(block.text for block in entries)]


def test_without_a_line_above_half_of_it_has_to_be_headings() -> None:
    entries = [f"{name} {at}" for at, name in enumerate(PARTS, 3)]
    assert kept(*map(text, entries), *body()) == [block.text for block in body()]
    assert kept(*map(text, entries), *body(PARTS[:1])) == [*entries, *(block.text for block in body(PARTS[:1]))]


def test_a_file_that_is_little_else_keeps_it() -> None:
    entries = ["Contents", *(f"{name} {at}" for at, name in enumerate(PARTS, 3)), "That is all."]
    assert kept(*map(text, entries)) == entries


def test_it_ends_where_the_text_begins() -> None:
    entries = [text("Contents"), *(text(f"{name} {at}") for at, name in enumerate(PARTS, 3))]
    below = [Block("The mole", 2), text("It was built in 1907"), text(" ".join(PROSE))]
    assert kept(*entries, *below) == [block.text for block in below]


def test_a_long_title_may_run_over_two_lines() -> None:
    entries = [
        text("Contents"),
        text("The mole 3"),
        text("The lamp and"),
        text("those who light it 5"),
        text("The horn 7"),
    ]
    assert kept(*entries, text(" ".join(PROSE))) == [" ".join(PROSE)]


@pytest.mark.parametrize(
    "rows",
    [
        ["Gulls 14", "Terns 9", "Herons 22", "Swans 3"],  # no pages: they fall
        ["The mole opened in 1907", "The lamp was lit in 1911", "The horn was blown in 1920", "It broke in 1933"],
        ["Gulls: 3", "Terns: 9"],
    ],
)
def test_other_lines_that_end_with_numbers_stay(rows: list[str]) -> None:
    assert kept(*map(text, rows), *body()) == [*rows, *(block.text for block in body())]


def test_a_table_whose_columns_have_names_stays() -> None:
    rows = [Block(f"Part: {name}; Ships: {at}", kind="row", cells=((0, 6, 6 + len(name)), (8 + len(name), 15 + len(name), 16 + len(name)))) for at, name in enumerate(PARTS, 1)]  # fmt: skip
    assert kept(*rows, *body()) == [block.text for block in (*rows, *body())]


def test_of_a_real_file_it_is_left_out_and_told() -> None:
    printed = [f"{name} ................ {at}" for at, name in enumerate(PARTS, 2)]
    pages = [line("A guide to the harbour", y=560, bold=True, size=24) + lines(PROSE, top=500)]
    pages += [line("Contents", y=560, bold=True, size=16) + lines(printed, top=520, step=30)]
    pages += [line(name, y=480, bold=True, size=16) + lines(PROSE, top=520) + lines(PROSE, top=460) for name in PARTS]
    parsed = parse_pdf(made_pdf(pages))
    assert "....." not in "".join(block.text for block in parsed.blocks)
    assert [block.text for block in parsed.blocks if block.level] == list(PARTS)
    assert "contents" in {piece.reason for piece in parsed.left_out}
    cleaned = assemble(parsed, "guide")
    places = [cleaned.text.index(f"\n{name}\n") for name in PARTS]
    assert [bisect_right(cleaned.page_starts, place + 1) for place in places] == [3, 4, 5, 6]
