"""What else is known of a document: plain values by name, as whoever brought it in told them; kept, and chosen by."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from rag.conditions import Condition, Metadata, Value, Where
from rag.errors import DocumentError, UsageError
from rag.question import read_value, read_where, replace_half_pairs

if TYPE_CHECKING:
    from rag.index.document_records import DocumentRecord

PLAIN = (str, int, float, bool, date)

OWN = ("title", "author", "date")
"""What a document knows of itself."""

MOST_NAMES = 100
"""Names in the metadata of one document. Set by hand: what loaders write has some twenty."""

MOST_CHARACTERS = 20_000
"""Characters of all names and values of one document: they are in memory for as long as an index is open. Set by hand."""

MOST_TOLD = 8
"""Values that are named where none fits."""


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
            found[replace_half_pairs(name)] = read_value(value, f"{what}: '{name:.60}' in its metadata")
    characters = sum(len(name) + len(str(value)) for name, value in found.items())
    if len(found) > MOST_NAMES or characters > MOST_CHARACTERS:
        raise UsageError(
            f"{what}: its metadata has {len(found):,} names and {characters:,} characters, the limits are "
            f"{MOST_NAMES} and {MOST_CHARACTERS:,}; leave out what nothing is chosen by"
        )
    return tuple(sorted(found.items()))


def keep_plain(given: Mapping[str, object], without: Collection[str] = ()) -> Metadata:
    """What of metadata that somebody else keeps can be told with a citation; what ``read_metadata`` refuses is left out."""
    found: dict[str, Value] = {}
    for name, value in given.items():
        if isinstance(name, str) and name not in without and isinstance(value, PLAIN):
            with suppress(UsageError):
                found[replace_half_pairs(name)] = read_value(value, name)
    return tuple(sorted(found.items())[:MOST_NAMES])


def choose_documents(records: Iterable[DocumentRecord], where: Where) -> tuple[str, ...]:
    """The ids of the documents whose metadata say what is wanted, in their order; all of them where nothing is.

    Title, author and date count as metadata where a document has none of that name.

    Raises:
        QuestionError: ``where`` is no dictionary and no condition.
        DocumentError: no document has metadata of such a name.
    """
    conditions = read_where(where)
    known = {record.id: find_metadata(record) for record in records}
    names = {name for values in known.values() for name in values}
    if known and (unknown := [each.name for each in conditions if each.name not in names]):
        some = ", ".join(f"'{name:.40}'" for name in sorted(names)[:10])
        raise DocumentError(f"no document has '{unknown[0]:.60}' in its metadata; what they have is: {some}")
    return tuple(
        document for document, values in known.items() if all(condition.fits(values) for condition in conditions)
    )


def require_documents(records: Sequence[DocumentRecord], where: Where) -> tuple[str, ...]:
    """The same ids, of one document at least: no ids at all would mean all documents to whoever is given them.

    Raises:
        QuestionError: ``where`` is no dictionary and no condition.
        DocumentError: no document fits; the line says what those have that differ.
    """
    conditions = read_where(where)
    if found := choose_documents(records, conditions):
        return found
    values = _tell_values(records, [each.name for each in conditions])
    raise DocumentError(f"no document fits {tell_conditions(conditions)}; {values}")


def tell_conditions(conditions: Iterable[Condition]) -> str:
    """Conditions in one line, of very many the beginning."""
    return textwrap.shorten(" and ".join(map(str, conditions)), 200, placeholder=" …")


def _tell_values(records: Iterable[DocumentRecord], names: Iterable[str]) -> str:
    """What documents have under names, a few values of each."""
    known = [find_metadata(record) for record in records]
    told = []
    for name in dict.fromkeys(names):
        values = sorted({str(values[name]) for values in known if name in values})
        shown = ", ".join(f"{value:.40}" for value in values[:MOST_TOLD])
        told.append(f"'{name:.60}' is {shown}{' and others' if len(values) > MOST_TOLD else ''}")
    return "; ".join(told) if told else "there are no documents"


def find_metadata(record: DocumentRecord) -> dict[str, Value]:
    """All that a document can be chosen by, by name."""
    own: dict[str, Value] = {"title": record.title, "author": record.author, "date": record.date}
    return own | dict(record.metadata)
