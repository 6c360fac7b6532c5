"""Verse: lines that a page sets each as a paragraph of its own, within an element that it calls a stanza, are one block again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

LINE = 120
"""Characters; a longer paragraph is prose, whatever it stands in."""

_NAMES = re.compile(r"(?i)(?:^|[\s_-])(?:stanza|verse|strophe|line-?group|lg|couplet|quatrain|tercet)s?(?=$|[\s_\d-])")
_LINES = frozenset(("div", "p"))
_WITHIN = frozenset("div p ul ol table section blockquote h1 h2 h3 h4 h5 h6 pre".split())


def join_lines(page: _Element) -> _Element:
    """The page, each stanza whose lines are paragraphs now one paragraph with line breaks in it."""
    stanzas: set[_Element] = set()
    for element in page.iter("{*}div", "{*}section", "{*}blockquote"):
        if element.getparent() in stanzas or _NAMES.search(element.get("class") or ""):
            stanzas.add(element)
    for stanza in stanzas:
        for is_line, run in groupby(list(stanza), key=_is_line):
            lines = list(run)
            if is_line and len(lines) > 1:
                _join(lines)
    return page


def _join(lines: Sequence[_Element]) -> None:
    for line in lines:
        space = str(line.tag)[: -len(local_name(line))]
        line.tag = f"{space}span"
        _part_numbers(line)
        if line is not lines[-1]:
            line.addnext(line.makeelement(f"{space}br"))


def _is_line(element: _Element) -> bool:
    """Whether an element is a short paragraph with no other within it, and nothing stands between it and the next one."""
    if local_name(element) not in _LINES or (element.tail or "").strip():
        return False
    if any(local_name(inner) in _WITHIN for inner in element.iterdescendants()):
        return False
    return 0 < len("".join(map(str, element.itertext())).strip()) <= LINE


def _part_numbers(line: _Element) -> None:
    """Keep the number of a line, that stands in the margin on paper, apart from its last word."""
    for inner in line.iterdescendants("{*}span"):
        if inner.text and inner.text.strip().isdecimal():
            inner.text = f" {inner.text}"
