"""Versions of one document: the same text of several years. Which is the newest, and which a question means. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from rag.english.identifiers import find_days
from rag.english.terms import find_stems
from rag.english.versions import VersionWish
from rag.english.words import MONTHS
from rag.index.document_records import DocumentRecord

_DATED = re.compile(
    rf"[\s_.-]*(?:\(?\b(?:v(?:ersion)?|rev(?:ision)?|edition|ed|issue)[\s_.-]*\d+(?:\.\d+)*\)?|(?:{'|'.join(MONTHS)})[\s_-]*(?=[12]\d{{3}})|"
    r"\(?(?<!\d)(?:19|20)\d{2}(?:[-_.]\d{2}(?:[-_.]\d{2})?)?(?!\d)\)?|\b(?:final|draft|old|new|latest|current|copy)\b)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_NUMBER = re.compile(r"(?:^|[\s_.-])(?:v|ver|version|rev|revision|edition|issue)[\s_.-]*(\d+(?:\.\d+)*)", re.IGNORECASE)

HEAD = 400
"""Characters of a document's beginning in which its own date is looked for."""


@dataclass(frozen=True, slots=True)
class Version:
    """A document as one of several: when it is from, ``day`` or only ``year`` or only ``number``; and how that was told."""

    id: str
    title: str
    file: str
    year: int
    day: date | None
    number: tuple[int, ...] = ()

    @property
    def age(self) -> tuple[int, int, tuple[int, ...]]:
        """What puts versions into order, the oldest first."""
        return self.year, self.day.toordinal() if self.day else 0, self.number

    def tell(self) -> str:
        """When it is from, in words: "15 June 2024", "2024", "version 2"."""
        if self.day:
            return f"{self.day.day} {self.day:%B %Y}"
        return str(self.year) if self.year else f"version {'.'.join(map(str, self.number))}"


ALIKE = 0.3
"""The share of words in common of two beginnings of which one is a version of the other. Set by hand, on a few made-up ones."""


def group_versions(records: Sequence[DocumentRecord]) -> list[list[DocumentRecord]]:
    """Documents that may be versions of one another: of one title, or one file's name, but for dates and numbers of versions."""
    groups: dict[str, list[DocumentRecord]] = {}
    for record in records:
        groups.setdefault(_bare(record.title), []).append(record)
    alone = [group[0] for group in groups.values() if len(group) == 1]
    by_file: dict[str, list[DocumentRecord]] = {}
    for record in alone:
        by_file.setdefault(_bare(PurePath(record.source).stem), []).append(record)
    return [group for title, group in [*groups.items(), *by_file.items()] if title and len(group) > 1]


def order_versions(group: Sequence[DocumentRecord], heads: Mapping[str, str]) -> list[Version]:
    """The versions of one document, the oldest first; none where they are not alike, or one does not know when each is from.

    Args:
        group: what is known of each.
        heads: the beginning of each one's text, by its id.
    """
    words = [set(find_stems(heads[record.id])) for record in group]
    common, largest = set.intersection(*words), max(map(len, words))
    versions = sorted((_date(record, heads[record.id]) for record in group), key=lambda version: version.age)
    ages = {version.age for version in versions}
    is_known = len(ages) == len(versions) and versions[0].age > (0, 0, ())
    return versions if is_known and len(common) >= ALIKE * largest else []


def choose_version(wish: VersionWish, versions: Sequence[Version]) -> Version | None:
    """The version of a document that a question means; None where it means none of them."""
    if wish.place is not None:
        return versions[wish.place] if -len(versions) <= wish.place < len(versions) else None
    fitting = [
        version
        for version in versions
        if (wish.year and version.year == wish.year) or (wish.number and version.number == wish.number)
    ]
    return fitting[-1] if fitting else None


def _bare(title: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", _DATED.sub(" ", title.casefold())))


def _date(record: DocumentRecord, head: str) -> Version:
    """When a document is from: by what is known of it, else by its file's name or title, else by the first date it tells."""
    stem = PurePath(record.source).stem
    number = _NUMBER.search(f" {stem} ") or _NUMBER.search(f" {record.title} ")
    for words in (record.date, stem.replace("_", "-"), record.title, head[:HEAD]):
        days = find_days(words)
        years = {int(year) for year in _YEAR.findall(words)}
        if len(days) == 1 or (days and words is not head[:HEAD]):
            day = min(days)
            return Version(record.id, record.title, PurePath(record.source).name, day.year, day, _split(number))
        if len(years) == 1:
            (year,) = years
            told = [day for day in find_days(head[:HEAD]) if day.year == year]
            return Version(
                record.id, record.title, PurePath(record.source).name, year, min(told, default=None), _split(number)
            )
    return Version(record.id, record.title, PurePath(record.source).name, 0, None, _split(number))


def _split(number: re.Match[str] | None) -> tuple[int, ...]:
    return tuple(map(int, number[1].split("."))) if number else ()
