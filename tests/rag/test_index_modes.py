"""Who may read an index: its owner alone, unless whoever runs it opens the directory to others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.cheap import CHEAP

from ingest.pipeline import ingest_paths
from rag.index.bm25 import open_cached

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX systems")


def modes(directory: Path) -> dict[str, str]:
    """The mode of everything in a directory, and of itself as '.'."""
    return {path.relative_to(directory).as_posix(): f"{path.stat().st_mode & 0o777:o}" for path in walk(directory)}


def walk(directory: Path) -> list[Path]:
    return [directory, *directory.rglob("*")]


def expect(directory: Path, folder: str, file: str) -> None:
    found = modes(directory)
    assert {".lock", "CURRENT", "generations"} <= set(found)
    assert len(found) > 10
    wrong = {name: mode for name, mode in found.items() if mode != (folder if (directory / name).is_dir() else file)}
    assert not wrong


@pytest.fixture
def loose_umask() -> Iterator[None]:
    """What is made may be read by all, as is usual, or even written."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("loose_umask")
def test_a_new_index_is_its_owners_and_later_files_follow_the_directory(tmp_path: Path) -> None:
    page, directory = tmp_path / "a.txt", tmp_path / "deep" / "index"
    page.write_text("A copper kettle holds two litres of water.\n")
    ingest_paths(page, directory=directory, embeddings=CHEAP)
    expect(directory, "700", "600")
    assert f"{directory.parent.stat().st_mode & 0o777:o}" == "777"

    for mode in ("750", "770", "755"):  # the operator opens it, and the next command keeps to that
        directory.chmod(int(mode, 8))
        page.write_text(f"A copper kettle holds {mode} litres of water.\n")
        ingest_paths(page, directory=directory, embeddings=CHEAP)
        current = directory / "generations" / (directory / "CURRENT").read_text().split()[0]
        wanted = f"{int(mode, 8) & 0o666:o}"
        assert {f"{path.stat().st_mode & 0o777:o}" for path in walk(current) if path.is_file()} == {wanted}
        assert {f"{path.stat().st_mode & 0o777:o}" for path in walk(current) if path.is_dir()} == {mode}
        assert f"{(directory / 'CURRENT').stat().st_mode & 0o777:o}" == wanted

    directory.chmod(0o700)  # and closes it
    for text in ("Tea is served at five.\n", "Tea is served at six.\n"):  # two: the generation before is kept
        page.write_text(text)
        ingest_paths(page, directory=directory, embeddings=CHEAP)
    expect(directory, "700", "600")


def test_the_command_makes_an_index_that_nobody_else_reads(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A copper kettle holds two litres of water.\n")
    command = f"umask 022; exec {sys.executable} -m ui ingest {tmp_path / 'a.txt'} --index {tmp_path / 'index'}"
    subprocess.run(["sh", "-c", command], check=True, capture_output=True, timeout=250)
    expect(tmp_path / "index", "700", "600")


def test_the_cache_of_a_servers_keywords_is_its_owners(tmp_path: Path) -> None:
    open_cached(tmp_path / "cache" / "one", ["a"], lambda _: ["A copper kettle"])
    assert (tmp_path / "cache" / "one" / "ids.json").is_file()
    assert f"{(tmp_path / 'cache').stat().st_mode & 0o777:o}" == "700"
