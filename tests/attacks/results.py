"""What became of an attack, and the tables that are made of many: one run alone, or two side by side."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["attack", "normal"]
State = Literal["done", "hung", "timed out", "skipped", "failed"]
"""``hung``: the server did not answer any more; ``failed``: the attack itself broke down, and says nothing."""

LONGEST_NOTE = 160


@dataclass(frozen=True, slots=True)
class Tally:
    """What an attack counted: how often it tried, how often the effect was there, and the server's memory in MB."""

    tries: int
    succeeded: int
    note: str = ""
    peak_mb: float | None = None
    state: State = "done"


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the table. Of an attack none should succeed; of normal use, all."""

    kind: Kind
    item: int
    group: str
    name: str
    tries: int
    succeeded: int
    seconds: float
    peak_mb: float | None
    state: State
    note: str

    @property
    def is_good(self) -> bool:
        """Whether the server behaved: no attack succeeded, or all of the normal use did."""
        wanted = 0 if self.kind == "attack" else self.tries
        return self.state == "done" and self.succeeded == wanted

    def line(self) -> str:
        """The row as text for a terminal."""
        mark = {True: "ok ", False: "BAD"}[self.is_good] if self.state != "skipped" else "-  "
        memory = f"{self.peak_mb:6.0f}" if self.peak_mb is not None else "      "
        counts = f"{self.succeeded:5} of {self.tries:5}"
        state = "" if self.state == "done" else f"[{self.state}] "
        return f"{mark} {self.item:3}  {self.name:78.78} {counts} {self.seconds:7.1f} {memory}  {state}{self.note}"


HEAD = f"    {'no.':4} {'attack':77}   succeeded  seconds     MB  note"


def save(results: Iterable[Result], path: Path, about: dict[str, str]) -> None:
    """Write results as JSON."""
    values = {"about": about, "results": [asdict(result) for result in results]}
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def save_among(results: list[Result], path: Path, about: dict[str, str]) -> None:
    """Write results, and keep those of other attacks that the file has of the same source."""
    kept: list[Result] = []
    if path.exists() and json.loads(path.read_text(encoding="utf-8"))["about"] == about:
        fresh = {result.name for result in results}
        kept = [result for result in load(path) if result.name not in fresh]
    save([*kept, *results], path, about)


def load(path: Path) -> list[Result]:
    """Read results that ``save`` wrote."""
    return [Result(**values) for values in json.loads(path.read_text(encoding="utf-8"))["results"]]


def compare(before: list[Result], after: list[Result]) -> Iterator[str]:
    """Two runs side by side, as the lines of two Markdown tables: attacks, then normal use."""
    old = {result.name: result for result in before}
    new = {result.name: result for result in after}
    order = list(dict.fromkeys([*new, *old]))
    for kind, title in (("attack", "Attacks: how many succeeded"), ("normal", "Normal use: how many succeeded")):
        names = [name for name in order if (new.get(name) or old[name]).kind == kind]
        if not names:
            continue
        yield f"### {title}"
        yield ""
        yield "| no. | what | tries | before | now | seconds before | now | MB before | now | note |"
        yield "| --: | --- | --: | --: | --: | --: | --: | --: | --: | --- |"
        for name in sorted(names, key=lambda name: (new.get(name) or old[name]).item):
            yield _row(name, old.get(name), new.get(name))
        yield ""


def _row(name: str, old: Result | None, new: Result | None) -> str:
    newest = new or old
    assert newest is not None
    tries = " / ".join(dict.fromkeys(str(result.tries) for result in (old, new) if result))
    cells = [str(newest.item), name, tries, _count(old), _count(new)]
    cells += [f"{result.seconds:.1f}" if result else "" for result in (old, new)]
    cells += [f"{result.peak_mb:.0f}" if result and result.peak_mb is not None else "" for result in (old, new)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in [*cells, newest.note]) + " |"


def _count(result: Result | None) -> str:
    if result is None:
        return "not run"
    return str(result.succeeded) + ("" if result.state == "done" else f" ({result.state})")
