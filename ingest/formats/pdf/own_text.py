"""The text of a PDF page as PDFium gives it, and which pieces of a page were dropped: what the report counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ingest.formats.pdf.pieces import Piece

if TYPE_CHECKING:
    import pypdfium2

_HYPHEN = re.compile("[-\u00ad]?[\x02\ufffe](?:\r?\n)?|(?<=\\w)[-\u00ad]\r?\n(?=[a-z])")
"""A hyphen at a line's end; PDFium has signs of its own for it."""


def read_own_text(text: pypdfium2.PdfTextPage) -> list[str]:
    """The lines of a page's text, words that were divided at a line's end whole."""
    return _HYPHEN.sub("", text.get_text_range()).splitlines()


def find_dropped(before: Sequence[Sequence[Piece]], after: Sequence[Sequence[Piece]]) -> Iterator[str]:
    """The words of the pieces that a step dropped, page by page."""
    for pieces, kept in zip(before, after, strict=True):
        known = set(map(id, kept))
        if words := " ".join(piece.text for piece in pieces if id(piece) not in known):
            yield words
