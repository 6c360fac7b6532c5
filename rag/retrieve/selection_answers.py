"""Answers about things alike: the rows, sections or items that a question wants, quoted; what was counted or computed, said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.english.numbers import format_count
from rag.english.quantities import Quantity, format_amount
from rag.english.wanted import Wanted
from rag.retrieve.absent_answers import is_table, tell_absent, tell_unknown
from rag.retrieve.asked_fields import find_meant
from rag.retrieve.matching import find_by_concept, find_naming_field, read_field
from rag.retrieve.quoting_places import MOST_SHOWN, Whole
from rag.retrieve.records import Collection, Field, Record
from rag.retrieve.selecting import select
from rag.retrieve.selection import Selection
from rag.steps import Exact, QuotedSentence
from rag.types import ShortAnswer, Span

ROOM, LEAST_SHOWN = 2_000, 3
"""Characters of the records that are quoted below what was computed of them, and how many are whatever their length."""

_THINGS = {"rows": "row", "columns": "column", "sections": "section", "items": "list item", "paragraphs": "paragraph"}


def answer_wanted(
    wanted: Wanted, wholes: Sequence[Whole], collections: Sequence[Collection], *, most: int
) -> Exact | None:
    """What a question wants of things alike; None where they do not account for all of its words.

    Args:
        wanted: what the question wants.
        wholes: the documents.
        collections: the things alike that they tell of.
        most: records that are quoted.
    """
    selection = select(wanted, collections)
    if not selection:
        return tell_absent(wanted, wholes, collections) or tell_unknown(wanted, wholes, collections)
    whole = next(whole for whole in wholes if whole.document is selection.collection.document)
    if (
        wanted.is_doing
        and not find_by_concept(selection.collection.labels, "task")
        and not is_table(selection.collection)
    ):
        return None  # what something does is told in sentences, where there are any
    most = _find_room(selection, most)
    lead = _tell(wanted, selection, most)
    if not selection.records:
        return Exact(told=lead, declined=True)
    shown = selection.records[:most]
    quotes = [quote for record in shown if (quote := _quote(whole, selection, record)).evidence]
    quotes = list({quote.evidence: quote for quote in quotes}.values())
    if not quotes:
        return None
    if lead:
        quotes[0] = replace(quotes[0], lead=f"{lead}\n\n{quotes[0].lead}")
    short = _find_short(wanted, whole, selection) if len(selection.records) == 1 else None
    left_out = len(selection.records) - len(shown)
    return Exact(tuple(quotes), short=short, is_guess=selection.is_guess, left_out=left_out)


def _find_room(selection: Selection, most: int) -> int:
    """How many records are quoted of those that something was computed of: of long ones fewer, the answer is the number."""
    if selection.verb not in ("count", "sum", "mean", "distinct") or most >= MOST_SHOWN or not selection.records:
        return most
    length = sum(record.quote[1] - record.quote[0] for record in selection.records) // len(selection.records)
    return min(most, max(LEAST_SHOWN, ROOM // max(1, length)))


def _tell(wanted: Wanted, selection: Selection, most: int) -> str:
    """What was counted or computed, in a line; "" where one thing was looked up."""
    found, amount = len(selection.records), selection.amount
    among = _count_things(wanted, selection)
    shown = f" {most} are shown." if found > most else ""
    label = f"“{selection.label}”"
    is_turned = selection.collection.kind == "columns"
    names = (
        f" ({', '.join(map(selection.collection.read, (record.name for record in selection.records)))})"
        if is_turned
        else ""
    )
    if not found and selection.verb == "nth":
        return f"“{selection.collection.document.title}” has {among} like that, and no number {amount.amount if amount else ''}."
    if selection.verb == "compare":
        groups = ", ".join(f"{value} {_tell_mean(count, mean)}" for value, count, mean in selection.groups)
        return f"Compared by {label}: {groups}.{shown}"
    if not found:
        return f"None of the {among} of “{selection.collection.document.title}” is so."
    if (
        amount is None
        and found == 1
        and selection.label
        and not read_field(selection.collection, selection.records[0], selection.label)
    ):
        return f"No {label} is given there."
    if amount is None:
        return f"{found:,} found{names}{f', {most} shown' if found > most else ''}." if found > 1 else ""
    told = format_amount(amount.amount, amount.written)
    match selection.verb:
        case "count":
            every = found == selection.among and not selection.match.named and not wanted.comparisons
            return f"Counted: {among}{names}.{shown}" if every else f"Counted: {found:,} of {among}{names}.{shown}"
        case "values":
            told = f"{found:,} different values of {label} found{f', {most} shown' if found > most else ''}."
            return told if found > 1 else ""
        case "distinct":
            return f"Counted: {found:,} different values of {label}.{shown}"
        case "nth":
            return f"Number {told} of {among}, in the document's order."
        case "sum":
            return f"Computed from {among}: {label} adds up to {told}.{shown}"
        case "mean":
            return f"Computed from {among}: the mean of {label} is {told}.{shown}"
    end = "largest" if selection.sign > 0 else "smallest"
    if amount.unit in ("day", "year"):
        end = "latest" if selection.sign > 0 else "earliest"
        told = format_amount(amount.amount) if amount.unit == "day" else f"{amount.amount:f}"
    if wanted.is_comparison:
        return f"Compared by {label}, the {end} first."
    if wanted.many > 1:
        return f"Computed from {among}: the {found} with the {end} {label}.{shown}"
    tied = f" {found} have it." if found > 1 else ""
    return f"Computed from {among}: the {end} {label} is {told}.{tied}{shown}"


def _tell_mean(count: int, mean: Quantity) -> str:
    """A value of one row; of several their mean."""
    told = format_amount(mean.amount, mean.written)
    return told if count == 1 else f"{told} (the mean of {count:,} rows)"


def _count_things(wanted: Wanted, selection: Selection) -> str:
    """How many were looked at, by the question's own word for them where that is a plural."""
    word = wanted.words[min(selection.match.nouns)] if selection.match.nouns else ""
    thing = _THINGS[selection.collection.kind]
    if word.endswith("s") and selection.among != 1 and word.isalpha():
        return f"{selection.among:,} {word}"
    return format_count(selection.among, thing)


def _quote(whole: Whole, selection: Selection, record: Record) -> QuotedSentence:
    """A record as it is quoted: a row as a whole, a section by its heading, with what shows that it is wanted."""
    collection = selection.collection
    labels = list(
        dict.fromkeys(
            [*(each.label for each in selection.match.named if each.label), *selection.compared, selection.label]
        )
    )
    fields = [field for label in labels if label and (field := read_field(collection, record, label))]
    match collection.kind:
        case "sections" if selection.label and fields:
            lead = f"{collection.read(record.name)}: "
            return whole.quote(fields[-1].quote, record.name, *(field.quote for field in fields[:-1]), lead=lead)
        case "sections":
            return whole.quote(record.name, *(field.quote for field in fields))
        case "columns":
            return whole.quote(fields[-1].quote if fields else record.quote)
        case "rows" if selection.verb in ("values", "distinct") and fields:
            return whole.quote(_with_name(collection, fields[-1]))
    return whole.quote(record.quote)


def _with_name(collection: Collection, field: Field) -> tuple[int, int]:
    """Where a value stands, with the name of its column before it."""
    at = collection.document.text.rfind(field.name, field.quote[0], field.start)
    return (at if at >= 0 else field.start), field.end


def _find_short(wanted: Wanted, whole: Whole, selection: Selection) -> ShortAnswer | None:
    """The value that is asked for, of the only record that is wanted; of one that was sought by its value, its name."""
    record, collection = selection.records[0], selection.collection
    best = read_field(collection, record, selection.label) if selection.label else None
    place = (best.start, best.end) if best and not selection.verb else None
    if best and selection.verb == "most":
        who = find_meant(selection.match, "person")[:1] if "who" in wanted.words else []
        labels = selection.match.labels
        told = labels.get(selection.label, frozenset())
        asked = sorted(
            (label for label in selection.match.asked if labels[label] - told), key=lambda each: min(labels[each])
        )
        named = next((field for label in (*who, *asked) if (field := read_field(collection, record, label))), None)
        naming = find_naming_field(collection)
        is_telling = len({collection.read(field).casefold() for field in collection.column(naming) if field}) > 1
        telling = named or (read_field(collection, record, naming) if is_telling else best)
        place = (telling.start, telling.end) if telling and collection.kind == "rows" else None
        if collection.kind == "columns":
            name = collection.read(record.name)
            at = collection.document.text.rfind(name, best.quote[0], best.start)
            place = (at, at + len(name)) if at >= 0 else None
    if place is None or len(list(whole.cut(place))) != 1:
        return None
    return ShortAnswer(collection.read(place), Span(whole.document.id, *place))
