"""From texts that are in memory to an index: no file is read, and every offset is one into the text as it was given."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ingest.document_building import Prepared
from ingest.embedding import Progress, embed_and_add
from ingest.pipeline import splitting_name
from ingest.places import source_name
from ingest.report import SourceReport
from ingest.split import MAX_TOKENS, split_document
from rag.errors import UsageError
from rag.index.embeddings import build_token_counter, check_weights, token_limit
from rag.index.metadata import OWN, PLAIN, read_metadata
from rag.index.writer import write_index
from rag.question import replace_half_pairs
from rag.settings import ChromaServer, Settings, read_settings
from rag.types import Document, text_digest

if TYPE_CHECKING:
    from langchain_core.documents import Document as LangChainDocument
    from langchain_core.embeddings import Embeddings

    from rag.index.document_records import DocumentRecord
    from rag.types import Passage

    Text: TypeAlias = str | Document | LangChainDocument | tuple[str, str] | tuple[str, str, Mapping[str, Any]]

FOLDER = Path("/memory")
"""Stands for the folder of what came from no file: its source is this and its id, so that it is known again."""

LONGEST = 50_000_000
"""Characters of one text, as many as a file may have bytes."""

ID = re.compile(r"""[^\s/\\:<>"|?*`]{1,200}""")
"""What an id may be, if all of it can be printed: it stands in addresses, as the name of a file, and on command lines."""


MOST_NAMED = 5
"""Names of metadata that are told where they are left out."""

_log = logging.getLogger(__name__)


def ingest_texts(
    texts: Text | Iterable[Text],
    *,
    directory: Path | str | ChromaServer,
    embeddings: Embeddings,
    settings: Settings | None = None,
    on_progress: Progress | None = None,
    on_wait: Callable[[], None] | None = None,
) -> list[SourceReport]:
    """Bring texts into an index, as they are. All of it takes effect at the end, at once.

    A text is known again by its id: the same one is left alone, another one takes its place. Its metadata is kept, to
    choose documents by; ``title``, ``author`` and ``date`` of it are the document's own.

    Args:
        texts: one or many of: a text, which is named by its digest; ``(id, text)``; ``(id, text, metadata)``; a document
            of LangChain, named by its ``id``, else by its digest; a ``rag.Document``.
        directory: the index, a folder or a place on a Chroma server; made if absent.
        embeddings: the model for the passages.
        settings: how long to wait for another writer; those of the environment if not given.
        on_progress: called with a label, the amount done and the whole amount.
        on_wait: called once when another process is writing the index.

    Returns:
        One report a text, in their order.

    Raises:
        UsageError: what is given is no text, an id or metadata does not fit, or two texts have the same id; or a
            document from a file has it. Nothing is changed then.
        ModelError: the embedding model's weights are not the right ones.
        IndexUnavailable: the index cannot be written; it is as it was.
    """
    documents = read_texts(texts)
    settings = settings or read_settings()
    check_weights(settings)
    count_tokens, limit = build_token_counter(embeddings), min(MAX_TOKENS, token_limit(embeddings))
    reports: dict[str, SourceReport] = {}
    with write_index(
        directory, embeddings, splitting=splitting_name(limit), timeout=settings.lock_timeout, on_wait=on_wait
    ) as writer:
        prepared = []
        for document in documents:
            known = writer.records.get(document.id)
            passages = () if _is_same(document, known) else split_document(document, count_tokens, max_tokens=limit)
            report = reports[document.id] = _report(document, known, passages)
            if passages:
                prepared.append(Prepared(document, passages, report))
        added = embed_and_add(prepared, writer, embeddings, on_progress or (lambda label, done, total: None), directory)
    return list((reports | {report.document: report for report in added if report.document}).values())


def read_texts(texts: Text | Iterable[Text]) -> list[Document]:
    """Texts as documents, each with an id of its own. Raises UsageError where one is no text, or two have the same id."""
    several = isinstance(texts, Iterable) and not isinstance(texts, str | bytes | Mapping) and not _is_pair(texts)
    documents: dict[str, Document] = {}
    for number, text in enumerate(texts if several else [texts], start=1):  # type: ignore[arg-type]
        document = _read_text(text, number)
        other = documents.setdefault(document.id, document)
        if other is not document and other.text != document.text:
            raise UsageError(f"text {number}: its id '{document.id}' is another text's too; give each an id of its own")
    return list(documents.values())


def _is_pair(value: object) -> bool:
    """Whether this is an id with its text, and not several texts: those are given as a list."""
    return (
        isinstance(value, tuple)
        and len(value) in (2, 3)
        and isinstance(value[0], str)
        and isinstance(value[1], str)
        and (len(value) == 2 or isinstance(value[2], Mapping))
    )


def _read_text(given: Any, number: int) -> Document:
    if isinstance(given, Document):
        _check(given.id, given.text, number)
        return replace(given, metadata=read_metadata(dict(given.metadata), f"text {number}"))
    metadata: Mapping[str, Any] = {}
    if isinstance(given, str):
        name, text = "", given
    elif _is_pair(given):
        name, text, *rest = given
        metadata = rest[0] if rest else {}
    elif isinstance(getattr(given, "page_content", None), str):
        name, text, metadata = given.id or "", given.page_content, given.metadata
    else:
        raise UsageError(
            f"text {number} is {type(given).__name__}; give a text, (id, text), (id, text, metadata) "
            "or a document of LangChain"
        )
    text = replace_half_pairs(text).replace("\0", "\ufffd")  # one sign for another, so that every offset is kept
    name = name or f"text-{text_digest(text)[:12]}"
    _check(name, text, number)
    title, author, date = (" ".join(str(metadata.get(key) or "").split()) for key in OWN)
    left_out = [key for key, value in metadata.items() if value is not None and not isinstance(value, PLAIN)]
    if left_out:
        kinds = ", ".join(f"'{key:.60}' ({type(metadata[key]).__name__})" for key in left_out[:MOST_NAMED])
        _log.warning("text %d: of its metadata %s cannot be chosen by, and is left out", number, kinds)
    further = read_metadata({key: value for key, value in metadata.items() if key not in OWN}, f"text {number}")
    told = f"{title}\n{author}\n{date}\n{text}" + (f"\n{json.dumps(further)}" if further else "")
    source = source_name(FOLDER / name)
    return Document(name, title or name, text, source, text_digest(told), author, date, metadata=further)


def _check(name: str, text: str, number: int) -> None:
    if not ID.fullmatch(name) or not name.isprintable() or name in (".", ".."):
        raise UsageError(
            f'text {number}: the id {name[:60]!r} does not fit; at most 200 characters, without spaces and / \\ : < > " | ? * `'
        )
    if len(text) > LONGEST:
        raise UsageError(f"text {number}: {len(text):,} characters, the limit is {LONGEST:,}; give it in parts")


def _is_same(document: Document, known: DocumentRecord | None) -> bool:
    if known is not None and known.source != document.source:
        raise UsageError(
            f"the id '{document.id}' is that of '{known.source}'; give the text another one, or remove that document"
        )
    return known is not None and known.source_digest == document.source_digest


def _report(document: Document, known: DocumentRecord | None, passages: Sequence[Passage]) -> SourceReport:
    if _is_same(document, known) and known is not None:
        return SourceReport(
            document.source, document.id, "unchanged", passages=known.passages, characters=known.characters
        )
    if not passages:
        return SourceReport(document.source, None, "failed", "no text in it")
    status = "replaced" if known else "added"
    return SourceReport(document.source, document.id, status, "", len(passages), len(document.text))  # type: ignore[arg-type]
