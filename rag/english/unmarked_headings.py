"""Headings that no mark tells: in the line of their paragraph ("2.1 Disclaimer of Warranties. The seller ..."), or in capitals above it."""

from __future__ import annotations

import re

MOST_WORDS = 6

_HEADING = re.compile(
    rf"(?:[\dA-Za-z]{{1,3}}[.)]\s{{1,3}}|[\d.]{{1,9}}\s{{1,3}})?[A-Z][\w’'-]+(?:,? (?:(?:and|or|of|the|for|to|in|on|with|by|a|an|&)|[A-Z][\w’'-]+)){{1,{MOST_WORDS - 1}}}[.:]"
)
_NUMBER = re.compile(r"\W*(?:[\dA-Za-z]{1,3}[.)]|[\d.]+)?\s*")
_SAYS_MORE = re.compile(r"[^\S\n]*\S")


_SHOUTED = re.compile(rf"[A-Z0-9][A-Z0-9’'&/().,:-]*(?: [A-Z0-9&][A-Z0-9’'&/().,:-]*){{0,{MOST_WORDS}}}")
_PART = re.compile(
    r"(?:step|part|chapter|section|question|lesson|day) (?:\d{1,3}|[ivx]{1,5}|one|two|three|four|five)[.:]?", re.I
)
_NEXT = re.compile(r"[^\S\n]*\n[^\S\n]*\n\s*[^\W\d_]|\s*\Z")


def is_shouted_heading(text: str, start: int, end: int) -> bool:
    """Whether what stands there is a line in capitals, or "Step 2", with a blank line around it, above a paragraph."""
    words = text[start:end]
    stands_alone = not text[:start].rsplit("\n\n", 1)[-1].strip() and bool(_NEXT.match(text, end))
    is_shouted = sum(map(str.isalpha, words)) > 3 and bool(_SHOUTED.fullmatch(words))
    return stands_alone and (is_shouted or bool(_PART.fullmatch(words)))


def is_run_in_heading(text: str, start: int, end: int) -> bool:
    """Whether what stands from ``start`` to ``end`` of a text is words in capitals that begin a paragraph, and no sentence."""
    before = text[:start].rsplit("\n", 1)[-1]
    if not _NUMBER.fullmatch(before) or not _SAYS_MORE.match(text, end):
        return False
    return bool(_HEADING.fullmatch(text[start:end]))
