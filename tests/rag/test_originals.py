"""The files that documents were read from: kept as long as these, found by their digest, and gone with them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from made_pdf import line, made_pdf

from ingest.pipeline import ingest_paths, remove_document, splitting_name
from rag.index.originals import FOLDER, keep_original, prune_originals, read_original
from rag.index.passage_index import PassageIndex
from rag.index.writer import write_index

PAGE = made_pdf([line("The lighthouse burned down in the winter of 1911, and nobody was hurt.")])
NEWER = made_pdf([line("The lighthouse burned down in the winter of 1912, and nobody was hurt.")])


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def kept(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / FOLDER).iterdir()) if (directory / FOLDER).is_dir() else []


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_pdf_is_kept_as_long_as_its_document(tmp_path: Path, embeddings: Any) -> None:
    directory, path = tmp_path / "index", tmp_path / "light.pdf"
    note = write(tmp_path / "note.txt", b"Tides turn twice a day, as everybody at sea knows.")
    ingest_paths([write(path, PAGE), note], directory=directory, embeddings=embeddings)
    assert kept(directory) == [digest(PAGE)], "of texts, the words are all there is"
    index = PassageIndex(directory, embeddings)
    document = index.document("light")
    path.unlink()
    assert index.has_original(document) and index.original(document) == PAGE
    assert not index.has_original(index.document("note")) and index.original(index.document("note")) is None

    ingest_paths([], directory=directory, embeddings=embeddings, rebuild=True)
    assert kept(directory) == [digest(PAGE)], "a rebuild keeps what it cannot read again"
    ingest_paths([write(path, NEWER)], directory=directory, embeddings=embeddings)
    assert kept(directory) == [digest(NEWER)]
    ingest_paths([write(path, b"%PDF-1.7 broken")], directory=directory, embeddings=embeddings)
    assert kept(directory) == [digest(NEWER)], "the old version stays, and its file"
    remove_document("light", directory=directory, embeddings=embeddings)
    assert kept(directory) == []


def test_an_index_from_before_keeps_the_file_when_it_is_read_again(tmp_path: Path, embeddings: Any) -> None:
    directory, path = tmp_path / "index", write(tmp_path / "light.pdf", PAGE)
    ingest_paths([path], directory=directory, embeddings=embeddings)
    (directory / FOLDER / digest(PAGE)).unlink()
    (report,) = ingest_paths([path], directory=directory, embeddings=embeddings)
    assert report.status == "unchanged" and kept(directory) == [digest(PAGE)]


def test_a_file_that_was_altered_is_as_good_as_none(tmp_path: Path, embeddings: Any) -> None:
    directory = tmp_path / "index"
    ingest_paths([write(tmp_path / "light.pdf", PAGE)], directory=directory, embeddings=embeddings)
    index = PassageIndex(directory, embeddings)
    (directory / FOLDER / digest(PAGE)).write_bytes(NEWER)
    assert index.original(index.document("light")) is None


def test_the_day_of_adding_is_kept_when_a_document_is_only_indexed_anew(tmp_path: Path, embeddings: Any) -> None:
    directory, path = tmp_path / "index", write(tmp_path / "light.pdf", PAGE)
    ingest_paths([path], directory=directory, embeddings=embeddings)
    today = date.today().isoformat()
    (record,) = PassageIndex(directory, embeddings).documents()
    assert record.added == today
    with write_index(directory, embeddings, splitting=splitting_name(256)) as writer:
        index = PassageIndex(directory, embeddings)
        passages = index.passages("light")
        vectors = embeddings.embed_documents([passage.text for passage in passages])
        writer.add(replace(record, added="2020-02-02"), passages, vectors)
    ingest_paths([], directory=directory, embeddings=embeddings, rebuild=True)
    assert PassageIndex(directory, embeddings).documents()[0].added == "2020-02-02"
    ingest_paths([write(path, NEWER)], directory=directory, embeddings=embeddings)
    assert PassageIndex(directory, embeddings).documents()[0].added == today


def test_names_that_are_no_digests_are_no_paths(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    for name in ("../secret", str(tmp_path / "secret"), "", "x", "A" * 64, digest(b"x").upper(), f"{digest(b'x')}\n"):
        keep_original(tmp_path, name, b"x")
        assert read_original(tmp_path, name) is None
    assert kept(tmp_path) == []


def test_nothing_is_deleted_beside_an_index_that_cannot_be_read(tmp_path: Path, embeddings: Any) -> None:
    directory = tmp_path / "index"
    ingest_paths([write(tmp_path / "light.pdf", PAGE)], directory=directory, embeddings=embeddings)
    (directory / "CURRENT").write_text("nowhere")
    for path in (directory / "generations").rglob("documents*.jsonl"):
        path.write_text("broken")
    prune_originals(directory)
    assert kept(directory) == [digest(PAGE)]
