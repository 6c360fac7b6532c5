"""JSON (.json, .jsonl): each record a row, every other value with the path that leads to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.blocks import Block, Parsed
from ingest.formats.source_code import parse_code
from ingest.limits import count_up
from rag.errors import SourceError

MAX_DEPTH = 50
"""Values within values; what lies deeper is written as JSON in one line."""

_Scalar = str | int | float | bool | None


def parse_json(text: str) -> Parsed:
    """A record (an object in a list, or a line of .jsonl) as ``name: value; name: value``; others as ``path: value``.

    What is no JSON is taken as it is written.

    Raises:
        SourceError: it is nested too deeply to be read.
    """
    try:
        values = _load(text)
    except RecursionError:
        raise SourceError("nested too deeply to be read") from None
    except ValueError:  # comments, a trailing comma, half a file: people read it all the same
        return parse_code(text)
    return Parsed(tuple(count_up(block for block in _lay_out(values, "", 0) if block.text.strip())))


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _lay_out(value: Any, path: str, depth: int) -> Iterator[Block]:
    if _is_short(value):
        yield Block(f"{path}: {_write(value)}" if path else _write(value), kind="row")
    elif depth > MAX_DEPTH:
        yield Block(f"{path}: {json.dumps(value, ensure_ascii=False)}", kind="row")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _lay_out(inner, f"{path} › {name}" if path else str(name), depth + 1)
    else:
        for number, inner in enumerate(value, 1):
            yield from _record(inner, f"{path} {number}".strip(), depth + 1)


def _record(value: Any, path: str, depth: int) -> Iterator[Block]:
    """An item of a list: its plain values in one row, and what it holds besides below it."""
    if not isinstance(value, dict):
        yield from _lay_out(value, path, depth)
        return
    plain = {name: inner for name, inner in value.items() if _is_short(inner)}
    if plain:
        yield Block("; ".join(f"{name}: {_write(inner)}" for name, inner in plain.items() if inner != ""), kind="row")
    rest = {name: inner for name, inner in value.items() if name not in plain}
    if rest:
        yield from _lay_out(rest, path, depth)


def _is_short(value: Any) -> bool:
    """Whether a value can be said in a row: a plain one, or a list of plain ones."""
    if isinstance(value, list):
        return all(isinstance(inner, _Scalar) for inner in value)
    return isinstance(value, _Scalar) or not value


def _write(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_write, value))
    if isinstance(value, str):
        return " ".join(value.split())
    return "" if isinstance(value, dict) else json.dumps(value)
