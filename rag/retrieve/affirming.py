"""Yes, no and not: "which rooms have a projector", "which orders are not open". Which records those are. Pure."""

from __future__ import annotations

from rag.english.quantities import NO_VALUE
from rag.english.wanted import Wanted
from rag.english.wanted_words import WORKING
from rag.retrieve.matching import Match, read_field
from rag.retrieve.records import Record

YES = frozenset(("yes", "y", "true", "✓", "✔", "x"))
NO = frozenset(("no", "n", "false", "✗", "✘", "-", "–", "—", ""))
"""Values of a field that tells of each thing whether something is so."""

_HAVING = frozenset("have has having with offer offers include includes allow allows get gets".split())
_ARTICLES = frozenset("a an the any its".split())
_LIGHT = _ARTICLES | _HAVING | WORKING | frozenset("in from on at of yet be been by for".split())
"""What may stand between a negation and what it denies."""


def choose_true(wanted: Wanted, matched: Match) -> list[Record] | None:
    """The records of which it is so, where a question asks which have what a field of yes and no tells; None for any other."""
    if wanted.kind not in ("find", "count") or not (matched.nouns or "who" in wanted.words):
        return None
    for label in matched.asked:
        first = min(matched.labels[label])
        before = [word for word in wanted.words[:first] if word not in _ARTICLES]
        if before and before[-1] in _HAVING and _tells_whether(matched, label):
            return [record for record in matched.collection.records if _read(matched, record, label) in YES]
    return None


def choose_negated(wanted: Wanted, matched: Match) -> list[Record] | None:
    """The records that lack the one value, or the one thing, that a question denies; None where that is not plain.

    What has no value of the field at all is not among them: nobody knows what it is.
    """
    if wanted.kind not in ("find", "count") or "or" in wanted.words or "and" in wanted.words:
        return None
    at = wanted.negated
    if any(at in each.place for each in matched.named):  # the value "no" of a field that is named
        return matched.select()
    following = next((other for other in range(at + 1, len(wanted.words)) if wanted.words[other] not in _LIGHT), -1)
    for each in matched.named:
        if following == min(each.place) and each.label:
            among = [
                record for record in matched.drop(each).select() if _read(matched, record, each.label) not in NO_VALUE
            ]
            denied = set(matched.keep(each).select())
            return [record for record in among if record not in denied]
    for label, places in matched.labels.items():
        if following == min(places) and _tells_whether(matched, label):
            return [record for record in matched.select() if _read(matched, record, label) in NO]
    meant = {label: places for label, places in matched.labels.items() if following in places}
    most = max(map(len, meant.values()), default=0)
    counts = [label for label, places in meant.items() if len(places) == most and _counts(matched, label)]
    if counts and wanted.words[at] != "not":  # "no incidents" in all periods of the table, or in the one that is named
        return [record for record in matched.select() if all(_read(matched, record, label) == "0" for label in counts)]
    return None


def _tells_whether(matched: Match, label: str) -> bool:
    """Whether a field says yes or no of everything."""
    values = {_read(matched, record, label) for record in matched.collection.records}
    return bool(values & YES) and values <= YES | NO


def _counts(matched: Match, label: str) -> bool:
    """Whether a field tells how many there are of something."""
    return all(_read(matched, record, label).isdecimal() for record in matched.collection.records)


def _read(matched: Match, record: Record, label: str) -> str:
    field = read_field(matched.collection, record, label)
    return matched.collection.read(field).strip().casefold() if field else ""
