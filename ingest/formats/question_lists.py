"""The questions of a plain text, each above the paragraphs that answer it: "8. I found a bug.", or "Q: Is it free?" above "A: Yes."."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

FEWEST = 4
"""Entries from which on numbered lines are a list of questions."""

LONGEST = 160

_ASKED, _TOLD = re.compile(r"\s*Q[:.]\s+\S"), re.compile(r"\s*A[:.]\s+\S")
_ENTRY = re.compile(r"\s*(?:Q(?:uestion)?\s?)?(\d{1,3})[.):]\s+\S")


def find_questions(paragraphs: Sequence[str]) -> frozenset[int]:
    """Which paragraphs are entries of a list of questions, numbered or with the letters Q and A."""
    return _find_numbered(paragraphs) | _find_lettered(paragraphs)


def _find_lettered(paragraphs: Sequence[str]) -> frozenset[int]:
    pairs = enumerate(pairwise(paragraphs))
    found = [at for at, (asked, told) in pairs if _ASKED.match(asked) and _TOLD.match(told) and len(asked) <= LONGEST]
    return frozenset(found) if len(found) > 1 else frozenset()


def _find_numbered(paragraphs: Sequence[str]) -> frozenset[int]:
    """Those numbered one after the other, none right after another, and half of them questions."""
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
