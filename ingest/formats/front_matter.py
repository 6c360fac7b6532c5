"""The front matter of a Markdown text: title, author and date, and what it tells of the text's subject: cost, place, time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FIELD = re.compile(r"(?P<indent>[ \t]*)(?:- )?(?P<name>\w+)[ \t]*:(?:[ \t]+(?P<value>.+)|[ \t]*)")
_ENTRY = re.compile(r"[ \t]*- (?P<value>.+)")
_TAG = re.compile(r"<[^<>]*>")
_TELLING = frozenset(
    "cost price fee fees location place venue room where when time times start end starts ends who contact phone email address "
    "duration deadline due servings serves yield prep_time cook_time total_time speaker speakers instructor instructors teacher "
    "subtitle summary description".split()
)
"""Names of fields that say something of what the text is about. Others, there are hundreds, tell a program how to show it."""


def read_fields(front: str) -> dict[str, str]:
    """The fields by their names in small letters; of two of one name the one that stands less deep, else the last."""
    found: dict[str, tuple[int, str]] = {}
    for depth, name, values in _find_fields(front):
        if values and (name not in found or depth <= found[name][0]):
            found[name] = (depth, values[-1])
    return {name: value for name, (_, value) in found.items()}


def tell_fields(front: str) -> Iterator[str]:
    """A line for each field that a reader of the page would be shown: "Cost: $30 per person". The date is one only within another."""
    for depth, name, values in _find_fields(front):
        told = [value for value in values if any(map(str.isalnum, value)) and "://" not in value]
        if told and (name in _TELLING or (name == "date" and depth)):
            yield f"{name.replace('_', ' ').capitalize()}: {', '.join(told)}"


def _find_fields(front: str) -> Iterator[tuple[int, str, list[str]]]:
    """How deep each field stands, its name, and its values."""
    depth, name, values = 0, "", list[str]()
    for line in front.split("\n"):
        if field := _FIELD.fullmatch(line.rstrip()):
            yield from [(depth, name, values)] if name else []
            depth, name = len(field["indent"]), field["name"].casefold()
            values = [_clean(field["value"])] if field["value"] else []
        elif name and (entry := _ENTRY.fullmatch(line.rstrip())):
            values.append(_clean(entry["value"]))
    yield from [(depth, name, values)] if name else []


def _clean(value: str) -> str:
    return " ".join(_TAG.sub("", value).strip().strip("\"'").split())
