"""Which of a page's blocks are its main text, as trafilatura finds it: teasers of other articles stand in none of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress, groupby
from typing import TYPE_CHECKING, TypeVar

from ingest.blocks import Block

if TYPE_CHECKING:
    from lxml.html import HtmlElement

T = TypeVar("T")

RUN = 3
"""Words in a row by which a block is found again in the main text; a shorter block has to be a line of it."""

MAX_ELEMENTS = 50_000
"""A page of more elements is a work of reference, with no teasers worth the time: the library takes 0.05 to 0.2 ms for each,
and the largest of the pages that ``compare_html_extraction.py`` reads has 10,106."""

LEAST_OF_MARKED = 0.4
"""Of an article that the page marks as such, the library keeps at least this share of the characters, or it went astray: it
took the first of several boxes of one text, or passed over lists and code that are the text of documentation."""

LEAST = 0.1
"""The same for a page that marks nothing: among its text there may be more teasers than article.

Measured by ``compare_html_extraction.py``, F1 on article-extraction-benchmark / on trafilatura's pages: .962 / .918 without
both, .963 / .921 with them; recall .980 / .931 and .983 / .946. With .3 and .05 or .5 and .1 it is .962 to .963 / .919 to .921.
"""

PARAGRAPH = 100
"""Characters from which on a block that ends a sentence is a paragraph and no teaser or caption, between two of the text.

Measured on the same pages: recall .948 to .949 on trafilatura's, F1 by less than .001 either way.
"""

CAPTION = 40
"""The same for a caption, which says more than whose picture it is. On article-extraction-benchmark F1 stays as it is, where
it is .001 lower with captions of any length that end in any way."""

LINE = 90
"""Characters of a line that may stand over a paragraph without being marked as its heading. With it, and with what stands between
two pieces of the main text in one box, F1 changes by less than .001 on all four sets of pages."""

NOTES = 0.5
"""Paragraphs apart from the main text that come to this share of it are notes and histories, as laws have them, where the page
marks all as its article: teasers are shorter. With .3 to .5 the figures on article-extraction-benchmark and Readability's
pages are the same.
"""

_END = re.compile(r"[.!?…。][\"'”’»)]*\s*$")
_LABEL = re.compile(r"(?:- |[0-9]{1,6}\. |Note [^:\s]{1,20}: )")
_LINE_END = re.compile(r"[\n|]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class MainText:
    """The main text of a page: all runs of ``RUN`` words in it, and its lines and the cells of its tables as words."""

    runs: frozenset[tuple[str, ...]]
    lines: frozenset[tuple[str, ...]]

    def has(self, text: str) -> bool:
        """Whether most of the runs of some words are of the main text."""
        words = tuple(_WORD.findall(text))
        if len(words) < RUN:
            return words in self.lines
        runs = _find_runs(words)
        return 2 * len(runs & self.runs) >= len(runs)


def find_main_text(root: HtmlElement) -> MainText | None:
    """What trafilatura takes for the main text of a page, readers' comments left out; None where it finds none."""
    from trafilatura.core import bare_extraction
    from trafilatura.settings import Document

    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        return None
    found = try_library(lambda: bare_extraction(root, fast=True, include_comments=False))
    text = found.text if isinstance(found, Document) else None
    if not text:
        return None
    lines = frozenset(tuple(_WORD.findall(line)) for line in _LINE_END.split(text))
    return MainText(_find_runs(_WORD.findall(text)), lines)


def try_library(read: Callable[[], T | None]) -> T | None:
    """What a library reads from a page; None where it breaks down, which must not cost the page its text."""
    try:
        return read()
    except MemoryError:  # there is a limit, and the page is refused
        raise
    except Exception:
        return None


def keep_main(blocks: Sequence[Block], main: MainText, *, is_marked: bool) -> list[Block]:
    """The blocks that are of the main text; or all, where too little would be left to believe it.

    Args:
        blocks: of the page's article, its furniture gone.
        main: what the library found.
        is_marked: whether the page itself tells by an element which part of it is the article.
    """
    kept = _find_main(blocks, main)
    if _count(kept) < (LEAST_OF_MARKED if is_marked else LEAST) * _count(blocks):
        return list(blocks)
    known = set(map(id, kept))
    apart = [id(block) not in known and _is_paragraph(block) for block in blocks]
    if is_marked and _count(list(compress(blocks, apart))) >= NOTES * _count(kept):
        found = [id(block) in known or is_apart for block, is_apart in zip(blocks, apart, strict=True)]
        return _with_headings(blocks, found, found)
    return kept


def _count(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _find_main(blocks: Sequence[Block], main: MainText) -> list[Block]:
    """The blocks of the main text, all notes, the headings above such blocks, and a paragraph alone between two of them.

    The library passes over headings and single paragraphs of an article more often than over its other text.
    """
    found = _complete_runs(blocks, [_is_main(block, main) for block in blocks])
    around = zip([False, *found], [*found[1:], False], strict=False)
    is_between = [
        before and after and _is_paragraph(block) for block, (before, after) in zip(blocks, around, strict=False)
    ]
    in_boxes = _find_in_boxes(blocks, found)
    in_boxes = _complete_runs(blocks, [one or other for one, other in zip(found, in_boxes, strict=True)])
    return _with_headings(blocks, found, [one or other for one, other in zip(is_between, in_boxes, strict=True)])


def _find_in_boxes(blocks: Sequence[Block], found: Sequence[bool]) -> list[bool]:
    """The others that go with the main text of their own box: between two pieces of it, or a line that stands over one.

    Such are the terms of a list of terms, "Step 1", the replies of a dialogue, and the items of a list below some of it. Not so
    what is mostly links.
    """
    boxes = [block.box for block in blocks]
    first = {box: at for at, box in reversed(list(enumerate(boxes))) if found[at]}
    last = {box: at for at, box in enumerate(boxes) if found[at]}
    whole = list(found)
    for at in range(len(blocks) - 1, -1, -1):
        block, box = blocks[at], boxes[at]
        if whole[at] or not box or block.level or block.kind not in ("text", "item"):
            continue
        is_line = block.kind == "text" and len(block.text) <= LINE and not _END.search(block.text)
        is_over = is_line and at + 1 < len(blocks) and whole[at + 1] and boxes[at + 1] == box
        whole[at] = is_over or first.get(box, at) < at < last.get(box, at)
    return [here and not before for here, before in zip(whole, found, strict=True)]


def _complete_runs(blocks: Sequence[Block], found: Sequence[bool]) -> list[bool]:
    """What is found, and all of a table or a list of which at least half is."""
    whole: list[bool] = []
    for kind, run in groupby(zip(blocks, found, strict=True), key=lambda pair: pair[0].kind):
        marks = [is_main for _, is_main in run]
        is_whole = kind in ("row", "item") and 2 * sum(marks) >= len(marks)
        whole += [True] * len(marks) if is_whole else marks
    return whole


def _with_headings(blocks: Sequence[Block], found: Sequence[bool], others: Sequence[bool]) -> list[Block]:
    """The blocks that are found, the headings above them, and some others."""
    kept: list[Block] = []
    is_followed = False
    for block, is_main, is_other in zip(reversed(blocks), reversed(found), reversed(others), strict=True):
        is_heading_of_main = block.level > 0 and is_followed
        if is_main or is_other or is_heading_of_main:
            kept.append(block)
        is_followed = is_main or is_heading_of_main
    return kept[::-1]


def _is_paragraph(block: Block) -> bool:
    least = CAPTION if block.kind == "caption" else PARAGRAPH
    is_prose = block.kind in ("text", "caption") and not block.level
    return is_prose and len(block.text) > least and bool(_END.search(block.text))


def _is_main(block: Block, main: MainText) -> bool:
    if block.text.startswith("Note "):
        return True
    if block.cells:
        return 2 * sum(main.has(block.text[start:end]) for _, start, end in block.cells) >= len(block.cells)
    return main.has(block.text) or main.has(_LABEL.sub("", block.text, count=1))


def _find_runs(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
