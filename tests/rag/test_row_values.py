"""Rows that a question names otherwise than word for word: by a number within a range, by part of a name, by having none of something."""

from __future__ import annotations

from typing import Any

import pytest
from asking import ask

from ingest.pipeline import ingest_paths
from rag.index.passage_index import PassageIndex

MARKS = """# Pottery course

Everybody gets a mark at the end. The wheel turns the clay while you shape it.

| Mark | Points |
| --- | --- |
| A | 90–100 |
| B | 80–90 |
| C | 70-80 |
| D | below 70 |

| Tool | Kept in |
| --- | --- |
| wheel | hall |
| kiln | yard |

A kiln hardens the clay at great heat.
"""
PARCELS = """Weight,Fee,Number
0 - 2 kg,4 EUR,040-11
2 - 5 kg,7 EUR,040-12
5 - 10 kg,11 EUR,040-13
"""
LINES = """line,wrecks_80_99,strandings_80_99,wrecks_00_19,strandings_00_19
Amber / Borealis,3,1,2,0
Coral Line,0,0,4,1
Dune Ferries,0,0,0,0
Ebb Ferries,5,2,0,0
"""
CREW = "Name,Team,Role\nAda Abel,Deck,navigator\nBen Boll,Galley,cook\nCy Cole,Deck,bosun\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder = tmp_path_factory.mktemp("rows")
    for name, text in {"marks.md": MARKS, "parcels.csv": PARCELS, "lines.csv": LINES, "crew.csv": CREW}.items():
        (folder / name).write_text(text, encoding="utf-8")
    ingest_paths(sorted(folder.glob("*.*")), directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


@pytest.mark.parametrize(
    ("document", "asked", "row"),
    [
        ("marks", "What mark do I get for an 84?", "Mark: B"),
        ("marks", "which mark is 90?", "Mark: A"),
        ("marks", "What mark do I get with 72 points?", "Mark: C"),
        ("parcels", "What is the fee for 3 kg?", "Weight: 2 - 5 kg"),
        ("lines", "How many wrecks did Amber have from 1980 to 1999?", "line: Amber / Borealis"),
        ("lines", "how many wrecks did borealis have from 2000 to 2019?", "line: Amber / Borealis"),
        ("lines", "Which line had no wrecks at all?", "line: Dune Ferries"),
    ],
)
def test_the_one_row_is_quoted(index: PassageIndex, document: str, asked: str, row: str) -> None:
    answer = ask(index, document, asked)
    assert [citation.quote.startswith(row) for citation in answer.citations] == [True], answer.text


def test_of_several_periods_the_one_that_is_named_counts(index: PassageIndex) -> None:
    early = ask(index, "lines", "Which lines had no wrecks from 1980 to 1999?")
    late = ask(index, "lines", "Which lines had no wrecks from 2000 to 2019?")
    found = [[citation.quote.split(";")[0] for citation in answer.citations] for answer in (early, late)]
    assert found == [["line: Coral Line", "line: Dune Ferries"], ["line: Dune Ferries", "line: Ebb Ferries"]]


@pytest.mark.parametrize(
    ("document", "asked", "row"),
    [
        ("marks", "What mark do I get for a 104?", "Mark: A"),
        ("parcels", "What is the fee for 40 kg?", "Weight: "),
        ("parcels", "What is the fee for number 11?", "Weight: "),
        ("lines", "Which line had no passengers?", "line: "),
    ],
)
def test_no_row_is_quoted_where_none_is_meant(index: PassageIndex, document: str, asked: str, row: str) -> None:
    answer = ask(index, document, asked)
    assert answer.route != "exact" or not any(citation.quote.startswith(row) for citation in answer.citations)


def test_what_something_does_is_told_by_a_sentence_where_no_column_tells_it(index: PassageIndex) -> None:
    assert ask(index, "marks", "What does the kiln do?").citations[0].quote.startswith("A kiln hardens")
    assert ask(index, "crew", "What does Ben Boll do?").citations[0].quote.startswith("Name: Ben Boll")
