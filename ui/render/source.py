"""A document as HTML for the reading column. Pure: from values to strings.

A block carries the offset at which it begins, in code points, and the number of the page that begins in it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress, groupby
from typing import Any

from rag.types import Block, Document
from ui.render.html import render

TAGS = {"item": "li", "caption": "p", "code": "pre", "reference": "p", "row": "p"}
"""The HTML element of each kind of block."""

_LEFT_OPEN = re.compile(r"[^\W\d_][,–—-]?$")
_GOES_ON = re.compile(r"(?:a|[^\W\d_]{2,})[,;]?\s")
_PAGE_NUMBER = re.compile(r"\d{1,4}")

LEAST_PARTED = 40
"""Characters of what may be the first part of a sentence: labels of figures are shorter."""

MOST_CELLS = 3_000
"""Cells of a table that is drawn as one; a larger one is drawn as lines, so that the page stays quick."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A block as it is drawn: its offset, the page that begins in it (0: none), its words; of a row, its cells.

    A cell is pieces of the row's text, each with its offset and its style: the column's name and what parts it from the
    next one ("column": said by the table's head, and not drawn), and the value. A column without a value has none. A row
    with one cell, of no column, is as wide as the table: a line above its parts. ``depth`` is that of an item. ``rest`` are
    blocks that are drawn in one paragraph with it.
    """

    tag: str
    start: int
    page: int
    words: str
    cells: tuple[tuple[tuple[int, str, str], ...], ...] = ()
    depth: int = 0
    rest: tuple[Shown, ...] = ()


def render_document(document: Document, *, has_pages: bool = False) -> str:
    """A document for the reading column: headings, paragraphs, lists and tables, each with the offset at which it begins.

    Args:
        document: the one to read.
        has_pages: whether its pages can be shown as they are.
    """
    blocks = {block.start: block for block in document.blocks}
    messages = [block for block in document.blocks if block.kind == "message"]
    starts = [block.start for block in messages]
    shown, pages = [], 0
    for start, end, tag in find_blocks(document):
        begun = bisect_left(document.page_starts, end)
        page = begun if begun > pages else 0  # of pages without text, the last has what follows
        pages = begun
        block = blocks.get(start)
        kind = block.kind if block and block.end == end and tag == "p" else ""
        around = bisect_right(starts, start)
        if around and end <= messages[around - 1].end:  # a message may have several paragraphs
            kind = "message"
        depth = block.depth if block and kind == "item" else 0
        shown.append((kind, block, Shown(TAGS.get(kind, tag), start, page, document.text[start:end], depth=depth)))
    groups = []
    for kind, members in groupby(shown, key=lambda each: each[0]):
        rows = list(members)
        if kind == "row" and (table := _lay_out(document, [block for _, block, _ in rows if block])):
            names, cells = table
            lines = [replace(each, cells=own) for (_, _, each), own in zip(rows, cells, strict=True)]
            groups.append(("table", names, lines))
        else:
            drawn = [each for _, _, each in rows]
            groups.append((kind or "text", (), drawn if kind or not document.page_starts else _join_parted(drawn)))
    return render(
        "source.html",
        "document",
        id=document.id,
        groups=groups,
        digest=document.digest[:12],
        pages=len(document.page_starts) if has_pages else 0,
    )


def _join_parted(blocks: Sequence[Shown]) -> list[Shown]:
    """Paragraphs, those as one that a page's or column's end has parted within a sentence; a page's number may stand between."""
    joined: list[Shown] = []
    for block in blocks:
        between = joined[-1:] if joined and _PAGE_NUMBER.fullmatch(joined[-1].words) else []
        before = joined[: len(joined) - len(between)]
        if before and _is_parted((*before[-1:], *before[-1].rest)[-1], block):
            joined = [*before[:-1], replace(before[-1], rest=(*before[-1].rest, *between, block))]
        else:
            joined.append(block)
    return joined


def _is_parted(first: Shown, second: Shown) -> bool:
    """Whether two paragraphs are parts of one sentence: no sign ends the first, and the other goes on in small letters."""
    if first.tag != "p" or second.tag != "p" or len(first.words) < LEAST_PARTED:
        return False
    found = _GOES_ON.match(second.words)
    return bool(found and found.group().islower() and _LEFT_OPEN.search(first.words))


def _lay_out(document: Document, rows: Sequence[Block]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]] | None:
    """The names of a table's columns, and the cells of each row under them; None where it is no table that can be drawn."""
    text = document.text
    columns: dict[str, int] = {}
    is_line = [len(row.cells) == 1 and not text[slice(*row.cells[0][:2])].strip() for row in rows]
    for row in compress(rows, (not one for one in is_line)):
        for at, (name, value, _) in enumerate(row.cells):
            columns.setdefault(text[name:value].rstrip(": ") or f"\0{at}", len(columns))
    if len(columns) < 2 or any(not row.cells for row in rows) or len(columns) * len(rows) > MOST_CELLS:
        return None
    laid_out: list[tuple[Any, ...]] = []
    for row, is_wide in zip(rows, is_line, strict=True):
        if is_wide:
            ((_, value, end),) = row.cells
            laid_out.append((((value, text[value:end], ""),),))
            continue
        cells: list[tuple[tuple[int, str, str], ...]] = [()] * len(columns)
        for at, (name, value, end) in enumerate(row.cells):
            until = row.cells[at + 1][0] if at + 1 < len(row.cells) else row.end
            pieces = ((name, value, "column"), (value, end, ""), (end, until, "column"))
            cells[columns[text[name:value].rstrip(": ") or f"\0{at}"]] = tuple(
                (low, text[low:high], style) for low, high, style in pieces if low < high
            )
        laid_out.append(tuple(cells))
    return tuple("" if name.startswith("\0") else name for name in columns), laid_out


def find_blocks(document: Document) -> list[tuple[int, int, str]]:
    """The headings and paragraphs of a document, as offsets and the HTML element for each.

    Paragraphs are parted by empty lines; line breaks within one are kept. Together they hold every character of the
    text that is not white space, so that any span can be marked.
    """
    headings = {heading.start: heading for heading in document.outline}
    blocks: list[tuple[int, int, str]] = []
    for paragraph in re.finditer(r"\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*", document.text):
        start, end = paragraph.span()
        for line in re.finditer(r"[^\n]+", document.text[start:end]):
            at = paragraph.start() + line.start()
            if heading := headings.get(at):
                if start < at:
                    blocks.append((start, at - 1, "p"))
                start = paragraph.start() + line.end()
                blocks.append((at, start, f"h{min(heading.level + 1, 6)}"))
                start += 1
        if start < end:
            blocks.append((start, end, "p"))
    return blocks


def render_chooser(choices: Sequence[tuple[str, str]]) -> str:
    """The documents to choose from: the id and the name of each."""
    return render("source.html", "chooser", choices=choices) if choices else ""


def render_opening() -> str:
    """What stands in the reading column until the page knows what there is to read."""
    return render("source.html", "opening")


def render_empty_source() -> str:
    """What the reading column says while there is nothing to read."""
    return render("source.html", "empty")
