"""From one file to a document cut into passages, or to the reason why there is none."""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.blocks import Parsed, ScannedError
from ingest.clean import assemble
from ingest.common_words import find_language
from ingest.language import FOREIGN, check_language, is_spelled, take_sample
from ingest.left_out import check_kept
from ingest.loaders import CONTAINERS, Source, read_bytes, read_source
from ingest.ocr.pages import parse_scanned
from ingest.ocr.tesseract import Tesseract
from ingest.parts import Part
from ingest.places import Fetch, Place, WebAddress, is_address, is_container, source_name
from ingest.report import SourceReport, Status
from ingest.sandbox.confined import Confined
from ingest.split import MAX_TOKENS, split_document
from ingest.telling import TellMetadata, build_teller
from rag.conditions import Metadata
from rag.english.numbers import format_count
from rag.errors import SourceError
from rag.index.document_records import DocumentRecord
from rag.index.embeddings import build_legibility_meter, build_token_counter, embedding_name, token_limit
from rag.types import Document, Passage

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

PAGED = ("pdf",)
"""Kinds of files whose pages can be shown as they are, so that the files are kept."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is ready to be embedded."""

    document: Document
    passages: tuple[Passage, ...]
    report: SourceReport


@dataclass(frozen=True, slots=True)
class Found:
    """A source that was found and not parsed yet: its name, what it is called, its bytes' digest, its kind, and what parses it.

    ``content`` are its bytes, where these are at hand: a part of an archive is read elsewhere.
    """

    name: str
    stem: str
    digest: str
    kind: str
    parse: Callable[[], Parsed]
    content: bytes = field(default=b"", repr=False)


def refuse_fetching(address: str) -> Source:
    """For whoever has no business with the web: nothing is fetched. Raises SourceError."""
    raise SourceError("a web page, which is not fetched here; fetch it anew with: footnote ingest ADDRESS")


class Preparer:
    """Reads one source after another, as far as being ready to be embedded, and knows those that it has seen.

    Args:
        records: of the documents that there are.
        stored: these documents by id, where they are to be kept when their sources are gone.
        reserved: ids that must not be given out.
        embeddings: the model for the passages.
        parsing: reads files within limits.
        rebuild: whether all is read again, changed or not.
        fetch: gets a page of the web.
        pruned: archives and mailboxes by name whose documents go when they are no longer in them.
        ocr: reads scanned pages; None where nothing can.
        room: how many documents archives and mailboxes may bring, all together; None for any number.
        keep_original: given the digest and the bytes of each source whose pages can be shown.
        tell: gives the metadata of a source, given its name and those that are kept of it.
    """

    def __init__(
        self,
        records: Iterable[DocumentRecord],
        stored: Mapping[str, Document],
        reserved: Collection[str],
        embeddings: Embeddings,
        parsing: Confined,
        rebuild: bool,
        *,
        fetch: Fetch = refuse_fetching,
        pruned: Collection[str] = (),
        ocr: Tesseract | None = None,
        room: int | None = None,
        keep_original: Callable[[str, bytes], None] = lambda digest, content: None,
        tell: TellMetadata | None = None,
    ):
        records = list(records)
        self._previous = {record.source: record for record in records}
        self._stored = stored
        self._rebuild = rebuild
        self._taken = {*reserved, *(record.id for record in records)}
        # What a rebuild reads again is not a duplicate of itself.
        self._seen = {} if rebuild else {record.source_digest: record.id for record in records}
        self._model = embedding_name(embeddings)
        self._measure_legibility = build_legibility_meter(embeddings)
        self._knows_one_language = is_spelled(self._measure_legibility(FOREIGN))
        self._parsing = parsing
        self._count_tokens = build_token_counter(embeddings)
        self._max_tokens = min(MAX_TOKENS, token_limit(embeddings))
        self._fetch = fetch
        self._pruned = pruned
        self._ocr = ocr
        self._room = room
        self._keep_original = keep_original
        self._tell = tell or build_teller(None)

    def prepare(self, place: Place) -> Iterator[Prepared | SourceReport]:
        """The documents of a place, cut into passages; or the reports on why there is nothing to be done for them."""
        if isinstance(place, Path) and is_container(place):
            yield from self._prepare_parts(place)
        else:
            yield self._prepare_one(source_name(place), lambda: self._find(place))

    def _find(self, place: Place) -> Found:
        match place:
            case Source():
                source = place
            case WebAddress(url):
                source = self._fetch(url)
            case _:
                source = read_source(place)
        content, kind = source.content, source.kind
        parse = lambda: self._parse(lambda: self._parsing(content, kind))  # noqa: E731
        return Found(source.path, source.stem, source.digest, kind, parse, content)

    def _parse(self, parse: Callable[[], Parsed]) -> Parsed:
        return parse_scanned(parse, self._parsing.paint_page, self._ocr)

    def _prepare_parts(self, path: Path) -> Iterator[Prepared | SourceReport]:
        """The documents in an archive or a mailbox; those that are there no longer are told of, or stay as they were."""
        inside = source_name(path) + os.sep
        known = sorted(name for name in self._previous if name.startswith(inside))
        try:
            parts = self._parsing.open_container(read_bytes(path), CONTAINERS[path.suffix.lower()])
            self._take_room([inside + part.name for part in parts if part.kind])
            if not parts:
                raise SourceError("no documents in it")
        except SourceError as error:
            yield SourceReport(source_name(path), None, "failed", str(error))
            yield from self._keep(known, str(error))
            return
        names = {inside + part.name for part in parts}
        gone = [name for name in known if name not in names]
        if source_name(path) in self._pruned:
            yield from map(self._forget, gone)
        else:
            yield from self._keep(gone, "no longer in the file")
        for number, part in enumerate(parts):
            yield self._prepare_part(inside + part.name, part, number)

    def _keep(self, names: Iterable[str], reason: str) -> Iterator[Prepared | SourceReport]:
        """Documents that cannot be read again; a rebuild takes them over as they were indexed."""
        if self._rebuild:
            for name in names:
                yield self._prepare_one(name, partial(_fail, SourceError(reason)))

    def _prepare_part(self, name: str, part: Part, number: int) -> Prepared | SourceReport:
        if part.is_skipped:
            return SourceReport(name, None, "skipped", part.refused)
        if part.refused:
            return self._prepare_one(name, partial(_fail, SourceError(part.refused)))
        found = Found(
            name, part.stem, part.digest, part.kind or "", lambda: self._parse(lambda: self._parsing.read_part(number))
        )
        return self._prepare_one(name, lambda: found)

    def _take_room(self, names: Iterable[str]) -> None:
        new = sum(name not in self._previous for name in names)
        if self._room is not None and new > self._room:
            raise SourceError(f"{format_count(new, 'document')} in it, and there is room for {self._room:,}; add a few")
        self._room = None if self._room is None else self._room - new

    def _forget(self, name: str) -> SourceReport:
        record = self._previous.pop(name)
        if self._seen.get(record.source_digest) == record.id:
            del self._seen[record.source_digest]
        return SourceReport(name, record.id, "removed", "it is gone from the file")

    def _prepare_one(self, name: str, find: Callable[[], Found]) -> Prepared | SourceReport:
        started = time.perf_counter()
        previous = self._previous.get(name)

        def report(status: Status, document: str | None, reason: str = "", **counts: Any) -> SourceReport:
            return SourceReport(name, document, status, reason, seconds=time.perf_counter() - started, **counts)

        def unchanged(previous: DocumentRecord) -> SourceReport:
            return report(
                "unchanged",
                previous.id,
                passages=previous.passages,
                characters=previous.characters,
                pages=len(previous.page_starts),
            )

        try:
            found = find()
            name, previous = found.name, self._previous.get(found.name, previous)  # a page may lie elsewhere by now
            metadata = self._tell(name, previous.metadata if previous else ())
            is_fresh = self._rebuild or (previous is not None and metadata != previous.metadata)
            if previous and previous.source_digest == found.digest and not is_fresh:
                self._keep_pages(found)  # an older Footnote kept none
                return unchanged(previous)
            same = self._seen.get(found.digest)
            if same and not (previous and same == previous.id):
                return report("skipped", same, f"duplicate of '{same}'")
            parsed = found.parse()
            document = build_document(found, parsed, previous.id if previous else self._new_id(found.stem), metadata)
            if previous and is_address(name) and document.digest == previous.digest and not is_fresh:
                return unchanged(previous)  # pages are made anew for each visit, with the same words
            sample = take_sample(document.text)
            language = find_language(sample) if self._knows_one_language else ""
            doubt = check_language(self._measure_legibility(sample), self._model, language)
            notes = [parsed.note, check_kept(parsed, found.kind), doubt]
            self._keep_pages(found)
        except SourceError as error:
            kept = self._stored.get(previous.id) if previous else None
            if kept is None:
                old = f"; '{previous.id}' stays as it was" if previous and not self._rebuild else ""
                is_photo = isinstance(error, ScannedError) and error.is_picture  # folders are full of these
                return report("skipped" if is_photo else "failed", None, f"{error}{old}")
            parsed, document, notes = Parsed(()), kept, [f"{error}; kept as it was indexed"]
        passages = split_document(document, self._count_tokens, max_tokens=self._max_tokens)
        if not passages:
            return report("failed", None, "no text in it")
        self._seen[document.source_digest] = document.id
        self._taken.add(document.id)
        done = report(
            "replaced" if previous else "added",
            document.id,
            "; ".join(note for note in notes if note),
            passages=len(passages),
            characters=len(document.text),
            pages=len(document.page_starts),
            pages_without_text=parsed.pages_without_text,
        )
        return Prepared(document, passages, replace(done, words=parsed.words, left_out=parsed.left_out))

    def _keep_pages(self, found: Found) -> None:
        if found.kind in PAGED and found.content:
            self._keep_original(found.digest, found.content)

    def _new_id(self, stem: str) -> str:
        return new_document_id(stem, self._taken)


def _fail(error: SourceError) -> Found:
    raise error


def build_document(found: Found, parsed: Parsed, document_id: str, metadata: Metadata = ()) -> Document:
    """Make what a parser found in a source into a document of the given id."""
    cleaned = assemble(parsed, found.stem)
    return Document(
        id=document_id,
        title=cleaned.title,
        author=cleaned.author,
        date=cleaned.date,
        text=cleaned.text,
        source=found.name,
        source_digest=found.digest,
        outline=cleaned.outline,
        page_starts=cleaned.page_starts,
        blocks=cleaned.blocks,
        metadata=metadata,
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
