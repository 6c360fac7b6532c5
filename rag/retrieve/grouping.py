"""Things alike by their place among others, and side by side by a value of theirs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rag.english.quantities import Quantity
from rag.english.wanted import Wanted
from rag.retrieve.comparing import first_of
from rag.retrieve.matching import is_code, read_field
from rag.retrieve.records import Record
from rag.retrieve.selection import Selection, compute_mean, find_columns, read_number

COMPARING = frozenset(("compare", "comparison", "versus", "vs"))
"""Words that ask for two things side by side."""


def find_nth(wanted: Wanted, chosen: Selection, asked: Sequence[str]) -> Selection | None:
    """The thing of a number among those that are wanted, in the document's order.

    The last row of a table of days may be meant to be the latest, or to be the last there.
    """
    collection = chosen.collection
    is_dated = any(isinstance(first_of(column).amount, date) for column in find_columns(chosen.match).values())
    if collection.kind not in ("rows", "items", "sections") or not (chosen.match.nouns or asked):
        return None
    if collection.kind == "rows" and (is_dated or ({"who", "when"} & set(wanted.words) and "list" not in wanted.words)):
        return None
    at = wanted.many - 1 if wanted.many > 0 else len(chosen.records) + wanted.many
    found = chosen.records[at : at + 1] if at >= 0 else ()
    label = next((label for label in asked if label != collection.key), "")
    place = Quantity(Decimal(at + 1))
    return replace(chosen, records=found, among=len(chosen.records), label=label, amount=place, verb="nth")


def compare_groups(
    chosen: Selection, asked: Sequence[str], comparable: dict[str, list[Quantity | None]]
) -> Selection | None:
    """The records that have either of several values of one field, those of each value together, by a field of numbers."""
    fields = {each.label for each in chosen.match.named}
    label = next((label for label in asked if label in comparable and not is_code(label)), "")
    if len(fields) != 1 or len(chosen.match.named) < 2 or not label:
        return None
    field = next(iter(fields))
    if isinstance(first_of(comparable[label]).amount, date) or not field:
        return None
    groups: dict[str, list[Record]] = {}
    for record in chosen.records:
        if held := read_field(chosen.collection, record, field):
            groups.setdefault(chosen.collection.read(held), []).append(record)
    amounts = dict(zip(chosen.collection.records, comparable[label], strict=True))
    told = []
    for value, records in groups.items():
        known = [amount for record in records if (amount := amounts[record])]
        if not known:
            return None
        mean = compute_mean([read_number(each.amount) for each in known])
        told.append((value, len(known), Quantity(mean, known[0].unit, known[0].written)))
    ordered = tuple(record for records in groups.values() for record in records)
    return replace(chosen, records=ordered, label=label, verb="compare", groups=tuple(told))
