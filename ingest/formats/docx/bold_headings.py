"""Headings of a Word file that are so by hand: short paragraphs that are bold and stand alone over what they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.bold_lines import could_be_heading, stands_over
from ingest.formats.docx.head import Paragraph
from ingest.formats.docx.styles import LOWEST_HEADING


def mark_bold_headings(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """The same paragraphs, with levels for such headings: below those that are styled, all in capitals above the others.

    The first paragraph of a text without a styled heading is its title.
    """
    could = [_could_be(paragraph) for paragraph in paragraphs]
    has_capitals = any(able and paragraph.text.isupper() for able, paragraph in zip(could, paragraphs, strict=True))
    ranks = [
        0 if not able else 2 if has_capitals and not paragraph.text.isupper() else 1
        for able, paragraph in zip(could, paragraphs, strict=True)
    ]
    is_styled = any(paragraph.level for paragraph in paragraphs)
    above = 1
    for at, (paragraph, rank) in enumerate(zip(paragraphs, ranks, strict=True)):
        above = paragraph.level or above
        if rank and at == 0 and not is_styled and ranks[1:2] != [rank]:
            yield replace(paragraph, level=1)
        elif rank and at + 1 < len(paragraphs) and _stands_over(paragraph, paragraphs[at + 1], rank, ranks[at + 1]):
            yield replace(paragraph, level=min(above + rank, LOWEST_HEADING))
        else:
            yield paragraph


def _stands_over(paragraph: Paragraph, following: Paragraph, rank: int, next_rank: int) -> bool:
    if next_rank:
        return next_rank > rank
    return stands_over(paragraph.text, following.text, is_list=following.kind in ("item", "row"))


def _could_be(paragraph: Paragraph) -> bool:
    return paragraph.is_bold and not paragraph.level and paragraph.kind == "text" and could_be_heading(paragraph.text)
