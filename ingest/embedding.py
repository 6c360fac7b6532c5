"""Passages become vectors, in batches of like length, and go into the index; those that it has already are not embedded again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.document_building import Prepared
from ingest.report import SourceReport
from ingest.split import embedding_texts
from rag.errors import FootnoteError
from rag.index.document_records import DocumentRecord, make_record
from rag.index.embeddings import build_token_counter, embed_many
from rag.index.passage_index import open_reader
from rag.index.writer import IndexWriter
from rag.settings import ChromaServer

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

    from rag.types import Document

    Vector = NDArray[np.float32]

EMBED_BATCH = 64
"""Passages embedded per call: enough for sorting by length to pay, few enough for a lively progress bar."""

WORTHWHILE = 100
"""Passages of a document from which on its old vectors are looked for: opening an index takes as long as embedding about so many."""

_log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""


def embed_and_add(
    prepared: Sequence[Prepared],
    writer: IndexWriter,
    embeddings: Embeddings,
    progress: Progress,
    stored_at: Path | str | ChromaServer | None = None,
) -> list[SourceReport]:
    """Embed all passages in batches of like length, then put their documents into the index.

    Args:
        prepared: documents that are ready to be embedded.
        writer: the index.
        embeddings: the model for the passages.
        progress: called with a label, the amount done and the whole amount.
        stored_at: where the index is, from which the vectors of unchanged passages are taken; None to embed all.
    """
    import numpy as np

    known = dict(writer.records)
    passages = [passage for item in prepared for passage in item.passages]
    count_tokens = build_token_counter(embeddings)
    texts = embedding_texts(passages, count_tokens)
    replaced = [item.document.id for item in prepared if is_worthwhile(item, known)]
    stored = find_stored_vectors(stored_at, replaced, texts, count_tokens) if stored_at and replaced else {}
    vectors: list[Vector | None] = [stored.get(text) for text in texts]
    order = sorted((row for row, vector in enumerate(vectors) if vector is None), key=lambda row: -len(texts[row]))
    started = time.perf_counter()
    for at in range(0, len(order), EMBED_BATCH):
        progress("Embedding", at, len(order))
        rows = order[at : at + EMBED_BATCH]
        for row, vector in zip(rows, embed_many(embeddings, [texts[row] for row in rows]), strict=True):
            vectors[row] = np.asarray(vector, dtype=np.float32)  # a list of floats takes eight times the memory
    if order:
        progress("Embedding", len(order), len(order))
    if stored:
        _log.info("%d of %d passages are embedded; the others are as they were", len(order), len(texts))
    seconds = (time.perf_counter() - started) / max(1, len(passages))
    made: list[Any] = vectors
    reports, at = [], 0
    for item in prepared:
        count = len(item.passages)
        record = make_record(item.document, count, _find_day(item.document, known))
        writer.add(record, item.passages, made[at : at + count])
        at += count
        reports.append(replace(item.report, seconds=item.report.seconds + seconds * count))
    return reports


def is_worthwhile(item: Prepared, known: Mapping[str, DocumentRecord]) -> bool:
    """Whether a document takes the place of one, and both are long enough for looking which passages they share."""
    before = known.get(item.document.id)
    return before is not None and min(before.passages, len(item.passages)) >= WORTHWHILE


def find_stored_vectors(
    location: Path | str | ChromaServer,
    documents: Sequence[str],
    texts: Sequence[str],
    count_tokens: Callable[[Sequence[str]], list[int]],
) -> dict[str, Vector]:
    """The vectors that an index has, by what was embedded; none of an index that cannot be read.

    Args:
        location: where the index is.
        documents: the ids of the documents whose passages are looked at.
        texts: what is wanted.
        count_tokens: cuts titles and headings as they were cut.
    """
    import numpy as np

    wanted = set(texts)
    found: dict[str, Vector] = {}
    with suppress(FootnoteError):
        state = open_reader(location).current()
        for name in documents:
            rows = state.find_document_rows(name, vectors=True)
            embedded = embedding_texts([state.passage(row) for row in rows], count_tokens)
            found |= {
                text: np.asarray(row.vector, dtype=np.float32)
                for text, row in zip(embedded, rows, strict=True)
                if text in wanted and row.vector is not None
            }
    return found


def _find_day(document: Document, known: Mapping[str, DocumentRecord]) -> str:
    """The day on which a document was added: today, but for one that is only indexed anew."""
    before = known.get(document.id)
    is_same = before is not None and before.source_digest == document.source_digest
    return before.added if is_same and before else date.today().isoformat()
