"""Cells that span rows and columns, as rows of values that are named by their columns."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import Block
from ingest.table_cells import Cell, lay_out_cells, spread_rows


def cell(words: str, columns: int = 1, rows: int = 1, is_name: bool = False) -> Cell:
    return Cell((Block(words),) if words else (), columns, rows, is_name)


def lines(*rows: list[Cell]) -> list[str]:
    return [block.text for block in lay_out_cells(rows)]


def test_rows_above_and_names_beside_values() -> None:
    title = [cell("Harbours in 2024", 2, is_name=True)]
    names = [cell("Port", is_name=True), cell("Ships", is_name=True)]
    found = list(lay_out_cells([title, names, [cell("Oslo"), cell("7")]]))
    assert [(block.kind, block.text) for block in found] == [
        ("caption", "Harbours in 2024"),
        ("row", "Port: Oslo; Ships: 7"),
    ]


def test_a_list_of_names_and_values_is_read_across() -> None:
    rows = ([cell("Born", is_name=True), cell("1815")], [cell("Died", is_name=True), cell("1852")])
    assert lines(*rows) == ["Born: 1815", "Died: 1852"]


def test_a_table_without_a_header_has_plain_rows() -> None:
    assert lines([cell("12"), cell("13")], [cell("14"), cell("15")]) == ["12; 13", "14; 15"]


def test_a_name_that_no_value_stands_under_is_not_lost() -> None:
    assert lines([cell("Port", is_name=True), cell("Note", is_name=True)], [cell("Oslo"), cell("")]) == [
        "Port: Oslo",
        "Note",
    ]


def test_a_header_over_text_alone_is_text() -> None:
    assert lines([cell("Left", is_name=True), cell("Right", is_name=True)], [cell("word " * 200), cell("b")]) == [
        "Left; Right",
        "word " * 200,
        "b",
    ]


CELLS = st.builds(
    cell,
    st.sampled_from(["", "one", "two", "7"]),
    st.integers(-2, 5),
    st.integers(-2, 5),
    st.sampled_from([True, False, False]),
)


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6))
def test_no_word_is_lost_however_cells_overlap(rows: list[list[Cell]]) -> None:
    found = " ".join(lines(*rows))
    assert all(one.text in found for row in rows for one in row)


def test_spans_without_measure_are_cut() -> None:
    rows = [[cell("a", 10**6, 10**6)], *([cell("b")] for _ in range(3_000))]
    started = time.perf_counter()
    found = list(spread_rows(rows))
    assert time.perf_counter() - started < 20
    assert max(map(len, found)) <= 1_001
