"""Documents as they are, into an index: for question sets that bring their own, whose evidence is offsets into them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.document_building import Prepared
from ingest.embedding import Progress, embed_and_add
from ingest.pipeline import splitting_name
from ingest.report import SourceReport
from ingest.split import MAX_TOKENS, split_document
from rag.index.embeddings import build_token_counter, token_limit
from rag.index.writer import write_index
from rag.types import Document

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


def index_documents(
    documents: Iterable[Document],
    *,
    directory: Path | str,
    embeddings: Embeddings,
    on_progress: Progress | None = None,
) -> None:
    """Bring documents into an index without cleaning, which moves offsets; what has no words is left out.

    Raises:
        IndexUnavailable: the index cannot be written; it is as it was.
    """
    count_tokens = build_token_counter(embeddings)
    max_tokens = min(MAX_TOKENS, token_limit(embeddings))
    prepared = [
        Prepared(document, passages, SourceReport(document.source, document.id, "added", ""))
        for document in documents
        if (passages := split_document(document, count_tokens, max_tokens=max_tokens))
    ]
    with write_index(Path(directory), embeddings, splitting=splitting_name(max_tokens)) as writer:
        embed_and_add(prepared, writer, embeddings, on_progress or (lambda label, done, total: None))
