"""The heap of a process: how many arenas the C library makes for many threads."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

COUNT_ARENAS = """
import ctypes, sys, threading
from rag.encoder.allocator import give_back_memory, use_few_arenas
if sys.argv[1] == "few":
    use_few_arenas()
library = ctypes.CDLL(None)
library.fopen.restype = library.malloc.restype = ctypes.c_void_p
ready = threading.Barrier(9)
def work():
    library.malloc(1_000)
    ready.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
ready.wait()
give_back_memory()
told = ctypes.c_void_p(library.fopen(sys.argv[2].encode(), b"w"))
library.malloc_info(0, told)
library.fclose(told)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library has arenas")
@pytest.mark.parametrize(
    ("how", "variables", "fewest", "most"),
    [("few", {}, 1, 2), ("many", {}, 3, 99), ("few", {"MALLOC_ARENA_MAX": "5"}, 3, 5)],
    ids=["limited", "as it is", "as the environment says"],
)
def test_threads_share_a_few_arenas(
    tmp_path: Path, how: str, variables: dict[str, str], fewest: int, most: int
) -> None:
    told = tmp_path / "heap.xml"
    kept = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    subprocess.run([sys.executable, "-c", COUNT_ARENAS, how, str(told)], env=kept | variables, check=True, timeout=60)
    assert fewest <= told.read_text().count("<heap nr=") <= most
