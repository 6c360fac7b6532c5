"""What stands where in a document: its headings, and its stretches that are no running text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["item", "row", "caption", "reference", "code", "message"]
"""An item of a list, a row of a table, what stands below a picture or above a table, an entry of a list of references,
program text, a message of a chat or one that is quoted in a mail."""


@dataclass(frozen=True, slots=True)
class Heading:
    """One line of a document's outline: where the heading stands in the cleaned text, and its level (1 is highest)."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """A stretch of a document that is no running text and no heading: code points ``start`` to ``end``, and what it is.

    Of a table's row, ``cells`` holds three offsets for each value: where its column's name begins, where the value does,
    and where that ends; the first two are equal for a value without a name. Of a message they are its sender, when it was
    sent, and what it says, each without a name; what is not told ends where it begins. A sender may stand above the
    message: of two pieces of a mail that are quoted one after the other, the first one names whose they are. ``depth`` is
    in how many other items of lists an item lies.
    """

    start: int
    end: int
    kind: BlockKind
    cells: tuple[tuple[int, int, int], ...] = ()
    depth: int = 0
