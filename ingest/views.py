"""Pages of a file as they are, and where words of its document stand on them: what is asked for, and what comes of it."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rag.types import Document

Box = tuple[int, int, int, int]
"""Left, top, width and height on a page, in ten-thousandths of its width and height, from its top left corner."""

UNITS = 10_000
"""How many of these parts a page's side has."""

AROUND = 120
"""Characters before and after a quote by which it is told from equal words elsewhere on its page."""

_NAMED = re.compile(r"(?:^|; )([^;:\n]{1,200}: )")


@dataclass(frozen=True, slots=True)
class Sought:
    """Words that are to be found on pages: ``first`` to ``last``, counted from 1; ``before`` and ``after`` are those around.

    ``is_row`` says that they are of a table's row: a file may have these in any order.
    """

    number: int
    first: int
    last: int
    words: str
    before: str
    after: str
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class AskedPage:
    """A page that is to be drawn ``width`` dots wide; page 0 is the one on which the first of the words stand."""

    page: int
    width: int
    sought: tuple[Sought, ...] = ()


@dataclass(frozen=True, slots=True)
class PageView:
    """A page as it is.

    Attributes:
        page: its number, counted from 1.
        sizes: width and height of the file's pages in points, of very many the first.
        pages: how many there are.
        picture: a PNG in base64; empty where only places were asked for (width 0).
        lines: its words, line by line, each with its box.
        boxes: those of the sought words that stand on it, by their number.
        unsure: numbers of sought words whose place could not be told.
    """

    page: int
    pages: int
    sizes: tuple[tuple[int, int], ...]
    picture: str
    lines: tuple[tuple[Box, str], ...]
    boxes: tuple[tuple[int, Box], ...]
    unsure: tuple[int, ...]


def write_asked(asked: AskedPage) -> str:
    """What is asked, as JSON for the process that reads files."""
    return json.dumps(asdict(asked))


def read_asked(text: str) -> AskedPage:
    """What ``write_asked`` wrote."""
    values = json.loads(text)
    return AskedPage(values["page"], values["width"], tuple(Sought(**each) for each in values["sought"]))


def seek_span(document: Document, start: int, end: int, number: int = 0) -> Sought:
    """What to look for on a document's pages to find a span of its text.

    Args:
        document: one that has pages.
        start: of the span, in code points; at least 0.
        end: of the span; more than ``start``, and no more than the text has.
        number: by which it is known in the reply.
    """
    starts = document.page_starts
    return Sought(
        number,
        max(1, bisect_right(starts, start)),
        max(1, bisect_right(starts, end - 1)),
        _drawn_words(document, start, end),
        _drawn_words(document, max(0, start - AROUND), start),
        _drawn_words(document, end, min(len(document.text), end + AROUND)),
        any(block.kind == "row" and block.start < end and start < block.end for block in document.blocks),
    )


def _drawn_words(document: Document, start: int, end: int) -> str:
    """The words of a span that a page shows in its place: a table's row on paper has no names of columns in it."""
    parts, at = [], start
    for low, high in _find_names(document, start, end):
        parts.append(document.text[at : max(at, low)])
        at = max(at, min(high, end))
    return " ".join([*parts, document.text[at:end]])


def _find_names(document: Document, start: int, end: int) -> Iterator[tuple[int, int]]:
    for block in document.blocks:
        if block.kind == "row" and block.start < end and start < block.end:
            names = [(name, value) for name, value, _ in block.cells]
            if not names:  # the reader does not tell its cells, but writes it in the same way
                row = document.text[block.start : block.end]
                names = [(block.start + found.start(1), block.start + found.end(1)) for found in _NAMED.finditer(row)]
            for name, value in names:
                if name < value and name < end and start < value:
                    yield name, value
