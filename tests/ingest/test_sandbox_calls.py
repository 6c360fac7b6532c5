"""The kernel's filter of system calls, run here step by step for both kinds of processor: what passes, what does not."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest

from ingest.sandbox.seccomp import build_filter
from ingest.sandbox.syscalls import ALLOWED, CAPABILITIES, CONDITIONAL, MACHINES, SECCOMP, SIGNALS, UNKNOWN

OURS = 4321
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000


def run_filter(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the kernel would answer: the program's instructions as bpf(4) defines them."""
    words = {0: number, 4: ARCHITECTURES[machine] if architecture is None else architecture}
    for at, value in enumerate(arguments):
        words[16 + 8 * at], words[20 + 8 * at] = value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF
    program, at, register = build_filter(machine, OURS), 0, 0
    while True:
        code, true, false, operand = program[at]
        at += 1
        match code:
            case 0x20:
                register = words.get(operand, 0)
            case 0x54:
                register &= operand
            case 0x15:
                at += true if register == operand else false
            case 0x25:
                at += true if register > operand else false
            case 0x06:
                return operand
            case _:
                pytest.fail(f"no such instruction: {code:#x}")


REFUSED = {  # what could be used to get out, to look or to reach elsewhere, or to wear the kernel down
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "openat2": (437, 437),
    "memfd_create": (319, 279),
    "creat": (85, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "renameat2": (316, 276),
    "linkat": (265, 37),
    "symlinkat": (266, 36),
    "mkdirat": (258, 34),
    "mknodat": (259, 33),
    "truncate": (76, 45),
    "ftruncate": (77, 46),
    "fallocate": (285, 47),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchownat": (260, 54),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "chdir": (80, 49),
    "prctl": (157, 167),
    "seccomp": (317, 277),
    "capset": (126, 91),
    "setuid": (105, 146),
    "personality": (135, 92),
    "shmget": (29, 194),
    "mq_open": (240, 180),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "timer_create": (222, 107),
    "sched_setaffinity": (203, 122),
    "setpriority": (141, 140),
    "splice": (275, 76),
    "sendfile": (40, 71),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_an_error_that_python_raises(name: str, machine: str) -> None:
    number = REFUSED[name][MACHINES.index(machine)]
    if number is not None:
        assert run_filter(machine, number) == 0x50000 | errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", ALLOWED)
def test_what_reading_takes_is_allowed(name: str, machine: str) -> None:
    number = ALLOWED[name][MACHINES.index(machine)]
    if number is not None:
        assert run_filter(machine, number, 2**64 - 1, 2**64 - 1) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "is_allowed"),
    [
        ("openat", (2**64 - 100, 0, 0o2000000), True),  # O_RDONLY | O_CLOEXEC
        ("openat", (0, 0, 0o1), False),
        ("openat", (0, 0, 0o2), False),
        ("openat", (0, 0, 0o3), False),
        ("openat", (0, 0, 0o100), False),  # O_CREAT
        ("openat", (0, 0, 0o1000), False),  # O_TRUNC
        ("openat", (0, 0, 0o20200000), False),  # O_TMPFILE
        ("clone", (0x3D0F00,), True),  # as the C library starts a thread
        ("clone", (0x7D0F00,), True),  # as musl does
        ("clone", (17,), False),  # fork
        ("clone", (0x4111,), False),  # vfork
        ("clone", (0x3D0F00 | 0x20000,), False),  # a thread with mounts of its own
        ("clone", (0x3D0F00 | 0x10000000,), False),
        ("ioctl", (0, 0x5401), True),
        ("ioctl", (0, 0x5412), False),  # type into a terminal
        ("ioctl", (0, 0x8901), False),  # have signals sent
        ("fcntl", (0, 3), True),
        ("fcntl", (0, 8), False),  # F_SETOWN
        ("fcntl", (0, 10), False),  # F_SETSIG
        ("fcntl", (0, 4), False),  # F_SETFL, which has O_ASYNC
        ("prlimit64", (0, 7), True),
        ("prlimit64", (1, 7), False),
        ("kill", (OURS, 6), True),
        ("kill", (OURS - 1, 6), False),
        ("kill", (0, 9), False),
        ("kill", (2**64 - 1, 9), False),
        ("tgkill", (OURS, OURS, 6), True),
        ("tgkill", (1, 1, 6), False),
    ],
)
def test_arguments_decide(name: str, arguments: tuple[int, ...], is_allowed: bool, machine: str) -> None:
    numbers = {found: pair for found, pair, _ in CONDITIONAL} | dict(SIGNALS)
    number = numbers[name][MACHINES.index(machine)]
    assert number is not None
    assert (run_filter(machine, number, *arguments) == ALLOW) is is_allowed


@pytest.mark.parametrize("machine", MACHINES)
def test_clone3_and_what_is_newer_are_said_to_be_unknown(machine: str) -> None:
    for number in (435, 451, 462, 100_000):
        assert run_filter(machine, number) == 0x50000 | errno.ENOSYS


@pytest.mark.parametrize("number", [0, 1, 2, 11, 41, 59, 257])
def test_numbers_of_other_architectures_do_not_pass(number: int) -> None:
    assert run_filter("x86_64", number, architecture=0x40000003) == KILL  # int 0x80
    assert run_filter("aarch64", number, architecture=0x40000028) == KILL
    assert run_filter("x86_64", 0x40000000 | number) == 0x50000 | errno.ENOSYS  # x32


@pytest.mark.parametrize("machine", MACHINES)
def test_all_but_the_listed_numbers_are_refused(machine: str) -> None:
    column = MACHINES.index(machine)
    passing = {number for number in range(1000) if run_filter(machine, number) == ALLOW}
    listed = {pair[column] for pair in ALLOWED.values()} | {pair[column] for _, pair, _ in CONDITIONAL}
    assert passing <= listed


HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernels_own_headers(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    text = HEADERS[machine].read_text()
    known: dict[str, str] = dict(re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", text, re.MULTILINE))
    known["newfstatat"] = known.get("newfstatat") or known["fstatat"]
    column = MACHINES.index(machine)
    named = {**ALLOWED, **REFUSED, **UNKNOWN, **{name: pair for name, pair, _ in CONDITIONAL}}
    named |= dict(SIGNALS)
    named["capget"], named["capset"] = zip(*(CAPABILITIES[one] for one in MACHINES), strict=True)
    named["seccomp"] = (SECCOMP["x86_64"], SECCOMP["aarch64"])
    wrong = {
        name
        for name, pair in named.items()
        if str(pair[column] if pair[column] is not None else "") != known.get(name, "")
    }
    assert wrong == set()
