"""What is found exactly in whole documents: parts by place, lists, counts, sums; and that nothing is computed that is not plain."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from asking import ask

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.cite.naming import name_documents
from rag.english.quantities import Quantity, read_column, read_quantity
from rag.english.wanted import read_wanted
from rag.index.passage_index import PassageIndex
from rag.retrieve.collecting import find_collections
from rag.retrieve.selecting import select
from rag.types import Block, Document, Passage, Question, Span

ORDERS = """Order,Customer,City,State,Amount,Units,Placed
OR-1,Ada Abel,Oslo,open,"1,200.50",3,2020-05-01
OR-2,Bela Brandt,Riga,on hold,80.00,12,2021-06-02
OR-3,Cora Conti,Oslo,closed,"2,500.00",1,2021-07-03
OR-4,Dina Dahl,Turin,open,15.25,40,2022-08-04
OR-5,Ada Conti,Riga,open,640.00,7,2023-09-05
"""
MIXED = "Item,Price,Weight\nchair,12 EUR,3 kg\ntable,15 USD,20 kg\nlamp,9 EUR,about 1 kg\n"
PLANS = (
    "<html><head><title>Tariffs</title></head><body><h1>Tariffs</h1><table><tr><th>Plan</th><th>Solo</th><th>Team</th></tr>"
    "<tr><td>Monthly price</td><td>4</td><td>19</td></tr><tr><td>Users</td><td>1</td><td>25</td></tr></table></body></html>"
)
TASKS = "# Tasks\n\n" + "\n\n".join(
    f"## Task {at:02d}: {what}\n\nOwner: {who}. Status: {state}."
    for at, (what, who, state) in enumerate(
        [
            ("Paint the gate", "M. Ito", "on hold"),
            ("Mend the roof", "L. Ray", "done"),
            ("Plant a tree", "M. Ito", "on hold"),
        ],
        1,
    )
)
GUIDE = """# Kiln guide

## 1 Loading

Stack the shelves first.

## 2 Firing

### 2.1 First firing

Heat it slowly. Then wait for an hour.

### 2.2 Glaze firing

Raise the heat to 1,240 degrees.

## 3 Helpers

The helpers were:

- Nora Beck
- Tom Ash
- Ugo Lind
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder = tmp_path_factory.mktemp("exact")
    files = {"orders.csv": ORDERS, "mixed.csv": MIXED, "plans.html": PLANS, "tasks.md": TASKS, "guide.md": GUIDE}
    for year, amount in ((2019, 70), (2023, 95)):
        files[f"rules-{year}.md"] = (
            f"# Travel rules\n\nA night in a hotel may cost {amount} euros. Keep all receipts.\n"
        )
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    ingest_paths(sorted(folder.glob("*.*")), directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Which order has the highest amount?", "the largest “Amount” is 2,500.00."),
        ("What is the smallest amount in Riga?", "Computed from 2 rows: the smallest “Amount” is 80.00."),
        ("Which is the latest order?", "the latest “Placed” is 5 September 2023."),
        ("the two largest amounts", "the 2 with the largest “Amount”"),
        ("What is the total of units?", "“Units” adds up to 63."),
        ("What is the average amount of the open orders?", "the mean of “Amount” is 618.583."),
        ("How many orders are there?", "Counted: 5 orders."),
        ("How many are on hold?", "Counted: 1 of 5 rows."),
        ("Give me the top 3 orders by amount", "the 3 with the largest “Amount”"),
        ("How many orders are open?", "Counted: 3 of 5 orders."),
        ("How many orders have an amount of at least 640?", "Counted: 3 of 5 orders."),
        ("How many orders were placed in 2021?", "Counted: 2 of 5 orders."),
        ("How many orders are from 2021?", "Counted: 2 of 5 orders."),
        ("How many cities are there?", "Counted: 3 different values of “City”."),
        ("Which is dearer, OR-1 or OR-4?", "Compared by “Amount”, the largest first."),
    ],
)
def test_what_is_computed_is_said_to_be(index: PassageIndex, asked: str, told: str) -> None:
    answer = ask(index, "orders", asked)
    assert told in answer.text.split("\n\n")[0]
    assert answer.route == "exact" and answer.citations and not answer.abstained


@pytest.mark.parametrize(
    "asked",
    [
        "Which orders are not open?",
        "What is the second largest amount?",
        "How many orders are there per city?",
        "What percentage of the orders is open?",
        "Which customer has the most orders?",
        "How many orders have more than 10 units and an amount below 500?",
        "How many orders cost more than $100?",
        "What is the total of all phone numbers?",
        "Which order has the longest name?",
        "How many units of the open orders are blue?",
        "Why is OR-2 on hold?",
        "How many orders from 2019 to 2021 are open?",
    ],
)
def test_what_is_not_plain_is_not_computed(index: PassageIndex, asked: str) -> None:
    answer = ask(index, "orders", asked)
    assert answer.abstained or not answer.text.startswith(("Computed", "Counted"))


@pytest.mark.parametrize(
    "asked", ["Which item has the highest price?", "What is the average weight?", "What is the total price?"]
)
def test_a_column_of_several_units_is_not_computed(index: PassageIndex, asked: str) -> None:
    assert not ask(index, "mixed", asked).text.startswith("Computed")


@pytest.mark.parametrize(
    ("document", "asked", "found"),
    [
        ("orders", "Which orders are open?", ("OR-1", "OR-4", "OR-5")),
        ("orders", "List all orders from Oslo", ("OR-1", "OR-3")),
        ("orders", "Compare OR-2 and OR-4", ("OR-2", "OR-4")),
        ("tasks", "Which tasks are on hold?", ("Task 01: Paint the gate", "Task 03: Plant a tree")),
        ("tasks", "Which tasks are owned by L. Ray?", ("Task 02: Mend the roof",)),
        ("guide", "Who were the helpers?", ("Nora Beck", "Tom Ash", "Ugo Lind")),
    ],
)
def test_a_list_has_all_and_nothing_else(
    index: PassageIndex, document: str, asked: str, found: tuple[str, ...]
) -> None:
    answer = ask(index, document, asked)
    told = [sentence.text for sentence in answer.sentences]
    assert len(told) == len(found)
    assert all(any(name in text for text in told) for name in found)


def test_a_long_list_is_cut_and_everything_is_given_where_it_is_wanted(tmp_path: Any, embeddings: Any) -> None:
    (tmp_path / "parts.csv").write_text("Part,Price\n" + "".join(f"P-{at},{at}.50\n" for at in range(130)))
    ingest_paths([tmp_path / "parts.csv"], directory=tmp_path / "index", embeddings=embeddings)
    index = PassageIndex(tmp_path / "index", embeddings)
    assert len(ask(index, "", "Which parts are there?").citations) == 20
    answer = ask(index, "", "List all parts")
    assert (len(answer.citations), answer.left_out) == (100, 30)
    assert answer.text.startswith("130 found, 100 shown.")
    assert len(ask(index, "", "List all parts", everything=True).citations) == 130


@pytest.mark.parametrize(
    ("asked", "short"),
    [
        ("How much is the Team plan?", "19"),
        ("How many users does the Solo plan allow?", "1"),
        ("Which plan is the cheapest?", "Solo"),
        ("What does Team cost?", "19"),
    ],
)
def test_a_table_with_its_things_in_the_columns(index: PassageIndex, asked: str, short: str) -> None:
    answer = ask(index, "plans", asked)
    assert answer.short_answer is not None and answer.short_answer.text == short


@pytest.mark.parametrize(
    ("document", "asked", "told"),
    [
        ("plans", "How many users does the Ultra plan allow?", "no “Ultra”"),
        ("orders", "Which city is Ada Dahl from?", "no “Ada Dahl”"),
        ("orders", "Which orders are archived?", "no “archived”"),
        ("guide", "What does section 4.2 say?", "its sections are 1 to 3"),
        ("guide", "What is on page 2?", "without pages"),
        ("guide", "the third table", "has 0 tables"),
    ],
)
def test_what_is_not_there_is_said_with_what_there_is(
    index: PassageIndex, document: str, asked: str, told: str
) -> None:
    answer = ask(index, document, asked)
    assert answer.abstained and told in answer.text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("What does section 2.1 say?", "2.1 First firing\n\nHeat it slowly. Then wait for an hour."),
        ("What is chapter 2 about?", "2 Firing\n\n2.1 First firing\n\nHeat it slowly."),
        ("What is the last sentence of section 2.1?", "Then wait for an hour."),
        ("Show me the glaze firing section", "Raise the heat to 1,240 degrees."),
        ("What is the second item in section 3?", "Tom Ash"),
        ("How many sections are there?", "It has 3 sections at the top level, 5 with those within others:"),
        ("List the headings", "2.2 Glaze firing"),
        ("What is the first paragraph?", "Stack the shelves first."),
        ("Can you tell me what section 2.2 is about?", "Raise the heat to 1,240 degrees."),
        ("What are the subsections of section 2?", "It has 2 subsections:"),
    ],
)
def test_parts_of_a_document_are_found_by_their_place(index: PassageIndex, asked: str, told: str) -> None:
    answer = ask(index, "guide", asked)
    assert told in answer.text and not answer.abstained


@pytest.mark.parametrize(
    ("asked", "amount", "year"),
    [
        ("How much may a night in a hotel cost in 2019?", "70 euros", "2019"),
        ("How much may a night in a hotel currently cost?", "95 euros", "2023"),
        ("What is the latest cost of a night in a hotel?", "95 euros", "2023"),
    ],
)
def test_of_several_versions_the_one_that_is_meant_answers(
    index: PassageIndex, asked: str, amount: str, year: str
) -> None:
    answer = ask(index, "", asked)
    assert amount in answer.citations[0].quote and len(answer.citations) == 1
    assert any(f"the version of {year} (rules-{year}.md)" in note for note in answer.notes)


def test_which_version_is_the_newest_and_that_there_are_several(index: PassageIndex) -> None:
    assert "the newest is “Travel rules” of 2023 (rules-2023.md)" in ask(index, "", "Which one is the newest?").text
    answer = ask(index, "", "How much may a night in a hotel cost?")
    assert any(note.startswith("There are several versions: 2019 (rules-2019.md), 2023") for note in answer.notes)


LINES = """line,trips_85_99,fatal_trips_85_99,trips_00_14
Harbour,76,14,6
Hill,24,12,25
Marsh,3,1,9
"""


@pytest.mark.parametrize(
    ("asked", "history", "row"),
    [
        ("which line had the most trips from 1985 to 1999", (), "line: Harbour"),
        ("and from 2000 to 2014?", (("which line had the most trips from 1985 to 1999", "Harbour, with 76."),), "line: Hill"),
        ("Which line had the fewest fatal trips from 1985 to 1999?", (), "line: Marsh"),
    ],
)  # fmt: skip
def test_years_name_the_columns_that_are_called_by_them(
    tmp_path: Path, embeddings: Any, asked: str, history: tuple[tuple[str, str], ...], row: str
) -> None:
    (tmp_path / "lines.csv").write_text(LINES)
    ingest_paths([tmp_path / "lines.csv"], directory=tmp_path / "index", embeddings=embeddings)
    answer = build_chain(PassageIndex(tmp_path / "index", embeddings)).invoke(Question(asked, history=history))
    assert answer.route == "exact" and [citation.quote.split(";")[0] for citation in answer.citations] == [row]


def test_several_questions_in_one_are_answered_each(index: PassageIndex) -> None:
    answer = ask(index, "orders", "How many orders are open? Which order has the highest amount?")
    assert "Counted: 3 of 5" in answer.text and "the largest “Amount” is 2,500.00" in answer.text


def test_the_value_that_a_question_asks_for_is_marked(index: PassageIndex) -> None:
    for asked, short in (
        ("In which city is the most expensive order?", "Oslo"),
        ("Who has the fewest units?", "Cora Conti"),
        ("How many units did Ada Abel order?", "3"),
        ("Which order is the latest?", "OR-5"),
    ):
        answer = ask(index, "orders", asked)
        assert answer.short_answer is not None and answer.short_answer.text == short


@pytest.mark.parametrize(
    ("between", "told"), [("", "Counted: 4 parts."), ("## Others\n\n", ""), ("Words.\n\n", "Counted: 4 parts.")]
)
def test_a_table_in_two_pieces_is_counted_as_one_or_not_at_all(
    tmp_path: Any, embeddings: Any, between: str, told: str
) -> None:
    table = "| Part | Price |\n| --- | --- |\n| A-{0} | {0}.5 |\n| B-{0} | {0}.7 |\n\n"
    (tmp_path / "parts.md").write_text(f"# Parts\n\n## Ours\n\n{table.format(1)}{between}{table.format(2)}")
    ingest_paths([tmp_path / "parts.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", "How many parts are there?")
    assert answer.text.startswith("Counted") == bool(told) and told in answer.text


@pytest.mark.parametrize(("more", "told"), [(2, "7 found."), (4, "")])
def test_of_two_tables_of_the_same_things_the_main_one_is_listed_with_a_doubt(
    tmp_path: Any, embeddings: Any, more: int, told: str
) -> None:
    ours, table = "| Part | Price | Shelf |\n| --- | --- | --- |\n", "| Part | Price |\n| --- | --- |\n"
    parts = "".join(f"| A-{at} | {at}.5 | {at} |\n" for at in range(1, 8))
    others = "".join(f"| B-{at} | {at}.7 |\n" for at in range(1, 1 + more))
    (tmp_path / "parts.md").write_text(f"# Parts\n\n## Ours\n\n{ours}{parts}\n## Gone\n\n{table}{others}")
    ingest_paths([tmp_path / "parts.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = ask(PassageIndex(tmp_path / "index", embeddings), "", "List the parts")
    assert answer.text.startswith("7 found.") == bool(told)
    assert not told or (answer.unsure and "B-" not in answer.text)


@pytest.mark.parametrize(
    "rows",
    [("a; b", "c; d"), ("One: 1; Two: 2", "One: 3", "a; b; c"), ("One: 1; One: 2",), ("One: Total; Two: 4",), ("x",)],
)
def test_tables_of_any_kind_are_read_without_fail(rows: tuple[str, ...]) -> None:
    text = "\n\n".join(rows)
    starts = [text.index(row) for row in rows]
    blocks = tuple(Block(start, start + len(row), "row") for start, row in zip(starts, rows, strict=True))
    document = Document("t", "Things", text, "things.pdf", "", blocks=blocks)
    collections = find_collections(document)
    assert not [each for each in collections if each.kind == "rows"], "none of these is plain from end to end"
    wanted = read_wanted("How many things are there?")
    assert wanted is not None and select(wanted, collections) is None


def test_documents_of_one_title_are_told_apart_by_their_files(index: PassageIndex) -> None:
    answer = ask(index, "", "What does section 2 of the travel rules say?")
    assert answer.abstained
    names = name_documents(
        Passage(Span(name, 0, 1), "x", title) for name, title in (("a", "One"), ("b", "Two"), ("c", "Two"))
    )
    assert names == {"a": "One", "b": "Two (b)", "c": "Two (c)"}


@pytest.mark.parametrize(
    ("value", "amount", "unit"),
    [
        ("1,234.50", "1234.50", ""),
        ("€5", "5", "€"),
        ("EUR 991.19", "991.19", "eur"),
        ("60 thousand euros", "60", "thousand euros"),
        ("12%", "12", "%"),
        ("-3.5", "-3.5", ""),
    ],
)
def test_a_number_is_read_with_its_unit(value: str, amount: str, unit: str) -> None:
    assert read_quantity(value) == Quantity(Decimal(amount), unit)


@pytest.mark.parametrize(
    "value", ["1.200", "03/04/2024", "PX-100", "A4", "007", "3 to 5", "about 3 or 4", "12 (est.)", "", "x"]
)
def test_what_may_be_no_number_or_another_one_is_not_read(value: str) -> None:
    assert read_quantity(value) is None


def test_days_are_compared_and_columns_have_one_unit() -> None:
    assert read_quantity("21 July 2022") == Quantity(date(2022, 7, 21), "day")
    assert read_column(["3 kg", "-", "4 kg"]) == [Quantity(Decimal(3), "kg"), None, Quantity(Decimal(4), "kg")]
    assert read_column(["3 kg", "4 lb"]) is None
    assert read_column(["3", "many"]) is None
    assert read_column(["", "-"]) is None


STAFF = """Staff ID,Name,Department,Salary,Start date
1001,Ada Abel,IT,40000,2019-03-01
1002,Bela Brandt,Law,50000,2021-04-02
1003,Cora Conti,IT,60000,2022-05-03
1004,Dina Dahl,Law,90000,2018-06-04
"""


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("How many staff started after 2020?", "Counted: 2 of 4 rows"),
        ("What is the average salary in the IT department?", "the mean of “Salary” is 50,000"),
    ],
)
def test_numbers_of_things_are_no_years_and_a_name_in_capitals_is_no_small_word(
    tmp_path: Path, embeddings: Any, asked: str, told: str
) -> None:
    (tmp_path / "staff.csv").write_text(STAFF)
    ingest_paths([tmp_path / "staff.csv"], directory=tmp_path / "index", embeddings=embeddings)
    assert told in build_chain(PassageIndex(tmp_path / "index", embeddings)).invoke(asked).text


def test_what_a_name_in_capitals_means_has_to_be_plain() -> None:
    wanted = read_wanted("Average salary in IT")
    assert wanted and {wanted.words[at] for at in wanted.open} == {"salary", "it"}
    shouted = read_wanted("AVERAGE SALARY IN IT")
    assert shouted and {shouted.words[at] for at in shouted.open} == {"salary"}
