"""Words that are shown to whoever asks, without the places on this machine that only the log may tell."""

from __future__ import annotations

import re

LONGEST = 2_000
"""Characters of a message that are looked at, and shown."""

_QUOTED = re.compile(r"(?: at| in| from)? '[^']*[/\\][^']*'")
_ADDRESS = re.compile(r"(?:(?: at| in| from)? |\b)\w{1,20}://\S+")
_BARE = re.compile(r"(?:(?: at| in| from)? |(?<![\w/.]))(?:/[\w.~@%+-]+){2,}/?|(?<!\w)[A-Za-z]:\\[^\s']+")


def hide_places(message: str) -> str:
    """A message on one line, without paths and addresses; of a very long one only the beginning."""
    line = " ".join(message[:LONGEST].split())
    for pattern in (_QUOTED, _ADDRESS, _BARE):
        line = pattern.sub("", line)
    return line


def file_name(source: str) -> str:
    """The last part of a path or address; where a file lay is nobody's business."""
    return re.split(r"[\\/]", source.rstrip("\\/"))[-1]
