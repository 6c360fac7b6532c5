"""Tables of values (.csv, .tsv): each row a line of text that can be quoted by itself, its values named by the header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Literal

from ingest.blocks import Parsed
from ingest.limits import count_up
from ingest.sheet_rows import SAMPLE_ROWS, lay_out_sheet
from rag.errors import SourceError

DELIMITERS = "\t;|,"
"""The less a sign is used for anything else, the sooner it is believed."""

CONSISTENT = 0.9
"""A sign that cuts a greater share of the rows into the same number of values is the one that separates them."""

_SAID = re.compile(r"\Asep=([^\n])\n")
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
        return Parsed(tuple(count_up(lay_out_sheet(_read_rows(text, delimiter)))))
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


def _read_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    # With a mark of quotation that is never closed, all the rest would be one value.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, quoting=quoting)
    return (row for row in rows if any(value.strip() for value in row))
