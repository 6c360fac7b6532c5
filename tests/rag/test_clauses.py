"""Numbered parts of agreements, by which they are and by number, be they headings or paragraphs."""

from __future__ import annotations

from typing import Any

import pytest
from asking import ask

from ingest.pipeline import ingest_paths
from rag.index.passage_index import PassageIndex

PLOT = """# Lease of a plot

Made between the club and the tenant.

1. The tenant may grow flowers on the plot.

2. The rent is 80 euros a year.

3. Sheds may not be higher than two metres.
"""
BOAT = """# Charter

## 1. The boat

The boat is a yawl.

## 2. The fee

The fee is 900 euros.

## 3. Fuel

The guest pays for fuel.
"""
SOUP = "# Soup\n\n## What you need\n\nA pot.\n\n## What to do\n\n1. Boil water.\n\n2. Add leeks.\n\n3. Wait.\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder = tmp_path_factory.mktemp("clauses")
    for name, text in {"plot": PLOT, "boat": BOAT, "soup": SOUP}.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    ingest_paths(sorted(folder.glob("*.md")), directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


@pytest.mark.parametrize(
    ("document", "asked", "told"),
    [
        ("plot", "what does the first clause say", "1. The tenant may grow flowers on the plot."),
        ("plot", "What does clause 2 say?", "2. The rent is 80 euros a year."),
        ("plot", "the last article", "3. Sheds may not be higher than two metres."),
        ("plot", "what is in section 3", "3. Sheds may not be higher than two metres."),
        ("boat", "what does the second clause say", "2. The fee\n\nThe fee is 900 euros."),
        ("boat", "What does the last clause say?", "3. Fuel\n\nThe guest pays for fuel."),
    ],
)
def test_a_clause_is_a_numbered_heading_or_paragraph(index: PassageIndex, document: str, asked: str, told: str) -> None:
    answer = ask(index, document, asked)
    assert answer.route == "exact" and told in answer.text and len(answer.citations) == 1


@pytest.mark.parametrize(("document", "count"), [("plot", 3), ("boat", 3)])
def test_clauses_are_counted_and_one_that_is_not_there_is_told(index: PassageIndex, document: str, count: int) -> None:
    assert f"It has {count} clauses:" in ask(index, document, "How many clauses are there?").text
    assert "has no clause 7; its clauses are 1 to 3." in ask(index, document, "What does clause 7 say?").text


def test_the_steps_of_a_recipe_are_no_sections(index: PassageIndex) -> None:
    answer = ask(index, "soup", "What does section 3 say?")
    assert answer.abstained and "its headings are" in answer.text
