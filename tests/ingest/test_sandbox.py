"""What a file that has taken over its reader can do: each attack goes past Python, through the C library, in the real worker."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hostile_parser import ATTACKS, run_attack, write_hostile_worker

from ingest.sandbox.confined import describe_protections
from ingest.sandbox.kernel import system_call
from ingest.sandbox.landlock import pack_attributes
from ingest.sandbox.restrict import NO_LANDLOCK, NO_SECCOMP
from rag.errors import SourceError

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "tests" / "fixtures" / "documents"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own means are those of Linux")
MISSING = describe_protections().missing if sys.platform == "linux" else ()
landlock = pytest.mark.skipif(NO_LANDLOCK in MISSING, reason="this kernel has no Landlock")
seccomp = pytest.mark.skipif(NO_SECCOMP in MISSING, reason="this kernel has no seccomp")
whole = pytest.mark.skipif(bool(MISSING), reason=f"missing here: {MISSING}")

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


@landlock
@pytest.mark.parametrize("version", range(1, 8))
def test_the_kernel_takes_what_each_version_of_landlock_can_forbid(version: int) -> None:
    if system_call(444, None, 0, 1) < version:
        pytest.skip("newer than this kernel")
    import ctypes

    attributes = pack_attributes(version)
    os.close(system_call(444, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0))
