"""Do to the index what can be done to it, at length, and print what became of it:

    python tests/faults/run_faults.py [--times N] [--seed S] [--only kills,damages,graph,neighbours,disks,commands]

One row a fault: how often it was tried, what the user saw, and what was lost. Exit status 1 when anything was.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from faults import damages, full_disks, kills, neighbours
from faults.cheap import write_sources

Row = tuple[str, int, str, list[str]]

HEAD = f"{'fault':40} | times | lost | what was seen"
KINDS = ("kills", "damages", "graph", "neighbours", "disks", "commands")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=60, help="kills of each verb; five times as many damages (60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(KINDS), help="some of: " + ", ".join(KINDS))
    chosen = parser.parse_args()
    runs: dict[str, Callable[[Path, int, int], Iterator[Row]]] = {
        "kills": run_kills,
        "damages": lambda folder, times, seed: run_damages(folder, times, seed, "in a small index", 30, 4),
        "graph": lambda folder, times, seed: run_damages(folder, times, seed, "among 1,200 passages", 2_400, 1),
        "neighbours": run_neighbours,
        "disks": run_disks,
        "commands": run_commands,
    }
    started = time.perf_counter()
    kinds = chosen.only.split(",")
    if len(kinds) > 1:  # a process each: where Chroma has been open, no process can be forked
        print(HEAD, flush=True)
        again = [sys.executable, __file__, "--times", str(chosen.times), "--seed", str(chosen.seed), "--only"]
        codes = [subprocess.run([*again, kind], check=False).returncode for kind in kinds]
        print(f"{time.perf_counter() - started:.0f} s, seed {chosen.seed}")
        sys.exit(any(codes))
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="footnote-faults-", ignore_cleanup_errors=True) as folder:
        for name, times, seen, wrong in runs[kinds[0]](Path(folder), chosen.times, chosen.seed):
            print(f"{name:40} | {times:5} | {len(wrong):4} | {seen}", flush=True)
            faults += [f"{name}: {fault}" for fault in wrong]
    for fault in faults:
        print(fault[:1_000], file=sys.stderr)
    sys.exit(bool(faults))


def run_kills(folder: Path, times: int, seed: int) -> Iterator[Row]:
    source = random.Random(seed)
    with kills.writing() as writer:
        for verb in ("first ingest", "ingest", "replace", "remove"):
            own = folder / verb.replace(" ", "-")
            own.mkdir()
            write_sources(own, ["more"], 5)
            case = kills.make_case(writer, own, verb, 60)
            tally = kills.kill_at_random(writer, case, own, times, source)
            seen = ", ".join(f"{count} {moment}" for moment, count in sorted(tally.moments.items()))
            yield f"SIGKILL of {verb}", tally.times, seen, tally.faults
            yield f"- its passages looked up, {tally.missed} missed", tally.passages, "", []
        tally = kills.kill_repairs(writer, folder, max(1, times // 3), source)
        yield "SIGKILL of repair", tally.times, _moments(tally), tally.faults


def run_damages(folder: Path, times: int, seed: int, name: str, sentences: int, factor: int) -> Iterator[Row]:
    """Damages of a small index; and of one so large that Chroma keeps its vectors in a graph of its own files."""
    damages.preload()
    for kind, tally in damages.damage_at_random(folder, sentences, times * factor, seed).items():
        seen = ", ".join(f"{count} {what}" for what, count in sorted(tally.seen.items()))
        yield f"{kind} {name}", tally.times, seen, tally.faults
        mended = "; ".join(f"{count} {what}" for what, count in sorted(tally.mended.items()))
        yield "- then footnote repair", tally.mended.total(), mended, []


def run_neighbours(folder: Path, times: int, seed: int) -> Iterator[Row]:
    with kills.writing() as first, kills.writing() as second:
        for same in (False, True):
            tally = neighbours.write_at_once((first, second), folder, max(1, times // 6), same=same)
            yield (
                f"two write {'the same' if same else 'different'} documents",
                tally.times,
                _moments(tally),
                tally.faults,
            )
        tally = neighbours.ask_meanwhile(first, folder, max(1, times // 2))
        yield "one asks while another writes", tally.times, _moments(tally), tally.faults


def run_disks(folder: Path, times: int, seed: int) -> Iterator[Row]:
    if not full_disks.can_mount():
        yield "a disk that fills up", 0, "skipped: this user may not make a mount namespace", []
        return
    source = random.Random(seed)
    tally = full_disks.fill_disk(folder, [source.randrange(900_000) for _ in range(times)])
    yield "a disk that fills up while writing", tally.times, _moments(tally), tally.faults


def run_commands(folder: Path, times: int, seed: int) -> Iterator[Row]:
    """The real command with the real model; each takes seconds to start."""
    for same in (False, True):
        tally = neighbours.ingest_twice_for_real(folder, same=same)
        yield f"two footnote ingest, {'the same' if same else 'different'} files", 1, _moments(tally), tally.faults
    tally = neighbours.ask_for_real(folder)
    yield "footnote ask - during footnote ingest", 1, _moments(tally), tally.faults
    if Path("/usr/bin/chromium").exists():
        tally = neighbours.browse_for_real(folder)
        yield "footnote serve during footnote ingest", 1, _moments(tally), tally.faults
    tally = neighbours.kill_footnote_for_real(folder, max(1, times // 6), random.Random(seed))
    yield "SIGKILL of footnote ingest, real model", tally.times, _moments(tally), tally.faults


def _moments(tally: kills.Tally) -> str:
    return ", ".join(f"{count} {moment}" for moment, count in sorted(tally.moments.items()))


if __name__ == "__main__":
    main()
