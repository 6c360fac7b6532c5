"""From files to an index: read, clean, split, embed, write. One command is one new generation, or none."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ingest.clean import clean
from ingest.loaders import Source, find_sources, read_source, source_name
from ingest.split import MAX_CHARACTERS, MAX_TOKENS, embedding_text, split_document
from rag.errors import DocumentError, SourceError, UsageError
from rag.index import DocumentRecord, read_documents
from rag.index_writer import IndexWriter, write_index
from rag.models import TokenCounter, build_token_counter, check_weights, token_limit
from rag.settings import Settings, read_settings
from rag.types import Document, Passage

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

EMBED_BATCH = 64
"""Passages embedded per call: enough for sorting by length to pay, few enough for a lively progress bar."""

READING_RULES = "1"
"""Raised when cleaning changes what it makes of the same bytes; documents are then read again."""

Status = Literal["added", "replaced", "unchanged", "skipped", "failed"]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source; ``reason`` is one line, empty when there is nothing to explain."""

    source: str
    document: str | None
    status: Status
    reason: str = ""
    passages: int = 0
    characters: int = 0
    pages: int = 0
    pages_without_text: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document that is ready to be embedded."""

    document: Document
    passages: tuple[Passage, ...]
    report: SourceReport


@dataclass(frozen=True, slots=True)
class _Library:
    """What the index holds before the run: records, and for a rebuild the documents with their text."""

    records: Mapping[str, DocumentRecord]
    stored: Mapping[str, Document]
    reserved: frozenset[str]
    rebuild: bool


def ingest_paths(
    paths: Iterable[Path | str],
    *,
    directory: Path | str,
    embeddings: Embeddings,
    settings: Settings | None = None,
    on_progress: Progress | None = None,
    on_wait: Callable[[], None] | None = None,
    reserved: Collection[str] = (),
    rebuild: bool = False,
) -> list[SourceReport]:
    """Bring files, and folders of files, into an index. All of it takes effect at the end, at once.

    A file that was indexed before and has not changed is left alone; one that has replaces its old version; one that
    cannot be read is reported and stops nobody, and its old version stays.

    Args:
        paths: files, or folders that are walked.
        directory: the index; made if absent.
        embeddings: the model for the passages.
        on_progress: called with a label, the amount done and the whole amount.
        on_wait: called once when another process is writing the index.
        reserved: document ids that must not be given out, because another index uses them.
        rebuild: start afresh, reading every source that the index knows again, besides ``paths``; a document whose
            source is gone is kept as it was indexed.

    Returns:
        One report a source, in the order in which they were found.

    Raises:
        ModelError: the embedding model's weights are not the right ones.
        IndexUnavailable: the index cannot be written; it is as it was.
    """
    settings = settings or read_settings()
    progress = on_progress or (lambda label, done, total: None)
    check_weights(settings)
    count_tokens = build_token_counter(embeddings)
    max_tokens = min(MAX_TOKENS, token_limit(embeddings))
    sources, skipped = find_sources([Path(path) for path in paths])
    reports = [
        SourceReport(source_name(item.path), None, "failed" if item.named else "skipped", item.reason)
        for item in skipped
    ]
    with write_index(
        directory,
        embeddings,
        splitting=splitting_name(max_tokens),
        timeout=settings.lock_timeout,
        on_wait=on_wait,
        fresh=rebuild,
    ) as writer:
        library = _Library(writer.records, read_documents(directory) if rebuild else {}, frozenset(reserved), rebuild)
        if rebuild:
            sources = list(dict.fromkeys([*(Path(record.source) for record in writer.records.values()), *sources]))
            if not sources:
                raise UsageError(
                    f"nothing is known of what was in '{directory}'; run: footnote ingest --rebuild PATH..."
                )
        prepared: list[_Prepared] = []
        for number, path in enumerate(sources):
            progress("Reading", number, len(sources))
            outcome = _prepare(path, library, prepared, count_tokens, max_tokens)
            if isinstance(outcome, _Prepared):
                prepared.append(outcome)
            else:
                reports.append(outcome)
        progress("Reading", len(sources), len(sources))
        reports += _embed_and_add(prepared, writer, embeddings, progress)
    order = {source_name(path): number for number, path in enumerate(sources)}
    return sorted(reports, key=lambda report: order.get(report.source, len(order)))


def remove_document(
    document_id: str, *, directory: Path | str, embeddings: Embeddings, settings: Settings | None = None
) -> None:
    """Take one document out of an index. Raises DocumentError for an unknown one."""
    settings = settings or read_settings()
    splitting = splitting_name(min(MAX_TOKENS, token_limit(embeddings)))
    with write_index(directory, embeddings, splitting=splitting, timeout=settings.lock_timeout) as writer:
        if writer.is_new:
            raise DocumentError(f"no document '{document_id}': there is no index at '{directory}'")
        writer.remove(document_id)


def splitting_name(max_tokens: int) -> str:
    """How documents are cut, as an index remembers it."""
    return f"sentences-{MAX_CHARACTERS}-characters-{max_tokens}-tokens-rules-{READING_RULES}"


def _prepare(
    path: Path, library: _Library, prepared: Sequence[_Prepared], count_tokens: TokenCounter, max_tokens: int
) -> _Prepared | SourceReport:
    started = time.perf_counter()
    absolute = source_name(path)
    previous = next((record for record in library.records.values() if record.source == absolute), None)

    def report(status: Status, document: str | None, reason: str = "", **counts: int) -> SourceReport:
        return SourceReport(absolute, document, status, reason, seconds=time.perf_counter() - started, **counts)

    reason = ""
    try:
        source = read_source(path)
    except SourceError as error:
        kept = library.stored.get(previous.id) if previous else None
        if kept is None:
            return report("failed", None, str(error))
        document, reason = kept, f"{error}; kept as it was indexed"
    else:
        if previous and previous.source_digest == source.digest and not library.rebuild:
            return report("unchanged", previous.id, passages=previous.passages, characters=previous.characters)
        seen = {item.document.source_digest: item.document.id for item in prepared}
        if not library.rebuild:
            seen |= {record.source_digest: record.id for record in library.records.values() if record is not previous}
        if source.digest in seen:
            return report("skipped", seen[source.digest], f"duplicate of '{seen[source.digest]}'")
        taken = {*library.records, *library.reserved, *(item.document.id for item in prepared)}
        document = build_document(source, previous.id if previous else new_document_id(path.stem, taken))
    passages = split_document(document, count_tokens, max_tokens=max_tokens)
    if not passages:
        return report("failed", None, "no text in it")
    status: Status = "replaced" if previous else "added"
    done = report(status, document.id, reason, passages=len(passages), characters=len(document.text))
    return _Prepared(document, passages, done)


def build_document(source: Source, document_id: str) -> Document:
    """Clean a source into a document of the given id."""
    cleaned = clean(source.raw, source.kind, Path(source.path).stem)
    return Document(
        id=document_id,
        title=cleaned.title,
        author=cleaned.author,
        date=cleaned.date,
        text=cleaned.text,
        source=source.path,
        source_digest=source.digest,
        outline=cleaned.outline,
    )


def new_document_id(stem: str, taken: Collection[str]) -> str:
    """A readable id made of a file's stem: lower-case words joined by hyphens, with -2, -3, ... on a clash."""
    plain = unicodedata.normalize("NFKC", stem).casefold()
    slug = re.sub(r"[\W_]+", "-", plain).strip("-")[:80].strip("-") or "document"
    name, number = slug, 1
    while name in taken:
        number += 1
        name = f"{slug}-{number}"
    return name


def _embed_and_add(
    prepared: Sequence[_Prepared], writer: IndexWriter, embeddings: Embeddings, progress: Progress
) -> list[SourceReport]:
    """Embed all passages in batches of like length, then put their documents into the index."""
    passages = [passage for item in prepared for passage in item.passages]
    texts = [embedding_text(passage) for passage in passages]
    order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
    vectors: list[Sequence[float]] = [()] * len(texts)
    started = time.perf_counter()
    for at in range(0, len(order), EMBED_BATCH):
        progress("Embedding", at, len(order))
        rows = order[at : at + EMBED_BATCH]
        for row, vector in zip(rows, embeddings.embed_documents([texts[row] for row in rows]), strict=True):
            vectors[row] = vector
    if order:
        progress("Embedding", len(order), len(order))
    seconds = (time.perf_counter() - started) / max(1, len(passages))
    reports, at = [], 0
    for item in prepared:
        count = len(item.passages)
        writer.add(_record(item), item.passages, vectors[at : at + count])
        at += count
        reports.append(replace(item.report, seconds=item.report.seconds + seconds * count))
    return reports


def _record(item: _Prepared) -> DocumentRecord:
    document = item.document
    return DocumentRecord(
        id=document.id,
        title=document.title,
        author=document.author,
        date=document.date,
        source=document.source,
        source_digest=document.source_digest,
        digest=document.digest,
        passages=len(item.passages),
        characters=len(document.text),
        outline=document.outline,
        page_starts=document.page_starts,
    )
