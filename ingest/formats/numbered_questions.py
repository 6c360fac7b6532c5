"""The entries of a list of questions in a plain text: "8. I found a bug.", each above the paragraphs that answer it."""

from __future__ import annotations

import re
from collections.abc import Sequence

FEWEST = 4
"""Entries from which on numbered lines are a list of questions."""

LONGEST = 160

_ENTRY = re.compile(r"\s*(?:Q(?:uestion)?\s?)?(\d{1,3})[.):]\s+\S")


def find_numbered_questions(paragraphs: Sequence[str]) -> frozenset[int]:
    """Which paragraphs are entries: numbered one after the other, none right after another, and half of them questions."""
    entries: list[int] = []
    number = 0
    for at, part in enumerate(paragraphs):
        found = _ENTRY.match(part) if len(part) <= LONGEST else None
        if not found or int(found[1]) != number + 1 or (entries and at - entries[-1] < 2):
            continue
        entries.append(at)
        number += 1
    asking = sum(paragraphs[at].rstrip().endswith("?") for at in entries)
    return frozenset(entries) if len(entries) >= FEWEST and 2 * asking >= len(entries) else frozenset()
