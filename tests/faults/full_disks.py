"""Disks that are full at every point of a command: small file systems in a mount namespace of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from faults.kills import ROOT, Tally

WORK = """
import json, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from faults.cheap import CHEAP, write_sources
from faults.damages import examine, ingest
from faults.kills import find_leftovers, read_state
from rag.errors import FootnoteError

disk, sources = Path({disk!r}), Path({sources!r})
index, fill = disk / "index", disk / "fill"
paths = write_sources(sources, ["alpha", "beta", "gamma"], {sentences})
ingest(paths[:2], index)
before = read_state(index)
outcomes = []
for free in {free!r}:
    room = __import__("shutil").disk_usage(disk).free
    fill.write_bytes(bytes(max(0, room - free)))
    try:
        reports = ingest(paths, index)
        told = "written"
    except FootnoteError as error:
        told = str(error)
    now = read_state(index)
    fill.unlink()
    wrong = examine(index) + [str(now.keys())] * (now not in (before, before | {{"gamma": now.get("gamma")}}))
    if told == "written":
        from ingest.pipeline import remove_document
        from rag.settings import read_settings
        wrong += ["not written"] * ("gamma" not in now)
        remove_document("gamma", directory=index, embeddings=CHEAP, settings=read_settings(embedding_model=CHEAP.name))
    elif now != before:
        wrong.append("refused, and changed")
    wrong += find_leftovers(index)
    outcomes.append([free, told, wrong])
print(json.dumps(outcomes))
"""


def can_mount() -> bool:
    """Whether this user may make a mount namespace."""
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


def fill_disk(folder: Path, free: list[int], *, size: str = "4m", sentences: int = 60) -> Tally:
    """Ingest with so many bytes free on a disk of that size, time after time.

    Three documents of 2,400 sentences are so many passages that Chroma saves its graph of vectors.
    """
    import json

    tally = Tally()
    disk = folder / "disk"
    disk.mkdir()
    script = WORK.format(
        tests=str(ROOT / "tests"),
        root=str(ROOT),
        disk=str(disk),
        sources=str(folder / "sources"),
        free=free,
        sentences=sentences,
    )
    mount = f'mount -t tmpfs -o size={size} tmpfs "{disk}" && exec "{sys.executable}" -c "$0"'
    result = subprocess.run(
        ["unshare", "-m", "bash", "-c", mount, script],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    if result.returncode:
        tally.faults.append(result.stderr[-2000:])
        return tally
    for room, told, wrong in json.loads(result.stdout.splitlines()[-1]):
        tally.times += 1
        tally.moments["written" if told == "written" else "refused, one line"] += 1
        tally.faults += [f"{room:,} bytes free: {told}: {fault}" for fault in wrong]
        if told != "written" and ("space" not in told and "full" not in told):
            tally.faults.append(f"{room:,} bytes free: the reason is not told: {told}")
    return tally
