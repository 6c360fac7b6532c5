"""Source code, settings and logs: the lines as they are, in stretches between blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.blocks import Block, Parsed
from ingest.limits import count_up

STRETCH = 1_000
"""Characters; a longer stretch of a log or a table of numbers is cut at the end of a line, so that it can be quoted."""

_BLANK = re.compile(r"\n[^\S\n]*\n+(?=\S)")
"""Before what is not indented: a function with blank lines in it stays whole."""


def parse_code(text: str) -> Parsed:
    """A block a stretch; no line is changed."""
    return Parsed(tuple(count_up(Block(part, kind="code") for part in _stretches(text))))


def _stretches(text: str) -> Iterator[str]:
    for part in _BLANK.split(text):
        lines: list[str] = []
        size = 0
        for line in part.strip("\n").split("\n"):
            if lines and size + len(line) > STRETCH:
                yield "\n".join(lines)
                lines, size = [], 0
            lines.append(line)
            size += len(line) + 1
        if "".join(lines).strip():
            yield "\n".join(lines).strip("\n")
