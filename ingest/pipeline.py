"""From files to an index: read, clean, split, embed, write. One command is one new generation, or none."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.document_building import Prepared, Preparer
from ingest.embedding import Progress, embed_and_add
from ingest.loaders import Source, absolute_name, find_sources
from ingest.ocr.tesseract import find_tesseract
from ingest.places import Fetch, Place, WebAddress, find_place, is_address, is_container, source_name
from ingest.pruning import find_folders, is_gone
from ingest.reading_rules import splitting_name as name_rules
from ingest.report import SourceReport
from ingest.sandbox.confined import parsing
from ingest.split import MAX_CHARACTERS, MAX_TOKENS
from ingest.telling import Told, build_teller
from rag.errors import DocumentError, UsageError
from rag.index.embeddings import check_weights, token_limit
from rag.index.passage_index import read_documents
from rag.index.writer import write_index
from rag.settings import ChromaServer, Settings, read_settings

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


HELD = 20_000
"""Passages that are held in memory, at least, before they are embedded and written: batches of like length want many."""

_log = logging.getLogger(__name__)


def ingest_paths(
    paths: Path | str | Source | Iterable[Path | str | Source],
    *,
    directory: Path | str | ChromaServer,
    embeddings: Embeddings,
    settings: Settings | None = None,
    on_progress: Progress | None = None,
    on_wait: Callable[[], None] | None = None,
    reserved: Collection[str] = (),
    rebuild: bool = False,
    prune: bool = False,
    fetch: Fetch | None = None,
    room: int | None = None,
    metadata: Told | None = None,
) -> list[SourceReport]:
    """Bring files, folders of files, and web pages into an index. All of it takes effect at the end, at once.

    A file or page that was indexed before and has not changed is left alone; one that has replaces its old version; one that
    cannot be read is reported and stops nobody, and its old version stays.

    Args:
        paths: files, folders that are walked, web addresses, or sources that were read already; one, or many.
        directory: the index, a folder or a place on a Chroma server; made if absent.
        embeddings: the model for the passages.
        on_progress: called with a label, the amount done and the whole amount.
        on_wait: called once when another process is writing the index.
        reserved: document ids that must not be given out, because another index uses them.
        rebuild: start afresh, reading every source that the index knows again, besides ``paths``; a document whose
            source is gone is kept as it was indexed.
        prune: take out the documents whose sources are gone from the folders among ``paths``, and from the archives and
            mailboxes that are read.
        fetch: gets web pages, in place of what the settings allow.
        room: how many new documents archives and mailboxes may bring, all together; None for any number.
        metadata: values by name for every source, ``{"kind": "memo", "year": 2024}``, or a function from a source's name to
            its own. They are added to those that are kept, None takes a name out; a source is read again where that changes them.

    Returns:
        One report a source, in the order in which they were found.

    Raises:
        UsageError: what is named is no place, or everything that there is: the root, or the home folder; or there is no
            folder to prune, or one without any file that can be read, which may not be the folder that is meant; or the
            metadata cannot be kept.
        ModelError: the embedding model's weights are not the right ones.
        IndexUnavailable: the index cannot be written; it is as it was.
    """
    named, tell = _read_paths(paths), build_teller(metadata)
    reserved = (reserved,) if isinstance(reserved, str) else reserved
    settings = settings or read_settings()
    progress = on_progress or (lambda label, done, total: None)
    fetch = fetch or build_fetch(settings)
    check_weights(settings)
    files, skipped = find_sources([place for place in named if isinstance(place, Path)])
    sources: list[Place] = [*files, *dict.fromkeys(place for place in named if not isinstance(place, Path))]
    reports = [
        SourceReport(absolute_name(item.path), None, "failed" if item.named else "skipped", item.reason)
        for item in skipped
    ]
    folders = find_folders(named, sources) if prune else []
    pruned = {source_name(place) for place in sources if prune and is_container(place)}
    with write_index(
        directory,
        embeddings,
        splitting=splitting_name(min(MAX_TOKENS, token_limit(embeddings))),
        timeout=settings.lock_timeout,
        on_wait=on_wait,
        fresh=rebuild,
    ) as writer:
        gone = {record.id: record for record in writer.records.values() if is_gone(record.source, folders)}
        for record in gone.values():  # before the others are read: a file that was moved is no duplicate of itself
            if not rebuild:  # else nothing is there yet
                writer.remove(record.id)
            reports.append(SourceReport(record.source, record.id, "removed", "its file is gone from the folder"))
        known = [record for record in writer.records.values() if record.id not in gone]
        if rebuild:
            sources = list(dict.fromkeys([*(find_place(record.source) for record in known), *sources]))
            if not sources:
                raise UsageError(
                    f"nothing is known of what was in '{directory}'; run: footnote ingest --rebuild PATH..."
                )
        stored = read_documents(directory) if rebuild else {}
        stored_at = None if rebuild else directory
        order: dict[str, int] = {}
        prepared: list[Prepared] = []
        held = 0
        with parsing() as confined:
            preparer = Preparer(
                known,
                stored,
                reserved,
                embeddings,
                confined,
                rebuild,
                fetch=fetch,
                pruned=pruned,
                ocr=find_tesseract(settings.ocr_languages, settings.ocr_seconds),
                room=room,
                keep_original=writer.keep_original,
                tell=tell,
            )
            for number, place in enumerate(sources):
                progress("Reading", number, len(sources))
                for outcome in preparer.prepare(place):
                    report = outcome.report if isinstance(outcome, Prepared) else outcome
                    order.setdefault(report.source, number)
                    if isinstance(outcome, Prepared):
                        prepared.append(outcome)
                        held += len(outcome.passages)
                        if held >= HELD:
                            reports += embed_and_add(prepared, writer, embeddings, progress, stored_at)
                            prepared, held = [], 0
                        continue
                    reports.append(outcome)
                    if outcome.status == "removed" and outcome.document and not rebuild:
                        writer.remove(outcome.document)
            progress("Reading", len(sources), len(sources))
        reports += embed_and_add(prepared, writer, embeddings, progress, stored_at)
    _log.info("%d sources are read into '%s': %s", len(reports), directory, Counter(each.status for each in reports))
    return sorted(reports, key=lambda report: order.get(report.source, len(sources)))


def build_fetch(settings: Settings) -> Fetch:
    """What gets web pages as the settings allow. Raises UsageError where these cannot be read."""
    from ingest.web.fetch import fetch_page
    from ingest.web.rules import read_rules

    rules = read_rules(settings.web_hosts)
    return lambda address: fetch_page(address, rules)


def remove_document(
    document_id: str, *, directory: Path | str | ChromaServer, embeddings: Embeddings, settings: Settings | None = None
) -> None:
    """Take one document out of an index. Raises DocumentError for an unknown one, UsageError for what is no id."""
    if not isinstance(document_id, str):
        raise UsageError(f"a document's id is a text, not {type(document_id).__name__}; remove them one by one")
    settings = settings or read_settings()
    splitting = splitting_name(min(MAX_TOKENS, token_limit(embeddings)))
    with write_index(directory, embeddings, splitting=splitting, timeout=settings.lock_timeout) as writer:
        if writer.is_new:
            raise DocumentError(f"no document '{document_id}': there is no index at '{directory}'")
        writer.remove(document_id)


def _read_paths(paths: Path | str | Source | Iterable[Path | str | Source]) -> list[Place]:
    """One place or many as a list. A text alone is one: letter by letter it would name the folder "/"."""
    if isinstance(paths, str | os.PathLike | Source):
        paths = [paths]
    if not isinstance(paths, Iterable):
        raise UsageError(f"paths are texts or Paths, one or many, not {type(paths).__name__}")
    named = list(paths)
    for path in named:
        if not isinstance(path, str | os.PathLike | Source):
            raise UsageError(f"a path is a text or a Path, not {type(path).__name__}")
        if not str(path):
            raise UsageError("a path is empty; name a file or a folder")
    return [_read_path(path) for path in named]


def _read_path(path: Path | str | Source) -> Place:
    if isinstance(path, Source):
        return path
    return WebAddress(path) if isinstance(path, str) and is_address(path) else Path(path)


def splitting_name(max_tokens: int) -> str:
    """How documents are cut, as an index remembers it."""
    return name_rules(MAX_CHARACTERS, max_tokens)
