"""Verdicts of a slow judge, kept in a file: what was asked once is not asked again, by the next run either."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path


def keep_verdicts(judge: Callable[[str, str], bool], path: Path, *, depends: str) -> Callable[[str, str], bool]:
    """The same judge, whose verdicts are added to a file as they come, and are read from there.

    A line that is no verdict, such as the half of one that a run left which was ended, counts for nothing.

    Args:
        judge: says whether a text says what a statement says.
        path: the file; made with the first verdict.
        depends: what a verdict depends on beside the two, such as the model and its prompt.
    """
    known = _read_verdicts(path)

    def decide(text: str, statement: str) -> bool:
        key = hashlib.sha256("\0".join((depends, text, statement)).encode("utf-8", "surrogatepass")).hexdigest()
        if key not in known:
            known[key] = judge(text, statement)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"asked": key, "verdict": known[key], "statement": statement}) + "\n")
        return known[key]

    return decide


def _read_verdicts(path: Path) -> dict[str, bool]:
    verdicts = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    for line in lines:
        try:
            told = json.loads(line)
            if isinstance(told["verdict"], bool):
                verdicts[str(told["asked"])] = told["verdict"]
        except (ValueError, KeyError, TypeError):
            continue
    return verdicts
