"""Running heads and page numbers: what stands at the top or foot of page after page and belongs to none of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.formats.pdf.pieces import Piece
from ingest.formats.pdf.rows import group_rows

DEPTH = 3
"""So many rows from the top and from the foot of a page are looked at."""

FEW = 3
"""A document of fewer pages tells nothing by repetition: it loses bare page numbers only."""

LARGER, LEAST_LETTERS = 1.6, 12
"""Times the size of the text that a head may have which says the page's number beside at least so many letters, as page after
page does: a journal's name. Other rows that are larger than the text are headings."""

LONGEST_NUMBER = 8
"""Characters of a page's number as it may be written without a word ("[ 12-34 ]"); each number in it counts as one."""

_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_BARE = re.compile(r"(?:(?:page|seite|p\.|стр\.|第)\s*)?[-–—|\[(]?\s*(\d+|[ivxlc]+)\s*[-–—|\])]?(?:\s*(?:/|of|von|de|из)\s*\d+|\s*页)?", re.IGNORECASE)  # fmt: skip

Row = list[Piece]


def drop_running_heads(pages: Sequence[list[Piece]], body: float) -> list[list[Piece]]:
    """The pieces of each page without its running head, running foot and page number; ``body`` is the text's size.

    Nothing is dropped that is larger than the text but by such a name, or that does not stand apart from it, and no page of
    several rows is dropped as a whole.
    """
    rows = [group_rows(pieces) for pieces in pages]
    dropped: list[list[Row]] = [[] for _ in pages]
    sides = rows, [page[::-1] for page in rows]
    first = _first_number(sides)
    for edges in sides:
        counts = [0] * len(pages)
        for depth in range(DEPTH):
            rows_there = [
                page[depth]
                if counts[at] == depth and depth < len(page) and page[depth][0].size <= LARGER * body
                else None
                for at, page in enumerate(edges)
            ]
            edge = [row if row and row[0].size <= 1.1 * body else None for row in rows_there]
            named = [row if row and sum(map(str.isalpha, _text(row))) >= LEAST_LETTERS else None for row in rows_there]
            for at in _repeated(edge) | _numbered(edge, first) | (_repeated(named) & _numbered(named, first)):
                counts[at] = depth + 1
        for page, count, heads in zip(edges, counts, dropped, strict=True):
            while count and not _is_apart(page, count):
                count -= 1
            heads += page[:count]
    return [
        [piece for row in page for piece in row if not any(row is head for head in heads)]
        if len(page) <= 2 or len(heads) < len(page)
        else pieces
        for pieces, page, heads in zip(pages, rows, dropped, strict=True)
    ]


def _is_apart(rows: Sequence[Row], count: int) -> bool:
    """Whether there is white between the ``count`` outermost rows and the next one."""
    if count >= len(rows):
        return True
    outer, inner = rows[count - 1], rows[count]
    white = max(
        min(piece.top for piece in inner) - max(piece.bottom for piece in outer),
        min(piece.top for piece in outer) - max(piece.bottom for piece in inner),
    )
    return white >= 0.4 * outer[0].size


def _text(row: Row) -> str:
    return " ".join(" ".join(piece.text for piece in row).split())


def _repeated(edge: Sequence[Row | None]) -> set[int]:
    """The pages whose outermost row says, but for numbers, what those of other pages say at the same height."""
    if len(edge) < FEW:
        return set()
    keys = {at: (_NUMBER.sub("#", _text(row).casefold()), row[0].base) for at, row in enumerate(edge) if row}
    found: set[int] = set()
    counts = Counter(key for key, _ in keys.values())
    for at, (key, height) in keys.items():
        if counts[key] < 2 or not key or (len(key) > LONGEST_NUMBER and not re.search(r"[^\W\d_]", key)):
            continue  # rows of figures alone are those of a table: its figures differ
        alike = [other for other, (text, base) in keys.items() if text == key and abs(base - height) < 3]
        near = [other for other in alike if abs(other - at) <= 6]
        if len(alike) >= max(FEW, 0.3 * len(edge)) or len(near) >= FEW or (len(edge) <= 5 and len(near) >= 2):
            found.add(at)
    return found


def _first_number(sides: Sequence[Sequence[Sequence[Row]]]) -> int | None:
    """The number of the first page, as those say that stand at the pages' edges; None when they do not count pages."""
    count = len(sides[0])
    if count < FEW:
        return 1
    votes: Counter[int] = Counter()
    for at in range(count):
        votes.update({number - at for edges in sides for row in edges[at][:1] for number in _numbers_in(row)})
    first, most = votes.most_common(1)[0] if votes else (0, 0)
    return first if most >= max(FEW, 0.4 * count) else None


def _numbered(edge: Sequence[Row | None], first: int | None) -> set[int]:
    """The pages whose outermost row is the page's number, or has it at its beginning or end as other pages do."""
    if first is None:
        return set()
    counts = {at for at, row in enumerate(edge) if row and first + at in _numbers_in(row)}
    bare = {at for at in counts if (row := edge[at]) and _BARE.fullmatch(_text(row))}
    return counts if len(counts) >= FEW else bare


def _numbers_in(row: Row) -> set[int]:
    text = _text(row)
    if match := _BARE.fullmatch(text):
        return {_value(match[1])}
    found = re.findall(r"^(\d{1,5})\b(?![.,]\d)|\b(\d{1,5})$", text)
    return {int(before or after) for before, after in found}


def _value(number: str) -> int:
    if number.isdecimal():
        return int(number)
    worth = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
    values = [worth[letter] for letter in number.lower()]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))
