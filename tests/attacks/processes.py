"""What /proc tells of a process and of those that it started: memory, processor time, and who is left."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int, field_name: str = "VmRSS") -> float:
    """Memory of one process in MB; 0 when it is gone. ``VmHWM`` is the most that it ever was."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{field_name}:"):
                return int(line.split()[1]) / 1024
    return 0.0


def processor_seconds(pid: int) -> float:
    """Seconds of a processor that one process has used."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    return 0.0


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def command_of(pid: int) -> str:
    """The command line of a process; empty when it is gone or a zombie."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def readers_of(pid: int) -> list[int]:
    """The processes of a server that read files: those that run a module of ``ingest``."""
    return [child for child in descendants(pid) if "ingest." in command_of(child)]


def is_alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    return bool(command_of(pid))


def end_all(pids: list[int]) -> None:
    """End processes by their ids; those that are gone already are fine."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@dataclass(slots=True)
class Watched:
    """What was seen of a process while it was watched; memory in MB, with and without what it started."""

    before_mb: float
    cpu_before: float
    peak_mb: float = 0.0
    peak_all_mb: float = 0.0
    most_readers: int = 0
    cpu_seconds: float = 0.0
    seen: set[int] = field(default_factory=set)

    @property
    def growth_mb(self) -> float:
        """How much memory the process itself took on top, at most."""
        return self.peak_mb - self.before_mb


@contextmanager
def watching(pid: int, every: float = 0.1) -> Iterator[Watched]:
    """Watch a process's memory, time and readers."""
    watched = Watched(resident_mb(pid), processor_seconds(pid))
    done = threading.Event()

    def look() -> None:
        children = descendants(pid)
        watched.seen.update(children)
        own = resident_mb(pid)
        watched.peak_mb = max(watched.peak_mb, own)
        watched.peak_all_mb = max(watched.peak_all_mb, own + sum(map(resident_mb, children)))
        watched.most_readers = max(watched.most_readers, len(readers_of(pid)))
        watched.cpu_seconds = max(watched.cpu_seconds, processor_seconds(pid) - watched.cpu_before)

    def go_on() -> None:
        while not done.wait(every):
            look()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield watched
    finally:
        done.set()
        thread.join()
        look()


def wait_for(ready: object, seconds: float, every: float = 0.1) -> bool:
    """Wait until a function gives something true; whether it did in time."""
    assert callable(ready)
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True
