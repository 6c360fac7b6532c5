"""Short lines that are wholly bold and stand alone: headings that nobody styled as such."""

from __future__ import annotations

import re

LONGEST = 90
"""Characters of such a heading."""

PROSE = 60
"""Characters from which on a paragraph is what stands under a heading, and not the post of the person whose name is bold."""

_END = re.compile(r"[.,;…!][\"'”’)]*$")
_ADDRESS = re.compile(r"@|://")
_CAPTION = re.compile(
    r"(?i)\A(?:table|figure|fig\.|exhibit|chart|box|note|warning|caution|important|tip)\b(?:\W*$|\s*[0-9:])"
)


def could_be_heading(words: str) -> bool:
    """Whether a bold line could be a heading by its words: it is short, ends no sentence, and names no table or figure."""
    plain = words.strip()
    if not 1 < len(plain) <= LONGEST or "\n" in plain or sum(map(str.isalpha, plain)) < len(plain) / 3:
        return False
    # A small letter goes on from the line above.
    begins = (plain[0].isalnum() and not plain[0].islower()) or plain[0] in "“‘\"'¿¡§"
    return begins and not any(sign.search(plain) for sign in (_END, _CAPTION, _ADDRESS))


def stands_over(words: str, following: str, *, is_list: bool) -> bool:
    """Whether what comes next is what such a line is the heading of: a list or a table's row, prose, the answer to a question.

    With a colon, "Phase 1:", it leads to a list and belongs to it.
    """
    plain = words.strip()
    return not plain.endswith(":") if is_list else len(following.strip()) >= PROSE or plain.endswith("?")
