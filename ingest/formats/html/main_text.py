"""Which of a page's blocks are its main text, as trafilatura finds it: teasers of other articles stand in none of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.blocks import Block

if TYPE_CHECKING:
    from lxml.html import HtmlElement

RUN = 3
"""Words in a row by which a block is found again in the main text; a shorter block has to be a line of it."""

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

    try:
        found = bare_extraction(root, fast=True, include_comments=False)
    except RecursionError:  # it goes down nested lists by recursion
        return None
    text = "" if found is None or isinstance(found, dict) else found.text or ""
    if not text:
        return None
    lines = frozenset(tuple(_WORD.findall(line)) for line in _LINE_END.split(text))
    return MainText(_find_runs(_WORD.findall(text)), lines)


def keep_main(blocks: Sequence[Block], main: MainText) -> list[Block]:
    """The blocks that are of the main text, the headings above them, and all notes.

    The library leaves headings and notes out more often than text; what stands below a heading decides whether it stays.
    """
    kept: list[Block] = []
    is_followed = False
    for block in reversed(blocks):
        is_main = _is_main(block, main)
        if is_main or (block.level and is_followed):
            kept.append(block)
        is_followed = is_main or (block.level > 0 and is_followed)
    return kept[::-1]


def _is_main(block: Block, main: MainText) -> bool:
    if block.text.startswith("Note "):
        return True
    if block.kind == "row":
        parts = [part for part in block.text.split("; ") if part]
        return 2 * sum(main.has(part) or main.has(part.partition(": ")[2]) for part in parts) >= len(parts)
    return main.has(block.text) or main.has(_LABEL.sub("", block.text, count=1))


def _find_runs(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
