"""Landlock: the kernel opens the named files and folders to this process, for reading, and no others at all.

It holds for whatever runs in the process, compiled code included, and cannot be taken back. See landlock(7).
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from ingest.sandbox.kernel import find_machine, system_call

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_MACHINES = ("x86_64", "aarch64", "riscv64", "ppc64le", "s390x", "loongarch64")
"""Where these numbers are known to hold."""

_ASK_VERSION = 1
_PATH_BENEATH = 1
_RUN, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3


def restrict_files(readable: Iterable[str], runnable: Iterable[str] = ()) -> bool:
    """Allow nothing but reading what lies in ``readable``, and running what lies in ``runnable``; whether the kernel does that.

    Needs ``forbid_new_privileges`` first, and holds for the calling thread and what it starts.
    """
    if find_machine() not in _MACHINES:
        return False
    try:
        version = system_call(_CREATE_RULESET, None, 0, _ASK_VERSION)
        attributes = pack_attributes(version)
        rules = system_call(
            _CREATE_RULESET, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0
        )
    except OSError:  # an old kernel, or one that was started without it
        return False
    try:
        for path in readable:
            _allow(rules, path, _READ_FILE, _READ_FOLDER)
        for path in runnable:
            _allow(rules, path, _RUN)
        system_call(_RESTRICT_SELF, rules, 0)
    except OSError:
        return False
    finally:
        os.close(rules)
    return True


def pack_attributes(version: int) -> bytes:
    """All that a version of Landlock can forbid, as the kernel wants it told; what is not allowed later, is forbidden."""
    files = (1 << 13) - 1  # run, read, write, remove and make files of all kinds
    files |= (version >= 2) << 13  # move to another folder
    files |= (version >= 3) << 14  # cut off
    files |= (version >= 5) << 15  # steer a device
    network = 0b11 if version >= 4 else 0  # listen on a TCP port, connect to one
    scopes = 0b11 if version >= 6 else 0  # abstract Unix sockets and signals of processes outside
    words = 1 + (version >= 4) + (version >= 6)
    return struct.pack(f"{words}Q", *(files, network, scopes)[:words])


def _allow(rules: int, path: str, rights: int, in_folders: int = 0) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no leave
    try:
        rights |= in_folders if os.path.isdir(path) else 0  # noqa: PTH112
        rule = struct.pack("=Qi", rights, place)
        system_call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.create_string_buffer(rule, len(rule)), 0)
    except OSError:
        return  # a file system that takes no rules stays shut
    finally:
        os.close(place)
