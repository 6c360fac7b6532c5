"""Conversations that no server kept: a real one, taken apart, with one of its values exchanged for another.

So they have the form of whatever version is attacked. A value that is itself a text of JSON is taken apart as well.
"""

from __future__ import annotations

import copy
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attacks.visits import Visit

ASKED = "What did Trump say on leaving the summit?"
PACKED = "$json"
"""The key under which a text of JSON is held, taken apart."""

LONG = 40
"""Characters from which a text keeps its beginning, so that places in it still lie in it."""

Path = tuple[str | int, ...]


class NothingKept(Exception):
    """The server gave no conversation to keep, so there is none to forge."""


class Forger:
    """Makes turns of a real one.

    Args:
        turn: as a browser keeps it.
    """

    def __init__(self, turn: Any):
        self._turn = _take_apart(turn)

    @classmethod
    def of(cls, visitor: Visit) -> Forger:
        """Ask a question, and take what is to be kept of it. Raises NothingKept."""
        mine = visitor.call("begin").value("mine")
        kept = visitor.call("ask_1", question=ASKED, mine=mine if isinstance(mine, dict) else {}).value("kept")
        if not isinstance(kept, list) or not kept:
            raise NothingKept(f"kept: {kept!r:.80}")
        return cls(kept[-1])

    def paths(self) -> list[Path]:
        """The places of all values in a turn; of a list only those in its first."""
        return list(_find_paths(self._turn))

    def turn(self, changes: Mapping[Path, Any] | None = None) -> Any:
        """A turn with some values exchanged, and ids of its own."""
        made = copy.deepcopy(self._turn)
        for path, value in (changes or {}).items():
            made = _put(made, path, value)
        text = json.dumps(_put_together(made))
        for name in dict.fromkeys(re.findall(r'"([0-9a-f]{12})\b', text)):
            text = text.replace(name, secrets.token_hex(6))
        return json.loads(text)

    def saying(self, words: str, places: tuple[str, ...] = ("asked", "answer")) -> Any:
        """A turn that says some words more than the real one did, in its question, its answer, or both."""
        texts = {path: self._at(path) for path in self.paths() if path[-1] in places}
        return self.turn({path: f"{text} {words}" for path, text in texts.items() if isinstance(text, str)})

    def marked(self, path: Path, mark: str) -> Any:
        """A turn with a mark in one place; a long text keeps its beginning."""
        before = self._at(path)
        return self.turn({path: f"{before} {mark}" if isinstance(before, str) and len(before) > LONG else mark})

    def _at(self, path: Path) -> Any:
        value = self._turn
        for step in path:
            value = value[step]
        return value


def _take_apart(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _take_apart(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_take_apart(each) for each in value]
    if isinstance(value, str) and value.startswith("{"):
        try:
            return {PACKED: _take_apart(json.loads(value))}
        except ValueError:
            return value
    return value


def _put_together(value: Any) -> Any:
    if isinstance(value, dict) and list(value) == [PACKED]:
        return json.dumps(_put_together(value[PACKED]), ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, dict):
        return {name: _put_together(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_put_together(each) for each in value]
    return value


def _find_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    if path and path[-1] != PACKED:
        yield path
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _find_paths(each, (*path, name))
    elif isinstance(value, list) and value:
        yield from _find_paths(value[0], (*path, 0))


def _put(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    value[path[0]] = _put(value[path[0]], path[1:], new)
    return value
