"""Which of several things alike a question wants, how many, the largest of them, or what they come to. Pure.

A question is answered here only where each of its words is accounted for, and where its field holds numbers of one unit, or
days, in every record that has one: what could be read in two ways is left to those who read sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from rag.english.quantities import Quantity
from rag.english.wanted import Wanted, read_nth
from rag.english.wanted_words import OWN_FIELD
from rag.retrieve.affirming import choose_negated, choose_true
from rag.retrieve.asked_fields import choose_by_letters, find_guessed, find_people, order_asked
from rag.retrieve.comparing import choose_compared, find_held, find_unit_words, first_of, tells_when
from rag.retrieve.grouping import COMPARING, compare_groups, find_nth
from rag.retrieve.matching import (
    Match,
    find_by_concept,
    is_code,
    is_named_whole,
    match,
    read_field,
    read_years_as_names,
)
from rag.retrieve.partial_names import name_by_part
from rag.retrieve.ranges import name_by_range
from rag.retrieve.records import Collection, Record
from rag.retrieve.rivals import holds, is_main
from rag.retrieve.selection import Selection, compute_mean, find_columns, read_number

KINDS = ("rows", "columns", "sections", "items", "paragraphs")
"""Where two kinds account for a question alike, the first is taken."""


def select(wanted: Wanted, collections: Sequence[Collection]) -> Selection | None:
    """What a question wants, of the one collection that accounts for all of its words; None where none does, or several do."""
    nth = read_nth(wanted)
    return _select_best(wanted, collections) or (_select_best(nth, collections) if nth else None)


def _select_best(wanted: Wanted, collections: Sequence[Collection]) -> Selection | None:
    found: list[tuple[tuple[int, ...], Selection]] = []
    for collection in collections:
        read = read_years_as_names(wanted, collection.labels)
        matched = match(read, collection)
        if matched and matched.unexplained and not wanted.has_codes:
            matched = name_by_range(read, matched)
            matched = name_by_part(read, matched) if wanted.kind == "find" else _name_counted(read, matched)
        if matched and (selection := _select(read, matched)):
            heads = {at for at in matched.nouns if collection.kind != "items" or read.stems[at] in collection.head}
            rank = (
                len(matched.named),
                len(matched.nouns),
                len(matched.labels),
                len(heads),
                -KINDS.index(collection.kind),
            )
            found.append((rank, selection))
    if not found:
        return None
    best = max(rank for rank, _ in found)
    tied = [selection for rank, selection in found if rank == best]
    first, *others = sorted(
        (each for each in tied if not any(holds(each.collection, other.collection) for other in tied)),
        key=lambda each: -len(each.collection.records),
    )
    if others and first.collection.kind == "rows" and wanted.is_list and is_main(first, others):
        return replace(first, is_guess=True)
    return None if others else first


def _name_counted(wanted: Wanted, matched: Match) -> Match:
    """The row that a number is asked of, named by some of its words: "how many incidents did Delta have"."""
    named = name_by_part(wanted, matched) if wanted.kind == "count" and matched.asked else matched
    return named if len(named.select()) == 1 else matched


def _select(wanted: Wanted, matched: Match) -> Selection | None:
    comparable = find_columns(matched)
    records = matched.select()
    if wanted.negated >= 0:
        kept = choose_negated(wanted, matched)
        if kept is None:
            return None
        records = kept
    affirmed = choose_true(wanted, matched) if wanted.negated < 0 else None
    if affirmed is not None:
        records = [record for record in records if record in set(affirmed)]
    fields = {each.label for each in matched.named}
    if ("or" in wanted.words or wanted.is_comparison) and len(fields) > 1:
        return None
    unexplained, compared = set(matched.unexplained), []
    kinds = [isinstance(comparison.low or comparison.high, date) for comparison in wanted.comparisons]
    if len(set(kinds)) < len(kinds):
        return None  # which of two fields each is about is not plain
    for comparison in wanted.comparisons:
        if not (label := choose_compared(wanted, matched, comparison, comparable)):
            return None
        compared.append(label)
        unexplained -= find_unit_words(wanted, comparable[label])
        held = find_held(matched, label, comparable[label], comparison, wanted)
        if held is None:
            return None
        holding = set(held)
        records = [record for record in records if record in holding]
    if wanted.affix:
        kept, named_by = choose_by_letters(wanted, matched, records)
        if not kept and not wanted.affix.is_plain:
            return None
        records, unexplained = kept, unexplained - named_by
    guessed = find_guessed(wanted, matched, unexplained)
    if unexplained - guessed:
        return None
    is_restricted = bool(
        matched.named or wanted.comparisons or affirmed is not None or wanted.negated >= 0 or wanted.affix
    )
    asked = [label for label in matched.asked if label not in compared]
    chosen = Selection(
        matched, tuple(records), len(matched.collection.records), compared=tuple(compared), is_guess=bool(guessed)
    )
    match wanted.kind:
        case "count":
            return _count(wanted, chosen, asked, comparable)
        case "most":
            return _find_most(wanted, chosen, comparable)
        case "sum" | "mean":
            return _add(wanted, chosen, asked, comparable)
        case "nth":
            return find_nth(wanted, chosen, asked)
    if set(wanted.words) & COMPARING and (compared_groups := compare_groups(chosen, asked, comparable)):
        return compared_groups
    return _find(wanted, chosen, asked, is_restricted=is_restricted)


def _find(wanted: Wanted, chosen: Selection, asked: Sequence[str], *, is_restricted: bool) -> Selection | None:
    matched = chosen.match
    wants_all = wanted.is_list and bool(matched.nouns or asked)
    if chosen.collection.kind == "items" and not is_restricted and _asks_for_items(wanted, matched):
        return chosen
    if not is_restricted and not wants_all:
        return None
    if not is_restricted and asked and not matched.nouns:
        return _tell_values(chosen, asked[0])
    given = {each.label for each in matched.named}
    label = next((label for label in order_asked(wanted, matched, asked) if label not in given), "")
    if matched.collection.kind == "columns" and is_restricted and not label:
        return None
    if not (label or matched.nouns or wanted.is_list or wanted.affix or len(chosen.records) == 1):
        return None
    if matched.collection.kind == "sections" and is_restricted and not (label or any(given) or wanted.comparisons):
        return None  # what a section says is for those to find who read it
    if matched.collection.kind in ("items", "paragraphs") and is_restricted:
        return None  # that one is named says nothing of it
    return replace(chosen, label=label) if chosen.records or wanted.is_list or matched.nouns else None


def _asks_for_items(wanted: Wanted, matched: Match) -> bool:
    """Whether a question names a list by its heading and by one above that: "what to bring" of "Malta"."""
    own = {at for at in matched.nouns if wanted.stems[at] in matched.collection.own}
    return bool(own) and bool(matched.nouns - own) and wanted.words[0] in ("what", "which", "who")


def _count(
    wanted: Wanted, chosen: Selection, asked: Sequence[str], comparable: dict[str, list[Quantity | None]]
) -> Selection | None:
    matched = chosen.match
    subject = min(matched.nouns, default=len(wanted.words))
    label = min(asked, key=lambda label: min(matched.labels[label]), default="")
    label = label if label and min(matched.labels[label]) <= subject else ""
    if label and label in comparable and not (matched.nouns and min(matched.nouns) <= min(matched.labels[label])):
        if "total" in wanted.words or "altogether" in wanted.words:
            return _add(replace(wanted, kind="sum"), chosen, [label], comparable)
        return replace(chosen, label=label) if len(chosen.records) == 1 and matched.named else None
    capacities = find_by_concept([*comparable], "capacity")
    if "people" in wanted.words and not find_people(matched):
        if label or len(chosen.records) != 1 or not matched.named or len(capacities) != 1:
            return None  # how many things there are is no answer
        return replace(chosen, label=capacities[0])
    if label and not matched.nouns:
        return _tell_values(chosen, label, verb="distinct")
    if (
        not matched.nouns
        and "who" not in wanted.words
        and not set(wanted.words) & {"rows", "entries", "records", "items", "people", "times"}
        and not (matched.named and {"are", "were", "is"} & set(wanted.words))
    ):
        return None
    if [
        other
        for other in asked
        if other != label and other in comparable and not wanted.comparisons and other != matched.collection.key
    ]:
        return None  # "how many parts are in stock": a field is named, and nothing of it
    return replace(chosen, verb="count", amount=Quantity(Decimal(len(chosen.records))))


def _tell_values(chosen: Selection, label: str, verb: str = "") -> Selection:
    """The first record of each different value of a field."""
    told: dict[str, Record] = {}
    for record in chosen.records:
        if field := read_field(chosen.collection, record, label):
            told.setdefault(chosen.collection.read(field).casefold(), record)
    return replace(
        chosen, records=tuple(told.values()), label=label, verb=verb or "values", amount=Quantity(Decimal(len(told)))
    )


def _find_most(wanted: Wanted, chosen: Selection, comparable: dict[str, list[Quantity | None]]) -> Selection | None:
    matched, sign = chosen.match, wanted.sign
    label = _choose_label(wanted, matched, comparable)
    if not label and wanted.concept == "age":
        label, sign = _choose_label(replace(wanted, concept="date"), matched, comparable), -sign
    elif label and wanted.concept == "age" and tells_when(label, comparable[label]):
        sign = -sign  # what is from the first year is the oldest
    if not label or (wanted.concept == "date" and not tells_when(label, comparable[label])):
        return None
    amounts = dict(zip(matched.collection.records, comparable[label], strict=True))
    told = [(amounts[record], record) for record in chosen.records if amounts[record] is not None]
    if len(told) < 2 or wanted.many >= len(told):
        return None
    order = sorted(told, key=lambda pair: _key(pair[0]), reverse=sign > 0)
    last = order[wanted.many - 1][0]
    records = [record for quantity, record in order if not _is_beyond(_key(quantity), _key(last), sign)]
    if wanted.is_comparison:
        records = [record for _, record in order]
    first = order[0][0]
    if first and not first.unit and tells_when(label, comparable[label]):
        first = replace(first, unit="year")
    return replace(chosen, records=tuple(records), among=len(told), label=label, amount=first, verb="most", sign=sign)


def _add(
    wanted: Wanted, chosen: Selection, asked: Sequence[str], comparable: dict[str, list[Quantity | None]]
) -> Selection | None:
    numbers = [
        label for label in comparable if not isinstance(first_of(comparable[label]).amount, date) and not is_code(label)
    ]
    named = [label for label in asked if label in numbers]
    if not named:
        named = [label for concept in wanted.concepts for label in find_by_concept(numbers, concept)]
    if len(named) > 1:  # "insurance premium" is of two fields with "insurance" the one with "premium" too
        most = max(len(chosen.match.labels.get(label, ())) for label in named)
        named = [label for label in named if len(chosen.match.labels.get(label, ())) == most]
    if len(named) != 1 or [
        label for label in asked if label not in named and label not in numbers and not chosen.match.nouns
    ]:
        return None
    label = named[0]
    amounts = dict(zip(chosen.collection.records, comparable[label], strict=True))
    told = [each for record in chosen.records if (each := amounts[record]) is not None]
    if not told or (told[0].unit == "%" and wanted.kind == "sum"):
        return None
    total = sum((read_number(each.amount) for each in told), Decimal())
    if wanted.kind == "mean":
        total = compute_mean([read_number(each.amount) for each in told])
    amount = Quantity(total, told[0].unit, told[0].written)
    return replace(chosen, among=len(told), label=label, amount=amount, verb=wanted.kind)


def _choose_label(wanted: Wanted, matched: Match, comparable: dict[str, list[Quantity | None]]) -> str:
    """The field that a superlative is about: the one named right after it, else the only one that is named, else what it means."""
    given = {each.label for each in matched.named}
    named = [label for label in matched.labels if label in comparable and label not in given]
    right = [label for label in named if min(matched.labels[label]) == wanted.after + 1]
    meant = [wanted.concept] if wanted.concept else sorted(wanted.concepts & OWN_FIELD)
    by_concept = [label for concept in meant for label in find_by_concept([*comparable], concept)]
    for labels in (right, named, [] if named else by_concept):
        wholes = [label for label in labels if is_named_whole(wanted, matched, label)]
        if len(labels) == 1 or len(wholes) == 1:
            return (wholes or labels)[0]
    if not named and wanted.concept == "date":
        days = [label for label, column in comparable.items() if isinstance(first_of(column).amount, date)]
        return days[0] if len(days) == 1 else ""
    return ""


def _key(quantity: Quantity | None) -> Decimal:
    assert quantity is not None
    amount = quantity.amount
    return Decimal(amount.toordinal()) if isinstance(amount, date) else amount


def _is_beyond(amount: Decimal, last: Decimal, sign: int) -> bool:
    """Whether an amount comes after the last one wanted."""
    return amount < last if sign > 0 else amount > last
