"""Loaders: what is found in folders, how bytes become text, and what is refused with which reason."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ingest import loaders
from ingest.characters import decode
from ingest.loaders import find_sources, read_source
from rag.errors import SourceError

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
    for name in ("b.txt", "a.md", "sub/c.TXT", ".hidden.txt", ".git/d.txt", "photo.jpg", "noending"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path, target_is_directory=True)
    files, unread = find_sources([tmp_path])
    assert [file.relative_to(tmp_path).as_posix() for file in files] == ["a.md", "b.txt", "sub/c.TXT"]
    assert {item.path.name: item.named for item in unread} == {"photo.jpg": False, "noending": False}
    assert all("Footnote reads" in item.reason for item in unread)


def test_what_is_named_and_cannot_be_read_is_told_apart_from_what_is_met(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("x")
    files, unread = find_sources([tmp_path / "absent.txt", tmp_path / "photo.jpg"])
    assert files == []
    assert [(item.named, item.reason[:12]) for item in unread] == [(True, "no such file"), (True, "unknown type")]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert len(find_sources([tmp_path, tmp_path / "a.txt"])[0]) == 1
