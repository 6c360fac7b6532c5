"""A document as HTML for the reading column. Pure: from values to strings.

A block carries the offset at which it begins, in code points, and the number of the page that begins in it.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from rag.types import Document
from ui.render.html import render


def render_document(document: Document) -> str:
    """A document for the reading column: headings and paragraphs, each with the offset at which it begins."""
    blocks, pages = [], 0
    for start, end, tag in find_blocks(document):
        begun = bisect_left(document.page_starts, end)
        page = begun if begun > pages else 0  # of pages without text, the last has what follows
        pages = begun
        blocks.append((tag, start, page, document.text[start:end]))
    return render("source.html", "document", id=document.id, blocks=blocks)


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


def render_empty_source() -> str:
    """What the reading column says while there is nothing to read."""
    return render("source.html", "empty")
