"""From raw text to cleaned text: plain, headings as lines of their own, title and byline first.

Offsets into the cleaned text are what citations are made of, so everything that changes characters happens here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.blocks import Block, Parsed
from ingest.byline import find_dateline, format_date
from rag.types import Block as PlacedBlock
from rag.types import Heading

Cells = tuple[tuple[int, int, int], ...]

DEEPEST = 5
"""An item that lies deeper in lists within lists is shown as if it lay so deep: no page is wide enough for more."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text with what is known about it; ``date`` is ISO where it could be told, else as written."""

    text: str
    title: str
    author: str = ""
    date: str = ""
    outline: tuple[Heading, ...] = field(default=())
    page_starts: tuple[int, ...] = field(default=())
    blocks: tuple[PlacedBlock, ...] = field(default=())


def keep_verbatim(raw: str, title: str) -> Cleaned:
    """A text as it is, for question sets whose evidence is given as offsets into it."""
    return Cleaned(raw, title)


def assemble(parsed: Parsed, stem: str) -> Cleaned:
    """Title and byline, once, then the blocks, with a blank line between each; the outline knows where headings are."""
    title = " ".join((parsed.title or _title_of(parsed.blocks) or stem.replace("_", " ").replace("-", " ")).split())
    body = [block for block in parsed.blocks if block.text.strip()]
    if body and " ".join(body[0].text.split()) == title:
        body = body[1:]
    has_body = bool(body)
    date = parsed.date or find_dateline(body)
    byline = _byline(parsed.author, date)
    head = [Block(title, 1)] if parsed.title or byline or _title_of(parsed.blocks) else []
    head += [Block(byline)] if byline else []
    if not has_body and not parsed.blocks:
        head = []  # a title alone, taken from a file's name, is no text
    parts, outline, blocks, at = [], [], [], 0
    cells: list[Cells] = []
    starts: dict[int, int] = {}
    for block in [*head, *body]:
        words = block.text.strip("\n")
        cells.append(_place_cells(block, words, at, cells))
        if block.level:
            words = " ".join(words.split())
            outline.append(Heading(at, at + len(words), block.level))
        elif block.kind != "text":
            depth = min(max(0, block.depth), DEEPEST) if block.kind == "item" else 0
            blocks.append(PlacedBlock(at, at + len(words), block.kind, cells[-1], depth))
        for offset, page in block.pages:
            starts.setdefault(page, at + min(offset, len(words)))
        parts.append(words)
        at += len(words) + 2
    text = "\n\n".join(parts) + "\n" if parts else ""
    pages = _page_starts(starts, parsed.pages, len(text))
    return Cleaned(text, title, parsed.author, date, tuple(outline), pages, tuple(blocks))


def _place_cells(block: Block, words: str, at: int, above: Sequence[Cells]) -> Cells:
    """A block's cells as offsets into the whole text; none where they do not lie in its words, a row's one after the other.

    ``above`` are those of the blocks before it: a message without a sender of its own has that of one of them.
    """
    if block.kind == "message" and not block.cells and 0 < block.sender_above <= len(above):
        return (*above[-block.sender_above][:2], (at, at, at + len(words)))
    cells = [[0, *cell, len(words)] for cell in block.cells]
    if block.kind != "message":
        cells = [[0, *(offset for cell in block.cells for offset in cell), len(words)]]
    if block.text != words or any(low > high for offsets in cells for low, high in pairwise(offsets)):
        return ()
    return tuple((at + name, at + value, at + end) for name, value, end in block.cells)


def _page_starts(starts: dict[int, int], pages: int, end: int) -> tuple[int, ...]:
    """Where each page begins; one without text begins where the next one does, the first one at the very top."""
    if not pages:
        return ()
    found: list[int] = []
    following = end
    for page in range(pages, 1, -1):
        following = min(following, starts.get(page, following))
        found.append(following)
    return (0, *reversed(found))


def _title_of(blocks: Sequence[Block]) -> str:
    return next((block.text for block in blocks if block.level == 1), "")


def _byline(author: str, date: str) -> str:
    shown = format_date(date)
    if author:
        return f"By {author}, {shown}" if shown else f"By {author}"
    return f"Dated {shown}" if shown else ""
