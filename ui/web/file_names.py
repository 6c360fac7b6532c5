"""Names of what is added: files of one upload told apart, and a name for pasted text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

LONGEST_NAME = 60
"""Characters of a pasted text's beginning that name it."""

Progress = Callable[[str, int, int], None]


def name_files(names: Sequence[str], on_progress: Progress | None) -> Progress | None:
    """Progress that says which of several files is being read."""
    if on_progress is None or len(names) < 2:
        return on_progress

    def tell(label: str, done: int, total: int) -> None:
        is_file = label == "Reading" and total == len(names) and done < total
        on_progress(f"Reading {names[done]}" if is_file else label, done, total)

    return tell


def tell_apart(names: Sequence[str]) -> list[str]:
    """Names of files that were added together, with a number put to one that is there twice."""
    told: dict[str, None] = {}
    for name in names:
        path, number = Path(name), 1
        while name in told:
            number += 1
            name = f"{path.stem} {number}{path.suffix}"
        told[name] = None
    return list(told)


def make_file_name(title: str) -> str:
    """A name for a file of text, from a title or from its first words."""
    words = " ".join(re.sub(r"[\W_]+", " ", title[: 4 * LONGEST_NAME]).split())
    return f"{words[:LONGEST_NAME].strip() or 'Pasted text'}.txt"
