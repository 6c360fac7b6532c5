"""Reading behind the lock: the same is read, the reader ends with its server, and the server shows nothing of itself."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from child_processes import find_workers
from made_office import odt, pptx, shape, xlsx

from ingest.loaders import KINDS, Kind
from ingest.parse import parse
from ingest.sandbox.confined import describe_protections, parsing
from rag.errors import SourceError

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "tests" / "fixtures" / "documents"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own means are those of Linux")
MISSING = describe_protections().missing if sys.platform == "linux" else ()
whole = pytest.mark.skipif(bool(MISSING), reason=f"missing here: {MISSING}")


@whole
def test_the_kernel_says_the_same_of_a_worker_that_lives() -> None:
    with parsing() as parse_one:
        parse_one(b"Words.", "text")
        (worker,) = find_workers()
        status = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{worker}/status").read_text().splitlines() if "\t" in line
        )
        limits = Path(f"/proc/{worker}/limits").read_text()
    assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
    assert int(status["CapPrm"], 16) & ~0b100 == int(status["CapEff"], 16) & ~0b100 == 0
    assert [line.split()[3:5] for line in limits.splitlines() if line.startswith("Max file size")] == [["0", "0"]]


def has_ended(process: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return True


@whole
def test_a_busy_reader_ends_with_its_server_however_that_ends() -> None:
    code = """
        from made_bombs import docx
        from ingest.sandbox.confined import parsing
        content = docx("<w:p><w:r><w:t>a b</w:t></w:r></w:p>" * 400_000)
        with parsing() as parse_one:
            parse_one(b"x", "text")
            print("up", flush=True)
            parse_one(content, "docx")
    """
    path = os.pathsep.join((str(ROOT / "tests"), *filter(None, sys.path)))
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"up\n"
        (worker,) = find_workers(server.pid)

        def used() -> int:
            stat = Path(f"/proc/{worker}/stat").read_text()
            return sum(map(int, stat.rpartition(")")[2].split()[11:13]))

        before = used()
        while used() < before + 20:  # it is at work on the file
            time.sleep(0.02)
        server.kill()
    end = time.monotonic() + 2
    while not has_ended(worker) and time.monotonic() < end:
        time.sleep(0.02)
    assert has_ended(worker)


@whole
def test_a_worker_outlives_the_thread_that_wanted_it() -> None:
    with parsing() as parse_one:
        seen = []
        for _ in range(2):
            thread = threading.Thread(target=parse_one, args=(b"Words.", "text"))
            thread.start()
            thread.join()
            time.sleep(0.2)
            seen += find_workers()
        assert len(seen) == 2
        assert len(set(seen)) == 1


def test_a_copy_of_this_process_can_start_workers_too() -> None:
    code = """
        import os, sys
        from ingest.sandbox.confined import parse_confined
        parse_confined(b"First.", "text")
        child = os.fork()
        if child == 0:
            print(parse_confined(b"Second.", "text").blocks[0].text, flush=True)
            os._exit(0)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "Second.\n")


def outcome(parse_one: Callable[[bytes, Kind], object], content: bytes, kind: Kind) -> object:
    try:
        return parse_one(content, kind)
    except SourceError as error:
        return str(error)


@whole
@pytest.mark.parametrize("path", sorted(DOCUMENTS.iterdir()), ids=lambda path: path.name)
def test_what_is_read_is_the_same_locked_in_whichever_file_comes_first(path: Path) -> None:
    """Parsers that were not loaded before the lock, and all that they load on their way, are loaded within it."""
    kind: Kind = KINDS[path.suffix]
    content = path.read_bytes()
    with parsing() as parse_one:
        parse_one(b"Words.", "text")
        assert outcome(parse_one, content, kind) == outcome(parse, content, kind)


@whole
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("sheets", xlsx({"Tides": [["Port", "High"], ["Brest", 7.1]]})),
        ("pptx", pptx(shape("Tides", "title"))),
        ("odt", odt("<text:p>High water.</text:p>")),
        ("notebook", b'{"cells": [{"cell_type": "markdown", "source": "# Tides"}]}'),
        ("json", b'{"port": "Brest"}'),
        ("code", b"read()"),
        ("markdown", b"| a | b |\n|---|---|\n| 1 | 2 |\n\n<table><tr><td>x</td></tr></table>\n"),
        ("rst", b".. code-block:: python\n   :caption: x\n\n   read()\n"),
    ],
)
def test_made_files_are_read_locked_in_as_they_are_free(kind: Kind, content: bytes) -> None:
    with parsing() as parse_one:
        parse_one(b"Words.", "text")
        assert outcome(parse_one, content, kind) == outcome(parse, content, kind)


@pytest.mark.parametrize("codec", ["gb18030", "shift_jis", "euc_kr", "big5", "koi8_r", "utf_16", "utf_7", "cp1250"])
def test_encodings_are_loaded_within_the_lock(codec: str) -> None:
    words = {"gb18030": "汉字", "shift_jis": "日本", "euc_kr": "한국", "big5": "漢字", "koi8_r": "Слова"}.get(
        codec, "Words"
    )
    page = f'<html><head><meta charset="{codec}"></head><body><p>{words * 20}</p></body></html>'.encode(codec)
    with parsing() as parse_one:
        parse_one(b"Words.", "text")
        assert parse_one(page, "html") == parse(page, "html")


LOOK = """
import ctypes, os, sys
from ingest.sandbox.kernel import make_undumpable
os.setresgid(65534, 65534, 65534), os.setresuid(65534, 65534, 65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # a change of user has switched it off
if {closed}:
    assert make_undumpable()
server, child = os.getpid(), os.fork()
if child == 0:
    try:
        print(b"KEY=secret" in open(f"/proc/{{server}}/environ", "rb").read(), flush=True)
    except PermissionError:
        print("refused", flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.skipif(sys.platform == "linux" and os.geteuid() != 0, reason="changes to another user")
@pytest.mark.parametrize(("closed", "said"), [(False, "True\n"), (True, "refused\n")])
def test_a_server_shows_its_environment_to_no_process_of_its_user(closed: bool, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK.format(closed=closed)],
        capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "KEY": "secret"},
    )  # fmt: skip
    assert done.stdout == said, done.stderr
