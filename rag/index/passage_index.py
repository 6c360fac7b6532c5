"""The passage index: passages and their vectors in Chroma, keywords and document records beside them.

The passages are the text: a document's words are its passages joined, checked against its digest. Everything else can
be derived from them. Writing is in ``rag/index/writer.py``; how generations replace one another is told in
``rag/index/generations.py``. An index on a Chroma server is read by ``rag/index/server/state.py``.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import FootnoteError, IndexDamagedError, ServerError, UsageError
from rag.index import generations
from rag.index.bm25 import KeywordIndex
from rag.index.chroma_client import PAGE, check_process, open_collection
from rag.index.document_records import DocumentRecord as DocumentRecord
from rag.index.document_records import read_records
from rag.index.originals import has_original, read_original
from rag.index.profile import Profile, check_format, check_profile
from rag.index.server.state import ServerReader
from rag.index.state import TEXTS, IndexState, Row, read_rows
from rag.index.state import Hit as Hit
from rag.settings import ChromaServer
from rag.types import Document, Passage

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


class PassageIndex:
    """An index, open for reading: a directory, or a collection of a Chroma server.

    Each question sees the newest state of it, and only that one. Without ``embeddings`` its documents can be read, and
    not searched.

    Raises:
        NoIndexError, IndexMismatchError, IndexDamagedError, ServerError: on opening.
    """

    def __init__(self, location: Path | str | ChromaServer, embeddings: Embeddings | None = None):
        if not isinstance(location, str | Path | ChromaServer):
            raise UsageError(f"an index is at a folder or on a Chroma server, not {type(location).__name__}")
        if embeddings is not None and not hasattr(embeddings, "embed_query"):
            raise UsageError(
                f"embeddings are those of LangChain, not {type(embeddings).__name__}; "
                "build them with: build_embeddings(read_settings())"
            )
        self.location = location if isinstance(location, ChromaServer) else Path(location)
        self._embeddings = embeddings
        self._reader = open_reader(self.location, embeddings)

    @property
    def embeddings(self) -> Embeddings:
        """The model that questions are embedded with. Raises UsageError where the index was opened without one."""
        if self._embeddings is None:
            raise UsageError(
                f"the index at '{self.location}' was opened to be read only; to search it, open it with "
                "PassageIndex(location, build_embeddings(read_settings()))"
            )
        return self._embeddings

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self.current().records)

    def __bool__(self) -> bool:
        """An index is one even without documents."""
        return True

    def __reduce__(self) -> Any:
        """Where it lies, and its model: another process opens it anew."""
        return PassageIndex, (self.location, self._embeddings)

    def __repr__(self) -> str:
        state = self.current()
        passages = sum(record.passages for record in state.records.values())
        return f"<PassageIndex '{self.location}': {len(state.records)} documents, {passages} passages>"

    def current(self) -> IndexState:
        """The newest state of the index; hold on to it for as long as one question takes."""
        return self._reader.current()

    def still(self) -> PassageIndex:
        """The index as it is now, whatever is added or removed meanwhile: what one question reads from beginning to end."""
        still = PassageIndex.__new__(PassageIndex)
        still.location, still._embeddings, still._reader = self.location, self._embeddings, StillReader(self.current())
        return still

    def documents(self) -> tuple[DocumentRecord, ...]:
        """The records of all documents, in the order in which they were first added."""
        return tuple(self.current().records.values())

    def document(self, document_id: str) -> Document:
        """One document with its text.

        Raises:
            DocumentError: there is no such document.
            IndexDamagedError: its passages no longer give the text that was indexed.
        """
        return self.current().document(document_id)

    def passages(self, document_id: str) -> tuple[Passage, ...]:
        """A document's passages, in order. Raises DocumentError for an unknown one."""
        return self.current().passages(document_id)

    def has_original(self, document: Document) -> bool:
        """Whether the file that a document was read from is kept here."""
        return isinstance(self.location, Path) and has_original(self.location, document.source_digest)

    def original(self, document: Document) -> bytes | None:
        """The bytes of the file that a document was read from; None where they are not kept, or were altered."""
        return read_original(self.location, document.source_digest) if isinstance(self.location, Path) else None


class IndexReader(Protocol):
    """Where an index lies, as its readers see it."""

    def current(self) -> IndexState:
        """The newest state there is."""


class StillReader:
    """One state for good."""

    def __init__(self, state: IndexState):
        self._state = state

    def current(self) -> IndexState:
        """That state."""
        return self._state


def open_reader(location: Path | str | ChromaServer, embeddings: Embeddings | None = None) -> IndexReader:
    """A reader of the index at a location, already on its newest state. Raises what ``PassageIndex`` does."""
    if isinstance(location, ChromaServer):
        return ServerReader(location, embeddings)
    return DirectoryReader(Path(location), embeddings)


class DirectoryReader:
    """The newest generation of an index directory, reopened when CURRENT has moved."""

    def __init__(self, directory: Path, embeddings: Embeddings | None):
        self._directory = directory
        self._embeddings = embeddings
        self._generation = _open_newest(directory, embeddings)
        self._opening = threading.Lock()

    def current(self) -> Generation:
        """The generation that CURRENT names now; of several who ask for a new one, the first opens it for all."""
        if self._is_old():
            with self._opening:
                if self._is_old():
                    self._generation = _open_newest(self._directory, self._embeddings)
        return self._generation

    def _is_old(self) -> bool:
        return generations.find_current(self._directory) != self._generation.folder


def _open_newest(directory: Path, embeddings: Embeddings | None) -> Generation:
    folder = generations.find_current(directory)
    while True:
        try:
            return Generation(folder, embeddings)
        except IndexDamagedError:
            newest = generations.find_current(directory)
            if newest == folder:
                raise
            folder = newest  # writers were quicker than this reader: what it was opening has been swept away


class Generation(IndexState):
    """A generation on disk."""

    def __init__(self, folder: Path, embeddings: Embeddings | None):
        self.folder = folder
        self.place = folder.parent.parent
        self.profile = read_profile(folder)
        if embeddings is not None:  # without them it can be read, but not searched by meaning
            check_profile(self.profile, embeddings, self.place)
        with self.explained():
            if damaged := generations.find_damaged_files(folder):
                raise self.damaged(damaged[0])
            self.records = read_records(folder)
            self.keywords = KeywordIndex.load(folder / "keyword")
            self._collection, close = open_collection(folder)
        weakref.finalize(self, close)

    def search_vectors(self, vector: Sequence[float], count: int) -> list[Hit]:
        """The ``count`` passages nearest to a unit vector, by cosine similarity, best first."""
        if not self.keywords.ids:
            return []
        self.check_vector(vector)
        check_process()
        with self.explained():
            found = self._collection.query(
                query_embeddings=[list(vector)],
                n_results=min(count, len(self.keywords.ids)),
                include=["documents", "metadatas", "distances"],
            )
            rows = read_rows({name: found[name][0] for name in ("ids", "documents", "metadatas")})
            return [
                Hit(self.passage(row), 1.0 - distance)
                for row, distance in zip(rows, found["distances"][0], strict=True)
            ]

    def find_rows(self, names: Sequence[str], include: Sequence[str] = TEXTS) -> list[Row]:
        """The rows of those names with what is asked for, in any order; those that are not there are left out."""
        check_process()
        with self.explained():
            pages = (list(names[at : at + PAGE]) for at in range(0, len(names), PAGE))
            return [row for page in pages for row in read_rows(self._collection.get(ids=page, include=list(include)))]

    def find_names(self, document_ids: Sequence[str]) -> list[str]:
        """The names of all rows of some documents. Raises DocumentError for an unknown one."""
        wanted = {self.record(name).id for name in document_ids}
        return [name for name in self.keywords.ids if name.rpartition(":")[0] in wanted]

    def find_document_rows(self, document_id: str, *, vectors: bool = False) -> list[Row]:
        """All rows of a document, in any order, with their vectors where asked for."""
        check_process()
        include = ["documents", "metadatas", "embeddings"] if vectors else ["documents", "metadatas"]
        with self.explained():
            return read_rows(self._collection.get(where={"document": document_id}, include=include))

    def damaged(self, what: str) -> FootnoteError:
        """The error that says what is broken, where, and what mends it."""
        directory = self.folder.parent.parent
        return IndexDamagedError(f"the index at '{directory}' is damaged ({what}); mend it with: footnote repair")


def read_documents(location: Path | str | ChromaServer) -> dict[str, Document]:
    """All documents of an index by id, whatever model it was made with; those that can no longer be read are left out.

    Raises:
        ServerError: they may be there, but the server does not say; a rebuild without them would lose them.
    """
    try:
        state = open_reader(location).current()
    except ServerError:
        raise
    except FootnoteError:
        return {}
    found = {}
    for name in state.records:
        with suppress(IndexDamagedError):
            found[name] = state.document(name)
    return found


def read_profile(folder: Path) -> Profile:
    """What a generation was made with. Raises IndexMismatchError for another format, IndexDamagedError for none."""
    directory = folder.parent.parent
    try:
        values = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        version = values["format_version"]
        if generations.find_damaged_files(folder, within="index.json"):
            raise ValueError("it was altered")
        check_format(version, directory)
        return Profile(**values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(
            f"the index at '{directory}' is damaged (index.json: {error}); mend it with: footnote repair"
        ) from error
