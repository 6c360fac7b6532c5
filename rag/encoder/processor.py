"""What this machine computes with, told without loading PyTorch."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

CPU_FILE = Path("/proc/cpuinfo")
NVIDIA_FILE = Path("/dev/nvidia0")
SURELY, PERHAPS = 300, 1_500
"""Texts after which PyTorch is loaded to embed the others, where it is surely faster, and where it may be.

With matrix units it embeds a text of 200 tokens in 6 ms of two processors instead of 23, and takes 3 to 5 s to load. With dot
products of bfloat16 alone it took 5.6 ms instead of 8.1 on one processor (Zen 5), and longer than ONNX Runtime on another.
"""

MOST_READ = 100_000
"""Bytes of the file about the processors that are read; the first one's features stand in the first few thousand."""


@cache
def has_bfloat16() -> bool:
    """Whether this processor multiplies matrices of bfloat16 faster than those of 32 bits.

    Matrix units (AMX) do. Where there are only dot products of it (AVX-512 BF16), reading took 268 ms instead of 155.
    Told of Linux alone; elsewhere False.
    """
    return "amx_bf16" in read_features()


def read_features() -> frozenset[str]:
    """The features that Linux names of the first processor; none elsewhere."""
    if platform.system() != "Linux":
        return frozenset()
    try:
        with CPU_FILE.open(encoding="ascii", errors="replace") as file:
            lines = file.read(MOST_READ).splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return frozenset(flags.partition(":")[2].split())


def may_have_cuda() -> bool:
    """Whether there is a graphics card that PyTorch could use; only PyTorch can say whether it does."""
    return NVIDIA_FILE.exists()


def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16 at all, which may be faster than 32 bits for much text."""
    return has_bfloat16() or "avx512_bf16" in read_features()


def find_torch_pays() -> int | None:
    """The number of texts after which loading PyTorch may pay here; None where it never does."""
    if has_bfloat16() or may_have_cuda():
        return SURELY
    return PERHAPS if multiplies_bfloat16() else None


def name_processor() -> str:
    """What of this processor decides how fast it reads, in a word or two."""
    features = read_features()
    for feature, name in (("amx_bf16", "AMX"), ("avx512f", "AVX-512"), ("avx2", "AVX2")):
        if feature in features:
            return f"{platform.machine()} with {name}"
    return platform.machine()
