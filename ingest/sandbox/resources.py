"""Limits of the operating system on the process that reads: memory, processor time, files, processes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

_system: Any = None
with suppress(ImportError):  # Windows has no such limits; the clock's holds there
    import resource  # now: once the process is locked in, a folder that it may not look into could stand in the way

    _system = resource

MAX_OPEN = 64
"""Files open at once: code that is being loaded, and fonts."""


def limit_memory(size: int) -> bool:
    """Allow so many bytes of address space, and no copy of the memory on disk; whether the first holds."""
    _limit("RLIMIT_CORE", 0)
    return _limit("RLIMIT_AS", size)


def limit_files() -> None:
    """Allow a few open files, and no byte written to any; pipes are no files."""
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_NOFILE", MAX_OPEN)


def limit_processes() -> None:
    """Allow no other process. Threads count too, and root is not held."""
    _limit("RLIMIT_NPROC", 0)


def limit_processor_time(seconds: float) -> None:
    """Count from now: the limit of the system is one on the whole life of the process."""
    if _system is None:
        return
    used = _system.getrusage(_system.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = _system.getrlimit(_system.RLIMIT_CPU)
    if hard == _system.RLIM_INFINITY or limit < hard:
        _system.setrlimit(_system.RLIMIT_CPU, (limit, hard))


def _limit(name: str, most: int) -> bool:
    """Set a limit for good, where it is not lower already; whether it holds."""
    which = getattr(_system, name, None)
    if which is None:
        return False
    _, hard = _system.getrlimit(which)
    if hard != _system.RLIM_INFINITY:
        most = min(most, hard)
    try:
        _system.setrlimit(which, (most, most))
    except (ValueError, OSError):  # macOS knows the name and takes no value
        return False
    return True
