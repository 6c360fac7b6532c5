"""Files that would replace what somebody else added: held beside a library that is everybody's, until there is a yes."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UsageError
from ui.render.language import gettext

MOST_PENDING = 20
"""Files of one library."""

PENDING_SECONDS = 60 * 60

_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class PendingReplacement:
    """A file that is held: its name, and who added the document that is there under it, and when, in words."""

    id: str
    name: str
    added_by: str


class PendingReplacements:
    """The held files of one library.

    Args:
        folder: of the library.
    """

    def __init__(self, folder: Path):
        self._folder = folder / "held"

    def count(self) -> int:
        """How many there are."""
        return sum(1 for _ in self._folder.iterdir()) if self._folder.is_dir() else 0

    def check_room(self, more: int) -> None:
        """Whether so many more may be held. Raises UsageError where they are too many."""
        sweep_pending(self._folder.parent)
        if more and self.count() + more > MOST_PENDING:
            raise UsageError(
                gettext("too many files wait for somebody to say whether they replace another; try again in an hour")
            )

    def hold(self, path: Path, name: str, added_by: str) -> PendingReplacement:
        """Keep a file back."""
        held = PendingReplacement(secrets.token_hex(16), name, added_by)
        place = self._folder / held.id
        place.mkdir(parents=True)
        shutil.move(path, place / name)
        return held

    def find(self, held: PendingReplacement) -> Path:
        """Where a held file lies. Raises UsageError where it is held no longer."""
        path = self._folder / held.id / held.name
        if not _ID.fullmatch(held.id) or not path.is_file():
            raise UsageError(gettext("that file is here no longer; add it again"))
        return path

    def drop(self, held: PendingReplacement) -> None:
        """Delete a held file."""
        shutil.rmtree(self._folder / held.id, ignore_errors=True)


def sweep_pending(folder: Path, now: float | None = None) -> None:
    """Delete what nobody said a word about for an hour, of the library in a folder."""
    now = time.time() if now is None else now
    with suppress(OSError):
        for place in (folder / "held").iterdir():
            if now - place.stat().st_mtime > PENDING_SECONDS:
                shutil.rmtree(place, ignore_errors=True)
