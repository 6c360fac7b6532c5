"""Questions about one of several versions of a document: only that one is read, and it is said which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.english.identifiers import find_days
from rag.english.sentences import find_sentences
from rag.english.versions import VersionWish, read_version
from rag.index.document_records import DocumentRecord
from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import choose_states
from rag.retrieve.versions import Version, choose_version, group_versions, order_versions
from rag.steps import Exact, QuotedSentence, Understood
from rag.types import Passage, ScoredPassage, Span

MOST_VERSIONS = 50
"""Documents whose beginnings are read to tell whether they are versions of others."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A question about one version: without the words that say so, and the ids of the documents that are other versions.

    ``kept`` is the version that is meant of each document, with a line that says so.
    """

    asked: Understood
    dropped: frozenset[str] = frozenset()
    kept: tuple[tuple[str, str], ...] = ()


def narrow(asked: Understood, indexes: Sequence[PassageIndex]) -> Narrowed | Exact:
    """Which versions of documents a question means; or the answer, where it asks which is the newest.

    Raises:
        DocumentError: a document is in none of the indexes.
        IndexUnavailable: an index cannot be read.
    """
    wish = read_version(asked.standalone)
    if not wish:
        return Narrowed(asked)
    openings: dict[str, Passage] = {}
    families = []
    for group in _group(asked.question.documents, indexes, openings):
        heads = {record.id: openings[record.id].text for record in group}
        if versions := order_versions(group, heads):
            families.append(versions)
    if wish.asks_which:
        return _tell_which(wish, families[0], openings) if len(families) == 1 else Narrowed(asked)
    dropped, kept = set(), []
    for versions in families:
        if version := choose_version(wish, versions):
            dropped |= {other.id for other in versions if other.id != version.id}
            others = ", ".join(other.tell() for other in versions if other.id != version.id)
            kept.append((version.id, f"Taken from the version of {version.tell()} ({version.file}); others: {others}."))
    if not dropped:
        return Narrowed(asked)
    return Narrowed(replace(asked, standalone=wish.rest), frozenset(dropped), tuple(kept))


def note_versions(passages: Sequence[ScoredPassage], indexes: Sequence[PassageIndex]) -> str:
    """That there are several versions of the document in which most was found, where none of them is asked for; else ""."""
    names = list(dict.fromkeys(scored.passage.span.document_id for scored in passages))
    openings: dict[str, Passage] = {}
    for group in _group(names, indexes, openings) if len(names) > 1 else []:
        versions = order_versions(group, {record.id: openings[record.id].text for record in group})
        if set(names[:2]) <= {version.id for version in versions}:  # one alone may have been found by accident
            told = [f"{version.tell()} ({version.file})" for version in versions]
            return f"There are several versions: {', '.join(told)}. Ask for one of them by its year, or for the latest."
    return ""


def _group(
    documents: Sequence[str], indexes: Sequence[PassageIndex], openings: dict[str, Passage]
) -> list[list[DocumentRecord]]:
    """Documents that may be versions of one another; the first passage of each is put among the openings."""
    states = choose_states(indexes, documents)
    holders = {name: state for state, names in states for name in names or state.records}
    groups = []
    for group in group_versions([holders[name].record(name) for name in holders]):
        if len(openings) + len(group) <= MOST_VERSIONS:
            records = [holders[described.id].record(described.id) for described in group]
            openings |= {record.id: holders[record.id].passages(record.id)[0] for record in records}
            groups.append(records)
    return groups


def _tell_which(wish: VersionWish, versions: Sequence[Version], openings: dict[str, Passage]) -> Exact:
    """Which version is the newest or the oldest, with the words of each that tell its date, where there are any."""
    chosen = versions[wish.place or 0]
    end = "newest" if wish.place else "oldest"
    lead = f"By their dates the {end} is “{chosen.title}” of {chosen.tell()} ({chosen.file})."
    quotes = []
    for version in (chosen, *(other for other in reversed(versions) if other is not chosen)):
        home = openings[version.id]
        if place := _find_date(home, version):
            span = Span(version.id, home.span.start + place[0], home.span.start + place[1])
            words = home.text[slice(*place)]
            quotes.append(QuotedSentence(words, ((span, home),), opens=True, lead=f"{version.file}: "))
    if not quotes:
        others = ", ".join(f"{other.tell()} ({other.file})" for other in versions if other is not chosen)
        return Exact(told=f"{lead} The others are of {others}.")
    quotes[0] = replace(quotes[0], lead=f"{lead}\n\n{quotes[0].lead}")
    return Exact(tuple(quotes))


def _find_date(home: Passage, version: Version) -> tuple[int, int] | None:
    """The first sentence of a document's beginning that tells the day, or else the year, of a version."""
    for start, end in find_sentences(home.text):
        words = home.text[start:end]
        if version.day in find_days(words) or (not version.day and re.search(rf"(?<!\d){version.year}(?!\d)", words)):
            return start, end
    return None
