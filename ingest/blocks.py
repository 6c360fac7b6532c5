"""Paragraphs and headings on their way to being a document's text: what every format's parser gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rag.errors import SourceError

BlockKind = Literal["text", "item", "row", "caption", "reference", "code", "message"]
"""What a block is: running text (or a heading, by its level), or what ``rag.types.BlockKind`` names."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (``level`` 0), or a heading (1 is the highest) without a blank line in it; ``kind`` says what else it is.

    ``pages`` tells which pages begin in it: pairs of an offset into ``text`` and the page's number, counted from 1. A
    paragraph that runs over a page's end has the offset at which the next page's first word stands. ``cells`` are those
    of a table's row or a message, as offsets into ``text``: see ``rag.types.Block``. A message may hold blank lines;
    where it does not say who sent it, ``sender_above`` tells how many blocks above it the one stands that does. ``depth``
    is in how many other items of lists an item lies. ``box`` numbers the element of a web page or a book that holds it (0: not
    known); no part of what it says.
    """

    text: str
    level: int = 0
    pages: tuple[tuple[int, int], ...] = ()
    kind: BlockKind = "text"
    cells: tuple[tuple[int, int, int], ...] = ()
    sender_above: int = 0
    depth: int = 0
    box: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A piece of a file that was not kept: why ("menu", "hidden"), how many words it has, and the first of them.

    Without a ``sample``, it stands for all smaller pieces of that reason.
    """

    reason: str
    words: int
    sample: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a format's parser makes of a file: its blocks, and what its head says of it.

    ``pages`` is how many pages the file has (0: it has none), ``pages_without_text`` how many of them gave no text.
    ``note`` is one line on what was left out, for the report; empty when nothing was. ``scanned`` are the numbers of
    the pages that show something and have no text: pictures, as likely as not of text. ``words`` is how many the file
    has, as a simple reading of it finds them (0: they were not counted), ``left_out`` what of them was not kept.
    """

    blocks: tuple[Block, ...]
    title: str = ""
    author: str = ""
    date: str = ""
    pages: int = 0
    pages_without_text: int = 0
    note: str = ""
    scanned: tuple[int, ...] = ()
    words: int = 0
    left_out: tuple[LeftOut, ...] = ()


class ScannedError(SourceError):
    """All of a file is pictures of text: ``pages`` of them, one where it ``is_picture`` itself, and perhaps of no text."""

    def __init__(self, line: str, pages: int, *, is_picture: bool = False):
        super().__init__(line)
        self.pages = pages
        self.is_picture = is_picture
