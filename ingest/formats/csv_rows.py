"""Tables of values (.csv, .tsv): each row a line of text that can be quoted by itself, its values named by the header."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from ingest.blocks import Parsed
from ingest.limits import count_up
from ingest.table_rows import has_header, lay_out_rows
from rag.errors import SourceError

DELIMITERS = "\t;|,"
"""The less a sign is used for anything else, the sooner it is believed."""

CONSISTENT = 0.9
"""A sign that cuts a greater share of the rows into the same number of values is the one that separates them."""

_SAID = re.compile(r"\Asep=([^\n])\n")
SAMPLE_ROWS = 50
SAMPLE_CHARACTERS = 20_000
MAX_FIELD = 1_000_000
"""Characters of one value; more is an unclosed quotation mark, or no table."""


def parse_csv(text: str) -> Parsed:
    """A block a row: ``Name: value; Name: value`` under a header, else ``value; value``; empty values are left out.

    Raises:
        SourceError: a value is longer than a million characters.
    """
    csv.field_size_limit(MAX_FIELD)
    said = _SAID.match(text)  # a line of Excel's
    text = text[said.end() :] if said else text
    delimiter = said[1] if said and said[1] in DELIMITERS else find_delimiter(text)
    try:
        rows = _read_rows(text, delimiter)
        head = list(itertools.islice(rows, SAMPLE_ROWS))
        above = _count_above(head)
        table = head[above:]
        names = table.pop(0) if has_header(table) else []
        blocks = itertools.chain(lay_out_rows([], head[:above]), lay_out_rows(names, itertools.chain(table, rows)))
        return Parsed(tuple(count_up(blocks)))
    except csv.Error as error:
        raise SourceError(f"cannot be read as rows ({error}); is a quotation mark left open?") from None


def find_delimiter(text: str) -> str:
    """The sign that cuts most of the first rows into the same number of values, more than one; else the comma."""
    sample = text[:SAMPLE_CHARACTERS]
    if len(text) > len(sample):
        sample = sample[: sample.rfind("\n") + 1] or sample  # a row that is cut in two says nothing
    scores = {}
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in _read_rows(sample, delimiter)][:SAMPLE_ROWS]
        except csv.Error:
            continue
        common = max(set(widths), key=widths.count, default=1)
        if common > 1:
            scores[delimiter] = min(CONSISTENT, widths.count(common) / len(widths))
    return max(scores, key=lambda sign: scores[sign], default=",")


def _count_above(rows: Sequence[Sequence[str]]) -> int:
    """How many lines stand above a table: a title, a source; narrower than the rows that all follow."""
    widths = [len(row) for row in rows]
    common = max(set(widths), key=widths.count, default=1)
    above = next((at for at, width in enumerate(widths) if width == common), 0)
    return above if 0 < above <= 5 and all(_filled(row) == 1 for row in rows[:above]) else 0


def _filled(row: Sequence[str]) -> int:
    return sum(bool(value.strip()) for value in row)


def _read_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    # With a mark of quotation that is never closed, all the rest would be one value.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, quoting=quoting)
    return (row for row in rows if any(value.strip() for value in row))
