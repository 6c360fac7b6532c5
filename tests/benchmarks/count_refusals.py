"""Which files of a folder are refused, which rightly, and how much is kept of those that are read.

``python tests/benchmarks/count_refusals.py --data DIR [--kind pdf ...]``. All files below DIR are read as ``footnote ingest``
reads them, in the process that is locked in and within its limits, and made into documents; those packed singly
(``.html.gz``) are unpacked first. A line for each kind:

- read: became a document
- no words: refused, and other means (``other_readers.py``) find no word in it, or cannot open it either: rightly, as it seems
- refused: refused, though other means find words. Named; whether that is right has to be looked at: words that nobody can see
- crashed: a parser's slip, or more time or memory than a file may take. Named
- kept: the share of all files' own words that was kept; lost: the share that is missing for no stated reason

Below it the lines of refusal, most frequent first. ``--list FILE`` keeps a line for each file, to compare two runs.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from other_readers import find_words_otherwise

from ingest.blocks import Parsed
from ingest.document_building import Found, build_document
from ingest.left_out import UNEXPLAINED
from ingest.loaders import CONTAINERS, KINDS, ContainerKind, Kind, read_bytes
from ingest.sandbox.confined import Confined, parsing
from rag.errors import SourceError

_CRASHED = re.compile(
    r"cannot be read as .* \(\w+\); the file may be damaged|what reads .* broke down|takes more than .* seconds|needs more than"
    r"|what was read from it makes no sense|its pages do not add up|what reads .* cannot be loaded"
)
"""Lines that stand for a parser that failed and not for what is wrong with a file."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file; ``refused`` is empty where it was read, ``others`` how many words other means find there."""

    name: str
    kind: str
    refused: str = ""
    others: int = 0
    words: int = 0
    left_out: int = 0
    lost: int = 0
    digest: str = ""
    seconds: float = 0.0

    @property
    def state(self) -> str:
        if not self.refused:
            return "read"
        if _CRASHED.match(self.refused):
            return "crashed"
        return "refused" if self.others else "no words"


def find_files(folder: Path, kinds: list[str]) -> Iterator[tuple[Path, Kind | ContainerKind]]:
    """The files of some kinds below a folder, and the kind of each; all kinds but source code where none is named."""
    known: dict[str, Kind | ContainerKind] = {**KINDS, **CONTAINERS}
    for path in sorted(folder.rglob("*")):
        name = path.name.casefold().removesuffix(".gz")
        kind = known.get(os.path.splitext(name)[1])  # noqa: PTH122  (of a name, not of a path)
        if (
            kind
            and path.is_file()
            and not path.is_symlink()
            and (kind in kinds if kinds else kind not in ("code", "json"))
        ):
            yield path, kind


def judge_files(folder: Path, kinds: list[str]) -> Iterator[Outcome]:
    """What becomes of each file below a folder, and of each part of an archive."""
    with parsing() as confined:
        for path, kind in tqdm(list(find_files(folder, kinds)), unit="file", file=sys.stderr, disable=None):
            name = str(path.relative_to(folder))
            try:
                content = read_bytes(path)
            except SourceError as error:
                yield Outcome(name, kind, str(error))
                continue
            if path.suffix == ".gz":
                content = gzip.decompress(content)
            match kind:
                case "zip" | "mbox":
                    yield from _judge_parts(name, kind, content, confined)
                case _:
                    yield _judge(name, kind, content, confined)


def _judge_parts(name: str, kind: ContainerKind, content: bytes, confined: Confined) -> Iterator[Outcome]:
    try:
        parts = confined.open_container(content, kind)
    except SourceError as error:
        yield Outcome(name, kind, str(error))
        return
    for number, part in enumerate(parts):
        if part.kind:
            try:
                parsed = confined.read_part(number)
            except SourceError as error:
                yield Outcome(f"{name}/{part.name}", f"{part.kind} in {kind}", str(error))
            else:
                yield _measure(f"{name}/{part.name}", f"{part.kind} in {kind}", parsed, 0.0)


def _judge(name: str, kind: Kind, content: bytes, confined: Confined) -> Outcome:
    started = time.perf_counter()
    try:
        parsed = confined(content, kind)
    except SourceError as error:
        others = find_words_otherwise(content, kind) or ()
        return Outcome(name, kind, str(error), len(others), seconds=time.perf_counter() - started)
    outcome = _measure(name, kind, parsed, time.perf_counter() - started)
    if outcome.refused:
        others = find_words_otherwise(content, kind) or ()
        return Outcome(name, kind, outcome.refused, len(others), seconds=outcome.seconds)
    return outcome


def _measure(name: str, kind: str, parsed: Parsed, seconds: float) -> Outcome:
    document = build_document(Found(name, Path(name).stem, "", kind, lambda: parsed), parsed, "document")
    if not document.text.strip():
        return Outcome(name, kind, "no text in it", seconds=seconds)
    lost = sum(piece.words for piece in parsed.left_out if piece.reason == UNEXPLAINED)
    left_out = sum(piece.words for piece in parsed.left_out)
    digest = sha256(repr((document.title, document.author, document.date, document.text, parsed)).encode()).hexdigest()
    return Outcome(name, kind, "", 0, parsed.words, left_out, lost, digest[:16], seconds)


def print_outcomes(outcomes: list[Outcome]) -> None:
    """A line for each kind, the lines of refusal and the files that have to be looked at."""
    kinds: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        kinds[outcome.kind].append(outcome)
    print(f"{'kind':16} {'files':>6} {'read':>6} {'no words':>8} {'refused':>7} {'crashed':>7} {'kept':>7} {'lost':>7} {'seconds':>7}")  # fmt: skip
    for kind, found in sorted(kinds.items()):
        states = Counter(outcome.state for outcome in found)
        words = max(1, sum(outcome.words for outcome in found))
        kept = f"{100 * (1 - sum(outcome.left_out for outcome in found) / words):6.1f}%"
        lost = f"{100 * sum(outcome.lost for outcome in found) / words:6.2f}%"
        seconds = sum(outcome.seconds for outcome in found)
        print(f"{kind:16} {len(found):6} {states['read']:6} {states['no words']:8} {states['refused']:7} {states['crashed']:7} {kept:>7} {lost:>7} {seconds:7.0f}")  # fmt: skip
    for kind, found in sorted(kinds.items()):
        for state in ("no words", "refused", "crashed"):
            _print_refused(kind, state, [outcome for outcome in found if outcome.state == state])


def _print_refused(kind: str, state: str, found: list[Outcome]) -> None:
    reasons: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        reasons[re.sub(r"\d[\d,.]*", "N", outcome.refused.split(";")[0])[:90]].append(outcome)
    if found:
        print(f"\n{kind}, {state}: {len(found)}")
    for reason, same in sorted(reasons.items(), key=lambda pair: -len(pair[1])):
        print(f"  {len(same):4}  {reason}")
        for outcome in same:
            print(f"        {outcome.name[-90:]}" + (f", {outcome.others} words" if outcome.others else ""))


def main() -> None:
    parser = argparse.ArgumentParser(description="Count which files are refused, and why.")
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help="a folder of files")
    parser.add_argument("--kind", action="append", default=[], help="one kind alone; may be given several times")
    parser.add_argument("--list", type=Path, metavar="FILE", help="keep a line for each file here")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"no folder '{options.data}'")
    outcomes = list(judge_files(options.data, options.kind))
    if not outcomes:
        parser.error(f"no files of such kinds below '{options.data}'")
    print_outcomes(outcomes)
    if options.list:
        lines = [f"{one.name}\t{one.state}\t{one.digest or one.refused}\t{one.seconds:.2f}\n" for one in outcomes]
        options.list.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
