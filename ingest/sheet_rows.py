"""Sheets of values (.csv, .xlsx): lines above a table, a header of one or two rows, and the rows that it names."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from ingest.blocks import Block
from ingest.table_rows import LONG_NAME, has_header, is_figure, lay_out_rows

SAMPLE_ROWS = 50
"""So many first rows are looked at to find the header."""

MAX_ABOVE = 20
"""Rows that may stand above a header: a title, a source, what was asked for; more are a table of their own."""


def lay_out_sheet(rows: Iterable[Sequence[str]]) -> Iterator[Block]:
    """A block a row: ``Name: value; Name: value`` under a header, else ``value; value``; empty values are left out."""
    following = iter(rows)
    head = [row for row in itertools.islice(following, SAMPLE_ROWS) if any(map(str.strip, row))]
    at = find_header(head)
    if at is None:
        yield from _lay_out_parts(itertools.chain(head, following))
        return
    depth = 1 if _are_different(head[at]) else 2
    for row in head[: at - depth + 1]:
        yield from lay_out_rows([], [_pair(row)])
    names = list(head[at]) if depth == 1 else _join_names(head[at - 1], head[at])
    yield from lay_out_rows(names, itertools.chain(head[at + 1 :], following))


def _lay_out_parts(rows: Iterable[Sequence[str]]) -> Iterator[Block]:
    """The rows of a sheet that is no one table; what stands under a row of names within it is named by that, up to a lone value."""
    part: list[Sequence[str]] = []
    names: Sequence[str] = ()
    is_first = True  # ``find_header`` has looked at that one
    for row, below in itertools.pairwise(itertools.chain(rows, [()])):
        is_header = not is_first and _heads_part(row, below)
        is_first = False
        if (is_header or _filled(row) == 1) and part:
            yield from lay_out_rows(names, part)
            part = []
        names = row if is_header else () if _filled(row) == 1 else names
        if not is_header:
            part.append(row)
        if not names or len(part) >= SAMPLE_ROWS * MAX_ABOVE:  # a long sheet is passed on as it is read
            yield from lay_out_rows(names, part)
            part = []
    yield from lay_out_rows(names, part) if part or names else ()


def _heads_part(row: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row of words names what stands below it: a word and, under further names, figures alone."""
    named = [at for at, value in enumerate(row) if value.strip()]
    are_words = all(any(map(str.isalpha, row[at])) and len(row[at]) <= LONG_NAME for at in named)
    if len(named) < 2 or not are_words or any(map(str.isdigit, row[named[0]] + row[named[1]])):
        return False
    first, *others = [below[at].strip() if at < len(below) else "" for at in named]
    told = [value for value in others if value]
    return any(map(str.isalpha, first)) and bool(told) and all(map(is_figure, told))


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Where the row is that names the columns, if there is one: the first that is as full as most rows are.

    Two rows are one header where the names of the lower one come again and the upper one tells them apart: "2023" and
    "2024" over "sales" and "cost".
    """
    counts = [_filled(row) for row in rows]
    lower = counts[len(counts) // 2 :]
    usual = max(sorted(set(lower), reverse=True), key=lower.count, default=0)
    at = next((at for at, count in enumerate(counts) if count >= usual), 0)
    if at and counts[at - 1] == usual - 1 >= 2 and not rows[at - 1][0].strip():
        at -= 1  # what stands over the first column has no name
    if at > MAX_ABOVE or not rows:
        return None
    if has_header(rows[at:]):
        return at
    is_told_apart = at > 0 and counts[at - 1] > 1 and not _are_different(rows[at])
    return at if is_told_apart and has_header([_join_names(rows[at - 1], rows[at]), *rows[at + 1 :]]) else None


def _join_names(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """The names of a header of two rows; an upper one reaches as far as the next."""
    reaching: Iterator[str] = itertools.accumulate(upper, _reach)
    pairs = itertools.zip_longest(reaching, lower, fillvalue="")
    return [" ".join(f"{above} {below}".split()) for above, below in pairs]


def _reach(before: str, name: str) -> str:
    return name if name.strip() else before


def _pair(row: Sequence[str]) -> list[str]:
    """A line above a table; of two values, the first names the second."""
    values = [value.strip().rstrip(":") for value in row if value.strip()]
    return [": ".join(values)] if len(values) == 2 and ":" not in values[0] else list(row)


def _are_different(names: Sequence[str]) -> bool:
    named = [name.strip().casefold() for name in names if name.strip()]
    return len(set(named)) == len(named)


def _filled(row: Sequence[str]) -> int:
    return sum(bool(value.strip()) for value in row)
