"""Parts: the documents that lie in one file, an archive or a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ingest.loaders import Kind
from rag.errors import SourceError

MAX_PARTS = 5_000
"""Of one container. Each costs a line of the report, and a reader some milliseconds at least."""

MAX_UNPACKED = 200_000_000
"""Bytes that all parts of a container may have together, counted as they come out and not as its directory claims."""

LONGEST_NAME = 300
"""Characters of a part's name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part by its name, which is a path within the container; ``refused`` says in one line why it is not read.

    ``stem`` is what it is called where it says no title, ``digest`` the sha256 of its bytes. ``is_skipped`` tells what
    is left out on purpose from what failed.
    """

    name: str
    stem: str = ""
    kind: Kind | None = None
    digest: str = ""
    refused: str = ""
    is_skipped: bool = False


class Container(Protocol):
    """A file that has been opened, and the parts in it."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them, in the file's order."""

    def read(self, number: int) -> bytes:
        """The bytes of a part that is not refused."""


def check_parts(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Give back what is said to lie in a container, if all of it can be the name of a part, each of one.

    Raises:
        SourceError: it cannot.
    """
    names = [part.name for part in parts if part.kind]
    fits = (
        len(parts) <= MAX_PARTS
        and len(set(names)) == len(names)
        and all(0 < len(part.name) <= LONGEST_NAME and part.name.isprintable() for part in parts)
        and not any(name.startswith("/") or ".." in name.split("/") for name in names)
        and all(bool(part.kind and part.digest) != bool(part.refused) for part in parts)
    )
    if not fits:
        raise SourceError("what is said to lie in it makes no sense; the file may be damaged")
    return parts
