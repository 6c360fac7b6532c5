"""Plain text as it comes from a saved page: the body once, its headings found, the page's furniture gone.

General rules only. A block of paragraphs that makes up most of the page and stands twice is the body, kept once; what
stands outside it is furniture. A page without such a block loses nothing.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline
from ingest.formats.plain_lists import split_lists
from ingest.formats.question_lists import find_questions
from ingest.formats.underlined import split_underlined
from ingest.formats.wrapped_lines import join_wrapped

MOST = 0.7
"""The share of a page's characters that the two copies of its body must make up."""

BODY_CHARACTERS = 600
PROSE = 120
"""A paragraph of at least so many characters is prose; a body that stands twice has some, a refrain has none."""

HEADING_CHARACTERS = 90
HEAD_BLOCKS = 5
"""Title and byline are looked for among so many first paragraphs."""

Part = tuple[str, str]
"""A paragraph, and in which style it is underlined if it is a heading that is."""

_NUMBER = re.compile(r"\s*\(?(?:[0-9]{1,3}|[A-Za-z]|[ivx]{1,5})[.)]\s*")
_BLANK = re.compile(r"\n[^\S\n]*\n+")


def parse_page(text: str) -> Parsed:
    """Paragraphs, headings, title, author and date of a plain text."""
    paragraphs = [part.strip("\n") for part in _BLANK.split(text) if part.strip()]
    parts = _join_numbers(split_underlined(find_body(paragraphs)))
    title, author, date, rest = _read_head(parts)
    head = [Block(title, 1)] if title else []
    paragraphs = [part for part, _ in rest]
    levels = _read_levels([style for _, style in rest])
    questions = find_questions(paragraphs)
    levels = [level or (2 if at in questions or is_heading(paragraphs, at) else 0) for at, level in enumerate(levels)]
    pieces = list(split_lists(paragraphs, [level > 0 for level in levels]))
    shown = join_wrapped([piece.text for _, piece in pieces])
    body = [
        Block(
            " ".join(words.split()) if levels[at] else words,
            levels[at],
            kind="item" if piece.is_item else "text",
            depth=piece.depth,
        )
        for (at, piece), words in zip(pieces, shown, strict=True)
    ]
    return Parsed((*head, *body), title, author, date)


def _join_numbers(parts: Iterable[tuple[str, str]]) -> list[Part]:
    """The same parts, the number of an item that stands alone joined to what it numbers."""
    joined: list[Part] = []
    for part, style in parts:
        if joined and not style and not joined[-1][1] and _NUMBER.fullmatch(joined[-1][0]):
            joined[-1] = (f"{joined[-1][0].rstrip()} {part.lstrip()}", "")
        else:
            joined.append((part, style))
    return joined


def _read_levels(styles: Sequence[str]) -> list[int]:
    """The level of each part by the style in which it is underlined: what is met first is the highest, below the title."""
    order = list(dict.fromkeys(filter(None, styles)))
    return [min(6, 2 + order.index(style)) if style else 0 for style in styles]


def find_body(paragraphs: Sequence[str]) -> list[str]:
    """The paragraphs of the body, once, where it stands twice and is most of the page; else all paragraphs."""
    keys = [" ".join(part.split()).casefold() for part in paragraphs]
    run = _longest_repeat(keys)
    if run is None:
        return list(paragraphs)
    start, end = run
    size = sum(len(key) for key in keys[start:end])
    whole = sum(len(key) for key in keys)
    prose = sum(len(key) for key in keys[start:end] if len(key) >= PROSE)
    if size < BODY_CHARACTERS or 2 * size < MOST * whole or 2 * prose < size:
        return list(paragraphs)
    return list(paragraphs[start:end])


def _longest_repeat(keys: Sequence[str]) -> tuple[int, int] | None:
    """The run of paragraphs, longest in characters, that stands again further down; as (start, end) of the first.

    The distance between the copies is found first, by how much text recurs at it, so that the work stays linear.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        places[key].append(at)
    weights: dict[int, int] = defaultdict(int)
    for key, found in places.items():
        for first, second in itertools.pairwise(found):
            weights[second - first] += len(key)
    best: tuple[int, int, int] | None = None
    for distance in sorted(weights, key=lambda gap: -weights[gap])[:3]:
        start = 0
        for at in range(len(keys) - distance + 1):
            inside = at + distance < len(keys) and keys[at] == keys[at + distance] and at - start < distance
            if inside:
                continue
            size = sum(len(key) for key in keys[start:at])
            if at > start and (best is None or size > best[0]):
                best = (size, start, at)
            start = at if at + distance < len(keys) and keys[at] == keys[at + distance] else at + 1
    return None if best is None else (best[1], best[2])


def _read_head(parts: Sequence[Part]) -> tuple[str, str, str, list[Part]]:
    """Title, author, date, and the paragraphs without the lines that told them."""
    title = author = date = ""
    used: set[int] = set()
    for at, (part, style) in enumerate(parts[:HEAD_BLOCKS]):
        if style and at > len(used):
            break  # a section begins
        if not (author and date) and (byline := find_byline(part)):
            author, date = author or byline[0], date or byline[1]
            used.add(at)
        elif not title and (style or _is_title(part)) and len(used) == at:  # nothing but a byline may stand above it
            title = " ".join(part.split())
            used.add(at)
        elif len(part) >= PROSE:
            break
    return title, author, date, [part for at, part in enumerate(parts) if at not in used]


def _is_title(part: str) -> bool:
    plain = part.strip()
    return "\n" not in plain and len(plain) <= 150 and not plain.endswith((".", ",", ";", ":")) and plain[:1].isalnum()


def is_heading(paragraphs: Sequence[str], at: int) -> bool:
    """A short line without a full stop before a longer paragraph, or before another such line that is a heading."""
    plain = paragraphs[at].strip()
    if "\n" in plain or len(plain) > HEADING_CHARACTERS or at + 1 >= len(paragraphs):
        return False
    if not plain[:1].isalnum() and plain[:1] not in "‘“\"'¿¡§":
        return False
    if plain.endswith((".", ",", ";", ":", "…", "!")) or not any(character.isalpha() for character in plain):
        return False
    following = paragraphs[at + 1].strip()
    # Verse is many short lines: a heading stands over running text.
    longest_line = max(map(len, following.split("\n")))
    return longest_line >= max(PROSE, 2 * len(plain)) or (
        "\n" in following and len(following) >= 2 * PROSE and longest_line >= 55
    )
