"""Watching a folder: what comes, changes and goes is dealt with once it is at rest, and nothing is read half."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from in_process import run_command
from visiting import wait_until

from ingest.watching import Changes, find_changes, watch_folders
from rag.errors import IndexWriteError

ROOT = Path(__file__).parents[2]


def test_only_what_two_looks_find_the_same_is_at_rest() -> None:
    old, new, newer = (1, 10, 7), (2, 11, 7), (3, 12, 7)
    assert find_changes({}, {}, {"a": old}) == Changes()
    assert find_changes({}, {"a": old}, {"a": old}) == Changes(("a",))
    assert find_changes({"a": old}, {"a": new}, {"a": newer, "b": old}) == Changes()
    assert find_changes({"a": old}, {"a": newer, "b": old}, {"a": newer, "b": old}) == Changes(("a", "b"))
    assert find_changes({"a": old}, {"a": old}, {}) == Changes()
    assert find_changes({"a": old, "b": old}, {"b": old}, {"b": old}) == Changes((), ("a",))
    assert find_changes({"a": old, "b": old}, {"b": old}, {"b": new}) == Changes(), "b is being written"


class Watched:
    """A folder that is watched without waiting: after each look, the next step is done."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.handled: list[tuple[list[str], list[str]]] = []
        self.told: list[str] = []
        self.fails = 0

    def run(self, *steps: Callable[[], object] | None) -> None:
        left: Iterator[Any] = iter(steps)

        def wait(seconds: float) -> None:
            try:
                step = next(left)
            except StopIteration:
                raise KeyboardInterrupt from None
            if step:
                step()

        with pytest.raises(KeyboardInterrupt):
            watch_folders([self.folder], self.handle, self.told.append, wait=wait)

    def handle(self, changes: Changes) -> None:
        if self.fails:
            self.fails -= 1
            raise IndexWriteError("the disk is full; make room")
        self.handled.append(([Path(name).name for name in changes.ready], [Path(name).name for name in changes.gone]))


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("One.\n")
    return Watched(tmp_path / "folder")


def test_files_come_change_and_go(watched: Watched) -> None:
    a, b = watched.folder / "a.txt", watched.folder / "b.txt"
    watched.run(
        None,
        lambda: b.write_text("Two.\n"),
        lambda: b.write_text("Two, and more.\n"),  # still being written
        None,
        lambda: a.write_text("One, changed.\n"),
        None,
        a.unlink,
        None,
        None,
    )
    assert watched.handled == [(["a.txt"], []), (["b.txt"], []), (["a.txt"], []), ([], ["a.txt"])]


def test_a_file_that_another_takes_the_place_of_is_read_again(watched: Watched) -> None:
    a, other = watched.folder / "a.txt", watched.folder.parent / "other.txt"
    state = a.stat()

    def swap() -> None:
        other.write_text("Two.\n")
        os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))  # as old and as long as the first
        other.replace(a)

    watched.run(None, swap, None)
    assert watched.handled == [(["a.txt"], [])] * 2


def test_what_fails_is_told_once_and_tried_again(watched: Watched) -> None:
    watched.fails = 3
    watched.run(*[None] * 6)
    assert watched.told == ["the disk is full; make room"] and watched.handled == [(["a.txt"], [])]


def test_a_folder_that_is_away_for_a_while_takes_nothing_out(watched: Watched) -> None:
    away = watched.folder.with_name("away")
    watched.run(None, lambda: watched.folder.rename(away), None, None, lambda: away.rename(watched.folder), None)
    assert watched.handled == [(["a.txt"], [])] and len(watched.told) == 1
    assert "is not there at the moment" in watched.told[0]


@pytest.mark.parametrize(
    "arguments",
    [("a.txt", "--watch"), ("absent", "--watch"), ("--rebuild", "--watch"), ("https://example.org/", "--watch")],
)
def test_only_folders_are_watched(tmp_path: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("One.\n")
    result = run_command("ingest", "--index", tmp_path / "index", *arguments)
    assert result.returncode == 2 and b"--watch is for folders" in result.stderr


HURRIED = (
    "from ingest import watching; watching.watch_folders.__kwdefaults__['seconds'] = 0.3; "
    "from ui.cli.main import main; main()"
)
"""The command, but that it looks every 0.3 seconds; all that it waits for here is its own looks."""


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("ends", [signal.SIGINT, signal.SIGTERM])
def test_the_command_keeps_the_index_as_the_folder_is_and_ends_cleanly(tmp_path: Path, ends: signal.Signals) -> None:
    folder, index = tmp_path / "folder", tmp_path / "index"
    folder.mkdir()
    (folder / "a.md").write_text("# Bees\n\nA hive gives honey.\n")
    process = subprocess.Popen(
        [sys.executable, "-c", HURRIED, "ingest", str(folder), "--watch", "--prune", "--json", "--index", str(index)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    events: list[tuple[str, str]] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            events.append((event["status"], Path(event["source"]).name))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        wait_until(lambda: events, 90)
        (folder / "b.md").write_text("# Tides\n\nThe sea rises.\n")
        wait_until(lambda: len(events) > 1, 60)
        shutil.move(folder / "a.md", folder / "c.md")
        wait_until(lambda: len(events) > 3, 60)
    finally:
        process.send_signal(ends)
        process.wait(60)
        reader.join()
    assert events[:2] == [("added", "a.md"), ("added", "b.md")]
    assert {("removed", "a.md"), ("added", "c.md")} == set(events[2:])
    assert process.stderr is not None
    said = process.stderr.read()
    process.stdout and process.stdout.close()
    process.stderr.close()
    assert process.returncode == 0 and "no longer watching" in said and "Traceback" not in said
    assert sorted(path.name for path in index.iterdir() if path.name.startswith("CURRENT")) == ["CURRENT"]
