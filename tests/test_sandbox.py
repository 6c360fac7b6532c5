"""What a file that has taken over its reader can do: each attack goes past Python, through the C library, in the real worker."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from hostile_parser import run_attack, write_hostile_worker

from ingest.loaders import KINDS, Kind
from ingest.parse import parse
from ingest.sandbox.confined import ParseOne, describe_protections, parsing
from ingest.sandbox.kernel import system_call
from ingest.sandbox.landlock import pack_attributes
from ingest.sandbox.restrict import NO_LANDLOCK, NO_SECCOMP
from rag.errors import SourceError

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "tests" / "fixtures" / "documents"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own means are those of Linux")
MISSING = describe_protections().missing if sys.platform == "linux" else ()
landlock = pytest.mark.skipif(NO_LANDLOCK in MISSING, reason="this kernel has no Landlock")
seccomp = pytest.mark.skipif(NO_SECCOMP in MISSING, reason="this kernel has no seccomp")
whole = pytest.mark.skipif(bool(MISSING), reason=f"missing here: {MISSING}")

READS = {
    "password file": "found = call('open', b'/etc/passwd', 0)",
    "server's environment": "found = call('open', b'/proc/%d/environ' % server, 0)",
    "own environment": "found = call('open', b'/proc/self/environ', 0)",
    "own memory": "found = call('open', b'/proc/self/mem', 0)",
    "file of the project": "found = call('open', project + b'/.env', 0)",
    "same, relative": "found = call('open', b'.env', 0)",
    "index": "found = call('open', project + b'/data/index/CURRENT', 0)",
    "folder of the project": "found = call('open', project, 0)",
    "root folder": "found = call('open', b'/', 0)",
    "upload of somebody else": "found = call('open', project + b'/uploads/theirs.pdf', 0)",
    "by way of a folder that is only looked at": (
        f"found = call('openat', libc.open(b'/', {os.O_PATH if sys.platform == 'linux' else 0}), b'etc/passwd', 0)"
    ),
}
WRITES = {
    "new file": "found = call('open', project + b'/new', 0o101, 0o600)",
    "old file": "found = call('open', project + b'/.env', 1)",
    "emptied": "found = call('truncate', project + b'/.env', 0)",
    "deleted": "found = call('unlink', project + b'/.env')",
    "moved": "found = call('rename', project + b'/.env', project + b'/gone')",
    "folder": "found = call('mkdir', project + b'/folder', 0o700)",
    "link": "found = call('link', project + b'/.env', project + b'/link')",
    "symbolic link": "found = call('symlink', b'/', project + b'/link')",
    "pipe": "found = call('mknod', project + b'/pipe', 0o10600, 0)",
    "rights": "found = call('chmod', project + b'/.env', 0o777)",
    "owner": "found = call('chown', project + b'/.env', os.getuid(), os.getgid())",
    "times": "found = call('utimes', project + b'/.env', None)",
    "attribute": "found = call('setxattr', project + b'/.env', b'user.a', b'b', 1, 0)",
    "file in memory": "found = call('memfd_create', b'a', 0)",
    "current folder": "found = call('chdir', b'/')",
}
CONNECTIONS = {
    "TCP": "found = call('socket', 2, 1, 0)",
    "UDP": "found = call('socket', 2, 2, 0)",
    "Unix": "found = call('socket', 1, 1, 0)",
    "netlink": "found = call('socket', 16, 3, 0)",
    "pair": "found = call('socketpair', 1, 1, 0, (ctypes.c_int * 2)())",
}
PROGRAMS = {
    "fork": "child = libc.fork()\nif child == 0: libc._exit(0)\nfound = 'done' if child > 0 else call('fork')",
    "spawn": (
        "argv = (ctypes.c_char_p * 2)(b'true', None)\n"
        "found = os.strerror(libc.posix_spawn(ctypes.byref(ctypes.c_int()), b'/bin/true', None, None, argv, argv))\n"
        "found = 'done' if found == 'Success' else 'EPERM'"
    ),
    "system": "found = 'done' if libc.system(b'true') == 0 else 'EPERM'",
}
OTHERS = {
    "kill the server": "found = call('kill', server, 0)",
    "kill all": "found = call('kill', -1, 0)",
    "kill the group": "found = call('kill', 0, 0)",
    "look into the server": (
        "data = ctypes.create_string_buffer(8)\nat = (ctypes.c_void_p * 2)(ctypes.addressof(data), 8)\n"
        "found = call('process_vm_readv', server, at, 1, at, 1, 0)"
    ),
    "trace the server": "found = call('ptrace', 0x4206, server, None, None)",
    "its limits": "found = call('prlimit', server, 7, None, ctypes.create_string_buffer(16))",
    "its priority": "found = call('setpriority', 0, server, libc.getpriority(0, server))",
    "have a signal sent to it": "ends = (ctypes.c_int * 2)()\nfound = call('fcntl', 0, 8, server)",
}
ATTACKS = {
    f"{kind}: {name}": code
    for kind, attacks in {
        "read": READS,
        "write": WRITES,
        "connect": CONNECTIONS,
        "run": PROGRAMS,
        "reach": OTHERS,
    }.items()
    for name, code in attacks.items()
}
NO_CONTROL = {"reach: look into the server", "reach: kill all", "write: attribute"}
"""What does not work from everywhere even without the lock: not seen to succeed."""
REFUSED = {"EACCES", "EPERM", "ENOSYS"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what lies about where Footnote runs, and the current one."""
    folder = tmp_path / "project"
    for name in (".env", "data/index/CURRENT", "uploads/theirs.pdf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("KEY=secret")
    monkeypatch.chdir(folder)
    return folder


def attack(project: Path, code: str) -> object:
    return run_attack(f"project = {str(project).encode()!r}\n{code}")


@whole
@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused(name: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path)))
    assert attack(project, ATTACKS[name]) in REFUSED
    assert (project / ".env").read_text() == "KEY=secret"
    assert sorted(path.name for path in project.iterdir()) == [".env", "data", "uploads"]


@pytest.mark.parametrize("name", [name for name in ATTACKS if name not in NO_CONTROL])
def test_without_the_lock_it_succeeds(
    name: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above would show nothing."""
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path, locked=False)))
    assert attack(project, ATTACKS[name]) == "done"


@whole
def test_another_program_cannot_take_the_workers_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused, and the worker is still there to say so; done, it would have said nothing."""
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path)))
    for code in (
        "argv = (ctypes.c_char_p * 2)(b'true', None)\nfound = call('execve', b'/bin/true', argv, argv)",
        "argv = (ctypes.c_char_p * 2)(b'true', None)\nfound = call('fexecve', libc.open(b'/usr/lib', 0), argv, argv)",
    ):
        assert run_attack(code) in REFUSED
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path, locked=False)))
    with pytest.raises(SourceError, match="broke down"):
        run_attack("argv = (ctypes.c_char_p * 2)(b'true', None)\nfound = call('execve', b'/bin/true', argv, argv)")


@whole
def test_what_was_given_up_cannot_be_had_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path)))
    found = run_attack(
        """
        unlimited = (ctypes.c_ulong * 2)(2**64 - 1, 2**64 - 1)
        found = {
            "outlive the server": call("prctl", 1, 0, 0, 0, 0),
            "memory": call("setrlimit", 9, unlimited),
            "size of files": call("setrlimit", 1, unlimited),
            "another user": call("setresuid", 0, 0, 0),
            "rights of root": call("capset", ctypes.create_string_buffer(b"\\x22\\x05\\x08\\x20" + bytes(4)), bytes(24)),
        }
        """
    )
    assert isinstance(found, dict)
    assert set(found.values()) <= REFUSED


@whole
def test_threads_and_memory_for_code_stay_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path)))
    assert run_attack(
        "import threading\nfound = []\nt = threading.Thread(target=found.append, args=(1,))\nt.start()\nt.join()"
    ) == [1]
    assert run_attack("found = 'done' if libc.mmap(None, 4096, 5, 0x22, -1, 0) > 0 else 'failed'") == "done"


@landlock
@pytest.mark.parametrize(
    "name", ["read: server's environment", "write: new file", "reach: kill the server", "reach: trace the server"]
)
def test_landlock_holds_by_itself(name: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path, without="seccomp")))
    assert attack(project, ATTACKS[name]) in REFUSED


@seccomp
@pytest.mark.parametrize("name", [name for name in ATTACKS if not name.startswith("read: ")])
def test_seccomp_holds_by_itself(name: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path, without="Landlock")))
    assert attack(project, ATTACKS[name]) in REFUSED


@whole
@pytest.mark.parametrize("without", ["Landlock", "seccomp"])
def test_a_kernel_that_lacks_something_is_told_and_files_are_read(
    without: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert describe_protections().missing == ()
    assert describe_protections().warning == ""
    monkeypatch.setattr(sys, "executable", str(write_hostile_worker(tmp_path, without=without)))
    protections = describe_protections()
    assert protections.missing == (f"no {without}",)
    assert protections.warning == (
        f"this system cannot fully lock in what reads files (no {without}): run Footnote as a user of its own"
    )
    assert run_attack("found = 'read'") == "read"


def test_a_worker_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    assert "(it does not start)" in describe_protections().warning


def find_workers(of: int) -> list[int]:
    tasks = Path(f"/proc/{of}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


@whole
def test_the_kernel_says_the_same_of_a_worker_that_lives() -> None:
    with parsing() as parse_one:
        parse_one(b"Words.", "text")
        (worker,) = [
            pid for pid in find_workers(os.getpid()) if b"sandbox.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
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
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    command = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"up\n"
        (worker,) = find_workers(server.pid)
        used = lambda: sum(map(int, Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[11:13]))  # noqa: E731
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
            seen += [
                pid
                for pid in find_workers(os.getpid())
                if b"sandbox.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
            ]
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


def outcome(parse_one: ParseOne, content: bytes, kind: Kind) -> object:
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


@pytest.mark.parametrize("codec", ["gb18030", "shift_jis", "euc_kr", "big5", "koi8_r", "utf_16", "utf_7", "cp1250"])
def test_encodings_are_loaded_within_the_lock(codec: str) -> None:
    words = {"gb18030": "汉字", "shift_jis": "日本", "euc_kr": "한국", "big5": "漢字", "koi8_r": "Слова"}.get(
        codec, "Words"
    )
    page = f'<html><head><meta charset="{codec}"></head><body><p>{words * 20}</p></body></html>'.encode(codec)
    with parsing() as parse_one:
        parse_one(b"Words.", "text")
        assert parse_one(page, "html") == parse(page, "html")


@landlock
@pytest.mark.parametrize("version", range(1, 8))
def test_the_kernel_takes_what_each_version_of_landlock_can_forbid(version: int) -> None:
    if system_call(444, None, 0, 1) < version:
        pytest.skip("newer than this kernel")
    import ctypes

    attributes = pack_attributes(version)
    os.close(system_call(444, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0))


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
