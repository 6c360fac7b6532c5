"""Rows of tables as lines that can be quoted by themselves: each value named by its column."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.blocks import Block
from rag.english.terms import find_stems, stem_word
from rag.english.wanted_words import USUAL_FIELDS

LONGEST_USUAL = 3
"""Words of what a column is usually called; a longer one is a text that has such a word in it."""

LONG_NAME = 60
"""Characters of a column's name from which on it has to be told from a row of prose by what stands under it."""

LONGEST_NAME = 250
"""Nothing longer names a column; the questions of surveys come near it. Both set by hand."""

_USUAL = frozenset(map(stem_word, USUAL_FIELDS))


def lay_out_table(rows: Sequence[Sequence[str]], *, names: Sequence[str] | None = None) -> Iterator[Block]:
    """A block a row, as ``lay_out_rows`` makes them.

    Args:
        rows: the cells of each row; all rows should be of one width, an empty cell standing for none.
        names: of the columns, where the source says which row is the header; else the first row is taken for it if it
            looks like one (``has_header``).
    """
    if names is None and has_header(rows):
        names, rows = rows[0], rows[1:]
    return lay_out_rows(names or [], rows)


def lay_out_rows(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Block]:
    """A block a row: ``Name: value; Name: value``, or ``value; value`` without names; empty values are left out.

    Names that no value ever stood under come last, in a row of their own, so that no word is lost.
    """
    named = [" ".join(name.split()) for name in names]
    unused = {at: name for at, name in enumerate(named) if name}
    for row in rows:
        text, cells = "", []
        for at, value in enumerate(row):
            words = " ".join(value.split())
            name = named[at] if at < len(named) else ""
            if words:
                unused.pop(at, None)
                text += "; " if text else ""
                start = len(text)
                text += f"{name}: " if name else ""
                cells.append((start, len(text), len(text) + len(words)))
                text += words
        yield Block(text, kind="row", cells=tuple(cells))
    if unused:
        yield Block("; ".join(unused.values()), kind="row")


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: different short words without figures, over rows that are not all so."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = [name.strip() for name in rows[0]]
    if not all(any(map(str.isalpha, name)) for name in first if name) and not _are_years(first):
        return False
    named = [name for name in first if name]
    if len({name.casefold() for name in named}) < len(named) or 2 * len(named) < len(first):
        return False
    # Among figures and codes, a row of words is a header; among words, one that is shorter and never comes again, or one of
    # words that columns are usually called by.
    columns = [[row[at].strip() for row in rows[1:] if at < len(row) and row[at].strip()] for at in range(len(first))]
    if any(len(name) > LONG_NAME for name in first) and not _are_long_names(first, columns):
        return False
    if any(values and all(is_figure(value) for value in values) for values in columns):
        return True
    if _name_codes(first, columns) or _are_usual(first, columns):
        return True
    longer = sum(
        bool(values) and sum(map(len, values)) / len(values) > len(name)
        for name, values in zip(first, columns, strict=True)
    )
    repeated = any(name in values for name, values in zip(first, columns, strict=True) if name)
    is_lower = all(name == name.lower() for name in named) and all(
        not any(value == value.lower() for value in values) for values in columns
    )
    return not repeated and (2 * longer >= len(named) or is_lower)


def _are_long_names(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether the long ones in a full row are names and no prose: they end no sentence, over values a quarter as long at most."""
    return all(names[1:]) and all(
        len(name) <= LONGEST_NAME
        and not name.endswith((".", "!", ";"))
        and bool(values)
        and 4 * max(map(len, values)) <= len(name)
        for name, values in zip(names, columns, strict=True)
        if len(name) > LONG_NAME
    )


def _name_codes(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether a name without figures stands over values that all have some: "Ticket" over "T-101"."""
    return any(
        name
        and not any(map(str.isdigit, name))
        and len(values) > 1
        and all(any(map(str.isdigit, each)) for each in values)
        for name, values in zip(names, columns, strict=True)
    )


def _are_usual(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether half of the names are what columns are usually called, and none of them is a value too: "Country", "Capital"."""
    is_usual = [bool(set(find_stems(name)) & _USUAL) and len(name.split()) <= LONGEST_USUAL for name in names]
    is_value = any(
        set(find_stems(value)) & _USUAL
        for told, values in zip(is_usual, columns, strict=True)
        if told
        for value in values
    )
    return 2 * sum(is_usual) >= sum(map(bool, names)) and not is_value


def _are_years(names: Sequence[str]) -> bool:
    """Whether a row names its columns by years, one after the other, beside at most two words in front."""
    words = list(itertools.takewhile(lambda name: not name.isdecimal(), names))
    years = names[len(words) :]
    is_named = len(words) in (1, 2) and all(any(map(str.isalpha, word)) for word in words if word)
    are_years = bool(years) and all(re.fullmatch(r"[12][0-9]{3}", year) for year in years)
    return is_named and are_years and years == sorted(years)


def is_figure(value: str) -> bool:
    """Whether a value is a number, a sum or a day in figures: it has some, and no letters."""
    return any(map(str.isdigit, value)) and not any(map(str.isalpha, value))
