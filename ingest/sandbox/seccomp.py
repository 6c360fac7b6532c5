"""seccomp: the kernel refuses this process every system call that reading a file does not take.

What is refused fails with EPERM, which Python raises as PermissionError. See seccomp(2) and, for the program that the
kernel runs before each call, https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from ingest.sandbox.kernel import find_machine, system_call
from ingest.sandbox.syscalls import (
    ALLOWED,
    CONDITIONAL,
    MACHINES,
    NEWEST,
    SECCOMP,
    SIGNALS,
    STARTING,
    UNKNOWN,
    Calls,
    Condition,
)

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_SET_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000

_LOAD, _AND, _EQUAL, _GREATER, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Where in what the kernel shows of a call these stand."""

Instruction = tuple[int, int, int, int]
"""Code, how many instructions to pass over when true and when false, and a number."""


def restrict_calls(*, runs_program: bool = False) -> bool:
    """Refuse this process, all its threads, what reading does not take; whether the kernel does that.

    With ``runs_program``, it may still become another program, which is held as it is.

    Needs ``forbid_new_privileges`` first.
    """
    machine = find_machine()
    if machine not in MACHINES:
        return False
    extra = STARTING if runs_program else {}
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in build_filter(machine, os.getpid(), extra))
    code = ctypes.create_string_buffer(program, len(program))
    length = len(program) // struct.calcsize("HBBI")
    pointer = struct.pack("HP", length, ctypes.addressof(code))
    try:
        failed = system_call(
            SECCOMP[machine], _SET_FILTER, _ALL_THREADS, ctypes.create_string_buffer(pointer, len(pointer))
        )
    except OSError:
        return False
    return failed == 0  # otherwise it is the thread that could not be brought under it


def build_filter(machine: str, process: int, extra: Calls | None = None) -> list[Instruction]:
    """The program that the kernel runs before each call of the process with that number; ``extra`` calls are allowed, too."""
    column = MACHINES.index(machine)
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),  # numbers of another architecture mean other calls; no honest code uses them
        (_LOAD, 0, 0, _NUMBER),
    ]
    for numbers in (*ALLOWED.values(), *(extra or {}).values()):
        program += _when(numbers[column], _ALLOW)
    ours = [(name, numbers, Condition(0, 0xFFFFFFFF, process)) for name, numbers in SIGNALS]
    for _, numbers, condition in (*CONDITIONAL, *ours):
        program += _when_argument(numbers[column], condition)
    for known in UNKNOWN.values():
        program += _when(known[column], _FAIL | errno.ENOSYS)
    # x32, the other set of numbers on x86_64, begins far above the newest.
    return [
        *program,
        (_GREATER, 0, 1, NEWEST),
        (_RETURN, 0, 0, _FAIL | errno.ENOSYS),
        (_RETURN, 0, 0, _FAIL | errno.EPERM),
    ]


def _when(number: int | None, answer: int) -> list[Instruction]:
    return [] if number is None else [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]


def _when_argument(number: int | None, condition: Condition) -> list[Instruction]:
    if number is None:
        return []
    return [
        (_EQUAL, 0, 5, number),
        (_LOAD, 0, 0, _ARGUMENTS + 8 * condition.argument),  # the low half; both architectures are little-endian
        (_AND, 0, 0, condition.mask),
        (_EQUAL, 0, 1, condition.value),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _NUMBER),
    ]
