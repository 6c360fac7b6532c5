"""Files are brought in with metadata: kept, changed, taken out again, and not lost when a file is read anew."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from in_process import run_command
from letters import LETTERS

from ingest import Library, ingest_paths
from rag import PassageIndex
from rag.errors import UsageError


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "mill.txt").write_text("The mill burned down in March 1911.\n")
    (folder / "flood.txt").write_text("The flood cost the town nine boats.\n")
    return folder


def bring(index: Path, *paths: Path, **options: Any) -> dict[str, str]:
    reports = ingest_paths(paths, directory=index, embeddings=LETTERS, **options)
    return {report.document or "": report.status for report in reports}


def kept(index: Path) -> dict[str, dict[str, Any]]:
    return {record.id: dict(record.metadata) for record in PassageIndex(index).documents()}


def test_metadata_of_files_is_kept_merged_and_taken_out(tmp_path: Path, notes: Path) -> None:
    index = tmp_path / "index"
    assert bring(index, notes, metadata={"kind": "note", "year": 1911}) == {"mill": "added", "flood": "added"}
    assert kept(index) == {key: {"kind": "note", "year": 1911} for key in ["flood", "mill"]}
    assert bring(index, notes) == {"mill": "unchanged", "flood": "unchanged"}
    assert bring(index, notes, metadata={"kind": "note"}) == {"mill": "unchanged", "flood": "unchanged"}
    assert bring(index, notes / "mill.txt", metadata={"kind": None, "box": 7}) == {"mill": "replaced"}
    assert kept(index) == {"flood": {"kind": "note", "year": 1911}, "mill": {"year": 1911, "box": 7}}


def test_a_function_tells_of_each_source_what_it_is(tmp_path: Path, notes: Path) -> None:
    index = tmp_path / "index"
    with zipfile.ZipFile(notes / "more.zip", "w") as archive:
        archive.writestr("letter.txt", "Dear council, the bridge is open.")
    bring(index, notes, metadata=lambda source: {"stem": Path(source).stem, "zipped": ".zip" in source})
    assert kept(index) == {
        "flood": {"stem": "flood", "zipped": False},
        "mill": {"stem": "mill", "zipped": False},
        "letter": {"stem": "letter", "zipped": True},
    }


def test_a_file_that_changes_or_goes_keeps_its_metadata(tmp_path: Path, notes: Path) -> None:
    index = tmp_path / "index"
    bring(index, notes, metadata={"kind": "note"})
    (notes / "mill.txt").write_text("The mill burned down twice.\n")
    assert bring(index, notes) == {"mill": "replaced", "flood": "unchanged"}
    (notes / "flood.txt").unlink()
    bring(index, rebuild=True)
    assert kept(index) == {key: {"kind": "note"} for key in ["flood", "mill"]}


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"title": "X"}, "the metadata cannot tell the title, which is read from the file"),
        ({"n": float("nan")}, "'n' in its metadata is a number that cannot be kept"),
        (["kind"], 'the metadata are a dictionary, as {"kind": "memo"}, not list'),
        (lambda source: {"date": "2024"}, "cannot tell the date"),
        (lambda source: None, "are a dictionary"),
    ],
)
def test_what_cannot_be_told_is_refused_before_anything_is_changed(
    tmp_path: Path, notes: Path, metadata: Any, words: str
) -> None:
    with pytest.raises(UsageError) as told:
        bring(tmp_path / "index", notes, metadata=metadata)
    assert words in str(told.value) and "\n" not in str(told.value)
    assert not (tmp_path / "index" / "CURRENT").exists()


def test_a_library_takes_metadata_with_files_and_searches_by_it(tmp_path: Path, notes: Path) -> None:
    library = Library(tmp_path / "index", LETTERS)
    library.add_files(notes / "mill.txt", metadata={"year": 1911})
    library.add_files(notes / "flood.txt", metadata={"year": 1920})
    (found,) = library.search("the town", where="year<1915")
    assert dict(found.passage.metadata) == {"year": 1911}


def test_the_terminal_keeps_metadata_and_chooses_by_it(tmp_path: Path, notes: Path) -> None:
    index = ["--index", str(tmp_path / "index")]
    told = ("--meta", "kind=note", "--meta", "year=1911", "--meta", "box=007", "--meta", "read=true")
    assert run_command("ingest", str(notes / "mill.txt"), *told, *index).returncode == 0
    run_command("ingest", str(notes / "flood.txt"), "--meta", "kind=letter", *index)
    assert kept(tmp_path / "index")["mill"] == {"kind": "note", "year": 1911, "box": "007", "read": True}
    listed = run_command("documents", *index).stdout.decode()
    assert "box=007, kind=note, read=true, year=1911" in listed

    def search(*conditions: str) -> list[str]:
        options = [part for condition in conditions for part in ("--where", condition)]
        done = run_command("search", "the town", *options, *index, "--json")
        assert done.returncode == 0, done.stderr
        return sorted(json.loads(line)["document"] for line in done.stdout.splitlines())

    assert search() == ["flood", "mill"]
    assert search("kind=note") == search("year<=1911", "kind!=letter") == search("box=007") == ["mill"]
    assert search("kind=note", "kind=letter") == ["flood", "mill"]
    asked = ("ask", "What did the flood cost?", "--where", "kind=letter", *index)
    shown = run_command(*asked).stdout.decode()
    assert "nine boats" in shown and "; kind=letter" in shown and "Note: Asked of 1 of 2 documents" in shown
    (citation,) = json.loads(run_command(*asked, "--json").stdout)["citations"]
    assert citation["metadata"] == {"kind": "letter"}
    many = run_command(
        "ask", "-", "--json", *index, stdin=b'{"question": "What did the flood cost?", "where": ["kind=letter"]}\n'
    )
    assert json.loads(many.stdout)["citations"][0]["metadata"] == {"kind": "letter"}
    assert run_command("ingest", str(notes / "mill.txt"), "--meta", "box=", *index).returncode == 0
    assert "box" not in kept(tmp_path / "index")["mill"]


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("search", "x", "--where", "kind"), "'kind' is no condition; write NAME=VALUE", 2),
        (("search", "x", "--where", "kind=memo"), "no document fits kind=memo; 'kind' is letter", 1),
        (("ask", "What is it?", "--where", "knid=memo"), "no document has 'knid' in its metadata", 1),
        (("ingest", "x.txt", "--meta", "kind"), "--meta 'kind' is no NAME=VALUE", 2),
        (("ingest", "x.txt", "--meta", "a=1", "--meta", "a=2"), "--meta tells 'a' twice", 2),
        (("ingest", "x.txt", "--meta", "title=x"), "cannot tell the title", 2),
    ],
)
def test_a_slip_is_told_in_one_line(
    tmp_path: Path, notes: Path, arguments: tuple[str, ...], words: str, code: int
) -> None:
    run_command("ingest", str(notes), "--meta", "kind=letter", "--index", str(tmp_path / "index"))
    done = run_command(*arguments, "--index", str(tmp_path / "index"))
    assert (done.returncode, done.stdout) == (code, b"")
    assert words in done.stderr.decode() and "Traceback" not in done.stderr.decode()
