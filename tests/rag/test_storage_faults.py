"""Disks that are full or read-only, for real: small file systems in a mount namespace of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from faults.full_disks import can_mount, fill_disk

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not can_mount(), reason="this user may not make a mount namespace")


def run_on(tmp_path: Path, size: str, *commands: str) -> str:
    """Run shell commands with a file system of that size at ``tmp_path/disk``; what they print on both streams."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = "\n".join(["set -e", f"mount -t tmpfs -o size={size} tmpfs {disk}", f"cd {ROOT}", "set +e", *commands])
    result = subprocess.run(
        ["unshare", "-m", "bash", "-c", script], capture_output=True, text=True, check=False, timeout=180
    )
    printed = result.stdout + result.stderr
    assert "Traceback" not in printed, printed
    return printed


def footnote(arguments: str) -> str:
    return f"{sys.executable} -m ui {arguments}; echo status $?"


def test_a_read_only_disk_can_be_asked_and_refuses_to_be_written(article_index: Path, tmp_path: Path) -> None:
    index = tmp_path / "disk" / "index"
    printed = run_on(
        tmp_path,
        "40m",
        f"cp -r {article_index} {index}",
        f"mount -o remount,ro {tmp_path / 'disk'}",
        footnote(f"ask 'Where is the Sohae launch site?' --index {index}"),
        footnote(f"remove hanoi-summit --index {index}"),
    )
    assert "[1]" in printed and "status 0" in printed
    assert "cannot write the index" in printed and "Read-only file system" in printed and "status 1" in printed


def test_a_full_disk_changes_nothing_and_the_index_can_still_be_read(article_index: Path, tmp_path: Path) -> None:
    index = tmp_path / "disk" / "index"
    printed = run_on(
        tmp_path,
        "900k",
        f"cp -r {article_index} {index}",
        footnote(f"ingest README.md --index {index}"),
        footnote(f"documents --index {index}"),
        f"ls {index}/generations",
    )
    assert "No space left on device" in printed and "status 1" in printed
    assert "hanoi-summit" in printed and "status 0" in printed
    assert "000002" not in printed, "the half-made copy is gone"


def test_a_disk_that_fills_up_anywhere_in_a_command_loses_nothing(tmp_path: Path) -> None:
    tally = fill_disk(tmp_path, [20_000, 250_000, 400_000, 600_000, 700_000, 850_000])
    assert tally.faults == []
    assert tally.moments["refused, one line"] > 3


def test_a_read_only_index_can_be_examined_and_says_why_it_cannot_be_mended(
    article_index: Path, tmp_path: Path
) -> None:
    index = tmp_path / "disk" / "index"
    printed = run_on(
        tmp_path,
        "40m",
        f"cp -r {article_index} {index}",
        f"mount -o remount,ro {tmp_path / 'disk'}",
        footnote(f"doctor --index {index}"),
        footnote(f"repair --index {index}"),
    )
    assert "bad" not in printed and "status 0" in printed
    assert "cannot write the index" in printed and "Read-only file system" in printed and "status 1" in printed
