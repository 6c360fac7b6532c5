"""Headings that stand in the line of the paragraph that they are about: "2.1 Disclaimer of Warranties. The seller ..."."""

from __future__ import annotations

import re

MOST_WORDS = 6

_HEADING = re.compile(
    rf"(?:[\dA-Za-z]{{1,3}}[.)]\s{{1,3}}|[\d.]{{1,9}}\s{{1,3}})?[A-Z][\w’'-]+(?:,? (?:(?:and|or|of|the|for|to|in|on|with|by|a|an|&)|[A-Z][\w’'-]+)){{1,{MOST_WORDS - 1}}}[.:]"
)
_NUMBER = re.compile(r"\W*(?:[\dA-Za-z]{1,3}[.)]|[\d.]+)?\s*")
_SAYS_MORE = re.compile(r"[^\S\n]*\S")


def is_run_in_heading(text: str, start: int, end: int) -> bool:
    """Whether what stands from ``start`` to ``end`` of a text is words in capitals that begin a paragraph, and no sentence."""
    before = text[:start].rsplit("\n", 1)[-1]
    if not _NUMBER.fullmatch(before) or not _SAYS_MORE.match(text, end):
        return False
    return bool(_HEADING.fullmatch(text[start:end]))
