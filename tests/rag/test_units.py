"""A question in one unit, a text in another: the text's words are quoted, and that the unit differs is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.english.units import is_unit, note_units
from rag.index.passage_index import PassageIndex


@pytest.mark.parametrize(
    ("question", "quote", "note"),
    [
        (
            "How much does the boat weigh in kilograms?",
            "The boat weighs 2.4 tonnes.",
            "kilograms; the text says it in tonnes",
        ),
        (
            "How many centimetres wide is the hatch?",
            "The hatch is 30 inches wide.",
            "centimetres; the text says it in inches",
        ),
        ("How long is the quay in miles?", "It is 3 km long.", "miles; the text says it in kilometres"),
        ("How many days may it take?", "It may take two weeks.", "days; the text says it in weeks"),
        ("What does it cost in dollars?", "It costs €80.", "dollars; the text says it in euros"),
        ("How many kilograms is it?", "It is 2.4 tonnes (2,400 kg).", ""),
        ("How many litres does the tank hold?", "The tank holds 90 litres.", ""),
        ("How heavy is the boat?", "The boat weighs 2.4 tonnes.", ""),
        ("How many days ago did it sink?", "It sank two weeks ago.", ""),
        ("Is it in Inchcolm?", "It is 3 km away.", ""),
    ],
)
def test_that_a_unit_differs_is_said(question: str, quote: str, note: str) -> None:
    assert note_units(question, quote) == (f"You asked in {note}." if note else "")


def test_the_words_of_the_text_are_quoted_and_nothing_is_computed(embeddings: Any, tmp_path: Path) -> None:
    (tmp_path / "boat.md").write_text(
        "# The boat\n\nThe boat weighs 2.4 tonnes. Its mast is of spruce.\n", encoding="utf-8"
    )
    ingest_paths([tmp_path], directory=tmp_path / "index", embeddings=embeddings)
    chain = build_chain(PassageIndex(tmp_path / "index", embeddings))
    answer = chain.invoke("How much does the boat weigh in kilograms?")
    assert answer.text == "The boat weighs 2.4 tonnes. [1]"
    assert answer.notes == ("You asked in kilograms; the text says it in tonnes.",)


@pytest.mark.parametrize("question", ["mast", "Spruce?", "boat", "why?", "a.*b", "(boat", "boat)*+?"])
def test_one_word_and_a_pattern_are_questions_like_any_other(embeddings: Any, tmp_path: Path, question: str) -> None:
    (tmp_path / "boat.md").write_text(
        "# The boat\n\nThe boat weighs 2.4 tonnes. Its mast is of spruce.\n", encoding="utf-8"
    )
    ingest_paths([tmp_path], directory=tmp_path / "index", embeddings=embeddings)
    answer = build_chain(PassageIndex(tmp_path / "index", embeddings)).invoke(question)
    assert answer.text
    assert answer.abstained or answer.citations


@pytest.mark.parametrize(
    ("word", "is_one"), [("litres", True), ("min", True), ("kg", True), ("m", False), ("boat", False)]
)
def test_a_unit_is_known_by_its_name_or_sign(word: str, is_one: bool) -> None:
    assert is_unit(word) == is_one
