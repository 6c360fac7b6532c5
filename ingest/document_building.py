"""From one file to a document cut into passages, or to the reason why there is none."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.blocks import Parsed
from ingest.clean import assemble
from ingest.common_words import find_language
from ingest.language import FOREIGN, check_language, is_spelled, take_sample
from ingest.left_out import check_kept
from ingest.loaders import Source, read_source, source_name
from ingest.report import SourceReport, Status
from ingest.sandbox.confined import ParseOne
from ingest.split import MAX_TOKENS, split_document
from rag.errors import SourceError
from rag.index.document_records import DocumentRecord
from rag.index.embeddings import build_legibility_meter, build_token_counter, embedding_name, token_limit
from rag.types import Document, Passage

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is ready to be embedded."""

    document: Document
    passages: tuple[Passage, ...]
    report: SourceReport


class Preparer:
    """Reads one source after another, as far as being ready to be embedded, and knows those that it has seen."""

    def __init__(
        self,
        records: Iterable[DocumentRecord],
        stored: Mapping[str, Document],
        reserved: Collection[str],
        embeddings: Embeddings,
        parse_one: ParseOne,
        rebuild: bool,
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
        self._parse_one = parse_one
        self._count_tokens = build_token_counter(embeddings)
        self._max_tokens = min(MAX_TOKENS, token_limit(embeddings))

    def prepare(self, path: Path) -> Prepared | SourceReport:
        """The document of a source, cut into passages; or the report on why there is nothing to be done for it."""
        started = time.perf_counter()
        name = source_name(path)
        previous = self._previous.get(name)

        def report(status: Status, document: str | None, reason: str = "", **counts: Any) -> SourceReport:
            return SourceReport(name, document, status, reason, seconds=time.perf_counter() - started, **counts)

        try:
            source = read_source(path)
            if previous and previous.source_digest == source.digest and not self._rebuild:
                pages = len(previous.page_starts)
                return report(
                    "unchanged",
                    previous.id,
                    passages=previous.passages,
                    characters=previous.characters,
                    pages=pages,
                )
            same = self._seen.get(source.digest)
            if same and not (previous and same == previous.id):
                return report("skipped", same, f"duplicate of '{same}'")
            parsed = self._parse_one(source.content, source.kind)
            document = build_document(source, parsed, previous.id if previous else self._new_id(path.stem))
            sample = take_sample(document.text)
            language = find_language(sample) if self._knows_one_language else ""
            doubt = check_language(self._measure_legibility(sample), self._model, language)
            notes = [parsed.note, check_kept(parsed, source.kind), doubt]
        except SourceError as error:
            kept = self._stored.get(previous.id) if previous else None
            if kept is None:
                old = f"; '{previous.id}' stays as it was" if previous and not self._rebuild else ""
                return report("failed", None, f"{error}{old}")
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

    def _new_id(self, stem: str) -> str:
        return new_document_id(stem, self._taken)


def build_document(source: Source, parsed: Parsed, document_id: str) -> Document:
    """Make what a parser found in a source into a document of the given id."""
    cleaned = assemble(parsed, Path(source.path).stem)
    return Document(
        id=document_id,
        title=cleaned.title,
        author=cleaned.author,
        date=cleaned.date,
        text=cleaned.text,
        source=source.path,
        source_digest=source.digest,
        outline=cleaned.outline,
        page_starts=cleaned.page_starts,
        blocks=cleaned.blocks,
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
