"""The words of a file that is written as text, line by line, less what its language has for marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.loaders import Kind

_MARKDOWN = re.compile(r"\]\([^()\s]*|^ {0,3}\[[^\]\n]*\]:.*|<[/!A-Za-z][^<>]*>", re.MULTILINE)
"""Where links lead, and tags."""

_RST = re.compile(
    r"^[ \t]*:[\w-]+:(?=[ \t]|$)|^[ \t]*\.\. (?:_[^\n]*|[\w.:+-]+::)|<[^<>\n]*>`_*|:[\w.:+-]+:(?=`)", re.MULTILINE
)
"""Names of options, directives and roles, where links lead."""


def read_lines(text: str, kind: Kind) -> list[str]:
    """The lines of a text, without the words of its marks."""
    marks = {"markdown": _MARKDOWN, "rst": _RST}.get(kind)
    return (marks.sub(" ", text) if marks else text).splitlines()
