"""Kill writers at random moments and look at what they leave behind: the old state or the new one, whole."""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.cheap import CHEAP, make_text, write_sources

ROOT = Path(__file__).parents[2]
State = dict[str, str]
"""The digest of each document's text, by its id."""

NAMES = ["alpha", "beta", "gamma", "delta", "epsilon"]


class Writer:
    """The driver process, from the outside."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "faults" / "writer.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )
        self._heard = b""
        assert "ready" in self.hear()

    def has_news(self) -> bool:
        """Whether there is something to hear."""
        assert self._process.stdout is not None
        return b"\n" in self._heard or bool(select.select([self._process.stdout], [], [], 0)[0])

    def tell(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\n" not in self._heard:
            more = os.read(self._process.stdout.fileno(), 65_536)
            assert more, "the writer is gone"
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return json.loads(line)  # type: ignore[no-any-return]

    def finish(self) -> list[dict[str, Any]]:
        """Everything that is told until the command has ended."""
        heard = [self.hear()]
        while "status" not in heard[-1]:
            heard.append(self.hear())
        return heard

    def run(self, **command: Any) -> list[dict[str, Any]]:
        """Let a command run to its end; it must end well."""
        self.tell(**command)
        heard = self.finish()
        assert heard[-1]["status"] == 0, heard
        return heard

    def run_and_kill(self, delay: float, **command: Any) -> list[dict[str, Any]]:
        """Kill a command ``delay`` seconds after it has begun, with the process that parses for it."""
        self.tell(**command)
        heard = [self.hear()]
        time.sleep(delay)
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(heard[0]["pid"], signal.SIGKILL)
        return heard + self.finish()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def writing() -> Iterator[Writer]:
    writer = Writer()
    try:
        yield writer
    finally:
        writer.end()


@dataclass(slots=True)
class Tally:
    """What the kills of one kind came to. ``faults`` must stay empty."""

    times: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    passages: int = 0
    missed: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Case:
    """A command, the state before it and the state after it."""

    verb: str
    base: Path
    command: dict[str, Any]
    before: State
    after: State
    seconds: float


def make_case(writer: Writer, folder: Path, verb: str, sentences: int) -> Case:
    """An index, and a command on it that has been tried out on a copy, three times, to know how long it takes."""
    sources = folder / "sources"
    base = folder / "base"
    paths = write_sources(sources, NAMES, sentences)
    first = paths[:1] if verb == "first ingest" else paths[:4]
    command: dict[str, Any] = {"verb": "ingest", "paths": [str(path) for path in paths]}
    if verb == "first ingest":
        base.mkdir()
        command["paths"] = command["paths"][:2]
    else:
        writer.run(verb="ingest", index=str(base), paths=[str(path) for path in first])
    if verb == "replace":
        command["paths"] = command["paths"][:4]
        paths[1].write_text(make_text("beta", sentences + 9, 1), encoding="utf-8")
    elif verb == "remove":
        command = {"verb": "remove", "document": "beta"}
    before = {} if verb == "first ingest" else read_state(base)
    seconds = []
    for _ in range(3):
        copy = folder / "trial"
        shutil.copytree(base, copy)
        seconds.append(writer.run(index=str(copy), **command)[-1]["seconds"])
        after = read_state(copy)
        shutil.rmtree(copy)
    return Case(verb, base, command, before, after, sorted(seconds)[1])


def kill_at_random(writer: Writer, case: Case, folder: Path, times: int, source: random.Random) -> Tally:
    """Kill the command at moments spread over its whole length, examine what is left, and run it again.

    Until so many kills have met it alive; how long it takes, on a machine that does other things too, is learnt anew
    with each run.
    """
    tally = Tally()
    seconds = case.seconds
    for number in range(times * 5):
        if tally.times == times:
            break
        directory = folder / f"killed-{number}"
        shutil.copytree(case.base, directory)
        # Most of it is reading and embedding: every other kill falls into the last part, where files are switched.
        delay = source.uniform(0.6 * (number % 2), 1.0) * seconds
        heard = writer.run_and_kill(delay, index=str(directory), **case.command)
        told = [line for line in heard if "traceback" in line or "error" in line]
        moment = find_moment(directory, case, heard[-1]["status"])
        if heard[-1]["status"] == -signal.SIGKILL:
            tally.times += 1
            tally.moments[moment] += 1
        where = f"{case.verb} {number}, killed after {delay:.3f} s, {moment}"
        tally.faults += [f"{where}: {fault}" for fault in told]
        state: State = {}
        try:
            state = read_state(directory) if case.before or (directory / "CURRENT").exists() else {}
            if state not in (case.before, case.after):
                tally.faults.append(f"{where}: neither the old state nor the new one: {sorted(state)}")
            if state:
                count_findable(directory, tally, where)
        except Exception as error:
            tally.faults.append(f"{where}: {error!r}")
        if not (case.command["verb"] == "remove" and state == case.after):
            again = writer.run(index=str(directory), **case.command)
            tally.faults += [f"{where}: then {line}" for line in again if "error" in line]
            if not moment.startswith("after"):  # after it there is nothing left to be done
                seconds = 0.5 * seconds + 0.5 * again[-1]["seconds"]
        try:
            if read_state(directory) != case.after:
                tally.faults.append(f"{where}: not finished by running it again")
            count_findable(directory, tally, where)
        except Exception as error:
            tally.faults.append(f"{where}: then {error!r}")
        writer.run(verb="ingest", index=str(directory), paths=[str(folder / "more.md")])
        tally.faults += [f"{where}: left over: {name}" for name in find_leftovers(directory)]
        shutil.rmtree(directory)
    return tally


def kill_repairs(writer: Writer, folder: Path, times: int, source: random.Random) -> Tally:
    """Kill the mending of an index whose keywords and one document's words are damaged, then mend it again."""
    from rag.errors import FootnoteError
    from rag.index.generations import find_current
    from rag.index.passage_index import PassageIndex

    tally = Tally()
    base = folder / "broken"
    paths = write_sources(folder / "repaired", NAMES, 60)
    writer.run(verb="ingest", index=str(base), paths=[str(path) for path in paths])
    index = PassageIndex(base, CHEAP)
    texts = {record.id: index.document(record.id).text for record in index.documents()}
    whole = read_state(base)
    del index
    (find_current(base) / "keyword" / "ids.json").unlink()
    command: dict[str, Any] = {"verb": "repair", "sources": str(paths[0].parent), "texts": texts}
    seconds = 0.5
    for number in range(times * 5):
        if tally.times == times:
            break
        directory = folder / f"mended-{number}"
        shutil.copytree(base, directory)
        heard = writer.run_and_kill(source.uniform(0.3, 1.0) * seconds, index=str(directory), **command)
        tally.faults += [f"repair {number}: {line}" for line in heard if "error" in line or "traceback" in line]
        try:
            moment = "mended" if read_state(directory) == whole else "something else"
        except FootnoteError:
            moment = "still broken, and told"
            again = writer.run(index=str(directory), **command)
            tally.faults += [f"repair {number}: then {line}" for line in again if "error" in line]
            seconds = 0.5 * seconds + 0.5 * again[-1]["seconds"]
        if heard[-1]["status"] == -signal.SIGKILL:
            tally.times += 1
            tally.moments[moment] += 1
        if read_state(directory) != whole:
            tally.faults.append(f"repair {number}: not as it was")
        count_findable(directory, tally, f"repair {number}")
        shutil.rmtree(directory)
    return tally


def find_moment(directory: Path, case: Case, status: int) -> str:
    """How far a killed command had come, by what it left."""
    from rag.index.generations import find_current, find_generations

    if status != -signal.SIGKILL:
        return "after its end"
    if not (directory / "CURRENT").exists():
        return "before the switch, generation begun" if find_generations(directory) else "before writing"
    current = find_current(directory)
    if (not case.before) or current != _in(directory, find_current(case.base), case.base):
        return "after the switch"
    begun = [path for path in find_generations(directory) if path.name > current.name]
    if not begun:
        return "before writing"
    if (begun[0] / "index.json").is_file():
        return "before the switch, generation finished"
    return "before the switch, generation begun"


def _in(directory: Path, path: Path, base: Path) -> Path:
    return directory / path.relative_to(base)


def read_state(directory: Path) -> State:
    """Every document's text, by digest; it must be the one that its record tells."""
    from rag.index.passage_index import PassageIndex
    from rag.types import text_digest

    index = PassageIndex(directory, CHEAP)
    return {record.id: text_digest(index.document(record.id).text) for record in index.documents()}


def count_findable(directory: Path, tally: Tally, where: str) -> None:
    """Every passage must be the nearest to the vector of its own words, and be found by them as keywords."""
    from ingest.split import embedding_texts
    from rag.index.passage_index import PassageIndex

    index = PassageIndex(directory, CHEAP)
    state = index.current()
    names = [passage.id for record in index.documents() for passage in index.passages(record.id)]
    if sorted(names) != sorted(state.keywords.ids):
        tally.faults.append(f"{where}: keywords and passages differ")
    for record in index.documents():
        passages = index.passages(record.id)
        vectors = CHEAP.embed_documents(embedding_texts(passages, lambda of: [len(text) // 3 + 2 for text in of]))
        for passage, vector in zip(passages, vectors, strict=True):
            tally.passages += 1
            nearest = [hit.passage.id for hit in state.search_vectors(vector, 1)]
            matching = [hit.passage.id for hit in state.search_keywords(passage.text, 3)]
            if nearest != [passage.id] or passage.id not in matching:
                tally.missed += 1
                tally.faults.append(f"{where}: {passage.id} is not found by its own words")


def find_leftovers(directory: Path) -> list[str]:
    """What stands in an index and has no business there once a writer has ended well."""
    from rag.index.generations import find_current

    current = int(find_current(directory).name)
    kept = {f"{current:06d}", f"{current - 1:06d}"}
    found = [path.name for path in (directory / "generations").iterdir() if path.name not in kept]
    return found + [path.name for path in directory.iterdir() if path.name not in ("CURRENT", "generations", ".lock")]
