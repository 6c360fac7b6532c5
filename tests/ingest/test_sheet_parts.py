"""A sheet that is no one table: each part is named by the row of words above it, and no longer than that."""

from __future__ import annotations

import pytest

from ingest.sheet_rows import lay_out_sheet

BUDGET = [
    ["OUR BAKERY", "", ""],
    ["BUDGET", "2015-06-01", ""],
    ["STAFF", "PLANNED", "SPENT"],
    ["Wages", "9500", "9600"],
    ["Gifts", "", "450"],
    ["RUNNING COSTS", "PLANNED", "SPENT"],
    ["Rent", "4100", "4500"],
    ["What is the dearest?", "", ""],
    ["Rent", "4100", ""],
]


def test_each_part_is_named_by_the_words_above_it() -> None:
    assert [block.text for block in lay_out_sheet(BUDGET)] == [
        "OUR BAKERY",
        "BUDGET; 2015-06-01",
        "STAFF: Wages; PLANNED: 9500; SPENT: 9600",
        "STAFF: Gifts; SPENT: 450",
        "RUNNING COSTS: Rent; PLANNED: 4100; SPENT: 4500",
        "What is the dearest?",
        "Rent; 4100",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [["1", "2"], ["3", "4"], ["a", "b"]],
        [["Tea", "3"], ["Milk", "4"], ["Jam", "b"]],
        [["1 cup", "2"], ["Tea", "3"], ["May 3", "4"], ["Jam", "5"]],
        [["1", "2"], ["Ada", "came"], ["Bela", "at 10"], ["Eve", ""]],
        [[], [""], ["alone"]],
    ],
)
def test_where_no_row_names_what_is_below_nothing_is_named_and_no_word_lost(rows: list[list[str]]) -> None:
    told = [block.text for block in lay_out_sheet(rows)]
    assert told == ["; ".join(filter(None, row)) for row in rows if any(row)]


def test_a_row_of_names_at_the_very_end_is_told_too() -> None:
    rows = [["Rent", "4100"], ["", ""], ["Wages", "9"], ["STAFF", "PLANNED"]]
    assert [block.text for block in lay_out_sheet(rows)][-1] == "STAFF; PLANNED"
