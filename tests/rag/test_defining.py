"""What something is, does or is for is told by the sentence that says so, wherever in the document it stands."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.types import Answer

PARTS = ["rope", "sail", "hull", "keel", "mast", "deck", "bow", "stern", "cabin", "galley", "rudder", "anchor"]
TOLD = "Borlog is a notebook for keeping the log of a small boat. "
TEXT = "# Notes from the harbour\n\n" + "\n\n".join(
    f"## The {part}\n\n"
    + (TOLD if part == "keel" else "")
    + f"Borlog has a page for the {part}, and borlog warns when the "
    f"{part} was not looked at. Whoever writes about the {part} in borlog can add a picture. " * 4
    for part in PARTS
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder = tmp_path_factory.mktemp("defining")
    (folder / "notes.md").write_text(TEXT, encoding="utf-8")
    ingest_paths([folder / "notes.md"], directory=folder / "index", embeddings=embeddings)
    index = PassageIndex(folder / "index", embeddings)
    assert len(index.passages("notes")) > 8, "more than are read for one question"
    return index


@pytest.mark.parametrize(
    "asked", ["What is borlog?", "what does borlog do", "What is borlog for?", "what is the purpose of Borlog?"]
)
def test_it_is_quoted_first(index: PassageIndex, asked: str) -> None:
    answer: Answer = build_chain(index).invoke(asked)
    assert answer.citations[0].quote == TOLD.strip()
