"""Tables of values: rows as text, with the header's names."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.csv_rows import find_delimiter, parse_csv
from rag.errors import SourceError


def rows(text: str) -> list[str]:
    return [block.text for block in parse_csv(text).blocks]


def test_values_are_named_by_the_header() -> None:
    assert rows("Town,Bridges,Note\nBruges,54,\nGhent,300,on two rivers\n") == [
        "Town: Bruges; Bridges: 54",
        "Town: Ghent; Bridges: 300; Note: on two rivers",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["name", "born"], ["Ada, Countess", "1815"], ["Alan", "1912"]))
    text = text if delimiter != "," else text.replace("Ada, Countess", '"Ada, Countess"')
    assert find_delimiter(text) == delimiter
    assert rows(text) == ["name: Ada, Countess; born: 1815", "name: Alan; born: 1912"]


def test_a_table_without_header_keeps_its_first_row() -> None:
    assert rows("1,2\n3,4\n") == ["1; 2", "3; 4"]
    assert rows("red,blue\nblue,red\nred,green\n") == ["red; blue", "blue; red", "red; green"]


def test_quoted_line_breaks_and_delimiters_belong_to_the_value() -> None:
    assert rows('name,said\nAda,"one, two\nand three"\nBo,"she said ""no"""\n') == [
        "name: Ada; said: one, two and three",
        'name: Bo; said: she said "no"',
    ]


def test_a_header_alone_and_one_column() -> None:
    assert rows("a,b\n") == ["a; b"]
    assert rows("one line of words\nand another\n") == ["one line of words", "and another"]


def test_lines_above_a_table_stay_lines() -> None:
    assert rows("Report of sales\n\nname,born\nAda,1815\nAlan,1912\n") == [
        "Report of sales",
        "name: Ada; born: 1815",
        "name: Alan; born: 1912",
    ]


def test_a_line_that_names_the_delimiter_is_obeyed_and_left_out() -> None:
    assert rows("sep=;\nname;born\nAda, Countess;1815\n") == ["name: Ada, Countess; born: 1815"]


def test_years_and_small_letters_name_columns() -> None:
    assert rows("Country,2019,2020\nPeru,3.1,2.9\n") == ["Country: Peru; 2019: 3.1; 2020: 2.9"]
    assert rows("country,capital\nPeru,Lima\nChad,Oslo\n") == [
        "country: Peru; capital: Lima",
        "country: Chad; capital: Oslo",
    ]


def test_names_over_codes_and_usual_names_are_a_header_where_all_values_are_words() -> None:
    assert rows(
        "Ticket,Summary,Owner,Status,Reported by\nT-1,Wifi drops,Jo Roth,open,Al Berg\nT-2,Printer jams,Al Berg,closed,Jo Roth\n"
    ) == [
        "Ticket: T-1; Summary: Wifi drops; Owner: Jo Roth; Status: open; Reported by: Al Berg",
        "Ticket: T-2; Summary: Printer jams; Owner: Al Berg; Status: closed; Reported by: Jo Roth",
    ]
    assert rows("Country,Capital\nPeru,Lima\nChad,Oslo\n") == [
        "Country: Peru; Capital: Lima",
        "Country: Chad; Capital: Oslo",
    ]
    assert rows("Lisbon,City\nEvora,Town\nFaro,City\n") == ["Lisbon; City", "Evora; Town", "Faro; City"]


def test_long_names_over_short_values_are_a_header_and_prose_is_none() -> None:
    long = "Share Of All Ferries On This Line That Left The Harbour More Than An Hour Late"
    assert rows(f"Island,{long},Price\nOran,12,3.5\nMull,30,4\n") == [
        f"Island: Oran; {long}: 12; Price: 3.5",
        f"Island: Mull; {long}: 30; Price: 4",
    ]
    asked = "Have you ever crossed the sound in winter by ferry or in a boat of your own?"
    assert rows(f"Id,{asked}\n1,Yes\n2,No\n3,Not that I remember\n")[0] == f"Id: 1; {asked}: Yes"
    told = "The ferry to Oran leaves the old harbour at eight in the morning on every day of the week"
    for prose in (
        f"Oran,{told},early\nMull,The ferry to Mull leaves in the evening,20\nSkye,On Sundays,9\n",  # one value is prose, too
        f"Oran,{told}.,early\nMull,Sundays,20\nSkye,Mondays,9\n",  # a sentence with its full stop
        f"{told},\nMull,20\nSkye,9\n",  # a line above the rows
        f"Oran,{told * 3},early\nMull,Sundays,20\nSkye,Mondays,9\n",  # too long for any name
    ):
        assert rows(prose) == [row.strip(",").replace(",", "; ") for row in prose.splitlines()]


def test_a_decimal_comma_is_no_delimiter() -> None:
    assert rows("1,5;2,5\n3,5;4,5\n") == ["1,5; 2,5", "3,5; 4,5"]


def test_a_name_without_values_is_not_lost() -> None:
    assert rows(",a\n1,\n") == ["1", "a"]


def test_a_stray_quotation_mark_does_not_swallow_the_rows_below() -> None:
    assert len(rows('size,what\n1,"5 inch pipe\n2,6 inch pipe\n3,7 inch pipe\n')) == 3


def test_a_quotation_mark_that_is_never_closed_is_refused_in_one_line() -> None:
    with pytest.raises(SourceError, match="quotation mark"):
        parse_csv('a,"' + "x" * 1_100_000)


def test_a_hundred_thousand_rows() -> None:
    blocks = parse_csv("n,square\n" + "".join(f"{n},{n * n}\n" for n in range(100_000))).blocks
    assert len(blocks) == 100_000 and blocks[-1].text == "n: 99999; square: 9999800001"


@given(
    st.lists(st.lists(st.text(alphabet="ab1,;\t|\" '\n", max_size=8), min_size=2, max_size=4), min_size=1, max_size=8)
)
def test_no_visible_character_of_a_value_is_lost(table: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(table)
    found = "".join("".join(rows(written.getvalue())).split())
    for row in table:
        for value in row:
            for letter in set(value) & set("ab1"):
                assert letter in found


@pytest.mark.parametrize("padding", ["", ",,"])
def test_several_rows_above_a_header(padding: str) -> None:
    above = f"Tides at Cape Marrow{padding}\nStation,Cape Marrow{padding[:-1]}\nKeeper:,Ines{padding[:-1]}\n{padding}\n"
    assert rows(f"{above}Date,High,Low\n2024-01-01,3.1,0.4\n2024-01-02,3.2,\n") == [
        "Tides at Cape Marrow",
        "Station: Cape Marrow",
        "Keeper: Ines",
        "Date: 2024-01-01; High: 3.1; Low: 0.4",
        "Date: 2024-01-02; High: 3.2",
    ]


def test_a_header_of_two_rows() -> None:
    assert rows(",2023,,2024,\nRegion,sales,cost,sales,cost\nNorth,1,2,3,4\nSouth,5,6,7,8\n") == [
        "Region: North; 2023 sales: 1; 2023 cost: 2; 2024 sales: 3; 2024 cost: 4",
        "Region: South; 2023 sales: 5; 2023 cost: 6; 2024 sales: 7; 2024 cost: 8",
    ]


def test_rows_that_are_no_table_stay_rows() -> None:
    assert rows("Ada,18\nAlan,19\n\nGrace,20\n") == ["Ada; 18", "Alan; 19", "Grace; 20"]


def test_no_header_is_looked_for_far_down() -> None:
    text = "".join(f"note {number}\n" for number in range(30)) + "a,b\n1,2\n" * 40
    assert rows(text)[:31] == [*(f"note {number}" for number in range(30)), "a; b"]
