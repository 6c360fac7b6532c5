"""Whose upload is whose. Gradio gives equal files one path, whoever sends them; here each is given a path of its own."""

from __future__ import annotations

import os
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ui.web.security.bodies import BodyRefused
from ui.web.security.visitors import Visitor

Value = TypeVar("Value")

UPLOADS = 10_000
"""How many uploads are remembered; the oldest are nobody's any more."""


class Senders:
    """Keeps what was uploaded apart, and remembers who sent it.

    Args:
        folder: where uploads are received, resolved.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._senders: OrderedDict[str, Visitor] = OrderedDict()
        self._latest: OrderedDict[str, str] = OrderedDict()

    def sent(self, path: str, visitor: Visitor) -> bool:
        """Whether a visitor has uploaded the file of a path."""
        return self._senders.get(path) == visitor

    def take(self, paths: Sequence[str], visitor: Visitor) -> list[str]:
        """Move files that a visitor has just uploaded to paths that nobody else gets.

        Args:
            paths: as Gradio gave them; one may be there several times.

        Raises:
            BodyRefused: one of them has gone, because the same file was uploaded and added elsewhere at this moment.
        """
        moved = {path: self._move(path) for path in dict.fromkeys(paths)}
        for path in moved.values():
            _put(self._senders, path, visitor)
        return [moved[path] for path in paths]

    def _move(self, path: str) -> str:
        # One folder below, so that what sweeps and measures uploads finds it.
        place = self._folder / secrets.token_hex(16)
        place.mkdir(mode=0o700)
        apart = str(place / Path(path).name)
        try:
            Path(path).rename(apart)
        except FileNotFoundError:  # two have sent it at once, and the other's was moved first
            try:
                os.link(self._latest.get(path, path), apart)
            except OSError:
                with suppress(OSError):
                    place.rmdir()
                raise BodyRefused(409, "the same file was just uploaded elsewhere; send it again") from None
        _put(self._latest, path, apart)
        return apart


def _put(kept: OrderedDict[str, Value], key: str, value: Value) -> None:
    kept[key] = value
    if len(kept) > UPLOADS:
        kept.popitem(last=False)
