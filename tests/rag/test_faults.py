"""A short part of tests/faults: kills, neighbours and damages, for real; ``make faults`` does it at length."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.cheap import write_sources
from faults.kills import ROOT, Writer, kill_at_random, make_case, writing
from faults.neighbours import ask_meanwhile, write_at_once

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    with writing() as started:
        yield started


@pytest.mark.parametrize("verb", ["first ingest", "ingest", "replace", "remove"])
def test_a_kill_leaves_the_old_state_or_the_new_one_whole(verb: str, writer: Writer, tmp_path: Path) -> None:
    write_sources(tmp_path, ["more"], 5)
    case = make_case(writer, tmp_path, verb, 30)
    tally = kill_at_random(writer, case, tmp_path, 3, random.Random(verb))
    assert tally.times == 3
    assert tally.passages > 0
    assert tally.faults == []


@pytest.mark.parametrize("same", [False, True])
def test_two_processes_that_ingest_at_once_lose_nothing_and_the_second_waits(
    same: bool, writer: Writer, tmp_path: Path
) -> None:
    with writing() as other:
        tally = write_at_once((writer, other), tmp_path, 2, same=same)
    assert tally.faults == []
    assert tally.moments["waited"] > 0


def test_who_asks_while_another_process_writes_gets_whole_versions_and_sees_each_at_the_next_question(
    writer: Writer, tmp_path: Path
) -> None:
    tally = ask_meanwhile(writer, tmp_path, 3)
    assert tally.faults == []
    assert tally.moments["questions"] > 0


def test_a_damaged_index_gives_the_original_words_or_one_line_and_can_be_mended() -> None:
    command = [sys.executable, str(ROOT / "tests/faults/run_faults.py"), "--only", "damages", "--times", "4"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=200)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "footnote repair" in result.stdout
