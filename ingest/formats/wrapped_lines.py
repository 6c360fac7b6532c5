"""Lines of a plain text that were broken for the width of a screen or a page, and not because a new line begins there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

NARROWEST = 45
"""Characters of the longest line of a wrapped paragraph, at least: lists, verse and addresses have shorter lines."""

WIDE = 60
"""From so many on, it is wider than verse, whose lines begin with capitals."""

SLACK = 8
"""So many characters may a line lack to be as long as it could be: paragraphs are mended after they were wrapped."""

FEW = 3
"""Of fewer lines the longest alone does not tell how wide the page is: they are joined where they are about as long as the
lines of other paragraphs."""

NEAR = 12
"""So many characters shorter they may be; a long word had no room."""

_OWN_LINE = re.compile(
    r"\s*(?:[-–—*•·+|>#=~]{1,3}(?:\s|$)|[-*=#]{3}|\(?(?:[0-9]{1,3}|[A-Za-z])[.)]\s|[A-Z]\S*:(?:\s|$))"
)
"""What begins a line of its own: an item, a rule, a row, "Name: value"."""

_COLUMNS = re.compile(r"\t|[^\s.!?:;]\s{2,}\S")
_LETTER = re.compile(r"\W*([^\W\d_])")


def join_wrapped(paragraphs: Sequence[str]) -> list[str]:
    """The paragraphs, those of wrapped prose as one line each; all others as they are."""
    split = [paragraph.split("\n") for paragraph in paragraphs]
    wrapped = [is_wrapped(lines) for lines in split]
    widths = sorted(
        max(map(len, lines)) for lines, told in zip(split, wrapped, strict=True) if told and len(lines) >= FEW
    )
    least = widths[len(widths) // 2] - NEAR if widths else 0
    return [
        " ".join(paragraph.split())
        if told and (len(lines) >= FEW or (widths and len(lines[0]) >= least))
        else paragraph
        for paragraph, lines, told in zip(paragraphs, split, wrapped, strict=True)
    ]


def is_wrapped(lines: Sequence[str]) -> bool:
    """Whether each line is as long as it could be: the next one's first word would not have fitted."""
    if len(lines) < 2 or any(map(_COLUMNS.search, lines)) or any(_OWN_LINE.match(line) for line in lines[1:]):
        return False
    rest = lines[1:]
    if len({len(line) - len(line.lstrip()) for line in rest}) > 1:
        return False  # indents that change say what belongs to what
    width = max(map(len, lines))
    is_full = all(
        len(before) + 1 + len(after.split(maxsplit=1)[0]) > width - SLACK for before, after in pairwise(lines)
    )
    letters = [found[1] for line in rest if (found := _LETTER.match(line))]
    return is_full and width >= (NARROWEST if any(map(str.islower, letters)) else WIDE)
