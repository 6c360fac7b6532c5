"""Archives and mailboxes: each document in one is a document, and nothing in one can do harm."""

from __future__ import annotations

import io
import stat
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from made_containers import BEES, KETTLES, lock, make_mbox, make_message, make_mhtml, make_zip

from ingest.formats.zip_members import ZipMembers
from ingest.loaders import MAX_BYTES
from ingest.parse import open_container, parse
from ingest.parts import MAX_PARTS, Part, check_parts
from ingest.pipeline import ingest_paths
from ingest.sandbox.confined import parsing
from rag.errors import SourceError
from rag.index.passage_index import PassageIndex


@pytest.fixture
def ingest(embeddings: Any, tmp_path: Path) -> Any:
    """Brings something into an index, and tells what became of it by the name behind the temporary folder."""

    def run(*names: str, **more: Any) -> dict[str, tuple[str, str]]:
        paths = [tmp_path / name for name in names]
        reports = ingest_paths(paths, directory=tmp_path / "index", embeddings=embeddings, **more)
        assert all("\n" not in report.reason for report in reports)
        return {report.source.removeprefix(f"{tmp_path}/"): (report.status, report.reason) for report in reports}

    return run


@pytest.fixture
def documents(embeddings: Any, tmp_path: Path) -> Any:
    return lambda: {
        each.id: each.source.removeprefix(f"{tmp_path}/")
        for each in PassageIndex(tmp_path / "index", embeddings).documents()
    }


# ---- archives ----


def test_each_document_of_an_archive_is_one_of_its_own(ingest: Any, documents: Any, tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        "bees.md": BEES,
        "more/Copper kettles.txt": KETTLES,
        "more/photo.heic": b"x",
        "more/": b"",
        "empty.txt": " ",
    }
    (tmp_path / "notes.zip").write_bytes(make_zip(members))
    assert ingest("notes.zip") == {
        "notes.zip/bees.md": ("added", ""),
        "notes.zip/more/Copper kettles.txt": ("added", ""),
        "notes.zip/more/photo.heic": ("skipped", "unknown type .heic"),
        "notes.zip/empty.txt": ("failed", "the file is empty"),
    }
    assert documents() == {"bees": "notes.zip/bees.md", "copper-kettles": "notes.zip/more/Copper kettles.txt"}
    assert {status for status, _ in ingest("notes.zip").values()} == {"unchanged", "skipped", "failed"}


def test_what_changes_in_an_archive_is_replaced_and_what_goes_stays_unless_pruned(
    ingest: Any, documents: Any, tmp_path: Path
) -> None:
    path = tmp_path / "folder" / "notes.zip"
    path.parent.mkdir()
    path.write_bytes(make_zip({"bees.md": BEES, "kettles.txt": KETTLES, "lids.txt": "A lid fits.\n"}))
    ingest("folder")
    path.write_bytes(make_zip({"bees.md": BEES.replace("twenty", "thirty"), "boilers.txt": KETTLES}))
    found = ingest("folder")
    assert found["folder/notes.zip/bees.md"][0] == "replaced"
    assert found["folder/notes.zip/boilers.txt"] == ("skipped", "duplicate of 'kettles'")
    assert set(documents()) == {"bees", "kettles", "lids"}
    found = ingest("folder", prune=True)
    assert found["folder/notes.zip/kettles.txt"] == ("removed", "it is gone from the file")
    assert found["folder/notes.zip/boilers.txt"][0] == "added", "a file that was renamed is no duplicate of itself"
    assert documents() == {"bees": "folder/notes.zip/bees.md", "boilers": "folder/notes.zip/boilers.txt"}
    path.write_bytes(make_zip({"bees.md": BEES}))
    assert ingest("folder/notes.zip", prune=True)["folder/notes.zip/boilers.txt"][0] == "removed"
    (tmp_path / "folder" / "a.txt").write_text("Another file.\n")
    path.unlink()
    assert ingest("folder", prune=True)["folder/notes.zip/bees.md"][0] == "removed"


def test_a_rebuild_reads_archives_again_and_keeps_what_is_gone(ingest: Any, documents: Any, tmp_path: Path) -> None:
    path = tmp_path / "notes.zip"
    path.write_bytes(make_zip({"bees.md": BEES, "kettles.txt": KETTLES}))
    ingest("notes.zip")
    path.write_bytes(make_zip({"bees.md": BEES}))
    found = ingest(rebuild=True)
    assert found["notes.zip/bees.md"][0] == "replaced"
    assert found["notes.zip/kettles.txt"] == ("replaced", "no longer in the file; kept as it was indexed")
    path.write_bytes(b"PK damaged")
    assert all("kept as it was indexed" in reason for name, (_, reason) in ingest(rebuild=True).items() if "/" in name)
    path.unlink()
    ingest(rebuild=True)
    assert set(documents()) == {"bees", "kettles"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/cron.txt", "leads out of the archive"),
        ("a/../../x.txt", "leads out of the archive"),
        ("/etc/passwd.txt", "leads out of the archive"),
        ("..\\..\\windows.txt", "leads out of the archive"),
        ("C:/windows.txt", "leads out of the archive"),
        ("a\x1b[31m.txt", "cannot be shown"),
        ("\u202etxt.exe.txt", "cannot be shown"),
        ("x" * 400 + ".txt", "too long"),
        ("inner.zip", "an archive within an archive"),
        ("inner.tar.gz", "an archive within an archive"),
        ("mail.mbox", "an archive within an archive"),
        (".hidden/a.txt", "hidden"),
        ("__MACOSX/._a.txt", "hidden"),
        ("noending", "without an ending"),
    ],
)
def test_a_member_that_is_no_document_costs_a_line_and_the_others_are_read(name: str, reason: str) -> None:
    parts = ZipMembers(make_zip({name: KETTLES, "good.md": BEES})).parts
    assert reason in parts[0].refused and not parts[0].kind
    assert parts[0].name.isprintable() and ".." not in parts[0].name
    assert check_parts(parts)[1].name == "good.md" and parts[1].kind == "markdown"


def test_links_devices_and_locked_members_are_not_read() -> None:
    modes = {"link_txt": stat.S_IFLNK | 0o777, "pipe_txt": stat.S_IFIFO, "device_txt": stat.S_IFCHR}
    members = {"link.txt": "/etc/passwd", "pipe.txt": "x", "device.txt": "x"}
    parts = ZipMembers(make_zip(members, **modes)).parts
    assert [part.refused for part in parts] == ["a link; only files are read", "no regular file", "no regular file"]
    assert all(part.is_skipped for part in parts)
    (part,) = ZipMembers(lock(make_zip({"a.txt": KETTLES}))).parts
    assert part.refused.startswith("encrypted") and not part.is_skipped


def test_a_member_that_is_there_twice_or_damaged_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.txt", "one")
        archive.writestr("a.txt", "two")
        archive.writestr("b.txt", KETTLES)
    broken = packed.getvalue().replace(b"copper kettle", b"copper nettle")
    parts = ZipMembers(broken).parts
    assert [part.refused for part in parts] == [
        *["the archive holds two files of this name; pack it anew"] * 2,
        "damaged: it cannot be unpacked",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no archive at all", "damaged, or no .zip file"),
        (make_zip({"a.txt": KETTLES})[:-30], "damaged, or no .zip file"),
        (make_zip({}), "no documents in it"),
        (make_zip({f"{n}.txt": "x" for n in range(10_000)}), "10,000 files in it, the limit is 5,000"),
    ],
    ids=["text", "cut", "empty", "many"],
)
def test_an_archive_that_cannot_be_read_costs_one_line(
    ingest: Any, tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    (tmp_path / "good.txt").write_text(KETTLES)
    found = ingest("a.zip", "good.txt")
    assert found.pop("good.txt")[0] == "added"
    assert list(found) == ["a.zip"] and reason in found["a.zip"][1]


def test_bombs_end_soon_and_cost_a_line(ingest: Any, tmp_path: Path) -> None:
    zeros = b"\0" * (MAX_BYTES + 1)
    (tmp_path / "one.zip").write_bytes(make_zip({"a.txt": zeros, "b.txt": KETTLES}))
    (tmp_path / "all.zip").write_bytes(make_zip({f"{n}.txt": zeros[:-1] for n in range(6)}))
    started = time.monotonic()
    found = ingest("one.zip", "all.zip")
    assert "unpacks to more than 50 MB" in found["one.zip/a.txt"][1] and found["one.zip/b.txt"][0] == "added"
    assert "unpacks to more than 200 MB" in found["all.zip"][1]
    assert time.monotonic() - started < 60


def test_a_member_that_breaks_its_reader_does_not_take_the_others_along() -> None:
    content = make_zip({"a.md": BEES, "deep.html": "<div>" * 500_000, "b.txt": KETTLES})
    with parsing() as confined:
        parts = confined.open_container(content, "zip")
        assert confined.read_part(0).title == "Bees" or confined.read_part(0).blocks
        with pytest.raises(SourceError, match="nested too deeply"):
            confined.read_part(1)
        confined.end()  # as a member does that takes too long
        assert confined.read_part(2).blocks[0].text == KETTLES.strip()
        assert [part.stem for part in parts] == ["a", "deep", "b"]


@pytest.mark.parametrize(
    "parts",
    [
        (Part("", "a", "text", "0"),),
        (Part("../a.txt", "a", "text", "0"),),
        (Part("/a.txt", "a", "text", "0"),),
        (Part("a\n.txt", "a", "text", "0"),),
        (Part("a.txt", "a", "text", "0"), Part("a.txt", "a", "text", "0")),
        (Part("a.txt", "a", "text", ""),),
        (Part("a.txt"),),
        tuple(Part(f"{n}.txt", "a", "text", "0") for n in range(MAX_PARTS + 1)),
    ],
)
def test_what_a_hostile_archive_makes_of_its_reader_is_not_believed(parts: tuple[Part, ...]) -> None:
    with pytest.raises(SourceError, match="makes no sense"):
        check_parts(parts)


def test_an_archive_brings_no_more_than_there_is_room_for(ingest: Any, documents: Any, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(make_zip({f"{n}.txt": f"Word {n}.\n" for n in range(3)}))
    (tmp_path / "b.zip").write_bytes(make_zip({f"b{n}.txt": f"Other {n}.\n" for n in range(3)}))
    found = ingest("a.zip", "b.zip", room=4)
    assert found["b.zip"] == ("failed", "3 documents in it, and there is room for 1; add a few")
    assert len(documents()) == 3


# ---- mailboxes ----


def test_each_message_of_a_mailbox_is_a_document_of_its_subject(ingest: Any, documents: Any, tmp_path: Path) -> None:
    lunch = make_message("Lunch on Monday", "We meet at noon.\n\nFrom here it is a mile.\nFrom: not a header", 1)
    tides = make_message("=?utf-8?q?Gezeiten_in_M=C3=BCnchen/Brest?=", "The sea rises at noon.", 2)
    path = tmp_path / "inbox.mbox"
    path.write_bytes(make_mbox(lunch, tides))
    assert [status for status, _ in ingest("inbox.mbox").values()] == ["added", "added"]
    found = documents()
    assert set(found) == {"lunch-on-monday", "gezeiten-in-münchen-brest"}
    assert all(source.startswith("inbox.mbox/") and source.endswith(".eml") for source in found.values())
    path.write_bytes(make_mbox(make_message("News", "A fair opens.", 3), tides))  # the first is gone, another came
    found = ingest("inbox.mbox", prune=True)
    assert sorted(status for status, _ in found.values()) == ["added", "removed", "unchanged"]
    assert set(documents()) == {"news", "gezeiten-in-münchen-brest"}


def test_a_text_whose_lines_begin_with_from_stays_whole() -> None:
    words = "He wrote:\n\nFrom the sea it came.\n\nFrom Monday on: nothing."
    box = open_container(make_mbox(make_message("A", words, 1)), "mbox")
    assert len(box.parts) == 1 and words.encode() in box.read(0)
    unquoted = b"From a Mon\nSubject: A\nFrom: b@c\n\nWords.\n\nFrom the sea it came.\n"
    assert len(open_container(unquoted, "mbox").parts) == 1
    windows = make_mbox(make_message("A", "One.", 1), make_message("B", "Two.", 2)).replace(b"\n", b"\r\n")
    assert [part.stem for part in open_container(windows, "mbox").parts] == ["A", "B"]


def test_messages_of_one_subject_keep_apart_and_keep_their_names_when_marked_as_read() -> None:
    first, second = (make_message("Re: lunch", f"Word {n}.", n) for n in (1, 2))
    names = [part.name for part in open_container(make_mbox(first, second), "mbox").parts]
    assert len(set(names)) == 2
    read = first.replace("\nTo:", "\nStatus: RO\nTo:")
    assert [part.name for part in open_container(make_mbox(read), "mbox").parts] == names[:1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Dear diary,\n\nnothing.\n", "no mailbox"),
        (make_mbox(*["Subject: A\nFrom: a@b\n\nx\n"] * (MAX_PARTS + 1)), "the limit is 5,000"),
    ],
)
def test_what_is_no_mailbox_is_told(content: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        open_container(content, "mbox")


def test_a_large_mailbox_is_opened_in_time_that_grows_with_it() -> None:
    message = make_message("A", "\n\nFrom x\n" * 2_000 + "From " * 5_000, 1).encode()
    started = time.monotonic()
    box = open_container(b"".join(b"From a\n" + message.replace(b"<1@", b"<%d@" % n) for n in range(400)), "mbox")
    assert len(box.parts) >= 400 and time.monotonic() - started < 20


# ---- saved pages ----

PAGE = "<html><head><title>Tides</title></head><body><article><h1>Tides</h1><p>Größe: the sea rises at noon.</p></article></body></html>"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_a_saved_page_is_read_like_the_page_itself(charset: str) -> None:
    parsed = parse(make_mhtml(PAGE, charset=charset), "mhtml")
    assert parsed.title == "Tides"
    assert [block.text for block in parsed.blocks if not block.level] == ["Größe: the sea rises at noon."]


def test_the_page_that_the_file_names_as_its_start_is_read_and_its_subject_is_a_title() -> None:
    more = "Content-Type: text/html\nContent-ID: <main@x>\n\n<p>The start of it all.</p>"
    content = make_mhtml(PAGE, subject="=?utf-8?q?Ebbe_und_Flut?=", more=more)
    content = content.replace(b'type="text/html"', b'type="text/html"; start="<main@x>"')
    parsed = parse(content, "mhtml")
    assert (parsed.title, [block.text for block in parsed.blocks]) == ("Ebbe und Flut", ["The start of it all."])


@pytest.mark.parametrize("content", [b"", b"no mime at all", b"MIME-Version: 1.0\n\nwords", b"\xff" * 500])
def test_what_holds_no_page_is_told(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"no saved web page|damaged"):
        parse(content, "mhtml")
