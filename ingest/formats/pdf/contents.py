"""The printed table of contents of a PDF: lines that name headings of the same file, each with its page."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from ingest.blocks import Block
from ingest.formats.pdf.headings import heading_key

FEWEST, FEWEST_UNDER_HEADING = 4, 2
"""Entries that make a table of contents; of one that stands under a heading that calls it so."""

NAMED = 0.5
"""The share of the entries that have to be headings of the file, where no heading calls it a table of contents."""

MOST = 0.5
"""The share of a file's characters that may be left out so: a file that is little else is there for it."""

LONGEST = 250
"""Characters of an entry; what is longer is text."""

WRAPPED = 2
"""Blocks without a page number that may stand between two entries: the first lines of a long title."""

_HEADING = re.compile(r"(?i)(?:(?:table of )?contents(?: page)?|list of (?:figures|tables|illustrations)|inhalt(?:sverzeichnis)?|sommaire"
                      r"|table des mati[eè]res|[ií]ndice)[.:]?")  # fmt: skip
_PAGE = r"(?:page )?(?P<page>\d{1,4}|[ivxlc]{1,7})"
_DOTS = r"(?:(?<![.·…_‥])[.·…_‥]{2,}+|(?<![.·…] )(?:[.·…] ){2,}+[.·…]?+|…)"
_LEADERS = re.compile(rf"\s*+{_DOTS}\s*+{_PAGE}(?=\s|$)")
_END = re.compile(rf"(?:\s*{_DOTS}\s*|\s*;\s*|\s){_PAGE}$")
"""What leads from a title to its page; of several that were read as one paragraph, it parts them."""

Entry = tuple[str, int]
"""A title and its page; 0 for a Roman number."""


def split_contents(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], list[str]]:
    """The blocks without a table of contents, and the words of what is left out.

    What is left out is said elsewhere in the file: its titles are headings, or a heading calls it a table of contents. Its
    page numbers rise.
    """
    entries = [find_entries(block) for block in blocks]
    headings = {heading_key(block.text) for block in blocks if block.level}
    out: set[int] = set()
    at = 0
    while at < len(blocks):
        if not entries[at]:
            at += 1
            continue
        run = _follow(blocks, entries, at)
        found = [entry for number in run for entry in entries[number]]
        is_named = run[0] - 1 in out or (run[0] > 0 and is_heading(blocks[run[0] - 1]))
        if is_contents(found, headings, is_named=is_named):
            out.update(range(run[0], run[-1] + 1))
            out.update({run[0] - 1} if is_named else ())
        at = run[-1] + 1
    if sum(len(blocks[number].text) for number in out) > MOST * sum(len(block.text) for block in blocks):
        return tuple(blocks), []
    return tuple(block for number, block in enumerate(blocks) if number not in out), [
        blocks[number].text for number in sorted(out)
    ]


def find_entries(block: Block) -> list[Entry]:
    """The entries that a block is: titles with their pages, and nothing else."""
    text = " ".join(block.text.split())
    if block.cells and (len(block.cells) > 3 or any(start != value for start, value, _ in block.cells)):
        return []  # a table whose columns have names
    if len(several := list(_LEADERS.finditer(text))) > 1 and several[-1].end() == len(text):
        ends = [0, *(found.end() for found in several)]
        titles = [text[end : found.start()].strip() for end, found in zip(ends, several, strict=False)]
        pages = [found["page"] for found in several]
    elif len(text) <= LONGEST and (end := _END.search(text)):
        titles, pages = [text[: end.start()].strip()], [end["page"]]
    else:
        return []
    if not all(any(letter.isalpha() for letter in title) for title in titles):
        return []
    return [(title, int(page) if page.isdigit() else 0) for title, page in zip(titles, pages, strict=True)]


def _follow(blocks: Sequence[Block], entries: Sequence[list[Entry]], first: int) -> list[int]:
    """The blocks with entries from one on, with no more than the first lines of long titles between them.

    A heading that is no entry begins the text: what stands below it may end with a number, and is none.
    """
    run = [first]
    for at in range(first + 1, len(blocks)):
        if at - run[-1] > WRAPPED + 1:
            break
        if entries[at]:
            run.append(at)
        elif blocks[at].level or len(blocks[at].text) > LONGEST or blocks[at].text.rstrip().endswith((".", ":")):
            break
    return run


def is_heading(block: Block) -> bool:
    """Whether a block is the line above a table of contents."""
    return bool(_HEADING.fullmatch(block.text.strip()))


def is_contents(entries: Sequence[Entry], headings: Collection[str], *, is_named: bool) -> bool:
    """Whether entries are a table of contents: their pages rise, and they name the file's headings or stand below that name."""
    pages = [page for _, page in entries if page]
    if sum(after < before for before, after in pairwise(pages)) > len(pages) // 10:
        return False
    if is_named:
        return len(entries) >= FEWEST_UNDER_HEADING
    named = sum(heading_key(title) in headings for title, _ in entries)
    return len(entries) >= FEWEST and named >= NAMED * len(entries)
