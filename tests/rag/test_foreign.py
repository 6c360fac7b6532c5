"""Questions in another language about something that has the same name in all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.english.foreign import find_shared_names, find_shared_words
from rag.index.passage_index import PassageIndex

MANUAL = """\
# Valves

## Valve KX

Valve KX lets steam out of the drum and is opened by hand.

## Valve KY

Valve KY feeds water into the drum.

## Valve KZ

Valve KZ empties the drum.
"""


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Décris-moi la vanne KX", ["KX"]),
        ("Erkläre Ventil KY bitte", ["KY"]),
        ("What is valve KX?", []),
        ("VANNE KX", []),
        ("Décris-moi la vanne", []),
    ],
)
def test_names_in_capitals_are_the_same_in_every_language(question: str, names: list[str]) -> None:
    assert find_shared_names(question) == names


def test_a_foreign_question_is_answered_by_what_it_names_with_a_doubt(embeddings: Any, tmp_path: Path) -> None:
    (tmp_path / "valves.md").write_text(MANUAL, encoding="utf-8")
    ingest_paths([tmp_path], directory=tmp_path / "index", embeddings=embeddings)
    chain = build_chain(PassageIndex(tmp_path / "index", embeddings))
    answer = chain.invoke("Décris-moi la vanne KX")
    assert [citation.quote for citation in answer.citations] == [
        "Valve KX lets steam out of the drum and is opened by hand."
    ]
    assert answer.unsure
    assert chain.invoke("Décris-moi la vanne KW").abstained


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Wo dürfen Hunde schlafen?", ["dürfen", "hunde", "schlafen"]),
        ("Combien coûte la chambre double ?", ["coûte", "chambre", "double"]),
        ("Where may dogs sleep?", []),
        ("hotel price limit", []),
        ("", []),
    ],
)
def test_only_a_question_that_asks_in_another_language_is_matched_by_its_words(question: str, words: list[str]) -> None:
    assert find_shared_words(question) == words


def test_a_question_in_a_language_that_no_model_reads_is_answered_by_its_words_with_a_doubt(
    embeddings: Any, tmp_path: Path
) -> None:
    (tmp_path / "regeln.md").write_text(
        "# Regeln\n\nDas Tor wird um zehn Uhr geschlossen. Hunde dürfen nur in der Scheune schlafen. Die Miete beträgt "
        "vierzig Taler.\n",
        encoding="utf-8",
    )
    ingest_paths([tmp_path], directory=tmp_path / "index", embeddings=embeddings)
    answer = build_chain(PassageIndex(tmp_path / "index", embeddings)).invoke("Wo dürfen Hunde schlafen?")
    assert [citation.quote for citation in answer.citations] == ["Hunde dürfen nur in der Scheune schlafen."]
    assert answer.unsure
