"""By which rules documents are read and cut, and whether an index was made by older ones."""

from __future__ import annotations

READING_RULES = "11"
"""Raised when cleaning changes what it makes of the same bytes; documents are then read again."""

_BEFORE = "-rules-"


def splitting_name(most_characters: int, most_tokens: int) -> str:
    """How documents are cut, as an index remembers it."""
    return f"sentences-{most_characters}-characters-{most_tokens}-tokens{_BEFORE}{READING_RULES}"


def is_older(splitting: str) -> bool:
    """Whether an index that remembers this was made by an older Footnote, which read documents otherwise."""
    rules = splitting.rpartition(_BEFORE)[2]
    return not rules.isdecimal() or int(rules) < int(READING_RULES)
