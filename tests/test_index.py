"""The passage index: generations, what a reader sees of a writer, and what damage looks like."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from rag import generations
from rag.errors import DocumentError, IndexDamagedError, IndexMismatchError, IndexWriteError, NoIndexError
from rag.index import DocumentRecord, PassageIndex
from rag.index_writer import write_index
from rag.types import Passage, Span, text_digest

SPLITTING = "test"


class LetterEmbeddings:
    """Unit vectors that tell texts apart by their letters: real enough to store and search, and quick."""

    def __init__(self, name: str = "letters"):
        self.name = name

    def embed_query(self, text: str) -> list[float]:
        counts = [1e-6 + text.casefold().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"]
        length = sum(count * count for count in counts) ** 0.5
        return [count / length for count in counts]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


LETTERS: Any = LetterEmbeddings()


def put(directory: Path, document: str, *texts: str, **options: Any) -> None:
    """Write a document made of the given passages."""
    passages, at = [], 0
    for text in texts:
        passages.append(Passage(Span(document, at, at + len(text)), text, title=document.title(), heading="Head"))
        at += len(text)
    whole = "".join(texts)
    record = DocumentRecord(
        document, document.title(), "", "", f"{document}.txt", "0", text_digest(whole), len(texts), len(whole)
    )
    with write_index(directory, LETTERS, splitting=SPLITTING, **options) as writer:
        writer.add(record, passages, LETTERS.embed_documents(list(texts)))


def test_a_document_comes_back_as_it_went_in(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey. ", "Zebras graze.\u2028Next line")
    index = PassageIndex(tmp_path, LETTERS)
    assert index.document("zoo").text == "Bears eat honey. Zebras graze.\u2028Next line"
    assert [passage.span for passage in index.passages("zoo")] == [Span("zoo", 0, 17), Span("zoo", 17, 40)]
    assert [record.id for record in index.documents()] == ["zoo"]


def test_both_searches_rank_the_right_passage_first(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey. ", "Zebras graze. ", "Quick wolves jump.")
    generation = PassageIndex(tmp_path, LETTERS).current()
    assert generation.search_vectors(LETTERS.embed_query("zebras graze"), 3)[0].passage.text == "Zebras graze. "
    assert [hit.passage.text for hit in generation.search_keywords("which wolf jumps?", 3)] == ["Quick wolves jump."]
    assert generation.search_keywords("penguin", 3) == []


def test_restricting_to_a_document_ranks_only_its_passages(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey. ", "Zebras graze.")
    put(tmp_path, "farm", "Bears eat honey too.")
    generation = PassageIndex(tmp_path, LETTERS).current()
    by_vector, by_keyword = generation.search_documents(LETTERS.embed_query("bears"), "bears honey", ["farm"])
    assert {hit.passage.span.document_id for hit in by_vector + by_keyword} == {"farm"}
    with pytest.raises(DocumentError, match="no document 'desert'"):
        generation.search_documents(LETTERS.embed_query("x"), "x", ["desert"])


def test_an_open_reader_sees_a_writers_work_at_its_next_question(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    index = PassageIndex(tmp_path, LETTERS)
    before = index.current()
    put(tmp_path, "farm", "Cows moo.")
    assert [record.id for record in index.documents()] == ["zoo", "farm"]
    assert list(before.records) == ["zoo"], "a question under way keeps the generation that it began with"


def test_replacing_a_document_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey. ", "Zebras graze.")
    put(tmp_path, "zoo", "Owls hoot.")
    index = PassageIndex(tmp_path, LETTERS)
    assert index.document("zoo").text == "Owls hoot."
    assert index.current().search_keywords("bears honey", 5) == []
    assert len(index.current().keywords.ids) == 1


def test_removing_a_document(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    put(tmp_path, "farm", "Cows moo.")
    with write_index(tmp_path, LETTERS, splitting=SPLITTING) as writer:
        writer.remove("zoo")
    index = PassageIndex(tmp_path, LETTERS)
    assert [record.id for record in index.documents()] == ["farm"]
    with pytest.raises(DocumentError, match="footnote documents"):
        index.document("zoo")


def test_a_write_that_fails_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    with pytest.raises(KeyboardInterrupt), write_index(tmp_path, LETTERS, splitting=SPLITTING) as writer:
        writer.remove("zoo")
        raise KeyboardInterrupt
    assert PassageIndex(tmp_path, LETTERS).document("zoo").text == "Bears eat honey."
    assert [path.name for path in (tmp_path / "generations").iterdir()] == ["000001"]


def test_a_write_without_changes_makes_no_generation(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    with write_index(tmp_path, LETTERS, splitting=SPLITTING):
        pass
    assert generations.find_current(tmp_path).name == "000001"


def test_leftovers_of_a_killed_writer_are_swept_away(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    leftover = tmp_path / "generations" / "000002"
    leftover.mkdir()
    (leftover / "half-written").write_text("x")
    put(tmp_path, "farm", "Cows moo.")
    assert not (tmp_path / "generations" / "000002" / "half-written").exists()
    assert [record.id for record in PassageIndex(tmp_path, LETTERS).documents()] == ["zoo", "farm"]


def test_only_the_last_generations_stay_on_disk(tmp_path: Path) -> None:
    for number in range(5):
        put(tmp_path, "zoo", f"Bears eat honey {number}.")
    names = sorted(path.name for path in (tmp_path / "generations").iterdir())
    assert names == ["000004", "000005"]


def test_a_second_writer_waits_and_says_so_then_gives_up(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    waited = threading.Event()
    with (
        generations.hold_lock(tmp_path, timeout=5),
        pytest.raises(IndexWriteError, match="another process"),
        write_index(tmp_path, LETTERS, splitting=SPLITTING, timeout=0.2, on_wait=waited.set),
    ):
        pytest.fail("two writers at once")
    assert waited.is_set()


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match=r"no index at .* footnote ingest PATH"):
        PassageIndex(tmp_path / "absent", LETTERS)


def test_an_index_of_another_model_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    other: Any = LetterEmbeddings("numbers")
    with pytest.raises(IndexMismatchError, match=r"'letters'.*'numbers'.*--rebuild"):
        PassageIndex(tmp_path, other)
    with (
        pytest.raises(IndexMismatchError, match="cut as"),
        write_index(tmp_path, LETTERS, splitting="another way"),
    ):
        pytest.fail("opened")


def test_an_index_of_a_later_format_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    profile = tmp_path / "generations" / "000001" / "index.json"
    profile.write_text(json.dumps(json.loads(profile.read_text()) | {"format_version": 99}))
    with pytest.raises(IndexMismatchError, match=r"format 99.*--rebuild"):
        PassageIndex(tmp_path, LETTERS)


@pytest.mark.parametrize("name", ["index.json", "documents.jsonl", "keyword/ids.json", "chroma/chroma.sqlite3"])
@pytest.mark.parametrize("damage", ["absent", "truncated", "garbage"])
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, name: str, damage: str) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    path = tmp_path / "generations" / "000001" / name
    content = path.read_bytes()
    if damage == "absent":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"\x00garbage" * 99)
    with pytest.raises(IndexDamagedError, match=r"damaged .*footnote repair"):
        PassageIndex(tmp_path, LETTERS).document("zoo")


@pytest.mark.filterwarnings("ignore:legacy embedding function config")  # Chroma's own, on update
def test_altered_words_are_never_quoted(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    import chromadb

    folder = tmp_path / "generations" / "000001" / "chroma"
    with chromadb.PersistentClient(str(folder)) as client:
        collection = client.get_collection("passages", embedding_function=None)
        vector = LETTERS.embed_query("Bears eat honey.")
        collection.update(ids=["zoo:0-16"], documents=["Bears eat people"], embeddings=[vector])
    index = PassageIndex(tmp_path, LETTERS)
    with pytest.raises(IndexDamagedError, match="not what was indexed"):
        index.current().search_vectors(LETTERS.embed_query("bears"), 1)


def test_an_empty_index_can_be_opened_and_searched(tmp_path: Path) -> None:
    with write_index(tmp_path, LETTERS, splitting=SPLITTING):
        pass
    generation = PassageIndex(tmp_path, LETTERS).current()
    assert generation.search_vectors(LETTERS.embed_query("bears"), 3) == []
    assert generation.search_keywords("bears", 3) == []
