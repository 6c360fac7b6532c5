"""What browsers add: found by a token that cannot be made up, kept for a day, within limits, and gone when it is to go."""

from __future__ import annotations

import copy
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.chain import build_chain
from rag.errors import DocumentError, SourceError, UsageError
from rag.index import PassageIndex
from rag.settings import Settings, read_settings
from rag.types import Question
from ui.library import PROBLEM, VISITED, Library, make_file_name, tell_apart
from ui.uploads import GOING, KEPT_SECONDS, Uploads, read_secret

BREAD = "Sourdough bread should prove for twelve hours before it is baked.\n"
LATER = KEPT_SECONDS + 60


@pytest.fixture
def shared(article_index: Path, embeddings: Any) -> PassageIndex:
    return PassageIndex(article_index, embeddings)


@pytest.fixture
def limits(tmp_path: Path, article_index: Path) -> Settings:
    return read_settings(index=article_index, uploads=tmp_path / "uploads", max_documents=3, max_upload_mb=0.01)


@pytest.fixture
def uploads(shared: PassageIndex, limits: Settings) -> Uploads:
    return Uploads(shared, limits)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_file(name: str, text: str = BREAD) -> Path:
        folder = tmp_path / f"received-{time.monotonic_ns()}"
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


def test_what_is_added_is_read_deleted_kept_and_found_by_the_next_server(
    uploads: Uploads, shared: PassageIndex, limits: Settings, write: Callable[..., Path]
) -> None:
    token = uploads.issue()
    path = write("bread.txt")
    ((name, report),) = uploads.library(token).add_files([path])
    assert (name, report.status, report.document) == ("bread.txt", "added", "bread")
    assert not path.exists() and not list((uploads.library(token).folder / "files").iterdir())
    library = Uploads(shared, limits).library(token)
    assert library.document("bread").text == BREAD
    ((_, again),) = library.add_files([write("bread.txt", BREAD.replace("twelve", "ten"))])
    assert again.status == "replaced" and "ten hours" in library.document("bread").text
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


@pytest.mark.parametrize(("text", "words"), [(" \n", "no text"), ("x" * 20_000, "0.01"), ("\ud800", "")])
def test_pasted_text_that_cannot_be_added_is_told_in_one_line(uploads: Uploads, text: str, words: str) -> None:
    library = uploads.library(uploads.issue())
    if words:
        with pytest.raises(UsageError, match=words):
            library.add_text("t", text)
    else:
        ((_, report),) = library.add_text("t", text)  # half a character of two: read as a question mark
        assert report.status in ("added", "failed")


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
    assert report.status == "replaced" and library.document("bread").text == BREAD


@pytest.mark.parametrize("harm", ["damaged", "of another model"])
def test_a_library_that_cannot_be_read_says_so_and_indexing_anew_mends_it(
    uploads: Uploads, write: Callable[..., Path], harm: str
) -> None:
    library = uploads.library(uploads.issue())
    library.add_files([write("bread.txt")])
    if harm == "damaged":
        for path in library.folder.glob("index/generations/*/keyword/**/*"):
            if path.is_file():
                path.write_bytes(b"")
    fresh = Library(library.folder, library._shared, library._settings)
    if harm == "of another model":
        fresh._shared = OtherModel(library._shared)  # type: ignore[assignment]
    assert fresh.documents() == () and fresh.problem == PROBLEM
    fresh._shared = library._shared
    assert [report.document for _, report in fresh.reindex()] == ["bread"]
    assert fresh.document("bread").text == BREAD and not fresh.problem


class OtherModel:
    """The shared index, with embeddings that pretend to be of another model."""

    def __init__(self, index: PassageIndex):
        self.embeddings = copy.copy(index.embeddings)
        self.embeddings.name = "somebody/else"  # type: ignore[attr-defined]


def test_a_folder_that_cannot_be_written_is_one_line(uploads: Uploads, write: Callable[..., Path]) -> None:
    library = uploads.library(uploads.issue())
    library.folder.write_text("a file where the folder should be")
    with pytest.raises(SourceError, match="cannot be kept here"):
        library.add_files([write("bread.txt")])
    with pytest.raises(SourceError, match="cannot be kept here"):
        library.add_text("Bread", BREAD)


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
