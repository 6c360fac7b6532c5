"""Throw every bomb at Footnote's parsers and print what it cost: python tests/faults/time_bombs.py [words of a name].

Each bomb meets a process of its own that reads as ``footnote ingest`` does, so that the worker's peak memory is its
own; that process must outlive the bomb and read a good file after it.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from made_bombs import BOMBS


def throw(number: int) -> None:
    """Read one bomb, then a good file, and print what happened as JSON."""
    from ingest.sandbox.confined import parsing
    from rag.errors import SourceError

    bomb = BOMBS[number]
    content = bomb.make()
    with parsing() as parse_one:
        started = time.perf_counter()
        try:
            parsed = parse_one(content, bomb.kind)
            blocks, characters = len(parsed.blocks), sum(len(block.text) for block in parsed.blocks)
            told = f"(read: {blocks:,} blocks, {characters:,} characters)"
        except SourceError as error:
            told = str(error)
        seconds = time.perf_counter() - started
        after = parse_one(b"A good file.", "text").blocks[0].text
    assert after == "A good file."
    # Linux lets a child begin with the peak of the process that started it: what that was is told beside it.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"size": len(content), "seconds": seconds, "peak": peak, "own": own, "told": told}))


def main() -> None:
    """Throw all bombs whose name holds the given words."""
    wanted = " ".join(sys.argv[1:])
    print("bomb | kB on disk | seconds | peak MB of the worker | what the user sees\n---|---|---|---|---")
    failures = 0
    for number, bomb in enumerate(BOMBS):
        if wanted not in bomb.name:
            continue
        done = subprocess.run(
            [sys.executable, __file__, "--throw", str(number)], capture_output=True, text=True, check=False
        )
        if done.returncode or done.stderr:
            failures += 1
            print(f"{bomb.name} | | | | THE READING PROCESS FAILED: {done.stderr.strip().splitlines()[-1:]}")
            continue
        found = json.loads(done.stdout)
        row = (
            bomb.name,
            f"{found['size'] / 1e3:,.0f}",
            f"{found['seconds']:.1f}",
            f"{found['peak']:.0f}",
            found["told"],
        )
        print(" | ".join(row), flush=True)
    print(f"\n{failures} failures of the reading process")
    sys.exit(bool(failures))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--throw"]:
        throw(int(sys.argv[2]))
    else:
        main()
