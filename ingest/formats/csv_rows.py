"""Tables of values (.csv, .tsv): each row a line of text that can be quoted by itself, its values named by the header."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence

from ingest.blocks import Block, Parsed
from ingest.limits import count_up
from rag.errors import SourceError

DELIMITERS = ",;\t|"
SAMPLE_ROWS = 50
MAX_FIELD = 1_000_000
"""Characters of one value; more is an unclosed quotation mark, or no table."""


def parse_csv(text: str) -> Parsed:
    """A block a row: ``Name: value; Name: value`` under a header, else ``value; value``; empty values are left out.

    Raises:
        SourceError: a value is longer than a million characters.
    """
    csv.field_size_limit(MAX_FIELD)
    delimiter = find_delimiter(text)
    try:
        rows = _read_rows(text, delimiter)
        head = list(itertools.islice(rows, SAMPLE_ROWS))
        names = head.pop(0) if has_header(head) else []
        return Parsed(tuple(count_up(_format_rows(names, head, rows))))
    except csv.Error as error:
        raise SourceError(f"cannot be read as rows ({error}); is a quotation mark left open?") from None


def find_delimiter(text: str) -> str:
    """The sign that cuts most of the first rows into the same number of values, more than one; else the comma."""
    sample = text[:20_000]
    scores = {}
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in _read_rows(sample, delimiter)][:SAMPLE_ROWS]
        except csv.Error:
            continue
        common = max(set(widths), key=widths.count, default=1)
        if common > 1:
            scores[delimiter] = (widths.count(common) / len(widths), common)
    return max(scores, key=lambda sign: scores[sign], default=",")


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: different short words without figures, over rows that are not all so."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = [name.strip() for name in rows[0]]
    if any(len(name) > 60 or not any(map(str.isalpha, name)) for name in first if name):
        return False
    named = [name for name in first if name]
    if len({name.casefold() for name in named}) < len(named) or 2 * len(named) < len(first):
        return False
    # Among figures, a row of words is a header; among words, one that is shorter and never comes again.
    columns = [[row[at].strip() for row in rows[1:] if at < len(row) and row[at].strip()] for at in range(len(first))]
    if any(values and all(_is_figure(value) for value in values) for values in columns):
        return True
    longer = sum(
        bool(values) and sum(map(len, values)) / len(values) > len(name)
        for name, values in zip(first, columns, strict=True)
    )
    repeated = any(name in values for name, values in zip(first, columns, strict=True) if name)
    return not repeated and 2 * longer >= len(named)


def _read_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    return (row for row in rows if any(value.strip() for value in row))


def _format_rows(names: Sequence[str], head: Sequence[list[str]], rows: Iterator[list[str]]) -> Iterator[Block]:
    if names and not head:
        yield Block("; ".join(name.strip() for name in names if name.strip()))
    for row in itertools.chain(head, rows):
        parts = []
        for at, value in enumerate(row):
            words = " ".join(value.split())
            name = " ".join(names[at].split()) if at < len(names) else ""
            if words:
                parts.append(f"{name}: {words}" if name else words)
        yield Block("; ".join(parts))


def _is_figure(value: str) -> bool:
    return any(map(str.isdigit, value)) and not any(map(str.isalpha, value))
