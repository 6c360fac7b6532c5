"""Words that are shown to whoever asks, without the places on this machine that only the log may tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST = 2_000
"""Characters of a message that are looked at, and shown."""

_QUOTED = re.compile(r"(?: at| in| from)? '[^']*[/\\][^']*'")
_ADDRESS = re.compile(r"(?:(?: at| in| from)? |\b)\w{1,20}://\S+")
_BARE = re.compile(r"(?:(?: at| in| from)? |(?<![\w/.]))(?:/[\w.~@%+-]+){2,}/?|(?<!\w)[A-Za-z]:\\[^\s']+")

_PATH = re.compile(r"(?:/|[A-Za-z]:[\\/]|\w{1,20}://)[^\n]*[/\\]")
"""How a text begins that is a path from the root, or an address."""


def hide_places(message: str) -> str:
    """A message on one line, without paths and addresses; of a very long one only the beginning."""
    line = " ".join(message[:LONGEST].split())
    for pattern in (_QUOTED, _ADDRESS, _BARE):
        line = pattern.sub("", line)
    return line


def file_name(source: str) -> str:
    """The last part of a path or address; where a file lay is nobody's business."""
    return re.split(r"[\\/]", source.rstrip("\\/"))[-1]


def hide_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata whose paths are told by their last parts alone: loaders of files note where each one lay."""
    return {
        name: file_name(value) if isinstance(value, str) and is_place(value) else value
        for name, value in metadata.items()
    }


def is_place(value: str) -> bool:
    """Whether a text is a path from the root of a disk, or an address."""
    return _PATH.match(value) is not None


def hide_sources(answer: dict[str, Any]) -> dict[str, Any]:
    """The JSON values of an answer, whose citations do not tell where on this machine a file lay."""
    for citation in answer["citations"]:
        citation["metadata"] = hide_metadata(citation["metadata"])
    return answer
