"""Files are parsed in a process of its own: what happens there, happens to one file, and to nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from child_processes import find_children, find_workers
from made_bombs import docx

from ingest.blocks import Block, Parsed
from ingest.limits import MAX_CHARACTERS, MAX_HEADINGS, MAX_PAGES, Limits, check_size
from ingest.parse import parse
from ingest.sandbox.confined import parse_confined, parsing
from rag.errors import SourceError

ROOT = Path(__file__).parents[2]
ARTICLE = ROOT / "data" / "articles" / "hanoi-summit.md"
on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")


def slow_file() -> bytes:
    """A Word file that takes seconds to read."""
    return docx("<w:p><w:r><w:t>a b</w:t></w:r></w:p>" * 400_000)


def run_python(code: str, *, before: str = "", **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **options)  # type: ignore[call-overload,no-any-return]


def test_it_gives_what_the_parser_gives() -> None:
    content = ARTICLE.read_bytes()
    assert parse_confined(content, "markdown") == parse(content, "markdown")


def test_every_character_survives_the_way() -> None:
    words = 'ﬁ ½ 漢字 🧭 e\u0301 “quoted” \u200d \\ " </script> \ue000'
    assert parse_confined(words.encode(), "text").blocks[0].text == words


def test_the_reason_why_a_file_cannot_be_read_arrives_as_it_was_given() -> None:
    with pytest.raises(SourceError, match=r"^not a text file \(binary content\)$"):
        parse_confined(b"\x00\x01\x02" * 50, "text")


@on_linux
def test_one_process_reads_all_files_of_a_run_and_ends_with_it() -> None:
    with parsing() as parse_one:
        assert not find_workers()  # it is started when it is needed
        seen = set()
        for number in range(5):
            parse_one(b"Words %d." % number, "text")
            seen.update(find_workers())
        assert len(seen) == 1
    assert not seen & set(find_children())


@on_linux
def test_a_file_that_takes_too_long_is_refused_and_the_next_one_is_read() -> None:
    with parsing(Limits(seconds=3)) as parse_one:
        with pytest.raises(SourceError, match="takes more than 3 seconds to read; split it"):
            parse_one(slow_file(), "docx")
        assert not find_workers()
        assert parse_one(b"Next.", "text").blocks[0].text == "Next."


@on_linux
def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_one_is_read() -> None:
    with parsing(Limits(memory=150_000_000)) as parse_one:
        with pytest.raises(SourceError, match=r"needs more than 0.15 GB of memory"):
            parse_one(slow_file(), "docx")
        assert parse_one(b"Next.", "text").blocks[0].text == "Next."


@on_linux
@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL, signal.SIGXCPU], ids=lambda how: how.name)
def test_a_parser_that_breaks_down_costs_one_file(how: signal.Signals) -> None:
    reasons = {signal.SIGXCPU: "takes more than 60 seconds"}
    content = slow_file()
    with parsing() as parse_one:
        parse_one(b"First.", "text")
        (worker,) = find_workers()
        blow = threading.Timer(0.3, os.kill, (worker, how))
        blow.start()
        with pytest.raises(SourceError, match=reasons.get(how, "broke down on it")):
            parse_one(content, "docx")
        blow.join()
        assert parse_one(b"Next.", "text").blocks[0].text == "Next."
        assert find_workers() != [worker]


@on_linux
def test_a_worker_that_died_between_two_files_costs_none() -> None:
    with parsing() as parse_one:
        parse_one(b"First.", "text")
        (worker,) = find_workers()
        os.kill(worker, signal.SIGKILL)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        assert parse_one(b"Next.", "text").blocks[0].text == "Next."


@on_linux
def test_the_worker_ends_when_the_process_that_asks_is_killed() -> None:
    code = "from ingest.sandbox.confined import parsing\nwith parsing() as p:\n p(b'x', 'text'); print('up', flush=True); input()"
    asking = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with asking:
        assert asking.stdout is not None
        assert asking.stdout.readline() == b"up\n"
        (worker,) = find_children(asking.pid)
        asking.kill()
    for _ in range(200):
        status = Path(f"/proc/{worker}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.05)
    pytest.fail("the worker outlives the process that started it")


def test_threads_may_share_it() -> None:
    with parsing() as parse_one, ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda number: parse_one(b"Number %d." % number, "text"), range(40))
        assert [parsed.blocks[0].text for parsed in found] == [f"Number {number}." for number in range(40)]


def test_nothing_is_printed_and_no_warning_is_left() -> None:
    code = """
        from ingest.sandbox.confined import parsing, parse_confined
        with parsing() as parse_one:
            parse_one(b"Words.", "text")
            try:
                parse_one(b"PK\\x03\\x04", "docx")
            except Exception as error:
                print(error)
        parse_confined(b"More words.", "text")
    """
    done = run_python(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "damaged: the .docx file is cut off or altered\n"


def test_modules_in_the_current_folder_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    assert parse_confined(b"Words.", "text").blocks[0].text == "Words."


@on_linux
def test_the_worker_does_not_know_our_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "very secret")
    with parsing() as parse_one:
        parse_one(b"Words.", "text")
        (worker,) = find_workers()
        assert b"secret" not in Path(f"/proc/{worker}/environ").read_bytes()


def test_the_worker_loads_nothing_heavy() -> None:
    heavy = "torch transformers langchain langchain_core chromadb gradio numpy pydantic"
    done = run_python(f"import sys, ingest.sandbox.worker; print(set('{heavy}'.split()) & set(sys.modules))")
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
    ],
)
def test_a_parser_may_not_use_the_network_or_other_programs(attempt: str) -> None:
    done = run_python(
        f"import sys, ingest.sandbox.restrict\nsys.addaudithook(ingest.sandbox.restrict.refuse_network)\n{attempt}"
    )
    assert "may not use the network or other programs" in done.stderr


ANSWER = '{"parsed": {"blocks": [%s], "title": "", "author": "", "date": "", "pages": 1}}'


@pytest.fixture
def false_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that stands in the worker's place and runs what is written into the file returned."""
    script = tmp_path / "worker.py"
    program = tmp_path / "python"
    program.write_text(
        f"#!{sys.executable} -P\nimport sys\nsys.path[:0] = {sys.path!r}\nexec(open({str(script)!r}).read())\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    return script


FALSE = """
import sys
from ingest.sandbox.worker import read_frame, write_frame
count = 0
while (kind := read_frame(sys.stdin.buffer)) is not None:
    content = read_frame(sys.stdin.buffer)
    count += 1
    write_frame(sys.stdout.buffer, answer(kind, content))
"""


@pytest.mark.parametrize(
    "answer",
    [
        "no json",
        "[]",
        '{"parsed": {"blocks": [{"text": 5}]}}',
        ANSWER % '{"text": "a", "level": "1"}',
        ANSWER % '{"text": "a", "pages": [[0, 2]]}',
        ANSWER % '{"text": "a", "pages": [[-1, 1]]}',
        ANSWER % '{"text": "a", "pages": [[2, 1]]}',
        '{"parsed": {"blocks": [], "pages": 1000000000}}',
        "{}",
    ],
)
def test_an_answer_that_makes_no_sense_is_a_source_error(answer: str, false_worker: Path) -> None:
    """A worker that a hostile file has taken over can say what it likes; nothing but text is taken from it."""
    false_worker.write_text(f"answer = lambda kind, content: {answer.encode()!r}\n{FALSE}")
    with pytest.raises(SourceError):
        parse_confined(b"Words.", "text")


@pytest.mark.parametrize(
    "program", ["", "import sys; sys.stdout.buffer.write(b'\\x7f' * 4096)", "print('hello')", "raise SystemExit(3)"]
)
def test_a_worker_that_does_not_keep_to_the_protocol_is_a_source_error(program: str, false_worker: Path) -> None:
    false_worker.write_text(program)
    with pytest.raises(SourceError, match="broke down on it"):
        parse_confined(b"Words." * 100_000, "text")


def test_memory_that_earlier_files_took_does_not_count_against_a_later_one(false_worker: Path) -> None:
    """Where a worker that has read before runs out of memory, the file is read once more by a new one."""
    full = '{"refused": "needs more memory", "memory": "out"}'
    read = ANSWER % '{"text": "read"}'
    false_worker.write_text(
        f"answer = lambda kind, content: {full.encode()!r} if count > 1 else {read.encode()!r}\n{FALSE}"
    )
    with parsing() as parse_one:
        assert parse_one(b"First.", "text").blocks[0].text == "read"
        assert parse_one(b"Second.", "text").blocks[0].text == "read"


@pytest.mark.parametrize(
    ("parsed", "reason"),
    [
        (Parsed((Block("a" * (MAX_CHARACTERS + 1)),)), "more than 20,000,000 characters of text"),
        (Parsed((Block("a", 1),) * (MAX_HEADINGS + 1)), "more than 100,000 headings"),
        (Parsed((), pages=MAX_PAGES + 1), "more than 20,000 pages"),
    ],
)
def test_what_is_too_large_for_a_document_is_refused(parsed: Parsed, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        check_size(parsed)


def test_it_works_without_the_limits_of_unix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where there is no ``resource`` module, as on Windows, the clock's limit still holds."""
    (tmp_path / "resource.py").write_text("raise ImportError('not on this system')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with parsing(Limits(seconds=3)) as parse_one:
        assert parse_one(b"Words.", "text").blocks[0].text == "Words."
        with pytest.raises(SourceError, match="takes more than 3 seconds"):
            parse_one(slow_file(), "docx")
