"""The passage index: generations, what a reader sees of a writer, and what damage looks like."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chroma_server import ChromaProcess, running_server
from letters import LETTERS, SPLITTING, LetterEmbeddings, add, put

from rag.errors import DocumentError, IndexDamagedError, IndexMismatchError, IndexWriteError, NoIndexError
from rag.index import generations
from rag.index.chroma_client import open_collection
from rag.index.document_records import DocumentRecord, make_record
from rag.index.passage_index import PassageIndex, read_documents
from rag.index.writer import write_index
from rag.settings import ChromaServer
from rag.types import Block, Document, Passage, Span, text_digest

Location = Path | ChromaServer


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    """A Chroma server that the tests of this file share, each with a collection of its own."""
    with running_server(tmp_path_factory.mktemp("chroma") / "data") as server:
        yield server


@pytest.fixture(params=["directory", "server"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """A place for an index, of either kind; nothing is there yet."""
    if request.param == "directory":
        return tmp_path / "index"
    chroma = request.getfixturevalue("chroma")
    return ChromaServer(chroma.url, f"test-{uuid.uuid4().hex[:8]}", cache=tmp_path / "cache")


def test_a_document_comes_back_as_it_went_in(location: Location) -> None:
    put(location, "zoo", "Bears eat honey. ", "Zebras graze.\u2028Next line")
    index = PassageIndex(location, LETTERS)
    assert index.document("zoo").text == "Bears eat honey. Zebras graze.\u2028Next line"
    assert [passage.span for passage in index.passages("zoo")] == [Span("zoo", 0, 17), Span("zoo", 17, 40)]
    assert [record.id for record in index.documents()] == ["zoo"]


def test_both_searches_rank_the_right_passage_first(location: Location) -> None:
    put(location, "zoo", "Bears eat honey. ", "Zebras graze. ", "Quick wolves jump.")
    generation = PassageIndex(location, LETTERS).current()
    assert generation.search_vectors(LETTERS.embed_query("zebras graze"), 3)[0].passage.text == "Zebras graze. "
    assert [hit.passage.text for hit in generation.search_keywords("which wolf jumps?", 3)] == ["Quick wolves jump."]
    assert generation.search_keywords("penguin", 3) == []


def test_restricting_to_a_document_ranks_only_its_passages(location: Location) -> None:
    put(location, "zoo", "Bears eat honey. ", "Zebras graze.")
    put(location, "farm", "Bears eat honey too.")
    generation = PassageIndex(location, LETTERS).current()
    by_vector, by_keyword = generation.search_documents(LETTERS.embed_query("bears"), "bears honey", ["farm"], 9)
    assert {hit.passage.span.document_id for hit in by_vector + by_keyword} == {"farm"}
    with pytest.raises(DocumentError, match="no document 'desert'"):
        generation.search_documents(LETTERS.embed_query("x"), "x", ["desert"], 9)


def test_very_many_documents_are_searched_as_exactly_as_a_few(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    animals = ("bear", "zebra", "wolf", "ant", "quail", "yak", "otter", "newt", "ibex", "kudu", "lynx", "mole")
    with write_index(location, LETTERS, splitting=SPLITTING) as writer:
        for number, animal in enumerate(animals):
            add(writer, f"d{number}", f"The {animal} eats. ", f"{animal.title()} cubs sleep.")
    generation, chosen = PassageIndex(location, LETTERS).current(), [f"d{number}" for number in range(0, 12, 2)]
    asked = (LETTERS.embed_query("otter cubs"), "otter cubs", chosen, 5)
    exactly = generation.search_documents(*asked)
    monkeypatch.setattr("rag.index.state.EXACTLY", 3)
    by_graph = generation.search_documents(*asked)
    assert [[hit.passage.id for hit in hits] for hits in by_graph] == [
        [hit.passage.id for hit in hits] for hits in exactly
    ]
    assert [hit.score for hit in by_graph[0]] == pytest.approx([hit.score for hit in exactly[0]], abs=1e-5)
    assert exactly[1][0].passage.text == "Otter cubs sleep."
    assert {hit.passage.span.document_id for hits in by_graph for hit in hits} <= set(chosen)
    everything = generation.search_documents(*asked[:3], 100)
    assert len(everything[0]) == 12, "where fewer passages are there than wanted, all of them"


def test_an_open_reader_sees_a_writers_work_at_its_next_question(location: Location) -> None:
    put(location, "zoo", "Bears eat honey.")
    index = PassageIndex(location, LETTERS)
    before = index.current()
    put(location, "farm", "Cows moo.")
    assert [record.id for record in index.documents()] == ["zoo", "farm"]
    assert list(before.records) == ["zoo"], "a question under way keeps the generation that it began with"


def test_replacing_a_document_leaves_nothing_of_the_old_one(location: Location) -> None:
    put(location, "zoo", "Bears eat honey. ", "Zebras graze.")
    put(location, "zoo", "Owls hoot.")
    index = PassageIndex(location, LETTERS)
    assert index.document("zoo").text == "Owls hoot."
    assert index.current().search_keywords("bears honey", 5) == []
    assert len(index.current().keywords.ids) == 1


def test_removing_a_document(location: Location) -> None:
    put(location, "zoo", "Bears eat honey.")
    put(location, "farm", "Cows moo.")
    with write_index(location, LETTERS, splitting=SPLITTING) as writer:
        writer.remove("zoo")
    index = PassageIndex(location, LETTERS)
    assert [record.id for record in index.documents()] == ["farm"]
    with pytest.raises(DocumentError, match="footnote documents"):
        index.document("zoo")


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ZeroDivisionError, DocumentError])
def test_a_write_that_fails_changes_nothing(location: Location, fault: type[BaseException]) -> None:
    put(location, "zoo", "Bears eat honey.")
    with (
        pytest.raises(IndexWriteError if fault is ZeroDivisionError else fault),
        write_index(location, LETTERS, splitting=SPLITTING) as writer,
    ):
        writer.remove("zoo")
        raise fault
    assert PassageIndex(location, LETTERS).document("zoo").text == "Bears eat honey."
    if isinstance(location, Path):
        assert [path.name for path in (location / "generations").iterdir()] == ["000001"]


def test_starting_afresh_knows_the_old_records_and_keeps_none_of_the_old_passages(location: Location) -> None:
    put(location, "zoo", "Bears eat honey.")
    other: Any = LetterEmbeddings("numbers")
    with write_index(location, other, splitting="another way", fresh=True) as writer:
        assert list(writer.records) == ["zoo"]
        assert list(read_documents(location)) == ["zoo"], "until the end, the old index is there"
        whole = "Cows moo."
        record = DocumentRecord("farm", "Farm", "", "", "farm.txt", "0", text_digest(whole), 1, len(whole))
        writer.add(record, [Passage(Span("farm", 0, len(whole)), whole)], other.embed_documents([whole]))
    assert {name: document.text for name, document in read_documents(location).items()} == {"farm": "Cows moo."}
    assert PassageIndex(location, other).current().search_keywords("bears honey", 3) == []


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


def test_no_index(location: Location) -> None:
    with pytest.raises(NoIndexError, match=r"no index at .* footnote ingest PATH"):
        PassageIndex(location, LETTERS)


def test_an_index_of_another_model_is_refused_with_the_command_that_mends_it(location: Location) -> None:
    put(location, "zoo", "Bears eat honey.")
    other: Any = LetterEmbeddings("numbers")
    with pytest.raises(IndexMismatchError, match=r"'letters'.*'numbers'.*--rebuild"):
        PassageIndex(location, other)
    with (
        pytest.raises(IndexMismatchError, match="cut as"),
        write_index(location, LETTERS, splitting="another way"),
    ):
        pytest.fail("opened")


def test_an_index_of_a_later_format_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    profile = tmp_path / "generations" / "000001" / "index.json"
    profile.write_text(json.dumps(json.loads(profile.read_text()) | {"format_version": 99}))
    (profile.parent / "checksums.json").unlink()  # with which it would count as altered
    (tmp_path / "CURRENT").write_text("000001\n")
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
    opened: Any = chromadb.PersistentClient(str(folder))  # its type is that of what it wraps
    with opened as client:
        collection = client.get_collection("passages", embedding_function=None)
        vector = LETTERS.embed_query("Bears eat honey.")
        collection.update(ids=["zoo:0-16"], documents=["Bears eat people"], embeddings=[vector])
    index = PassageIndex(tmp_path, LETTERS)
    with pytest.raises(IndexDamagedError, match="not what was indexed"):
        index.current().search_vectors(LETTERS.embed_query("bears"), 1)


def test_an_empty_index_can_be_opened_and_searched(location: Location) -> None:
    with write_index(location, LETTERS, splitting=SPLITTING):
        pass
    generation = PassageIndex(location, LETTERS).current()
    assert generation.search_vectors(LETTERS.embed_query("bears"), 3) == []
    assert generation.search_keywords("bears", 3) == []


def test_a_database_that_could_not_be_opened_once_can_be_when_it_is_there_again(tmp_path: Path) -> None:
    put(tmp_path, "zoo", "Bears eat honey.")
    generation = tmp_path / "generations" / "000001"
    database = generation / "chroma" / "chroma.sqlite3"
    content = database.read_bytes()
    database.write_bytes(b"\x00garbage" * 999)
    with pytest.raises(Exception, match="not a database"):
        open_collection(generation)
    database.write_bytes(content)
    collection, close = open_collection(generation)
    assert collection.count() == 1
    close()


def test_blocks_come_back_as_they_went_in_and_one_that_was_cut_once(location: Location) -> None:
    texts = ("Bears eat: honey. ", "Zebras; graze.")
    item, row = Block(0, 5, "item"), Block(6, 32, "row", ((6, 11, 17), (18, 18, 24)))
    passages = (
        Passage(Span("zoo", 0, 18), texts[0], "Zoo", blocks=(item, row)),
        Passage(Span("zoo", 18, 32), texts[1], "Zoo", blocks=(row,)),
    )
    document = Document("zoo", "Zoo", "".join(texts), "zoo.txt", "0", blocks=(item, row))
    with write_index(location, LETTERS, splitting=SPLITTING) as writer:
        writer.add(make_record(document, 2), passages, LETTERS.embed_documents(list(texts)))
    index = PassageIndex(location, LETTERS)
    assert index.document("zoo") == document
    assert index.passages("zoo") == passages


def test_an_index_is_another_one_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        put(Path("index"), name, f"It is {name}.")
        opened.append(PassageIndex("index", LETTERS))
    assert [index.passages(name)[0].text for index, name in zip(opened, ("here", "there"), strict=True)] == [
        "It is here.",
        "It is there.",
    ]
