"""Lines of a table: their cells by column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ingest.formats.pdf.pieces import HYPHEN, Piece
from ingest.formats.pdf.rows import goes_on, join_words

_FIGURE = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*")
_LEADER = re.compile(r"(?:\s+(?:\. ?){2,}|(?:\. ?){4,}|\s*…{2,})\s*$")
_BROKEN = re.compile(r"[^\W\d_]-$")


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line of a table; ``cells`` are its pieces by column, ``wide`` those that lie over several columns.

    ``carried`` are the words of cells that cover this line and began above it.
    """

    cells: dict[int, Piece]
    wide: dict[int, range]
    whole: Piece
    carried: dict[int, str] = field(default_factory=dict)

    def take(self, columns: range) -> TableLine:
        """The part of the line in some columns, which are counted from 0 again."""
        first = columns[0]
        cells = {at - first: piece for at, piece in self.cells.items() if at in columns}
        wide = {
            at - first: range(span[0] - first, span[-1] - first + 1) for at, span in self.wide.items() if at in columns
        }
        carried = {at - first: words for at, words in self.carried.items() if at in columns}
        place = next(iter(cells.values()), self.whole)
        return TableLine(cells, wide, replace(self.whole, left=place.left, right=place.right), carried)


def is_figure(text: str) -> bool:
    """Whether a cell holds a number, whatever the signs beside it."""
    return bool(_FIGURE.fullmatch(text.strip()))


def has_leader(text: str) -> bool:
    """Whether dots lead from a cell's words to the next column: no line of the cell comes after these."""
    return bool(_LEADER.search(text))


def without_leader(text: str) -> str:
    """The words of a cell."""
    return _LEADER.sub("", text)


def append_words(text: str, words: str) -> str:
    """A cell's text and its next line."""
    if text.endswith(HYPHEN) or (_BROKEN.search(text) and words[:1].islower()):
        return text.removesuffix(HYPHEN) + words
    if goes_on(text, words):
        return text + words
    return join_words(text, words) if text else words
