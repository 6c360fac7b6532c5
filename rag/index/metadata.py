"""What else is known of a document: plain values by name, as whoever brought it in told them; kept, and chosen by."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from rag.errors import DocumentError, UsageError
from rag.question import replace_half_pairs
from rag.types import Metadata

if TYPE_CHECKING:
    from rag.index.document_records import DocumentRecord

Value: TypeAlias = str | int | float | bool

PLAIN = (str, int, float, bool, date)

Where: TypeAlias = Mapping[str, Value | Collection[Value]]
"""What the metadata of a document must say: for each name its value, or one of several."""

MOST_NAMES = 100
"""Names in the metadata of one document. Set by hand: what loaders write has some twenty."""

MOST_CHARACTERS = 20_000
"""Characters of all names and values of one document: they are in memory for as long as an index is open. Set by hand."""

LARGEST = 2**63
"""Whole numbers are smaller than this on either side of zero, as in any database."""


def read_metadata(given: object, what: str) -> Metadata:
    """Metadata as it is kept, by name; a day is kept as text, 2024-05-01.

    Lists, mappings and whatever else loaders put there are left out: nothing can be chosen by them.

    Args:
        given: values by name.
        what: whose it is, for the error.

    Raises:
        UsageError: a number is too large or none at all, or there is too much of it.
    """
    if not isinstance(given, Mapping):
        raise UsageError(f"{what}: metadata is a dictionary, not {type(given).__name__}")
    found = {}
    for name, value in given.items():
        if not isinstance(name, str) or not name:
            raise UsageError(f"{what}: a name in its metadata is {name!r:.60}; name each value by a text")
        if isinstance(value, PLAIN):
            found[replace_half_pairs(name)] = _read_value(value, f"{what}: '{name:.60}' in its metadata")
    characters = sum(len(name) + len(str(value)) for name, value in found.items())
    if len(found) > MOST_NAMES or characters > MOST_CHARACTERS:
        raise UsageError(
            f"{what}: its metadata has {len(found):,} names and {characters:,} characters, the limits are "
            f"{MOST_NAMES} and {MOST_CHARACTERS:,}; leave out what nothing is chosen by"
        )
    return tuple(sorted(found.items()))


def _read_value(value: str | float | date, what: str) -> Value:
    match value:
        case str():
            return replace_half_pairs(value)
        case bool():
            return value
        case int() if -LARGEST < value < LARGEST:
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case date():
            return value.isoformat()
    raise UsageError(f"{what} is a number that cannot be kept; leave it out, or give it as a text")


def choose_documents(records: Iterable[DocumentRecord], where: Where) -> tuple[str, ...]:
    """The ids of the documents whose metadata say what is wanted, in their order; all of them where nothing is.

    Title, author and date count as metadata where a document has none of that name.

    Raises:
        UsageError: ``where`` is no dictionary.
        DocumentError: no document has metadata of such a name.
    """
    if not isinstance(where, Mapping):
        raise UsageError(f'documents are chosen by a dictionary, as {{"kind": "memo"}}, not {type(where).__name__}')
    known = {record.id: find_metadata(record) for record in records}
    names = {name for values in known.values() for name in values}
    if known and (unknown := [name for name in where if name not in names]):
        some = ", ".join(f"'{name:.40}'" for name in sorted(names)[:10])
        raise DocumentError(f"no document has '{unknown[0]!s:.60}' in its metadata; what they have is: {some}")
    return tuple(
        document
        for document, values in known.items()
        if all(name in values and _fits(values[name], wanted) for name, wanted in where.items())
    )


def find_metadata(record: DocumentRecord) -> dict[str, Value]:
    """All that a document can be chosen by, by name."""
    own: dict[str, Value] = {"title": record.title, "author": record.author, "date": record.date}
    return own | dict(record.metadata)


def _fits(value: Value, wanted: object) -> bool:
    if isinstance(wanted, Collection) and not isinstance(wanted, str | bytes):
        return any(_fits(value, each) for each in wanted)
    if isinstance(wanted, date):
        return value == wanted.isoformat()
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)  # else 1 is True
