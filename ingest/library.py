"""A library of documents for programs: one object to add to, to take from, to search and to ask."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ingest.memory import ingest_texts
from ingest.pipeline import ingest_paths, remove_document
from rag.errors import FootnoteError, NoIndexError
from rag.index.metadata import require_documents
from rag.index.passage_index import PassageIndex
from rag.settings import ChromaServer, Settings, read_settings

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from ingest.memory import Text
    from ingest.report import SourceReport
    from rag.conditions import Where
    from rag.index.document_records import DocumentRecord
    from rag.types import Document, ScoredPassage

_log = logging.getLogger(__name__)


class Library:
    """The documents of one index; the index is made when the first document is added.

        with Library("index") as library:
            library.add_texts([("mill", "The mill burned down in March 1911.")])
            chain = build_chain(library.index)

    Args:
        location: a folder, or a place on a Chroma server; that of the settings if not given.
        embeddings: the model for passages and questions; that of the settings if not given, loaded when it is needed.
        settings: those of the environment if not given.
    """

    def __init__(
        self,
        location: Path | str | ChromaServer | None = None,
        embeddings: Embeddings | None = None,
        *,
        settings: Settings | None = None,
    ):
        self.settings = settings or read_settings()
        self.location = self.settings.location if location is None else location
        self._embeddings = embeddings
        self._index: PassageIndex | None = None
        self._closed = False

    @property
    def embeddings(self) -> Embeddings:
        """The embedding model. Raises ModelError where it cannot be loaded."""
        if self._embeddings is None:
            from rag.index.embeddings import build_embeddings

            self._embeddings = build_embeddings(self.settings)
        return self._embeddings

    @property
    def index(self) -> PassageIndex:
        """The index, to be searched, or to build a chain on; it always shows the newest state.

        Raises:
            NoIndexError: nothing has been added yet.
            IndexUnavailable: it cannot be read.
            FootnoteError: the library is closed.
        """
        if self._closed:
            raise FootnoteError(f"the library at '{self.location}' is closed; open it again with: Library(location)")
        if self._index is None:
            self._index = PassageIndex(self.location, self.embeddings)
        return self._index

    def add_files(self, paths: Path | str | Iterable[Path | str], **options: Any) -> list[SourceReport]:
        """Bring files, and folders of files, in; the options are those of ``ingest.pipeline.ingest_paths``."""
        return self._note(
            ingest_paths(paths, directory=self.location, embeddings=self.embeddings, settings=self.settings, **options)
        )

    def add_texts(self, texts: Text | Iterable[Text]) -> list[SourceReport]:
        """Bring texts in as they are, ``(id, text)`` and the like; as ``ingest.memory.ingest_texts`` does."""
        return self._note(
            ingest_texts(texts, directory=self.location, embeddings=self.embeddings, settings=self.settings)
        )

    def remove(self, document_id: str) -> None:
        """Take one document out. Raises DocumentError for an unknown one."""
        remove_document(document_id, directory=self.location, embeddings=self.embeddings, settings=self.settings)

    def documents(self) -> tuple[DocumentRecord, ...]:
        """What is known of all documents, in the order in which they were first added."""
        try:
            return self.index.documents()
        except NoIndexError:
            return ()

    def document(self, document_id: str) -> Document:
        """One document with its text. Raises DocumentError for an unknown one."""
        return self.index.document(document_id)

    def choose(self, where: Where) -> tuple[str, ...]:
        """The ids of the documents whose metadata fit, as in ``{"kind": "memo", "year": [2023, 2024]}`` or ``"year>=2023"``.

        Raises:
            DocumentError: none does, or none has metadata of such a name. No ids at all would mean all documents.
        """
        return require_documents(self.documents(), where)

    def search(
        self, question: str, count: int = 8, documents: str | Sequence[str] = (), where: Where | None = None
    ) -> tuple[ScoredPassage, ...]:
        """The passages that fit a question best, best first.

        Args:
            question: one that stands alone.
            count: how many passages to give at most.
            documents: ids of the only documents to search; empty for all.
            where: what the documents' metadata must say; nothing is found where none does.
        """
        from rag.retrieve.hybrid import find_passages

        named = (documents,) if isinstance(documents, str) else tuple(documents)
        return find_passages(question, [self.index], count=count, documents=named, where=where)

    def close(self) -> None:
        """Let go of the index's files; what is asked for afterwards is an error."""
        self._index, self._closed = None, True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self.documents())

    def __bool__(self) -> bool:
        """A library is one even without documents."""
        return True

    def __contains__(self, document_id: object) -> bool:
        return any(record.id == document_id for record in self.documents())

    def __reduce__(self) -> Any:
        """Where it lies, its model and settings: another process opens it anew."""
        return partial(Library, settings=self.settings), (self.location, self._embeddings)

    def __repr__(self) -> str:
        if self._closed:
            return f"<Library '{self.location}', closed>"
        return f"<Library '{self.location}': {len(self)} documents>"

    def _note(self, reports: list[SourceReport]) -> list[SourceReport]:
        for report in reports:
            level = logging.WARNING if report.status == "failed" else logging.INFO
            _log.log(level, "%s: %s %s", report.source, report.status, report.reason)
        return reports
