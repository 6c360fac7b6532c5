"""What only the Linux kernel can be asked for, through the C library: Python has no functions for it."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 1, 4, 38
_KILL = 9

_CAPABILITY_VERSION = 0x20080522
_READ_ANYTHING = 1 << 2
"""CAP_DAC_READ_SEARCH. Root keeps it: without it, root cannot load code that lies in another user's folder."""


def find_machine() -> str:
    """The kind of processor whose numbers of system calls hold here; empty where that cannot be told."""
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return ""  # a 32-bit Python on a 64-bit kernel has other numbers
    return os.uname().machine


def system_call(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make one system call.

    Raises:
        OSError: the kernel refuses, or does not know it.
    """
    return _checked(_library().syscall(ctypes.c_long(number), *map(_argument, arguments)))


def end_with_parent(parent: int) -> bool:
    """Have the kernel kill this process when the one that started it ends, however busy this one is; whether it will.

    The signal comes at the end of the *thread* that started us. A parent that ended before it was asked for would
    never send it: then this process ends here.
    """
    if not _control(_SET_DEATH_SIGNAL, _KILL):
        return False
    if os.getppid() == parent:
        return True
    try:
        os.kill(parent, 0)
    except ProcessLookupError:
        sys.exit(1)
    except OSError:
        pass
    return False  # something stands between the two; the end of that is what will be noticed


def make_undumpable() -> bool:
    """Keep other processes of the same user from looking into this one's memory and environment; whether it holds.

    Root may look all the same, unless it has given up that right, as what reads files does.
    """
    return sys.platform == "linux" and _control(_SET_DUMPABLE, 0)


def forbid_new_privileges() -> bool:
    """No program that this process runs can have more rights than it has itself; whether that holds."""
    return _control(_SET_NO_NEW_PRIVILEGES, 1)


def drop_capabilities(get: int, put: int) -> bool:
    """Give up what root may do beyond other users, but for reading files; whether that worked.

    Args:
        get: the number of the system call ``capget``, and ``put`` that of ``capset``.
    """
    head = ctypes.create_string_buffer(struct.pack("Ii", _CAPABILITY_VERSION, 0), 8)
    held = ctypes.create_string_buffer(24)
    try:
        system_call(get, head, held)
        permitted = struct.unpack("6I", held.raw)[1]
        kept = permitted & _READ_ANYTHING
        system_call(put, head, ctypes.create_string_buffer(struct.pack("6I", kept, kept, 0, 0, 0, 0), 24))
    except OSError:
        return False
    return True


def _control(option: int, value: int) -> bool:
    """One call of ``prctl``; whether it worked."""
    zero = ctypes.c_ulong(0)
    return int(_library().prctl(option, ctypes.c_ulong(value), zero, zero, zero)) == 0


def _argument(value: int | ctypes.Array[ctypes.c_char] | None) -> object:
    # A bare number would be passed as 32 bits.
    return ctypes.c_long(value) if isinstance(value, int) else value


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
