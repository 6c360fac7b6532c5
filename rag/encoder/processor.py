"""What this machine computes with, told without loading PyTorch."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

CPU_FILE = Path("/proc/cpuinfo")
NVIDIA_FILE = Path("/dev/nvidia0")
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


def pays_to_load_torch() -> bool:
    """Whether PyTorch embeds so much faster here that many texts pay for its loading."""
    return has_bfloat16() or may_have_cuda()


def name_processor() -> str:
    """What of this processor decides how fast it reads, in a word or two."""
    features = read_features()
    for feature, name in (("amx_bf16", "AMX"), ("avx512f", "AVX-512"), ("avx2", "AVX2")):
        if feature in features:
            return f"{platform.machine()} with {name}"
    return platform.machine()
