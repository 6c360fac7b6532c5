"""What browsers add: found by a token that cannot be made up, kept for a day, within limits, and gone when it is to go."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_containers import make_zip

from ingest.report import SourceReport
from rag.chain import build_chain
from rag.errors import DocumentError, SourceError, UsageError
from rag.index.passage_index import PassageIndex
from rag.settings import Settings, read_settings
from rag.types import Question
from ui.web.library.library import Library
from ui.web.library.open_libraries import MOST_OPEN
from ui.web.library.pending_replacements import MOST_PENDING, PENDING_SECONDS, PendingReplacement
from ui.web.library.provenance import Adder, read_provenance
from ui.web.library.quotas import GOING
from ui.web.library.readable import PROBLEM, VISITED
from ui.web.library.received import clean_name, make_file_name, tell_apart
from ui.web.library.uploads import KEPT_SECONDS, Uploads, read_secret

BREAD = "Sourdough bread should prove for twelve hours before it is baked.\n"
LATER = KEPT_SECONDS + 60


@pytest.fixture
def shared(article_index: Path, embeddings: Any) -> PassageIndex:
    return PassageIndex(article_index, embeddings)


@pytest.fixture
def limits(tmp_path: Path, article_index: Path) -> Settings:
    return read_settings(index=article_index, uploads=tmp_path / "uploads", max_documents=3, max_upload_mb=0.01)


@pytest.fixture(autouse=True)
def received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that uploads are received in."""
    folder = tmp_path / "received"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


@pytest.fixture
def uploads(shared: PassageIndex, limits: Settings, received: Path) -> Uploads:
    return Uploads(shared, limits)


@pytest.fixture
def write(received: Path) -> Callable[..., Path]:
    def write_file(name: str, text: str = BREAD) -> Path:
        folder = received / str(time.monotonic_ns())
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return write_file


# ---- tokens ----


def test_a_token_is_known_again_by_the_next_server_and_by_no_other(
    uploads: Uploads, shared: PassageIndex, limits: Settings, tmp_path: Path
) -> None:
    token = uploads.issue()
    assert uploads.is_issued(token) and Uploads(shared, limits).is_issued(token)
    assert not Uploads(shared, limits.model_copy(update={"uploads": tmp_path / "other"})).is_issued(token)
    assert len({uploads.issue() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: ("0" if token[0] != "0" else "1") + token[1:],
        lambda token: token.partition(".")[0],
        lambda token: token + "\n",
        lambda token: f"../{token}",
        lambda token: token.upper(),
        lambda token: "",
        lambda token: None,
        lambda token: 7,
        lambda token: [token],
        lambda token: "shared." + "0" * 64,
    ],
)
def test_no_token_can_be_made_up(uploads: Uploads, change: Callable[[str], Any]) -> None:
    assert not uploads.is_issued(change(uploads.issue()))


def test_the_secret_is_for_its_owner_alone_and_made_once(tmp_path: Path) -> None:
    found: list[bytes] = []
    workers = [threading.Thread(target=lambda: found.append(read_secret(tmp_path / "new"))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 8 and len(set(found)) == 1 and len(found[0]) == 64
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret"]
    if os.name == "posix":
        assert (tmp_path / "new" / "secret").stat().st_mode & 0o077 == 0
        assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_where_nothing_can_be_kept_it_is_said_and_uploads_go_with_the_server(
    shared: PassageIndex, limits: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture, write: Callable[..., Path]
) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        uploads = Uploads(shared, limits.model_copy(update={"uploads": tmp_path / "file" / "uploads"}))
    assert "FOOTNOTE_UPLOADS" in caplog.text
    library = uploads.library(uploads.issue())
    library.add_files([write("bread.txt")])
    assert library.documents() and uploads.folder.exists()
    uploads.close()
    assert not uploads.folder.exists()


# ---- libraries ----


def done(report: object) -> SourceReport:
    """The report of what was done at once, with no word asked before."""
    assert isinstance(report, SourceReport)
    return report


def test_what_is_added_is_read_deleted_kept_and_found_by_the_next_server(
    uploads: Uploads, shared: PassageIndex, limits: Settings, write: Callable[..., Path]
) -> None:
    token = uploads.issue()
    path = write("bread.txt")
    ((name, report),) = uploads.library(token).add_files([path])
    assert (name, done(report).status, done(report).document) == ("bread.txt", "added", "bread")
    assert not path.exists() and not list((uploads.library(token).folder / "files").iterdir())
    library = Uploads(shared, limits).library(token)
    assert library.document("bread").text == BREAD
    ((_, again),) = library.add_files([write("bread.txt", BREAD.replace("twelve", "ten"))])
    assert done(again).status == "replaced" and "ten hours" in library.document("bread").text
    index = library.open_index()
    assert index is not None
    answer = build_chain([shared, index], settings=limits).invoke(Question("How long should sourdough bread prove?"))
    assert "ten hours" in answer.text


def test_two_visits_of_one_browser_see_the_same_library_and_another_browser_does_not(
    uploads: Uploads, write: Callable[..., Path]
) -> None:
    token = uploads.issue()
    first, second = uploads.library(token), uploads.library(token)
    assert first is second
    first.add_files([write("bread.txt")])
    assert [record.id for record in second.documents()] == ["bread"]
    other = uploads.library(uploads.issue())
    assert other.documents() == () and other.open_index() is None
    with pytest.raises(DocumentError):
        other.document("bread")


def test_a_shared_library_is_everybodys_and_outlives_forgetting(
    shared: PassageIndex, limits: Settings, write: Callable[..., Path]
) -> None:
    uploads = Uploads(shared, limits.model_copy(update={"share_library": True}))
    ada, bob = uploads.issue(), uploads.issue()
    uploads.library(ada).add_files([write("bread.txt")])
    assert [record.id for record in uploads.library(bob).documents()] == ["bread"]
    uploads.forget(ada)
    assert uploads.sweep(time.time() + LATER) == 0
    assert uploads.library(bob).documents()


def test_files_of_one_name_that_are_added_together_are_both_kept(uploads: Uploads, write: Callable[..., Path]) -> None:
    library = uploads.library(uploads.issue())
    library.add_files([write("note.txt", "The mill burned down in 1911.\n"), write("note.txt")])
    assert {library.document(record.id).text for record in library.documents()} == {
        "The mill burned down in 1911.\n",
        BREAD,
    }
    assert tell_apart(["a.txt", "a.txt", "b.txt", "a 2.txt", "a.txt"]) == [
        "a.txt",
        "a 2.txt",
        "b.txt",
        "a 2 2.txt",
        "a 3.txt",
    ]


def test_progress_says_which_of_several_files_is_read(uploads: Uploads, write: Callable[..., Path]) -> None:
    told: list[str] = []
    paths = [write("b.txt"), write("a.txt", "The mill burned down.\n"), write("c.bin"), write("d.txt", "")]
    reports = uploads.library(uploads.issue()).add_files(paths[:2], lambda label, *_: told.append(label))
    assert list(dict.fromkeys(told)) == ["Reading b.txt", "Reading a.txt", "Reading", "Embedding"]
    assert [name for name, _ in reports] == ["b.txt", "a.txt"]
    told.clear()
    uploads.library(uploads.issue()).add_files(paths[2:], lambda label, *_: told.append(label))
    assert "Reading c.bin" not in told, "what is no document is not read"


def test_more_documents_than_the_limit_are_refused_in_one_line_and_none_is_half_added(
    uploads: Uploads, write: Callable[..., Path]
) -> None:
    library = uploads.library(uploads.issue())
    library.add_files([write("a.txt", "Alpha is first.\n"), write("b.txt", "Beta is second.\n")])
    extra = [write("c.txt"), write("d.txt", "Delta is fourth.\n")]
    with pytest.raises(UsageError, match="4 added documents, the limit is 3; remove some"):
        library.add_files(extra)
    assert len(library.documents()) == 2 and not any(path.exists() for path in extra)
    library.add_files([write("a.txt", "Alpha is still first.\n"), write("c.txt")])  # a new version takes no room
    assert len(library.documents()) == 3
    library.remove("b")
    library.add_files([write("d.txt", "Delta is fourth.\n")])
    assert {record.id for record in library.documents()} == {"a", "c", "d"}


def test_pasted_text_is_a_document_of_its_title_or_its_first_words(uploads: Uploads) -> None:
    library = uploads.library(uploads.issue())
    library.add_text("Baking: a note", BREAD)
    library.add_text(" ", "The mill burned down in 1911.\n")
    titles = {record.title for record in library.documents()}
    assert titles == {"Baking a note", "The mill burned down in 1911"}
    assert not [path for path in library.folder.rglob("*.txt") if "index" not in path.parts]


@pytest.mark.parametrize(
    ("text", "words"),
    [(" \n", "no text"), ("x" * 20_000, "0.02 MB, the limit is 0.01; save it as a file"), ("\ud800", "")],
)
def test_pasted_text_that_cannot_be_added_is_told_in_one_line(uploads: Uploads, text: str, words: str) -> None:
    library = uploads.library(uploads.issue())
    if words:
        with pytest.raises(UsageError, match=words):
            library.add_text("t", text)
    else:
        ((_, report),) = library.add_text("t", text)  # half a character of two: read as a question mark
        assert done(report).status in ("added", "failed")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc passwd.txt"),
        ("a/b\\c\x00d", "a b c d.txt"),
        ("", "Pasted text.txt"),
        ("🌹", "Pasted text.txt"),
        ("CON", "CON.txt"),
        ("w " * 200, ("w " * 30).strip() + ".txt"),
        ("Łódź – szkic", "Łódź szkic.txt"),
    ],
)
def test_a_title_becomes_a_plain_file_name(title: str, name: str) -> None:
    assert make_file_name(title) == name


def test_what_is_removed_is_gone_and_what_is_not_there_says_so(uploads: Uploads, write: Callable[..., Path]) -> None:
    library = uploads.library(uploads.issue())
    with pytest.raises(DocumentError):
        library.remove("bread")
    library.add_files([write("bread.txt")])
    with pytest.raises(DocumentError):
        library.remove("hanoi-summit")  # everybody's, and not in this library
    library.remove("bread")
    assert library.documents() == ()


def test_indexing_anew_keeps_every_word_though_the_files_are_gone(uploads: Uploads, write: Callable[..., Path]) -> None:
    library = uploads.library(uploads.issue())
    library.add_files([write("bread.txt")])
    ((_, report),) = library.reindex()
    assert done(report).status == "replaced" and library.document("bread").text == BREAD


@pytest.mark.parametrize("harm", ["damaged", "of another model"])
def test_a_library_that_cannot_be_read_says_so_and_indexing_anew_mends_it(
    uploads: Uploads, shared: PassageIndex, limits: Settings, write: Callable[..., Path], harm: str
) -> None:
    token = uploads.issue()
    library = uploads.library(token)
    library.add_files([write("bread.txt")])
    if harm == "damaged":
        for path in library.folder.glob("index/generations/*/keyword/**/*"):
            if path.is_file():
                path.write_bytes(b"")
    fresh = Uploads(shared, limits).library(token)
    with pytest.MonkeyPatch.context() as patch:
        if harm == "of another model":
            patch.setattr(shared.embeddings, "name", "somebody/else")
        assert fresh.documents() == () and fresh.problem == PROBLEM
    assert [done(report).document for _, report in fresh.reindex()] == ["bread"]
    assert fresh.document("bread").text == BREAD and not fresh.problem


def test_a_folder_that_cannot_be_written_is_one_line(uploads: Uploads, write: Callable[..., Path]) -> None:
    library = uploads.library(uploads.issue())
    library.folder.write_text("a file where the folder should be")
    with pytest.raises(SourceError, match="cannot be kept here"):
        library.add_files([write("bread.txt")])
    with pytest.raises(SourceError, match="cannot be kept here"):
        library.add_text("Bread", BREAD)


# ---- what is no upload ----


def make_fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def make_link(path: Path, target: Path) -> Path:
    path.symlink_to(target)
    return path


@pytest.mark.parametrize(
    "make",
    [
        lambda received, outside: outside,
        lambda received, outside: Path("/dev/zero"),
        lambda received, outside: Path("/dev/null"),
        lambda received, outside: Path("/proc/self/environ"),
        lambda received, outside: received,
        lambda received, outside: received / "nothing.txt",
        lambda received, outside: received / "a\x00b.txt",
        lambda received, outside: received / ".." / outside.name,
        lambda received, outside: make_fifo(received / "fifo.txt"),
        lambda received, outside: make_link(received / "link.txt", outside),
        lambda received, outside: make_link(received / "folder", outside.parent) / outside.name,
    ],
)
def test_only_a_plain_file_that_was_uploaded_is_read_moved_or_deleted(
    uploads: Uploads,
    write: Callable[..., Path],
    received: Path,
    tmp_path: Path,
    make: Callable[[Path, Path], Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(BREAD)
    library = uploads.library(uploads.issue())
    beside = write("bread.txt")
    with pytest.raises(SourceError, match="no uploaded file"):
        library.add_files([beside, make(received, outside)])
    assert outside.read_text() == BREAD and library.documents() == () and not library.folder.exists()
    assert not beside.exists(), "what was uploaded with it does not stay"
    assert "refused to add" in caplog.text and caplog.text.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\docs\\a.pdf", "a.pdf"),
        (".bashrc", "document.bashrc"),
        (".md", "document.md"),
        ("", "document"),
        (".", "document"),
        ("..", "document"),
        ("a\x00b\nc.txt", "a b c.txt"),
        ("\u202egnp.txt", "gnp.txt"),
        ("a.tar.gz", "a.tar.gz"),
        ("Łódź – szkic.txt", "Łódź – szkic.txt"),
        ("x" * 400 + ".pdf", "x" * 196 + ".pdf"),
        ("🌹" * 300 + ".md", "🌹" * 49 + ".md"),
    ],
)
def test_the_name_of_an_upload_is_a_plain_one(name: str, clean: str) -> None:
    assert clean_name(name) == clean and len(clean_name(name).encode()) <= 200


def test_a_long_name_is_kept_short_and_two_of_them_apart(uploads: Uploads, write: Callable[..., Path]) -> None:
    library = uploads.library(uploads.issue())
    paths = [write("x" * 240 + ".txt", f"Number {number} is here.\n") for number in range(2)]
    assert [report.status for _, report in library.add_files(paths) if isinstance(report, SourceReport)] == [
        "added"
    ] * 2


# ---- how much ----


def test_a_full_folder_takes_nothing_more_and_says_so(
    shared: PassageIndex, limits: Settings, write: Callable[..., Path]
) -> None:
    uploads = Uploads(shared, limits.model_copy(update={"max_storage_mb": 0.01}))
    first = uploads.library(uploads.issue())
    first.add_files([write("bread.txt")])
    for library in (first, uploads.library(uploads.issue())):
        with pytest.raises(UsageError, match="room for added documents is full"):
            library.add_files([write("more.txt", "The mill burned down.\n")])
        with pytest.raises(UsageError, match="room for added documents is full"):
            library.add_text("More", "The mill burned down.\n")
    first.remove("bread")
    assert not first.folder.exists(), "an empty library takes no room"
    first.add_files([write("more.txt", "The mill burned down.\n")])


def test_no_more_libraries_than_the_limit_and_old_ones_make_room(
    shared: PassageIndex, limits: Settings, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = Uploads(shared, limits.model_copy(update={"max_libraries": 2}))
    libraries = [uploads.library(uploads.issue()) for _ in range(3)]
    for library in libraries[:2]:
        library.add_files([write("bread.txt")])
    with pytest.raises(UsageError, match="as many libraries as it may"):
        libraries[2].add_files([write("bread.txt")])
    libraries[0].add_files([write("more.txt", "The mill burned down.\n")])
    assert not libraries[2].folder.exists()
    os.utime(libraries[1].folder / VISITED, (time.time() - LATER, time.time() - LATER))
    monkeypatch.setattr("ui.web.library.quotas.SWEEP_PAUSE", 0.0)  # as a minute later
    libraries[2].add_files([write("bread.txt")])
    assert not libraries[1].folder.exists() and libraries[2].documents()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts what is open as Linux tells it")
def test_of_many_libraries_only_those_used_last_stay_open(uploads: Uploads, write: Callable[..., Path]) -> None:
    first = uploads.library(uploads.issue())
    first.add_files([write("bread.txt")])
    libraries = [uploads.library(uploads.issue()) for _ in range(3 * MOST_OPEN)]
    for library in libraries:
        shutil.copytree(first.folder, library.folder)

    def read(library: Library) -> int:
        chain = library.find_chain("as usual", lambda index: build_chain([index] if index else []))
        assert "twelve hours" in chain.invoke("How long should sourdough bread prove?").text
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    opened = [read(library) for library in libraries]
    assert max(opened[2 * MOST_OPEN :]) <= max(opened[: MOST_OPEN + 1]) + 30 < opened[0] + 25 * MOST_OPEN
    assert sum(library.is_open for library in libraries) <= MOST_OPEN
    assert read(libraries[0]) and libraries[0].documents(), "and the others are opened again"


def test_a_visit_alone_leaves_nothing_on_disk(uploads: Uploads) -> None:
    for _ in range(100):
        library = uploads.library(uploads.issue())
        library.visit()
        assert library.documents() == ()
    assert [path.name for path in uploads.folder.iterdir()] == ["secret"]


def test_what_cannot_be_added_leaves_no_empty_library(uploads: Uploads, write: Callable[..., Path]) -> None:
    library = uploads.library(uploads.issue())
    library.add_files([write("nothing.pdf", "no PDF")])
    assert not library.folder.exists()


# ---- users ----


def test_a_user_has_one_library_whatever_the_token_and_nothing_of_the_name_is_on_disk(
    uploads: Uploads, write: Callable[..., Path]
) -> None:
    ada = uploads.library(uploads.issue(), "ada")
    ada.add_files([write("bread.txt")])
    assert uploads.library("", "ada") is ada and uploads.library(uploads.issue(), "bob").documents() == ()
    assert not any("ada" in path.name for path in uploads.folder.rglob("*"))
    assert uploads.owner("", "ada") == uploads.owner("x", "ada") != uploads.owner("", "bob")
    signature = hmac.new(uploads.secret, ada.folder.name.encode(), hashlib.sha256).hexdigest()
    assert not uploads.is_issued(f"{ada.folder.name}.{signature}")
    uploads.forget("", "ada")
    assert ada.documents() == ()


def test_a_signature_is_good_for_one_purpose_and_one_text(uploads: Uploads) -> None:
    token = uploads.issue()
    name, _, signature = token.partition(".")
    made = {uploads.sign(purpose, text) for purpose in ("turns", "users") for text in (name, "x")} | {signature}
    assert len(made) == 5


# ---- whose, in a library of all ----


@pytest.fixture
def common(shared: PassageIndex, limits: Settings) -> Library:
    return Uploads(shared, limits.model_copy(update={"share_library": True})).library("")


ADA, BOB = Adder("ada's", "ada"), Adder("bob's")


def test_what_somebody_else_added_is_replaced_only_after_a_yes(common: Library, write: Callable[..., Path]) -> None:
    common.add_files([write("bread.txt")], adder=ADA)
    newer = BREAD.replace("twelve", "ten")
    ((name, held),) = common.add_files([write("bread.txt", newer)], adder=BOB)
    assert name == "bread.txt" and isinstance(held, PendingReplacement) and held.added_by.startswith("ada on ")
    assert common.document("bread").text == BREAD
    ((_, report),) = common.replace(held, adder=BOB)
    assert isinstance(report, SourceReport) and report.status == "replaced"
    assert common.document("bread").text == newer
    with pytest.raises(UsageError, match="no longer"):
        common.replace(held, adder=BOB)
    assert read_provenance(common.folder)["bread"].owner == BOB.owner
    ((_, held),) = common.add_files([write("bread.txt")], adder=ADA)
    assert isinstance(held, PendingReplacement) and held.added_by.startswith("another browser on ")


def test_ones_own_and_the_same_again_need_no_yes(common: Library, write: Callable[..., Path]) -> None:
    common.add_files([write("bread.txt")], adder=ADA)
    statuses = []
    for adder, text in ((BOB, BREAD), (ADA, BREAD), (ADA, "Ten hours.\n")):
        ((_, report),) = common.add_files([write("bread.txt", text)], adder=adder)
        assert isinstance(report, SourceReport)
        statuses.append(report.status)
    assert statuses == ["unchanged", "unchanged", "replaced"]


def test_pasted_text_replaces_nothing_of_others_either(common: Library) -> None:
    common.add_text("Bread", BREAD, adder=ADA)
    ((_, held),) = common.add_text("Bread", "Ten hours.\n", adder=BOB)
    assert isinstance(held, PendingReplacement) and common.document("bread").text == BREAD


@pytest.mark.parametrize("id", ["", "..", "../../files", "0" * 32, "/etc"])
def test_a_held_file_cannot_be_made_up(common: Library, write: Callable[..., Path], id: str) -> None:
    common.add_files([write("bread.txt")], adder=ADA)
    common.add_files([write("bread.txt", "Ten hours.\n")], adder=BOB)
    for name in ("bread.txt", "../../index/CURRENT"):
        with pytest.raises(UsageError):
            common.replace(PendingReplacement(id, name, ""), adder=BOB)
    assert common.document("bread").text == BREAD


def test_held_files_are_few_and_go_after_an_hour(
    shared: PassageIndex, limits: Settings, write: Callable[..., Path]
) -> None:
    uploads = Uploads(shared, limits.model_copy(update={"share_library": True}))
    common = uploads.library("")
    common.add_files([write("bread.txt")], adder=ADA)
    for number in range(MOST_PENDING):
        common.add_files([write("bread.txt", f"{number} hours.\n")], adder=BOB)
    with pytest.raises(UsageError, match="too many files wait"):
        common.add_files([write("bread.txt", "99 hours.\n")], adder=BOB)
    uploads.sweep(time.time() + PENDING_SECONDS + 60)
    assert not list((common.folder / "held").iterdir())


# ---- how long ----


def test_a_library_goes_a_day_after_its_last_visit_and_not_before(uploads: Uploads, write: Callable[..., Path]) -> None:
    old, visited = uploads.library(uploads.issue()), uploads.library(uploads.issue())
    for library in (old, visited):
        library.add_files([write("bread.txt")])
        os.utime(library.folder / VISITED, (time.time() - LATER, time.time() - LATER))
    visited.visit()
    assert uploads.sweep() == 1
    assert not old.folder.exists() and old.documents() == () and old.open_index() is None
    assert visited.documents()
    assert uploads.sweep(time.time() + LATER) == 1 and not visited.folder.exists()
    assert [path.name for path in uploads.folder.iterdir()] == ["secret"]


def test_what_was_left_half_removed_is_swept_up_too(uploads: Uploads) -> None:
    (uploads.folder / f"{GOING}abc" / "index").mkdir(parents=True)
    uploads.sweep()
    assert [path.name for path in uploads.folder.iterdir()] == ["secret"]


def test_forgetting_removes_a_library_while_it_is_open_and_it_can_be_filled_again(
    uploads: Uploads, write: Callable[..., Path]
) -> None:
    token = uploads.issue()
    library = uploads.library(token)
    library.add_files([write("bread.txt")])
    uploads.forget(token)
    assert library.documents() == () and not library.folder.exists()
    library.add_files([write("bread.txt")])
    assert [record.id for record in library.documents()] == ["bread"]


# ---- archives ----


@pytest.fixture
def pack(received: Path) -> Callable[..., Path]:
    def pack_files(name: str, **texts: str) -> Path:
        folder = received / str(time.monotonic_ns())
        folder.mkdir()
        (folder / name).write_bytes(make_zip({f"{stem}.txt": text for stem, text in texts.items()}))
        return folder / name

    return pack_files


def test_an_archive_brings_its_documents_and_no_more_than_there_may_be(
    uploads: Uploads, pack: Callable[..., Path], write: Callable[..., Path]
) -> None:
    library = uploads.library(uploads.issue())
    reports = library.add_files([pack("notes.zip", bread=BREAD, rolls="Rolls bake for ten minutes.\n")])
    assert [(name, report.status) for name, report in reports if isinstance(report, SourceReport)] == [
        ("notes.zip/bread.txt", "added"),
        ("notes.zip/rolls.txt", "added"),
    ]
    ((name, report),) = library.add_files([pack("more.zip", a="One.\n", b="Two.\n")])
    assert isinstance(report, SourceReport) and name == "more.zip" and "there is room for 1" in report.reason
    library.add_files([pack("notes.zip", bread=BREAD.replace("twelve", "ten"), rolls="Rolls.\n")])
    assert "ten hours" in library.document("bread").text and len(library.documents()) == 2
    with pytest.raises(UsageError, match="the limit is 3"):
        library.add_files([write("a.txt", "One.\n"), write("b.txt", "Two.\n")])
    assert {report.status for _, report in library.reindex() if isinstance(report, SourceReport)} == {"replaced"}


def test_an_archive_replaces_nothing_of_others(common: Library, pack: Callable[..., Path]) -> None:
    common.add_files([pack("notes.zip", bread=BREAD)], adder=ADA)
    ((_, held),) = common.add_files([pack("notes.zip", bread="Ten hours.\n")], adder=BOB)
    assert isinstance(held, PendingReplacement) and common.document("bread").text == BREAD
    common.replace(held, adder=BOB)
    assert "Ten hours" in common.document("bread").text
