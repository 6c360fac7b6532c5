"""Ingestion: what becomes of sources, what stays, and that a second run changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.document_building import new_document_id
from ingest.pipeline import ingest_paths, remove_document
from rag.errors import DocumentError, IndexWriteError, UsageError
from rag.index.generations import find_current
from rag.index.passage_index import PassageIndex


class CountingEmbeddings:
    """The real embeddings, counting what they are asked to embed."""

    def __init__(self, embeddings: Any):
        self._embeddings = embeddings
        self.name = embeddings.name
        self.tokenizer, self.max_tokens = embeddings.tokenizer, embeddings.max_tokens
        self.embedded = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += len(texts)
        return self._embeddings.embed_documents(texts)  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        return self._embeddings.embed_query(text)  # type: ignore[no-any-return]


@pytest.fixture
def counting(embeddings: Any) -> Any:
    return CountingEmbeddings(embeddings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "bees.md").write_text("# Bees\n\n## Honey\n\nA hive gives twenty kilos of honey.\n")
    (sources / "kettles.txt").write_text("A copper kettle holds two litres.\n")
    return sources


def statuses(reports: Any) -> dict[str, str]:
    return {Path(report.source).name: report.status for report in reports}


def test_a_second_run_changes_nothing_and_embeds_nothing(counting: Any, folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    assert statuses(ingest_paths([folder], directory=directory, embeddings=counting)) == {
        "bees.md": "added",
        "kettles.txt": "added",
    }
    before, generation = counting.embedded, find_current(directory)
    assert set(statuses(ingest_paths([folder], directory=directory, embeddings=counting)).values()) == {"unchanged"}
    assert counting.embedded == before
    assert find_current(directory) == generation


def test_an_edited_file_replaces_its_old_version_and_nothing_else_is_embedded(
    counting: Any, folder: Path, tmp_path: Path
) -> None:
    directory = tmp_path / "index"
    ingest_paths([folder], directory=directory, embeddings=counting)
    before = counting.embedded
    (folder / "kettles.txt").write_text("An iron kettle holds nine litres.\n")
    assert statuses(ingest_paths([folder], directory=directory, embeddings=counting)) == {
        "bees.md": "unchanged",
        "kettles.txt": "replaced",
    }
    assert counting.embedded == before + 2, "the new text, and the probe that knows the model again"
    index = PassageIndex(directory, counting)
    assert "nine litres" in index.document("kettles").text
    assert len(index.documents()) == 2


def test_the_same_bytes_from_elsewhere_are_a_duplicate(counting: Any, folder: Path, tmp_path: Path) -> None:
    (folder / "copy.txt").write_bytes((folder / "kettles.txt").read_bytes())
    reports = ingest_paths([folder], directory=tmp_path / "index", embeddings=counting)
    assert [(report.status, report.reason) for report in reports if report.status == "skipped"] == [
        ("skipped", "duplicate of 'copy'")
    ]


def test_a_failed_source_leaves_its_old_version_in_place(counting: Any, folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    ingest_paths([folder], directory=directory, embeddings=counting)
    (folder / "kettles.txt").write_bytes(b"\x00\x01\x02" * 100)
    assert statuses(ingest_paths([folder], directory=directory, embeddings=counting))["kettles.txt"] == "failed"
    assert "copper" in PassageIndex(directory, counting).document("kettles").text


def test_files_of_one_name_get_ids_of_their_own(counting: Any, folder: Path, tmp_path: Path) -> None:
    other = folder / "other"
    other.mkdir()
    (other / "bees.md").write_text("# Other bees\n\nNo honey here.\n")
    reports = ingest_paths([folder], directory=tmp_path / "index", embeddings=counting, reserved=["kettles"])
    assert sorted(report.document for report in reports if report.document) == ["bees", "bees-2", "kettles-2"]


@pytest.mark.parametrize(
    ("stem", "expected"),
    [("My Notes (v2)", "my-notes-v2"), ("Änderungen", "änderungen"), ("___", "document"), ("x" * 300, "x" * 80)],
)
def test_ids_are_readable(stem: str, expected: str) -> None:
    assert new_document_id(stem, ()) == expected


def test_passages_are_slices_of_the_document_and_carry_its_headings(
    counting: Any, folder: Path, tmp_path: Path
) -> None:
    ingest_paths([folder], directory=tmp_path / "index", embeddings=counting)
    index = PassageIndex(tmp_path / "index", counting)
    for record in index.documents():
        document = index.document(record.id)
        passages = index.passages(record.id)
        assert "".join(passage.text for passage in passages) == document.text
        assert all(document.quote(passage.span) == passage.text for passage in passages)
    assert [passage.heading for passage in index.passages("bees")] == ["Honey"]


def test_progress_is_told_and_reaches_its_end(counting: Any, folder: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    ingest_paths(
        [folder], directory=tmp_path / "index", embeddings=counting, on_progress=lambda *step: told.append(step)
    )
    assert ("Reading", 2, 2) in told
    assert told[-1][0] == "Embedding" and told[-1][1] == told[-1][2] > 0


def test_what_is_embedded_bit_by_bit_is_the_same_index(
    counting: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        (folder / f"note-{number}.md").write_text(f"# Note {number}\n\nThe kettle of house {number} is blue.\n")
    ingest_paths([folder], directory=tmp_path / "at-once", embeddings=counting)
    at_once = counting.embedded
    monkeypatch.setattr("ingest.pipeline.HELD", 2)
    told: list[str] = []
    reports = ingest_paths(
        [folder], directory=tmp_path / "index", embeddings=counting, on_progress=lambda label, *_: told.append(label)
    )
    assert [report.status for report in reports] == ["added"] * 7 and counting.embedded == 2 * at_once
    assert told.index("Embedding") < len(told) - 1 - told[::-1].index("Reading"), "it begins before all is read"
    one, other = (PassageIndex(tmp_path / name, counting) for name in ("at-once", "index"))
    assert [record.id for record in one.documents()] == [record.id for record in other.documents()]
    for asked in ("Which kettle is blue?", "How much honey is there?"):
        found = [
            [hit.passage.text for hit in index.current().search_vectors(counting.embed_query(asked), 3)]
            for index in (one, other)
        ]
        assert found[0] == found[1]


def test_an_interrupted_run_leaves_the_index_as_it_was(
    counting: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "index"
    ingest_paths([folder / "bees.md"], directory=directory, embeddings=counting)

    def interrupt(texts: list[str]) -> list[list[float]]:
        raise KeyboardInterrupt

    monkeypatch.setattr(counting, "embed_documents", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ingest_paths([folder], directory=directory, embeddings=counting)
    assert [record.id for record in PassageIndex(directory, counting).documents()] == ["bees"]


def test_rebuilding_keeps_documents_whose_sources_are_gone(counting: Any, folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    ingest_paths([folder], directory=directory, embeddings=counting)
    (folder / "kettles.txt").unlink()
    reports = ingest_paths([], directory=directory, embeddings=counting, rebuild=True)
    assert {report.document: report.status for report in reports} == {"bees": "replaced", "kettles": "replaced"}
    assert "No such file" in next(report.reason for report in reports if report.document == "kettles")
    assert "copper" in PassageIndex(directory, counting).document("kettles").text


def test_removing(counting: Any, folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    with pytest.raises(DocumentError, match="no index"):
        remove_document("bees", directory=directory, embeddings=counting)
    ingest_paths([folder], directory=directory, embeddings=counting)
    remove_document("bees", directory=directory, embeddings=counting)
    assert [record.id for record in PassageIndex(directory, counting).documents()] == ["kettles"]


def test_a_folder_that_cannot_be_written_is_one_clear_error(counting: Any, folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(IndexWriteError, match="cannot write the index"):
        ingest_paths([folder], directory=blocked, embeddings=counting)


def test_rebuilding_what_cannot_be_read_asks_for_the_sources(counting: Any, folder: Path, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    ingest_paths([folder], directory=directory, embeddings=counting)
    (find_current(directory) / "documents.jsonl").write_text("garbage")
    with pytest.raises(UsageError, match="footnote ingest --rebuild PATH"):
        ingest_paths([], directory=directory, embeddings=counting, rebuild=True)
    assert set(statuses(ingest_paths([folder], directory=directory, embeddings=counting, rebuild=True)).values()) == {
        "added"
    }
    assert "copper" in PassageIndex(directory, counting).document("kettles").text
