"""Mending a damaged index: what is left of it is used, and the sources are read again where that is not enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.document_building import Prepared, Preparer
from ingest.ocr.tesseract import Tesseract, find_tesseract
from ingest.pipeline import splitting_name
from ingest.places import find_place
from ingest.report import SourceReport
from ingest.sandbox.confined import parsing
from ingest.split import MAX_TOKENS, embedding_texts
from rag.errors import SourceError
from rag.index.document_records import DocumentRecord
from rag.index.embeddings import build_token_counter, embed_many, token_limit
from rag.index.repair import Repair, repair_index
from rag.index.salvage import ReadAgain
from rag.settings import Settings
from rag.types import Document, Passage

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from rag.index.checks import Embed


def mend_index(
    directory: Path, embeddings: Embeddings, settings: Settings, on_wait: Callable[[], None] | None = None
) -> Repair:
    """Mend the index in a directory, reading its sources again where nothing else is left. Raises as ``repair_index``."""
    with ExitStack() as stack:
        return repair_index(
            directory,
            embeddings,
            splitting=name_splitting(embeddings),
            embed=build_embed(embeddings),
            read_again=_build_read_again(
                embeddings, stack, find_tesseract(settings.ocr_languages, settings.ocr_seconds)
            ),
            timeout=settings.lock_timeout,
            on_wait=on_wait,
        )


def build_embed(embeddings: Any) -> Embed:
    """What embeds passages as they are embedded when they are brought in."""
    count_tokens = build_token_counter(embeddings)

    def embed(passages: Sequence[Passage]) -> list[list[float]]:
        return embed_many(embeddings, embedding_texts(passages, count_tokens))

    return embed


def _build_read_again(embeddings: Any, stack: ExitStack, ocr: Tesseract | None) -> ReadAgain:
    """What reads a document's source again; the process that parses ends with ``stack``."""
    parse_one = stack.enter_context(parsing())

    def read_again(record: DocumentRecord) -> tuple[Document, Sequence[Passage]]:
        preparer = Preparer([record], {}, (), embeddings, parse_one, True, ocr=ocr)
        reasons = [f"there is no {record.source} any more"]
        for outcome in preparer.prepare(find_place(record.source)):
            if isinstance(outcome, Prepared) and outcome.document.source == record.source:
                return outcome.document, outcome.passages
            reasons += [outcome.reason] if isinstance(outcome, SourceReport) else []
        raise SourceError(reasons[-1])

    return read_again


def name_splitting(embeddings: Any) -> str:
    """How texts are cut for an embedding model; an index notes it, so that a change is noticed."""
    return splitting_name(min(MAX_TOKENS, token_limit(embeddings)))
