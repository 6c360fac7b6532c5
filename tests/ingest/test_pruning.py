"""Pruning: a document goes when its file is gone from a named folder, and only then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from ingest.pruning import is_gone
from rag.errors import UsageError
from rag.index.passage_index import PassageIndex


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sources = tmp_path / "sources"
    (sources / "more").mkdir(parents=True)
    for name, words in (
        ("bees.md", "A hive gives honey."),
        ("kettles.md", "A kettle boils."),
        ("more/tides.md", "It rises."),
    ):
        (sources / name).write_text(f"# {name}\n\n{words}\n")
    return sources


@pytest.mark.parametrize("rebuild", [False, True])
def test_documents_whose_files_are_gone_are_taken_out(
    embeddings: Any, folder: Path, tmp_path: Path, rebuild: bool
) -> None:
    directory, elsewhere = tmp_path / "index", tmp_path / "sources-2" / "lids.md"
    elsewhere.parent.mkdir()
    elsewhere.write_text("A lid fits.\n")
    ingest_paths([folder, elsewhere], directory=directory, embeddings=embeddings)
    (folder / "kettles.md").unlink()
    elsewhere.unlink()
    (folder / "more" / "tides.md").rename(folder / "tides.md")
    reports = ingest_paths([folder], directory=directory, embeddings=embeddings, rebuild=rebuild, prune=True)
    found = {(Path(report.source).name, report.status) for report in reports}
    assert {("kettles.md", "removed"), ("tides.md", "removed"), ("tides.md", "added")} <= found
    assert {document.id for document in PassageIndex(directory, embeddings).documents()} == {"bees", "tides", "lids"}


def test_without_asking_nothing_is_taken_out(embeddings: Any, folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    ingest_paths([folder], directory=directory, embeddings=embeddings)
    (folder / "kettles.md").unlink()
    ingest_paths([folder], directory=directory, embeddings=embeddings)
    assert "kettles" in {document.id for document in PassageIndex(directory, embeddings).documents()}


def test_a_folder_without_files_and_a_file_are_not_pruned(embeddings: Any, folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    ingest_paths([folder], directory=directory, embeddings=embeddings)
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", folder / "bees.md", tmp_path / "absent"):
        with pytest.raises(UsageError, match="footnote remove"):
            ingest_paths([path], directory=directory, embeddings=embeddings, prune=True)
    assert len(PassageIndex(directory, embeddings).documents()) == 3


def test_what_cannot_be_looked_at_is_not_gone(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    assert not is_gone(str(tmp_path / "a.md"), [str(tmp_path)])
    assert is_gone(str(tmp_path / "b.md"), [str(tmp_path)])
    assert not is_gone(str(tmp_path / "b.md"), [str(tmp_path / "sub")])
    assert not is_gone(str(tmp_path) + "-2" + os.sep + "b.md", [str(tmp_path)])
    assert not is_gone(str(tmp_path / ("x" * 5_000)), [str(tmp_path)])
