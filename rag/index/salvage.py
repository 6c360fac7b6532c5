"""Saving what is left of a damaged index: each document from the best place that still has its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.errors import FootnoteError
from rag.index import generations
from rag.index.checks import Opened
from rag.index.document_records import DocumentRecord, make_record, salvage_records
from rag.types import Document, Passage, text_digest

Fate = Literal["kept", "older", "read again", "lost"]

ReadAgain = Callable[[DocumentRecord], tuple[Document, Sequence[Passage]]]
"""Reads a document's source and cuts it into passages, under the same id. Raises FootnoteError where it cannot."""


@dataclass(frozen=True, slots=True)
class DocumentOutcome:
    """What became of one document: kept word for word, kept in an older version, read from its source again, or lost."""

    document: str
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """A document that can be written anew, and what became of it."""

    record: DocumentRecord
    passages: Sequence[Passage]
    outcome: DocumentOutcome


def salvage(
    current: Path, others: Sequence[Path], wanted: dict[str, DocumentRecord], read_again: ReadAgain
) -> Iterator[Saved | DocumentOutcome]:
    """Each wanted document from the best place that still has it: its own words first, a version of them last."""
    places = [(folder, _open(folder), salvage_records(folder)) for folder in (current, *others)]
    for name, record in wanted.items():
        older: Saved | None = None
        saved: Saved | None = None
        for folder, state, records in places:
            own = records.get(name, record if folder == current else None)
            passages = _read_passages(state, own) if own else None
            if own is None or passages is None:
                continue
            if own.digest == record.digest:
                where = "" if folder == current else f"found in generation {folder.name}"
                saved = Saved(record, passages, DocumentOutcome(name, "kept", where))
                break
            older = older or Saved(
                own, passages, DocumentOutcome(name, "older", f"as it was in generation {folder.name}")
            )
        if saved:
            yield saved
            continue
        try:
            document, cut = read_again(record)
            yield Saved(
                make_record(document, len(cut), record.added),
                cut,
                DocumentOutcome(name, "read again", f"from {record.source}"),
            )
        except FootnoteError as error:
            yield older or DocumentOutcome(name, "lost", f"its words are damaged, and {record.source}: {error}")
    known = places[0][1]
    for name in sorted(_find_strangers(known, wanted)):
        yield DocumentOutcome(name, "lost", "where it came from is no longer known; add it with: footnote ingest PATH")


def _read_passages(state: Opened | None, record: DocumentRecord) -> list[Passage] | None:
    """A document's passages, if they are its text to the last character."""
    if state is None:
        return None
    try:
        found = [state.passage(row) for row in state.find_document_rows(record.id)]
    except FootnoteError:
        return None
    found.sort(key=lambda passage: passage.span)
    text = "".join(passage.text for passage in found)
    ends = [0, *(passage.span.end for passage in found)]
    whole = text_digest(text) == record.digest and [passage.span.start for passage in found] == ends[:-1]
    return found if whole else None


def _find_strangers(state: Opened | None, wanted: dict[str, DocumentRecord]) -> set[str]:
    """Documents of which there are passages and no record."""
    found = set()
    if state is not None:
        with suppress(FootnoteError):
            for row in state.read_all():
                with suppress(FootnoteError):
                    found.add(state.passage(row).span.document_id)
    return found - wanted.keys()


def find_wanted(current: Path, others: Sequence[Path]) -> dict[str, DocumentRecord]:
    """The records of the documents that the index should hold.

    Where some of the newest generation's own are lost, those of the one before fill the gap.
    """
    wanted = salvage_records(current)
    if _records_are_complete(current, wanted):
        return wanted
    for other in others:
        for name, record in salvage_records(other).items():
            wanted.setdefault(name, record)
        break
    return wanted


def _records_are_complete(folder: Path, records: dict[str, DocumentRecord]) -> bool:
    """Whether the passages of the records are as many as the index has."""
    state = _open(folder)
    if state is None:
        return not any("documents" in name for name in generations.find_damaged_files(folder)) and bool(records)
    return not _find_strangers(state, records)


def _open(folder: Path) -> Opened | None:
    try:
        return Opened(folder)
    except FootnoteError:
        return None
