"""Locking a process in, for good, before the first byte of a file that somebody else made gets into it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from ingest.limits import Limits
from ingest.sandbox.resources import limit_files, limit_memory, limit_processes

NO_LANDLOCK = "no Landlock"
NO_SECCOMP = "no seccomp"
NO_END = "it may outlive Footnote"
NO_MEMORY_LIMIT = "no limit of memory"
ROOT = "root keeps its rights"

_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.startfile")


def lock_in(limits: Limits, parent: int) -> tuple[str, ...]:
    """Take from this process all but what reading takes; what this system cannot take from it, in words.

    Args:
        parent: the number of the process that started this one, and whose end it shall not outlive.
    """
    missing = [] if limit_memory(limits.memory) else [NO_MEMORY_LIMIT]
    sys.addaudithook(refuse_network)
    missing += _lock_in_by_kernel(parent) if sys.platform == "linux" else [NO_LANDLOCK, NO_SECCOMP, NO_END]
    limit_files()  # only now: Python keeps the compiled code of what was loaded above
    if NO_SECCOMP in missing:
        limit_processes()
    return tuple(missing)


def refuse_network(event: str, _: tuple[object, ...]) -> None:
    """An audit hook, for where the kernel does not help: no parser has business with the network or other programs."""
    if event.startswith(_FORBIDDEN):
        raise PermissionError("what reads files may not use the network or other programs")


def _lock_in_by_kernel(parent: int) -> list[str]:
    try:
        from ingest.sandbox import kernel, landlock, seccomp, syscalls
        from ingest.sandbox.readable import find_readable
    except ImportError:  # a Python that was built without ctypes
        return [NO_LANDLOCK, NO_SECCOMP, NO_END]
    missing = [] if kernel.end_with_parent(parent) else [NO_END]
    time.tzset()  # the file of the time zone cannot be read later
    is_alone = _count_threads() == 1  # Landlock holds for the thread that asks, and for what it starts
    kernel.forbid_new_privileges()
    if not (landlock.restrict_files(find_readable()) and is_alone and _is_refused(_open_root)):
        missing.append(NO_LANDLOCK)
    calls = syscalls.CAPABILITIES.get(kernel.find_machine())
    if not (calls and kernel.drop_capabilities(*calls)) and os.geteuid() == 0:
        missing.append(ROOT)
    if not (seccomp.restrict_calls() and _is_refused(_open_pipe)):
        missing.append(NO_SECCOMP)
    return missing


def _is_refused(attempt: Callable[[], None]) -> bool:
    """Whether something fails that any process may do, and that ours may no longer do."""
    try:
        attempt()
    except PermissionError:
        return True
    return False


def _open_root() -> None:
    os.close(os.open("/", os.O_RDONLY))


def _open_pipe() -> None:
    for end in os.pipe():
        os.close(end)


def _count_threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208
    except OSError:
        return 0  # not known
