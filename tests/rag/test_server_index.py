"""An index on a real Chroma server: two clients, two writers, plugs pulled, a server that stands still, wrong addresses."""

from __future__ import annotations

import http.server
import json
import random
import shutil
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from chroma_server import ChromaProcess, running_server
from faults import server_faults
from letters import LETTERS, SPLITTING, add, put

from ingest.pipeline import ingest_paths, remove_document
from rag.chain import build_chain
from rag.errors import IndexDamagedError, IndexMismatchError, IndexWriteError, NoIndexError, ServerError, UsageError
from rag.index.passage_index import PassageIndex
from rag.index.profile import FORMAT_VERSION
from rag.index.server import lease as server_lease
from rag.index.server import state as server_state
from rag.index.server.connection import Connection
from rag.index.server.lease import LEASE, hold_lease
from rag.index.server.state import find_newest, read_entry
from rag.index.server.writer import ServerWriter
from rag.index.state import keyword_text
from rag.index.writer import write_index
from rag.settings import ChromaServer, read_settings


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    with running_server(tmp_path_factory.mktemp("chroma") / "data") as server:
        yield server


@pytest.fixture
def server(chroma: ChromaProcess, tmp_path: Path) -> ChromaServer:
    """An index of its own on the shared server; nothing is there yet."""
    return ChromaServer(chroma.url, f"test-{uuid.uuid4().hex[:8]}", timeout=10, cache=tmp_path / "cache")


@pytest.fixture
def hurried_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease whose holder has been killed is taken over at once."""
    monkeypatch.setattr(server_lease, "PATIENT_LOOKS", 3)
    monkeypatch.setattr(server_lease, "LOOK", 0.1)


def search(index: PassageIndex, question: str) -> list[str]:
    """The best passage by meaning, and the best one by keyword."""
    state = index.current()
    hits = state.search_vectors(LETTERS.embed_query(question), 1) + state.search_keywords(question, 1)
    return [hit.passage.text for hit in hits]


def count_rows(server: ChromaServer) -> tuple[int, int, int]:
    """How many records of documents, passages and generations the server keeps, dead ones included."""
    connection = Connection(server)
    entries = connection.find(server.collection)
    assert entries is not None
    newest = find_newest(entries)
    assert newest is not None
    passages = connection.find(read_entry(newest, server).passages)
    return (
        len(list(entries.find({"kind": "document"}))),
        len(list(passages.find({"start": {"$gte": 0}}))) if passages else 0,
        len(list(entries.find({"kind": "generation"}))),
    )


def test_one_client_asks_while_another_ingests_and_sees_it_at_its_next_question(server: ChromaServer) -> None:
    put(server, "zoo", "Bears eat honey. ", "Zebras graze.")
    index = PassageIndex(server, LETTERS)
    with write_index(server, LETTERS, splitting=SPLITTING) as writer:
        add(writer, "farm", "Cows moo.")
        add(writer, "zoo", "Bears sleep.")
        assert search(index, "Bears eat honey.") == ["Bears eat honey. "] * 2
    assert search(index, "Cows moo.") == ["Cows moo."] * 2
    assert search(index, "Bears") == ["Bears sleep."] * 2


def test_of_a_changed_index_only_what_is_new_is_read_for_its_keywords(
    server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def watched(heading: str, text: str) -> str:
        read.append(text)
        return keyword_text(heading, text)

    monkeypatch.setattr(server_state, "keyword_text", watched)
    put(server, "zoo", "Bears eat honey. ", "Zebras graze.")
    index = PassageIndex(server, LETTERS)
    read.clear()
    put(server, "farm", "Cows moo.")
    assert search(index, "Cows moo.") == ["Cows moo."] * 2 and read == ["Cows moo."]
    with write_index(server, LETTERS, splitting=SPLITTING) as writer:
        writer.remove("zoo")
    assert search(index, "Cows moo.") == ["Cows moo."] * 2 and read == ["Cows moo."]
    assert search(PassageIndex(server, LETTERS), "Cows moo.") == ["Cows moo."] * 2
    assert read == ["Cows moo."], "it is kept on this machine"
    put(server, "zoo", "Owls hoot.")
    again = PassageIndex(server, LETTERS)
    assert search(again, "Owls hoot.") == ["Owls hoot."] * 2
    assert read == ["Cows moo.", "Owls hoot."], "made of what was kept of the one before"
    alone = PassageIndex(replace(server, cache=server.cache / "elsewhere"), LETTERS)
    for asked in ("Owls hoot.", "cows", "moo hoot"):
        one, other = (
            dict(zip(each.current().keywords.ids, each.current().keywords.scores(asked), strict=True))
            for each in (alone, again)
        )
        assert one == pytest.approx(other)


def test_many_questions_at_once_see_the_newest_generation(server: ChromaServer) -> None:
    put(server, "zoo", "Bears eat honey.")
    index = PassageIndex(server, LETTERS)
    put(server, "zoo", "Owls hoot.")
    found: list[list[str]] = []
    asking = [threading.Thread(target=lambda: found.append(search(index, "owls hoot"))) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert found == [["Owls hoot."] * 2] * 8


def test_a_question_under_way_keeps_its_generation_through_one_command_and_is_told_after_two(
    server: ChromaServer,
) -> None:
    put(server, "zoo", "Bears eat honey.")
    before = PassageIndex(server, LETTERS).current()
    put(server, "zoo", "Owls hoot.")
    assert before.document("zoo").text == "Bears eat honey."
    assert [hit.passage.text for hit in before.search_keywords("honey", 1)] == ["Bears eat honey."]
    put(server, "zoo", "Cows moo.")
    with pytest.raises(ServerError, match="changed twice meanwhile; ask again"):
        before.search_keywords("honey", 1)


def test_dead_passages_never_crowd_out_living_ones(server: ChromaServer) -> None:
    # Each of other letters: rows that are all alike would be an island in the graph, which nothing leads out of.
    rows = [f"Bears eat honey, {'abcdefghij'[row % 10] * (row // 10)}. " for row in range(400)]
    put(server, "zoo", *rows)
    put(server, "zoo", "Zebras graze.")
    state = PassageIndex(server, LETTERS).current()
    nearest = state.search_vectors(LETTERS.embed_query(rows[7]), 3)
    assert [hit.passage.text for hit in nearest] == ["Zebras graze."]


def test_what_is_dead_is_deleted_by_a_later_command(server: ChromaServer) -> None:
    for edition in range(5):
        put(server, "zoo", *(f"Edition {edition}, row {row}. " for row in range(3)))
    assert count_rows(server) == (2, 6, 2), "the current generation, and the one before it"


def test_a_rebuild_moves_to_new_passages_and_drops_the_old_ones(server: ChromaServer) -> None:
    put(server, "zoo", "Bears eat honey.")
    put(server, "zoo", "Bears eat honey.", fresh=True)
    put(server, "farm", "Cows moo.")
    put(server, "farm", "Cows moo loudly.")
    with urlopen(f"{server.url}/api/v2/tenants/default_tenant/databases/default_database/collections") as reply:
        names = [collection["name"] for collection in json.load(reply)]
    assert len([name for name in names if name.startswith(f"{server.collection}-passages-")]) == 1


def test_two_writers_at_once_both_end_up_whole(server: ChromaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_lease, "LOOK", 0.05)
    waited: list[int] = []

    def write(number: int) -> None:
        texts = [f"Document {number}, row {row}. " for row in range(50)]
        put(server, f"document-{number}", *texts, on_wait=lambda: waited.append(number))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    index = PassageIndex(server, LETTERS)
    for number in range(3):
        expected = "".join(f"Document {number}, row {row}. " for row in range(50))
        assert index.document(f"document-{number}").text == expected
    assert len(waited) == len(set(waited)) >= 1


def test_a_second_writer_waits_and_says_so_then_gives_up(server: ChromaServer) -> None:
    put(server, "zoo", "Bears eat honey.")
    waited = threading.Event()
    entries = Connection(server).make(server.collection, searched=False)
    with (
        hold_lease(entries, server, timeout=5),
        pytest.raises(IndexWriteError, match="another process"),
        write_index(server, LETTERS, splitting=SPLITTING, timeout=0.2, on_wait=waited.set),
    ):
        pytest.fail("two writers at once")
    assert waited.is_set()


@pytest.mark.parametrize("others", [1, 2, 3])
@pytest.mark.parametrize("early", [True, False], ids=["passages-sent-before", "passages-sent-after"])
def test_a_writer_that_was_taken_over_changes_nothing_and_says_so(
    server: ChromaServer, others: int, early: bool
) -> None:
    put(server, "zoo", "Bears eat honey.")
    connection = Connection(server)
    entries = connection.make(server.collection, searched=False)
    slow = ServerWriter(connection, entries, LETTERS, SPLITTING, fresh=False)
    add(slow, "zoo", "Bears sleep.")
    if early:
        slow.write_pending()
    for number in range(others):
        put(server, "farm", f"Cows moo {number}.")
    with pytest.raises(IndexWriteError, match="nothing was changed, try again"):
        slow.commit()
    for _ in range(2):
        index = PassageIndex(server, LETTERS)
        assert [record.id for record in index.documents()] == ["zoo", "farm"]
        assert search(index, "honey") == ["Bears eat honey."] * 2
        put(server, "farm", "Cows sleep.")
    assert count_rows(server) == (3, 3, 2), "and what it left behind is swept"


@pytest.mark.usefixtures("hurried_lease")
def test_the_lease_of_a_killed_writer_is_taken_over(server: ChromaServer) -> None:
    put(server, "zoo", "Bears eat honey.")
    entries = Connection(server).make(server.collection, searched=False)
    server_lease.take_lease(entries, "killed", server, 5, None)
    put(server, "zoo", "Owls hoot.")
    assert PassageIndex(server).document("zoo").text == "Owls hoot."
    assert entries.get([LEASE]) == []


@pytest.mark.usefixtures("hurried_lease")
def test_a_lease_that_shows_signs_of_life_is_not_taken_over(
    server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_lease, "BEAT", 0.05)
    entries = Connection(server).make(server.collection, searched=False)
    with (
        hold_lease(entries, server, timeout=5),
        pytest.raises(IndexWriteError, match="another process"),
        hold_lease(entries, server, timeout=1),
    ):
        pytest.fail("two holders")


@pytest.mark.usefixtures("hurried_lease")
@pytest.mark.parametrize("fault", list(server_faults.FAULTS))
def test_no_plug_that_is_pulled_loses_anything(fault: str, tmp_path: Path) -> None:
    random.seed(fault)
    with running_server(tmp_path / "data") as chroma:
        server = ChromaServer(chroma.url, fault, timeout=3, cache=tmp_path / "cache")
        outcome = server_faults.FAULTS[fault](chroma, server, 1)
    assert outcome.times == 1 and outcome.lost == [], outcome
    assert not any("SEVERAL LINES" in words for words in outcome.seen), outcome


def test_an_open_index_outlives_a_restart_of_its_server(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as chroma:
        server = ChromaServer(chroma.url, timeout=10, cache=tmp_path / "cache")
        put(server, "zoo", "Bears eat honey.")
        index = PassageIndex(server, LETTERS)
        chroma.kill()
        with pytest.raises(ServerError, match=rf"no Chroma server answers at {chroma.url} .*chroma run"):
            index.current()
        chroma.start()
        assert search(index, "honey") == ["Bears eat honey."] * 2
        chroma.kill()
        shutil.rmtree(chroma.folder)
        chroma.start()
        with pytest.raises(NoIndexError, match="footnote ingest PATH"):
            index.current()
        put(server, "zoo", "Owls hoot.")
        assert search(index, "owls hoot") == ["Owls hoot."] * 2


def test_a_server_that_stands_still_is_waited_for_no_longer_than_the_time_out(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as chroma:
        server = ChromaServer(chroma.url, timeout=0.5, cache=tmp_path / "cache")
        put(replace(server, timeout=10), "zoo", "Bears eat honey.")
        index = PassageIndex(server, LETTERS)
        state = index.current()
        chroma.stall()
        calls: list[Callable[[], Any]] = [
            index.current,
            lambda: state.search_keywords("honey", 1),
            lambda: PassageIndex(server),
            lambda: put(server, "zoo", "Owls hoot."),
        ]
        for call in calls:
            with pytest.raises(ServerError, match=r"has not answered for 0.5 seconds; .*FOOTNOTE_CHROMA_TIMEOUT"):
                call()
        chroma.resume()
        assert search(index, "honey") == ["Bears eat honey."] * 2


@contextmanager
def web_server(status: int, kind: str, body: bytes) -> Iterator[str]:
    """The address of a server that answers everything in the same way."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "kind", "body", "expected"),
    [
        (200, "text/html; charset=utf-8", b"<html>Hello</html>", r"not a Chroma server .*\(HTTP 200, text/html\)"),
        (502, "text/html", b"<html>\nBad\ngateway</html>", r"not a Chroma server .*\(HTTP 502, text/html\)"),
        (200, "application/json", b'{"hello": "world"}', "not a Chroma server"),
        (200, "application/json", b"[1, 2", "not a Chroma server"),
        (404, "application/json", b'{"detail": "Not Found"}', "not a Chroma server"),
        (404, "application/json", b'{"error": "Unimplemented", "message": "no"}', "not a Chroma server"),
        (401, "application/json", b"{}", "refuses the caller; set FOOTNOTE_CHROMA_TOKEN"),
        (302, "text/html", b"", "not a Chroma server"),
    ],
)
def test_what_is_no_chroma_server_is_one_line(status: int, kind: str, body: bytes, expected: str) -> None:
    with web_server(status, kind, body) as url, pytest.raises(ServerError, match=expected) as caught:
        PassageIndex(ChromaServer(url, timeout=5), LETTERS)
    assert "\n" not in str(caught.value) and url in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", r"no Chroma server answers at http://127.0.0.1:1 .*chroma run"),
        ("http://user:secret@127.0.0.1:1", r"no Chroma server answers at http://…@127.0.0.1:1 "),
        ("http://no-such-host.invalid:8000", "no Chroma server answers at http://no-such-host.invalid:8000"),
        ("http://127.0.0.1:99999", "http://127.0.0.1:99999"),
    ],
)
def test_a_wrong_address_is_one_line(url: str, expected: str) -> None:
    with pytest.raises(ServerError, match=expected) as caught:
        PassageIndex(ChromaServer(url, timeout=5), LETTERS)
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)


def test_a_port_that_speaks_another_language_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            for _ in range(2):  # a call that breaks off is tried a second time
                caller, _ = listener.accept()
                with caller:
                    caller.sendall(b"SSH-2.0-OpenSSH\r\n")

        threading.Thread(target=greet, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ServerError, match=f"no Chroma server answers at {url}") as caught:
            PassageIndex(ChromaServer(url, timeout=5), LETTERS)
    assert "\n" not in str(caught.value)


def test_a_collection_of_someone_else_is_no_index(server: ChromaServer) -> None:
    Connection(server).make(server.collection, searched=True)
    with pytest.raises(NoIndexError, match="footnote ingest PATH"):
        PassageIndex(server, LETTERS)


def test_an_index_of_a_later_format_is_refused_and_can_be_replaced(server: ChromaServer) -> None:
    put(server, "zoo", "Bears eat honey.")
    entries = Connection(server).make(server.collection, searched=False)
    newest = find_newest(entries)
    assert newest is not None
    entries.update(newest.id, {"format_version": FORMAT_VERSION + 1})
    with pytest.raises(IndexMismatchError, match=rf"format {FORMAT_VERSION + 1}.*--rebuild"):
        PassageIndex(server, LETTERS)
    put(server, "zoo", "Owls hoot.", fresh=True)
    assert PassageIndex(server, LETTERS).document("zoo").text == "Owls hoot."


@pytest.mark.parametrize("damage", ["generation", "record", "passages", "some-passages", "words"])
def test_what_is_damaged_is_named_and_can_be_built_again(server: ChromaServer, damage: str) -> None:
    put(server, "zoo", "Bears eat honey. ", "Zebras graze.")
    connection = Connection(server)
    entries = connection.make(server.collection, searched=False)
    newest = find_newest(entries)
    assert newest is not None
    entry = read_entry(newest, server)
    passages = connection.find(entry.passages)
    assert passages is not None
    if damage == "generation":
        entries.update(newest.id, {"dimension": "many"})
    elif damage == "record":
        entries.delete(list(entry.versions))
    elif damage == "passages":
        connection.drop(entry.passages)
    elif damage == "some-passages":
        passages.delete([f"{entry.versions[0]}:1"])
    else:
        passages.update(f"{entry.versions[0]}:1", {"start": 3})
    with pytest.raises(IndexDamagedError, match=r"is damaged \(.*--rebuild"):
        PassageIndex(server, LETTERS).document("zoo")
    put(server, "zoo", "Owls hoot.", fresh=True)
    assert search(PassageIndex(server, LETTERS), "owls hoot") == ["Owls hoot."] * 2


def test_the_keyword_cache_is_shared_swept_and_rebuilt_when_broken(server: ChromaServer) -> None:
    for edition in range(4):
        put(server, "zoo", f"Edition {edition}, bears eat honey.")
        assert search(PassageIndex(server, LETTERS), "honey") == [f"Edition {edition}, bears eat honey."] * 2
    [collection] = (server.cache / "keywords").iterdir()
    assert len(list(collection.iterdir())) == 2
    for path in collection.rglob("*.*"):
        path.write_bytes(b"garbage")
    assert search(PassageIndex(server, LETTERS), "honey") == ["Edition 3, bears eat honey."] * 2
    shutil.rmtree(server.cache)
    server.cache.write_text("not a folder")
    assert search(PassageIndex(server, LETTERS), "honey") == ["Edition 3, bears eat honey."] * 2


def test_the_bundled_article_is_ingested_asked_rebuilt_and_removed(server: ChromaServer, embeddings: Any) -> None:
    articles = Path(__file__).parents[2] / "data" / "articles"
    location: Any = server
    assert [report.status for report in ingest_paths([articles], directory=location, embeddings=embeddings)] == [
        "added"
    ]
    chain = build_chain(PassageIndex(server, embeddings))
    answer = chain.invoke("Where is the Sohae launch site?")
    document = PassageIndex(server).document("hanoi-summit")
    assert answer.citations and not answer.abstained
    assert all(document.quote(citation.span) == citation.quote for citation in answer.citations)
    for rebuild, status in ((False, "unchanged"), (True, "replaced")):
        reports = ingest_paths([articles], directory=location, embeddings=embeddings, rebuild=rebuild)
        assert [report.status for report in reports] == [status]
    again = chain.invoke("Where is the Sohae launch site?")
    assert (again.text, again.citations) == (answer.text, answer.citations)
    remove_document("hanoi-summit", directory=location, embeddings=embeddings)
    assert PassageIndex(server).documents() == ()


def test_settings_name_the_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert read_settings(index=tmp_path).location == tmp_path
    monkeypatch.setenv("FOOTNOTE_CHROMA_URL", "http://user:secret@localhost:8000/")
    monkeypatch.setenv("FOOTNOTE_COLLECTION", "library")
    monkeypatch.setenv("FOOTNOTE_CHROMA_TOKEN", "hidden")
    location = read_settings().location
    assert isinstance(location, ChromaServer)
    assert (location.url, location.collection) == ("http://user:secret@localhost:8000", "library")
    assert str(location) == "library on http://…@localhost:8000"
    assert "hidden" not in repr(location) and "hidden" not in repr(read_settings())
    for name, value in [("FOOTNOTE_CHROMA_URL", "localhost:8000"), ("FOOTNOTE_COLLECTION", "a b")]:
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            with pytest.raises(UsageError, match=name):
                read_settings()
