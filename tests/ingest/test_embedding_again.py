"""A document that changed is embedded where it changed; what is taken from the index is what embedding would give."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chroma_server import running_server
from faults.cheap import HashedEmbeddings, write_sources

from ingest import embedding
from ingest.memory import ingest_texts
from ingest.pipeline import ingest_paths
from rag.index.passage_index import PassageIndex
from rag.settings import ChromaServer


class Counted(HashedEmbeddings):
    """Keeps the texts that are embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts += texts
        return super().embed_documents(texts)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("chroma") / "data") as server:
        yield server.url


@pytest.fixture(params=["folder", "server"])
def location(request: pytest.FixtureRequest, address: str, tmp_path: Path) -> Path | ChromaServer:
    if request.param == "folder":
        return tmp_path / "index"
    return ChromaServer(address, f"again-{uuid.uuid4().hex[:8]}", timeout=10, cache=tmp_path / "cache")


def count_new(texts: list[str]) -> int:
    """How many of those are passages: the index also embeds a few words of its own, to know the model by."""
    return sum("pieces of" in text for text in texts)


def find_vectors(location: Any, embeddings: Any) -> dict[str, Any]:
    state = PassageIndex(location, embeddings).current()
    rows = state.find_document_rows("manual", vectors=True)
    return {state.passage(row).text: np.asarray(row.vector) for row in rows}


def test_only_the_changed_section_is_embedded_again(location: Path | ChromaServer, tmp_path: Path) -> None:
    embeddings: Any = Counted()
    (path,) = write_sources(tmp_path / "sources", ["manual"], 1_200)
    (report,) = ingest_paths([path], directory=location, embeddings=embeddings)
    assert report.passages > embedding.WORTHWHILE and count_new(embeddings.texts) == report.passages
    text = path.read_text()
    at = text.index("## Part 50 ")
    changed = (
        text[:at] + "## Part 49b of the manual\n\nIn 1999 the crane moved 12 pieces of slate for Quill.\n\n" + text[at:]
    )
    path.write_text(changed)
    embeddings.texts.clear()
    (again,) = ingest_paths([path], directory=location, embeddings=embeddings)
    assert again.status == "replaced" and 0 < count_new(embeddings.texts) <= 12
    fresh: Any = HashedEmbeddings()
    ingest_paths([path], directory=tmp_path / "fresh", embeddings=fresh)
    taken, made = find_vectors(location, fresh), find_vectors(tmp_path / "fresh", fresh)
    assert taken.keys() == made.keys()
    assert all(np.allclose(taken[words], made[words], atol=1e-6) for words in made)


def test_other_metadata_embeds_nothing(location: Path | ChromaServer, tmp_path: Path) -> None:
    embeddings: Any = Counted()
    (path,) = write_sources(tmp_path / "sources", ["manual"], 1_200)
    ingest_paths([path], directory=location, embeddings=embeddings)
    embeddings.texts.clear()
    (report,) = ingest_paths([path], directory=location, embeddings=embeddings, metadata={"kind": "memo"})
    assert report.status == "replaced" and count_new(embeddings.texts) == 0
    (record,) = PassageIndex(location, embeddings).documents()
    assert dict(record.metadata) == {"kind": "memo"}


def test_a_rebuild_and_a_short_document_embed_everything(tmp_path: Path) -> None:
    embeddings: Any = Counted()
    paths = write_sources(tmp_path / "sources", ["manual"], 1_200) + write_sources(
        tmp_path / "sources", ["leaflet"], 24
    )
    long, short = ingest_paths(paths, directory=tmp_path / "index", embeddings=embeddings)
    embeddings.texts.clear()
    ingest_paths([], directory=tmp_path / "index", embeddings=embeddings, rebuild=True)
    assert count_new(embeddings.texts) == long.passages + short.passages
    embeddings.texts.clear()
    paths[1].write_text(paths[1].read_text() + "\nIn 1999 the crane moved 12 pieces of slate for Quill.\n")
    ingest_paths(paths, directory=tmp_path / "index", embeddings=embeddings)
    assert count_new(embeddings.texts) >= short.passages


def test_a_text_of_a_program_is_embedded_where_it_changed(tmp_path: Path) -> None:
    embeddings: Any = Counted()
    (path,) = write_sources(tmp_path / "sources", ["manual"], 1_200)
    text = path.read_text()
    ingest_texts(("manual", text), directory=tmp_path / "index", embeddings=embeddings)
    embeddings.texts.clear()
    ingest_texts(
        ("manual", f"{text}\nIn 1999 the crane moved 12 pieces."), directory=tmp_path / "index", embeddings=embeddings
    )
    assert 0 < count_new(embeddings.texts) <= 2


def test_what_cannot_be_read_is_embedded(tmp_path: Path) -> None:
    assert embedding.find_stored_vectors(tmp_path / "nowhere", ["manual"], ["x"], lambda texts: [1] * len(texts)) == {}
