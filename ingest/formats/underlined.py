"""Headings of plain texts that are underlined: a line, and below it (or above it, too) as many signs as it is long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

LONGEST = 90
"""Characters of a heading."""

NEARLY = 0.7
"""The share of the longer one's characters that heading and rule have in common at least, or it is a rule of something else."""

_RULE = re.compile(r"\s*([=\-~^*+#])\1{2,}\s*")
_SENTENCE_END = re.compile(r"[.,;…][\"'”’)]*\s*$")
_COLUMNS = re.compile(r"\t|\S {2,}\S|\|")
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+){1,3} +\(?[0-9]{4}-[0-9]{2}-[0-9]{2}\)?|[0-9]+(?:\.[0-9]+){2,3}")
"""A heading of a list of changes; other figures above a rule are summed up below it."""

_ANCHOR = re.compile(r"\s*\[[^\s\[\]]*\[?[^\[\]]*\]{1,2}\s*")
"""A line of AsciiDoc's that names the section that begins below it."""


def split_underlined(paragraphs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The paragraphs, those that begin with underlined headings cut behind these.

    Yields:
        A paragraph and "", or a heading and the style of its rules: their sign, twice where one stands above it too.
    """
    for paragraph in paragraphs:
        lines = paragraph.split("\n")
        at = 0
        while at < len(lines):
            if _ANCHOR.fullmatch(lines[at]) and _find_style(lines[at + 1 : at + 4]):
                yield lines[at], ""
                at += 1
            style = _find_style(lines[at : at + 3])
            if not style:
                break
            yield " ".join(lines[at + len(style) - 1].split()), style
            at += len(style) + 1
        if rest := "\n".join(lines[at:]).strip("\n"):
            yield rest, ""


def _find_style(lines: Sequence[str]) -> str:
    """How the heading is ruled with which lines begin; empty where they begin with none."""
    rules = [match[1] if (match := _RULE.fullmatch(line)) else "" for line in lines[:3]]
    if len(rules) > 1 and not rules[0] and rules[1] and _is_ruled(lines[0], lines[1]):
        return rules[1]
    if len(rules) > 2 and rules[0] == rules[2] != rules[1] == "" and _is_ruled(lines[1], lines[2]):
        return rules[0] * 2 if _is_ruled(lines[1], lines[0]) else ""
    return ""


def _is_ruled(line: str, rule: str) -> bool:
    """Whether a rule is one line's alone: a table's is longer than the names above it, or stands below columns."""
    words, length = line.strip(), len(rule.strip())
    is_named = any(map(str.isalpha, words)) or _RELEASE.fullmatch(words)
    if not is_named or len(words) > LONGEST or _SENTENCE_END.search(words) or _COLUMNS.search(words):
        return False
    return min(len(words), length) >= NEARLY * max(len(words), length)
