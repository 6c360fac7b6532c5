"""The GNU C library's allocator, which keeps more memory than it needs to; other C libraries are left as they are."""

from __future__ import annotations

import ctypes
import os
import platform

ARENAS = 2
"""Parts that the heap of a process may have. By default it has eight a processor, and what the threads of Chroma and ONNX
Runtime free in one is not used in another: with 60 changes of an index a process grew by 24 MB, with two by 4."""

_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def give_back_memory() -> None:
    """Return what is free to the system."""
    if library := _find_library():
        library.malloc_trim(0)


def use_few_arenas() -> None:
    """Keep memory flat over days; to be called before there are threads. ``MALLOC_ARENA_MAX`` in the environment goes first."""
    if "MALLOC_ARENA_MAX" not in os.environ and (library := _find_library()):
        library.mallopt(_ARENA_MAX, ARENAS)


def _find_library() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
