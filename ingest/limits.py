"""How much a single file may ask for: time, memory, and how large what is read from it may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ingest.blocks import Block, Parsed
from rag.errors import SourceError

AnyBlock = TypeVar("AnyBlock", bound=Block)

MAX_CHARACTERS = 20_000_000
"""Text of one document: forty novels. Beyond it, embedding alone would take an hour on a small machine."""

MAX_BLOCKS = 1_000_000
MAX_HEADINGS = 100_000
MAX_PAGES = 20_000

MAX_ANSWER = 250_000_000
"""Bytes of the worker's answer: what the above may come to as JSON; more is not read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take; a file that wants more is refused."""

    seconds: float = 60.0
    """Of the clock, and of the processor."""

    memory: int = 1_500_000_000
    """Bytes of address space of the process that reads."""


def count_up(blocks: Iterable[AnyBlock]) -> Iterator[AnyBlock]:
    """Pass blocks on, as long as there are no more of them than a document may have.

    Raises:
        SourceError: there are.
    """
    characters = headings = 0
    for count, block in enumerate(blocks, 1):
        characters += len(block.text)
        headings += block.level > 0
        for what, number, most in (
            ("characters of text", characters, MAX_CHARACTERS),
            ("paragraphs", count, MAX_BLOCKS),
            ("headings", headings, MAX_HEADINGS),
        ):
            if number > most:
                raise SourceError(f"more than {most:,} {what}; split it into smaller files")
        yield block


def check_size(parsed: Parsed) -> Parsed:
    """Give back what a parser made of a file, if it is no larger than a document may be.

    Raises:
        SourceError: it is.
    """
    if parsed.pages > MAX_PAGES:
        raise SourceError(f"more than {MAX_PAGES:,} pages; split it into smaller files")
    if not all(0 < page <= parsed.pages for page in parsed.scanned):
        raise SourceError("its pages do not add up; the file may be damaged")
    for block in count_up(parsed.blocks):
        if not all(0 <= at <= len(block.text) and 0 < page <= parsed.pages for at, page in block.pages):
            raise SourceError("its pages do not add up; the file may be damaged")
    return parsed
