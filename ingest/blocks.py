"""Paragraphs and headings on their way to being a document's text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (``level`` 0) or a heading (1 is the highest)."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a format's parser makes of a text: its blocks, and what its head says of it."""

    blocks: tuple[Block, ...]
    title: str = ""
    author: str = ""
    date: str = ""
