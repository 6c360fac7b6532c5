"""From raw text to cleaned text: plain, headings as lines of their own, title and byline first.

Offsets into the cleaned text are what citations are made of, so everything that changes characters happens here, once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.blocks import Block, Parsed
from ingest.byline import format_date
from ingest.loaders import Kind
from ingest.markdown import parse_markdown
from ingest.page import parse_page
from rag.types import Heading

_NEW_LINES = re.compile(r"\r\n?|\x85|\u2028")
_NEW_PARAGRAPHS = re.compile(r"[\f\u2029]")
_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
# Byte-order marks, zero-width spaces, soft hyphens, direction marks. The zero-width joiners stay: some scripts and
# many emoji are spelt with them. Characters are not normalised otherwise: a quotation keeps the author's own.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TRAILING = re.compile(r"[ \t\v]+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text with what is known about it; ``date`` is ISO where it could be told, else as written."""

    text: str
    title: str
    author: str = ""
    date: str = ""
    outline: tuple[Heading, ...] = field(default=())


def clean(raw: str, kind: Kind, stem: str) -> Cleaned:
    """Clean a source's text.

    Args:
        raw: the text as decoded.
        kind: how it is marked up.
        stem: the file's name without ending; the title where the text has none.
    """
    plain = normalise(raw)
    return assemble(parse_markdown(plain) if kind == "markdown" else parse_page(plain), stem)


def keep_verbatim(raw: str, title: str) -> Cleaned:
    """A text as it is, for question sets whose evidence is given as offsets into it."""
    return Cleaned(raw, title)


def normalise(raw: str) -> str:
    """One kind of line break and of space, and no characters that cannot be seen."""
    text = _NEW_LINES.sub("\n", raw)
    text = _NEW_PARAGRAPHS.sub("\n\n", text)
    text = _UNSEEN.sub("", _SPACES.sub(" ", text))
    text = _LONE_SURROGATE.sub("\ufffd", text)
    return _TRAILING.sub("", text)


def assemble(parsed: Parsed, stem: str) -> Cleaned:
    """Title and byline, once, then the blocks, with a blank line between each; the outline knows where headings are."""
    title = " ".join((parsed.title or _title_of(parsed.blocks) or stem.replace("_", " ").replace("-", " ")).split())
    body = [block for block in parsed.blocks if block.text.strip()]
    if body and " ".join(body[0].text.split()) == title:
        body = body[1:]
    has_body = bool(body)
    byline = _byline(parsed.author, parsed.date)
    head = [Block(title, 1)] if parsed.title or byline or _title_of(parsed.blocks) else []
    head += [Block(byline)] if byline else []
    if not has_body and not parsed.blocks:
        head = []  # a title alone, taken from a file's name, is no text
    parts, outline, at = [], [], 0
    for block in [*head, *body]:
        words = block.text.strip("\n")
        if block.level:
            words = " ".join(words.split())
            outline.append(Heading(at, at + len(words), block.level))
        parts.append(words)
        at += len(words) + 2
    text = "\n\n".join(parts) + "\n" if parts else ""
    return Cleaned(text, title, parsed.author, parsed.date, tuple(outline))


def _title_of(blocks: Sequence[Block]) -> str:
    return next((block.text for block in blocks if block.level == 1), "")


def _byline(author: str, date: str) -> str:
    shown = format_date(date)
    if author:
        return f"By {author}, {shown}" if shown else f"By {author}"
    return f"Dated {shown}" if shown else ""
