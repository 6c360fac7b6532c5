"""Texts in other languages are told by their commonest words; English, code, tables and names are not taken for any."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_html import PROSE

from ingest.common_words import find_language
from ingest.pipeline import ingest_paths

TEXTS = {
    "German": "Der Hafen ist im Winter nicht eisfrei. Die Boote werden von den Fischern an Land gezogen und mit Planen bedeckt.",
    "French": "Le port n'est pas libre de glace en hiver. Les bateaux sont tirés à terre par les pêcheurs et couverts d'une toile.",
    "Spanish": "El puerto no está libre de hielo en el invierno. Los barcos son sacados del agua por los pescadores y se cubren.",
    "Italian": "Il porto non è libero dal ghiaccio in inverno. Le barche sono tirate a terra dai pescatori e coperte con una tela.",
    "Turkish": "Liman kışın buzla kaplı olduğu için tekneler çok erken karaya çekilir ve bir örtü ile kapatılır; bu iş zor değil.",
    "Polish": "Port nie jest wolny od lodu w zimie. Łodzie są wyciągane na brzeg przez rybaków i przykrywane, a to jest ciężka praca.",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_a_language_is_told_from_two_sentences(language: str, text: str) -> None:
    assert find_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        " ".join(PROSE),
        "An in, der Anna sagte: a die was cast, and the man said 'das ist gut' to all who would hear it in the hall.",
        "def der(die, das):\n    for i in range(die):\n        yield das[i] - das[i - 1]\n",
        "Maria de la Cruz; José del Toro; El Salvador; La Paz; Los Angeles; Jan van den Berg; Piet de Vries; Las Vegas",
        "SELECT id, name FROM users WHERE age > 2 ORDER BY name, id DESC;",
        "Wick,165\nOban,133\nRum,98\n",
        "",
    ],
)
def test_english_code_tables_and_names_are_silent(text: str) -> None:
    assert find_language(text) == ""


def test_ingest_warns_of_german(tmp_path: Path, embeddings: object) -> None:
    (tmp_path / "hafen.md").write_text(f"# Der Hafen\n\n{TEXTS['German']}\n", encoding="utf-8")
    (report,) = ingest_paths(tmp_path / "hafen.md", directory=tmp_path / "index", embeddings=embeddings)  # type: ignore[arg-type]
    assert report.status == "added"
    assert report.reason.startswith("in German, of which ")
    assert report.reason.endswith("name a multilingual model in FOOTNOTE_EMBEDDING_MODEL")
