"""What a browser sends with an event: anything at all, until it is read as what it should be."""

from __future__ import annotations

from typing import Any

LONGEST_NAME = 300
"""Characters of an id, a title, the name of an action."""


def read_text(value: Any, longest: int = LONGEST_NAME) -> str:
    """A text of at most so many characters; empty where it is anything else, or longer."""
    return value if isinstance(value, str) and len(value) <= longest else ""


def read_field(values: Any, name: str, longest: int = LONGEST_NAME) -> str:
    """The text under a name in an object; empty where there is none."""
    return read_text(values.get(name), longest) if isinstance(values, dict) else ""


def read_count(values: Any, name: str, most: int) -> int | None:
    """The whole number from 0 on under a name in an object; None where there is none, or it is more than ``most``."""
    value = values.get(name) if isinstance(values, dict) else None
    return value if type(value) is int and 0 <= value <= most else None


def read_object(value: Any) -> dict[str, Any]:
    """An object; an empty one where it is anything else."""
    return value if isinstance(value, dict) else {}


def read_paths(value: Any, most: int) -> list[str]:
    """The paths of uploaded files; none where there are more, or it is anything else."""
    if not isinstance(value, list) or len(value) > most:
        return []
    return [path for path in value if isinstance(path, str) and 0 < len(path) <= 4_096]
