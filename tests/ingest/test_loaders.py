"""Loaders: what is found in folders, how bytes become text, and what is refused with which reason."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import loaders, pipeline
from ingest.decoding import decode
from ingest.loaders import find_sources, read_source
from rag.errors import SourceError, UsageError

TEXT = "Déjà vu: naïve café, 25 €."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_in_the_usual_encodings(encoding: str) -> None:
    content = TEXT.encode(encoding)
    if encoding in ("utf-16-le", "utf-16-be"):
        content = ("\ufeff" + TEXT).encode(encoding)
    assert decode(content) == TEXT


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ein Brief über Käse aus München, später auch über Öl.", "latin-1"),
        ("Сегодня хорошая погода, и мы идём гулять в парк вместе с детьми.", "cp1251"),
        ("今日は天気がいいので、公園に散歩に行きます。", "shift_jis"),
    ],
)
def test_text_in_older_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\x00\x01\x02\x03\xff" * 100, "binary"),
        (b"\x01\x02\x03\x04\x05\x06 ab" * 100, "binary"),
        (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20, "binary"),
    ],
)
def test_what_is_not_text_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        decode(content)


def test_a_source_is_named_by_its_absolute_path_and_the_digest_of_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.MD").write_text("# Tea\n")
    source = read_source(Path("a.MD"))
    assert source.path == str(tmp_path / "a.MD")
    assert source.digest == hashlib.sha256(b"# Tea\n").hexdigest()
    assert source.kind == "markdown"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "big.txt").write_text("x" * 1000)
    monkeypatch.setattr(loaders, "MAX_BYTES", 999)
    with pytest.raises(SourceError, match="limit"):
        read_source(tmp_path / "big.txt")


def test_a_missing_file_and_a_folder_are_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.txt", tmp_path):
        with pytest.raises(SourceError, match="cannot be read"):
            read_source(path)


def test_folders_are_walked_in_order_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.TXT", ".hidden.txt", ".git/d.txt", "photo.heic", "noending"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path, target_is_directory=True)
    files, unread = find_sources([tmp_path])
    assert [file.relative_to(tmp_path).as_posix() for file in files] == ["a.md", "b.txt", "sub/c.TXT"]
    names = {"photo.heic", "noending", "loop", ".hidden.txt", ".git"}
    assert {item.path.name: item.named for item in unread} == dict.fromkeys(names, False)
    assert all("Footnote reads" in item.reason for item in unread if item.path.name in ("photo.heic", "noending"))
    assert {item.path.name for item in unread if item.reason.startswith("hidden")} == {".hidden.txt", ".git"}
    assert find_sources([tmp_path / ".git"])[0] == [tmp_path / ".git" / "d.txt"]


def test_what_is_named_and_cannot_be_read_is_told_apart_from_what_is_met(tmp_path: Path) -> None:
    (tmp_path / "photo.heic").write_text("x")
    files, unread = find_sources([tmp_path / "absent.txt", tmp_path / "photo.heic"])
    assert files == []
    assert [(item.named, item.reason[:12]) for item in unread] == [(True, "no such file"), (True, "unknown type")]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert len(find_sources([tmp_path, tmp_path / "a.txt"])[0]) == 1


def test_links_inside_a_folder_are_told_and_not_followed(tmp_path: Path) -> None:
    """A folder that somebody else fills could point at this process's environment, with every key in it."""
    outside = tmp_path / "outside"
    (outside / "more").mkdir(parents=True)
    (outside / "secret.txt").write_text("x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "real.txt").write_text("x")
    for name, target in {
        "environment.txt": "/proc/self/environ",
        "secret.txt": "../outside/secret.txt",
        "more": "../outside/more",
        "nothing.txt": "../absent.txt",
    }.items():
        (folder / name).symlink_to(target)
    files, unread = find_sources([folder])
    assert files == [folder / "real.txt"]
    assert {item.path.name: item.reason for item in unread} == {
        "environment.txt": "a link; name the file itself to add it",
        "secret.txt": "a link; name the file itself to add it",
        "more": "a link; name the folder itself to add it",
        "nothing.txt": "a link; name the file itself to add it",
    }


def test_a_link_that_is_named_leads_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "report-2024.txt").write_text("x")
    (tmp_path / "latest.txt").symlink_to("report-2024.txt")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("x")
    (tmp_path / "folder").symlink_to("docs", target_is_directory=True)
    files, unread = find_sources([tmp_path / "latest.txt", tmp_path / "folder"])
    assert (files, unread) == ([tmp_path / "report-2024.txt", tmp_path / "folder" / "a.txt"], [])
    assert all(read_source(file).content == b"x" for file in files)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def link_to_zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def link_to_environment(path: Path) -> None:
    path.symlink_to("/proc/self/environ")


def make_folder(path: Path) -> None:
    path.mkdir()


SPECIAL: list[tuple[Callable[[Path], None], str]] = [
    (make_pipe, "named pipe"),
    (make_socket, "socket"),
    (link_to_zero, "device"),
]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("make", "kind"), SPECIAL)
def test_what_is_no_file_is_refused_and_nobody_waits_for_it(
    tmp_path: Path, make: Callable[[Path], None], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket has 108 bytes at most
    make(Path("a.txt"))
    files, unread = find_sources([tmp_path / "a.txt"])
    assert files == []
    assert unread[0].named and kind in unread[0].reason
    assert find_sources([tmp_path])[0] == []
    with pytest.raises(SourceError, match=r"not a file|a link"):
        read_source(tmp_path / "a.txt")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("make", [make_pipe, link_to_zero, link_to_environment, make_folder])
def test_what_takes_a_files_place_after_it_was_found_is_not_read(tmp_path: Path, make: Callable[[Path], None]) -> None:
    (tmp_path / "a.txt").write_text("x")
    files, _ = find_sources([tmp_path])
    (tmp_path / "a.txt").unlink()
    make(tmp_path / "a.txt")
    with pytest.raises(SourceError, match=r"not a file|a link"):
        read_source(files[0])


@pytest.mark.timeout(60)
def test_a_file_that_changes_into_a_pipe_while_it_is_read_never_hangs_nor_follows(tmp_path: Path) -> None:
    """Another process swaps the file as fast as it can: each reading gets the file's own bytes, or one line."""
    swap = (
        "import os, sys\n"
        "os.chdir(sys.argv[1]); print(flush=True)\n"
        "while True:\n"
        "    for name in ('file', 'link', 'pipe'):\n"
        "        os.link(name, 'new', follow_symlinks=False); os.replace('new', 'a.txt')\n"
        "        if os.path.lexists('new'): os.unlink('new')\n"
    )
    (tmp_path / "file").write_text("own words")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to("secret")
    os.mkfifo(tmp_path / "pipe")
    os.link(tmp_path / "file", tmp_path / "a.txt")
    swapper = subprocess.Popen([sys.executable, "-c", swap, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert swapper.stdout is not None
        swapper.stdout.readline()
        seen: set[bytes] = set()
        for _ in range(3_000):
            try:
                seen.add(read_source(tmp_path / "a.txt").content)
            except SourceError as error:
                seen.add(str(error).encode())
    finally:
        swapper.kill()
        swapper.wait()
        if swapper.stdout:
            swapper.stdout.close()
    assert b"own words" in seen and len(seen) > 1
    assert b"secret" not in seen


def test_reading_is_bounded_where_the_size_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of /proc say that they have 0 bytes; a growing file has more than it said."""
    monkeypatch.setattr(loaders, "MAX_BYTES", 1_000)
    with pytest.raises(SourceError, match="limit"):
        read_source(Path("/proc/kallsyms"))
    monkeypatch.setattr(loaders, "MAX_BYTES", 50_000_000)
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(40_000_000_000)  # takes no room on the disk
    tracemalloc.start()
    with pytest.raises(SourceError, match="40000 MB; the limit is 50 MB"):
        read_source(huge)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_walk_ends_where_there_are_more_files_than_anybody_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaders, "MAX_WALKED", 20)
    for name in range(21):
        (tmp_path / f"{name}.txt").write_text("x")
    with pytest.raises(UsageError, match="more than 20 files"):
        find_sources([tmp_path])
    (tmp_path / "0.txt").unlink()
    assert len(find_sources([tmp_path])[0]) == 20


def test_a_deep_folder_and_one_that_may_not_be_read_end_no_walk(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    deep = tmp_path / "deep"
    deep.mkdir()
    here = os.open(deep, os.O_RDONLY)
    for _ in range(2_500):  # deeper than a path may be long, and than Python's stack
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    files, unread = find_sources([tmp_path])
    assert files == [tmp_path / "a.txt"]
    assert [item.reason for item in unread] == ["cannot be read (File name too long)"]
    subprocess.run(["rm", "-rf", str(deep)], check=True)


def test_everything_and_the_home_folder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "users" / "anna"
    home.mkdir(parents=True)
    (home / "notes").mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    (tmp_path / "all").symlink_to("/")
    for path in ("/", "//", "/usr/..", tmp_path / "all"):
        with pytest.raises(UsageError, match="everything on this machine; name a folder in it"):
            find_sources([Path(path)])
    for path in (home, ".", "notes/..", tmp_path / "users"):
        with pytest.raises(UsageError, match="your home folder; name a folder in it"):
            find_sources([Path(path)])
    assert find_sources([home / "notes"]) == ([], [])


def test_one_path_is_not_taken_letter_by_letter(tmp_path: Path, embeddings: object) -> None:
    page = tmp_path / "a" / "b.txt"
    page.parent.mkdir()
    page.write_text("A copper kettle holds two litres of water.\n")
    for named in (str(page), page, [str(page)], (path for path in [page])):
        reports = pipeline.ingest_paths(named, directory=tmp_path / "index", embeddings=embeddings)  # type: ignore[arg-type]
        assert [report.source for report in reports] == [str(page)]
    for wrong in (None, 7, b"a.txt", [None], ["a.txt", 7], "", [""]):
        with pytest.raises(UsageError, match="path"):
            pipeline.ingest_paths(wrong, directory=tmp_path / "index", embeddings=embeddings)  # type: ignore[arg-type]
    for no_id in (None, ["b"], page):
        with pytest.raises(UsageError, match="id is a text"):
            pipeline.remove_document(no_id, directory=tmp_path / "index", embeddings=embeddings)  # type: ignore[arg-type]


@pytest.mark.timeout(300)
def test_a_hostile_folder_is_ingested_by_the_command_without_its_traps(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kettles.txt").write_text("A copper kettle holds two litres of water.\n")
    (folder / "environment.txt").symlink_to("/proc/self/environ")
    (folder / "zero.txt").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.txt")
    command = [sys.executable, "-m", "ui", "ingest", str(folder), "--index", str(tmp_path / "index")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env={**os.environ, "SECRET": "hunter2"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("a link; name the file itself to add it") == 2
    assert "a named pipe, not a file" in done.stdout
    shown = subprocess.run([*command[:3], "documents", *command[5:]], capture_output=True, text=True, timeout=200)
    assert shown.stdout.count("kettles") >= 1 and "environment" not in shown.stdout


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "footnote: '/' is everything on this machine; name a folder in it"),
        ("", "footnote: a path is empty; name a file or a folder"),  # an unset variable of the shell
    ],
)
def test_the_command_refuses_what_nobody_means_in_one_line(tmp_path: Path, path: str, said: str) -> None:
    command = [sys.executable, "-m", "ui", "ingest", path, "--index", str(tmp_path / "index")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [said]
    assert not (tmp_path / "index").exists()
