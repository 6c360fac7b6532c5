"""Attack a really running ``footnote serve`` from outside, and print what succeeded:

    python tests/attacks/run_attacks.py [--checkout DIR] [--only NAME] [--json FILE]
    python tests/attacks/run_attacks.py --compare before.json after.json

One row an attack, then one row for each thing that people do and that has to go well. All of it happens on loopback.
Exit status 1 when an attack succeeded or normal use did not.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from attacks import (
    addresses,
    command_line,
    files,
    freezing,
    login,
    memory,
    network,
    normal,
    origins,
    pages,
    proxies,
    readers,
    replies,
    results,
    sessions,
)
from attacks.attack import ATTACKS, Attack, CannotTry
from attacks.results import LONGEST_NOTE, Result, State, Tally
from attacks.serving import Site

GROUPS = (
    files,
    proxies,
    origins,
    network,
    addresses,
    sessions,
    login,
    pages,
    replies,
    memory,
    readers,
    command_line,
    freezing,
    normal,
)
"""Importing them puts their attacks on the list; they are run in this order."""

ORDER = [group.__name__.rpartition(".")[2] for group in GROUPS]


class TimeIsUp(BaseException):
    """An attack took longer than it may. No Exception: whoever handles those is not to swallow it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--checkout",
        type=Path,
        default=Path(__file__).resolve().parents[2],
        help="the source that is attacked (this one)",
    )
    parser.add_argument("--only", default="", help="attacks whose group is this, or whose name has this in it")
    parser.add_argument("--json", type=Path, help="also put the results into this file, beside those of other attacks")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE", "AFTER"), help="print Markdown of two runs")
    parser.add_argument("--list", action="store_true", help="name all attacks and end")
    chosen = parser.parse_args()
    if chosen.compare:
        before, after = map(results.load, chosen.compare)
        print("\n".join(results.compare(before, after)))
        return
    wanted = [each for each in ATTACKS if chosen.only == each.group]
    wanted = wanted or [each for each in ATTACKS if chosen.only in each.name]
    wanted.sort(key=lambda each: (each.kind, ORDER.index(each.group)))
    if not wanted:
        parser.error(f"no attack is called '{chosen.only}'; see --list")
    if chosen.list:
        print("\n".join(f"{each.item:3}  {each.group:10} {each.name}" for each in wanted))
        return
    # Whoever ends this ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    sys.exit(run_all(wanted, chosen.checkout.resolve(), chosen.json))


def run_all(wanted: list[Attack], checkout: Path, file: Path | None) -> int:
    """Run attacks one after the other against one checkout; the exit status."""
    about = {"checkout": describe(checkout)}
    print(f"attacking {checkout} ({about['checkout']})\n{results.HEAD}", flush=True)
    done: list[Result] = []
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="attacks-", ignore_cleanup_errors=True) as folder:
        site = Site(checkout, Path(folder).resolve())
        try:
            site.build_index()
            for each in wanted:
                done.append(run_one(each, site))
                print(done[-1].line(), flush=True)
                if file:
                    results.save_among(done, file, about)
        finally:
            site.close()
    bad = [result for result in done if not result.is_good and result.state != "skipped"]
    print(f"{len(done)} rows, {len(bad)} bad, {time.perf_counter() - started:.0f} s")
    return bool(bad)


def run_one(attack: Attack, site: Site) -> Result:
    """Run one attack within its time."""
    started, starting = time.perf_counter(), site.starting_seconds
    try:
        with time_limit(attack.seconds):
            tally = attack.run(site)
    except CannotTry as error:
        tally = Tally(0, 0, str(error), state="skipped")
    except TimeIsUp:
        tally = Tally(1, int(attack.kind == "attack"), f"no end after {attack.seconds:g} s", state="timed out")
    except Exception as error:
        traceback.print_exc()
        tally = Tally(1, 0, f"{type(error).__name__}: {error}", state="failed")
    seconds = round(time.perf_counter() - started - (site.starting_seconds - starting), 2)
    note = " ".join(tally.note.split())[:LONGEST_NOTE]
    peak = None if tally.peak_mb is None else round(tally.peak_mb, 1)
    state: State = tally.state
    return Result(
        attack.kind, attack.item, attack.group, attack.name, tally.tries, tally.succeeded, seconds, peak, state, note
    )


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End what goes on longer, where it stands. Raises TimeIsUp."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def describe(checkout: Path) -> str:
    """Which state of the source it is."""
    command = ["git", "-C", str(checkout), "log", "-1", "--format=%h %s"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})
    return found.stdout.strip() or "no git checkout"


if __name__ == "__main__":
    main()
