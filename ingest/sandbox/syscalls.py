"""The system calls that reading a file takes, and their numbers; what is not named here is refused.

Numbers: ``asm/unistd_64.h`` (x86_64) and ``asm-generic/unistd.h`` (aarch64) of Linux.
"""

from __future__ import annotations

from typing import NamedTuple


class Condition(NamedTuple):
    """A call is allowed where the low 32 bits of its ``argument``, masked, are ``value``."""

    argument: int
    mask: int
    value: int


_ALL = 0xFFFFFFFF

MACHINES = ("x86_64", "aarch64")

Calls = dict[str, tuple[int | None, int | None]]
"""Calls by name, each with its number on ``MACHINES``."""

ALLOWED: Calls = {
    # what is open already, and what may be opened
    "read": (0, 63),
    "write": (1, 64),
    "lseek": (8, 62),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "stat": (4, None),
    "lstat": (6, None),
    "statx": (332, 291),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "getdents": (78, None),
    "getdents64": (217, 61),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "fadvise64": (221, 223),
    # memory
    "brk": (12, 214),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    # threads, and signals that this process handles
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "set_tid_address": (218, 96),
    "membarrier": (324, 283),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "exit": (60, 93),
    "exit_group": (231, 94),
    # the time, and what this process is
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "getcpu": (309, 168),
    "uname": (63, 160),
    "sysinfo": (99, 179),
}
"""Allowed whatever their arguments are: they reach nothing but this process and what it has open."""

STARTING: Calls = {"execve": (59, 221), "arch_prctl": (158, None)}
"""Allowed to what becomes another program: to do so, and to set that up."""

_WRITES = 0o3 | 0o100 | 0o1000 | 0o20000000
"""O_WRONLY, O_RDWR, O_CREAT, O_TRUNC and O_TMPFILE among the flags of ``open``."""

_THREAD, _NAMESPACES = 0x00010000, 0x7E020080
"""CLONE_THREAD, and all of CLONE_NEW*."""

CONDITIONAL: tuple[tuple[str, tuple[int | None, int | None], Condition], ...] = (
    ("openat", (257, 56), Condition(2, _WRITES, 0)),
    ("open", (2, None), Condition(1, _WRITES, 0)),
    ("clone", (56, 220), Condition(0, _THREAD | _NAMESPACES, _THREAD)),
    ("ioctl", (16, 29), Condition(1, _ALL, 0x5401)),  # is it a terminal?
    ("ioctl", (16, 29), Condition(1, _ALL, 0x5451)),  # close it when another program starts
    # Not all of fcntl: it could have a signal sent to any process of the same user.
    ("fcntl", (72, 25), Condition(1, _ALL, 0)),  # copy
    ("fcntl", (72, 25), Condition(1, _ALL, 1030)),  # copy, and close when another program starts
    ("fcntl", (72, 25), Condition(1, _ALL, 1)),  # closed when another program starts?
    ("fcntl", (72, 25), Condition(1, _ALL, 2)),
    ("fcntl", (72, 25), Condition(1, _ALL, 3)),  # for reading or for writing?
    ("prlimit64", (302, 261), Condition(0, _ALL, 0)),  # of this process
)
"""Allowed where an argument says that nothing outside is meant."""

SIGNALS: tuple[tuple[str, tuple[int | None, int | None]], ...] = (
    ("tgkill", (234, 131)),
    ("tkill", (200, 130)),
    ("kill", (62, 129)),
)
"""Allowed where the first argument is this very process: ``abort`` needs it."""

UNKNOWN: dict[str, tuple[int, int]] = {"clone3": (435, 435)}
"""Said to be unknown, so that the C library takes an older way whose arguments can be looked at."""

NEWEST = 450
"""Above it, all are said to be unknown: a C library that tries one has an older way."""

SECCOMP = {"x86_64": 317, "aarch64": 277}
CAPABILITIES = {"x86_64": (125, 126), "aarch64": (90, 91)}
"""``capget`` and ``capset``."""
