"""The passage index: passages and their vectors in Chroma, keywords and document records beside them.

The passages are the text: a document's words are its passages joined, checked against its digest. Everything else can
be derived from them. Writing is in ``rag/index_writer.py``; how generations replace one another is told in
``rag/generations.py``.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import generations
from rag.errors import DocumentError, FootnoteError, IndexDamagedError, IndexMismatchError
from rag.keyword import KeywordIndex
from rag.models import embedding_name
from rag.records import DocumentRecord as DocumentRecord
from rag.records import read_records, seal_passage
from rag.types import Document, Passage, Span, text_digest

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

FORMAT_VERSION = 1
PAGE = 5_000
"""Rows per call: one ``add`` of Chroma takes 5,461 at most, and its ``get`` fails on too many."""

COLLECTION = "passages"


@dataclass(frozen=True, slots=True)
class Profile:
    """What an index was made with; all of it must agree before it is read or added to."""

    format_version: int
    embedding_model: str
    dimension: int
    splitting: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage as one kind of search found it: cosine similarity, or BM25 score."""

    passage: Passage
    score: float


class PassageIndex:
    """An index directory, open for reading. Each question sees the newest generation, and only that one.

    Without ``embeddings`` its documents can be read, and not searched.

    Raises:
        NoIndexError, IndexMismatchError, IndexDamagedError: on opening.
    """

    def __init__(self, directory: Path | str, embeddings: Embeddings | None = None):
        self.directory = Path(directory)
        self._embeddings = embeddings
        self._generation = Generation(generations.find_current(self.directory), embeddings)

    @property
    def embeddings(self) -> Embeddings:
        """The model that questions are embedded with. Raises ValueError where the index was opened without one."""
        if self._embeddings is None:
            raise ValueError("this index was opened without embeddings: it can be read, and not searched")
        return self._embeddings

    def current(self) -> Generation:
        """The newest generation; hold on to it for as long as one question takes."""
        folder = generations.find_current(self.directory)
        if folder != self._generation.folder:
            self._generation = Generation(folder, self._embeddings)
        return self._generation

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


class Generation:
    """One whole, unchanging state of an index."""

    def __init__(self, folder: Path, embeddings: Embeddings | None):
        self.folder = folder
        self.profile = read_profile(folder)
        if embeddings is not None:  # without them it can be read, but not searched by meaning
            check_profile(self.profile, embeddings, folder)
        with self._readable():
            if damaged := generations.find_damaged_files(folder):
                raise self._damaged(damaged[0])
            self.records = read_records(folder)
            self.keywords = KeywordIndex.load(folder / "keyword")
            self._collection, close = _open_collection(folder)
        weakref.finalize(self, close)

    def search_vectors(self, vector: Sequence[float], count: int) -> list[Hit]:
        """The ``count`` passages nearest to a unit vector, by cosine similarity, best first."""
        if not self.keywords.ids:
            return []
        with self._readable():
            found = self._collection.query(
                query_embeddings=[list(vector)],
                n_results=min(count, len(self.keywords.ids)),
                include=["documents", "metadatas", "distances"],
            )
            rows = zip(found["documents"][0], found["metadatas"][0], found["distances"][0], strict=True)
            return [Hit(self._passage(text, metadata), 1.0 - distance) for text, metadata, distance in rows]

    def search_keywords(self, question: str, count: int) -> list[Hit]:
        """The ``count`` passages with the best BM25 scores above zero, best first."""
        import numpy as np

        scores = self._keyword_scores(question)
        best = np.argsort(-scores, kind="stable")[:count]
        wanted = {self.keywords.ids[row]: float(scores[row]) for row in best if scores[row] > 0}
        by_id = {passage.id: passage for passage in self._get(ids=list(wanted))} if wanted else {}
        missing = wanted.keys() - by_id.keys()
        if missing:
            raise self._damaged(f"{len(missing)} passages are missing, '{min(missing)}' among them")
        return [Hit(by_id[name], score) for name, score in wanted.items()]

    def search_documents(self, vector: Sequence[float], question: str, document_ids: Sequence[str]) -> list[list[Hit]]:
        """All passages of a few documents, ranked exactly: once by cosine similarity, once by BM25 score.

        Chroma's own filter is slow on large collections; getting the passages and ranking them here is not.
        """
        import numpy as np

        scores = dict(zip(self.keywords.ids, self._keyword_scores(question).tolist(), strict=True))
        by_vector: list[Hit] = []
        by_keyword: list[Hit] = []
        for document_id in document_ids:
            self.record(document_id)
            with self._readable():
                found = self._collection.get(
                    where={"document": document_id}, include=["documents", "metadatas", "embeddings"]
                )
                similarities = np.asarray(found["embeddings"], dtype=np.float32) @ np.asarray(vector, dtype=np.float32)
                for text, metadata, similarity in zip(
                    found["documents"], found["metadatas"], similarities.tolist(), strict=True
                ):
                    passage = self._passage(text, metadata)
                    by_vector.append(Hit(passage, similarity))
                    by_keyword.append(Hit(passage, scores.get(passage.id, 0.0)))
        best_first = [sorted(hits, key=lambda hit: -hit.score) for hits in (by_vector, by_keyword)]
        return [best_first[0], [hit for hit in best_first[1] if hit.score > 0]]

    def record(self, document_id: str) -> DocumentRecord:
        """The record of one document. Raises DocumentError for an unknown one."""
        try:
            return self.records[document_id]
        except KeyError:
            raise DocumentError(
                f"no document '{document_id}' in the index; list them with: footnote documents"
            ) from None

    def passages(self, document_id: str) -> tuple[Passage, ...]:
        """A document's passages, in order."""
        expected = self.record(document_id).passages
        found = sorted(self._get(where={"document": document_id}), key=lambda passage: passage.span)
        if len(found) != expected:
            raise self._damaged(f"{len(found)} of {expected} passages of '{document_id}' are there")
        return tuple(found)

    def document(self, document_id: str) -> Document:
        """A document with its text, joined from its passages and checked against its digest."""
        record = self.record(document_id)
        text = "".join(passage.text for passage in self.passages(document_id))
        if text_digest(text) != record.digest:
            raise self._damaged(f"the text of '{document_id}' is not what was indexed")
        return Document(
            id=record.id,
            title=record.title,
            author=record.author,
            date=record.date,
            text=text,
            source=record.source,
            source_digest=record.source_digest,
            outline=record.outline,
            page_starts=record.page_starts,
        )

    def _get(self, **which: Any) -> list[Passage]:
        with self._readable():
            found = self._collection.get(**which, include=["documents", "metadatas"])
            return [self._passage(*row) for row in zip(found["documents"], found["metadatas"], strict=True)]

    def _keyword_scores(self, question: str) -> Any:
        with self._readable():
            scores = self.keywords.scores(question)
            if len(scores) != len(self.keywords.ids):
                raise self._damaged(f"{len(scores)} rows of keywords for {len(self.keywords.ids)} passages")
            return scores

    def _passage(self, text: str | None, metadata: Any) -> Passage:
        where = f"'{metadata.get('document')}' at {metadata.get('start')}" if metadata else "a passage"
        if text is None or metadata is None or text_digest(text)[:16] != metadata.get("digest"):
            raise self._damaged(f"the words of {where} are not what was indexed")
        passage = Passage(
            span=Span(metadata["document"], metadata["start"], metadata["end"]),
            text=text,
            title=metadata["title"],
            heading=metadata["heading"],
            page=metadata.get("page"),
            page_breaks=tuple(map(int, metadata.get("page_breaks", "").split())),
        )
        if metadata.get("seal", seal_passage(passage)) != seal_passage(passage):  # the first indexes have none
            raise self._damaged(f"what is known of the words of {where} is not what was indexed")
        return passage

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Whatever Chroma or a damaged file throws becomes one line with the way out."""
        try:
            yield
        except FootnoteError:
            raise
        except Exception as error:
            reason = str(error).strip().splitlines()
            raise self._damaged(reason[0][:200] if reason else type(error).__name__) from error

    def _damaged(self, what: str) -> IndexDamagedError:
        directory = self.folder.parent.parent
        return IndexDamagedError(f"the index at '{directory}' is damaged ({what}); mend it with: footnote repair")


def read_documents(directory: Path | str) -> dict[str, Document]:
    """All documents of an index by id, whatever model it was made with; those that can no longer be read are left out."""
    try:
        generation = Generation(generations.find_current(Path(directory)), None)
    except FootnoteError:
        return {}
    found = {}
    for name in generation.records:
        with suppress(IndexDamagedError):
            found[name] = generation.document(name)
    return found


def _open_collection(folder: Path) -> tuple[Any, Callable[[], None]]:
    """The passages of a generation, and what closes them.

    Chroma writes on opening, even to read. Where the disk is read-only or full, a copy in the temporary folder is opened.
    """
    try:
        client = open_chroma(folder)
        return client.get_collection(COLLECTION, embedding_function=None), client.close
    except Exception as error:
        if not any(word in str(error) for word in ("readonly", "disk is full", "Read-only")):
            raise
    copy = tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True)
    shutil.copytree(folder / "chroma", Path(copy.name) / "chroma")
    client = open_chroma(Path(copy.name))

    def close() -> None:
        client.close()
        copy.cleanup()

    return client.get_collection(COLLECTION, embedding_function=None), close


def open_chroma(folder: Path) -> Any:
    """A client for the embedded Chroma of a generation."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder / "chroma"), settings=Settings(anonymized_telemetry=False))


def read_profile(folder: Path) -> Profile:
    """What a generation was made with. Raises IndexMismatchError for another format, IndexDamagedError for none."""
    directory = folder.parent.parent
    try:
        values = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        version = values["format_version"]
        if "index.json was altered" in generations.find_damaged_files(folder):
            raise ValueError("it was altered")
        if version != FORMAT_VERSION:
            raise IndexMismatchError(
                f"the index at '{directory}' has format {version}, this Footnote reads format {FORMAT_VERSION}; "
                "build it again with: footnote ingest --rebuild"
            )
        return Profile(**values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(
            f"the index at '{directory}' is damaged (index.json: {error}); mend it with: footnote repair"
        ) from error


def check_profile(profile: Profile, embeddings: Embeddings, folder: Path, splitting: str | None = None) -> None:
    """Refuse an index that another embedding model, or (where given) another splitting, has made."""
    directory = folder.parent.parent
    name = embedding_name(embeddings)
    if profile.embedding_model != name:
        raise IndexMismatchError(
            f"the index at '{directory}' was made with the embedding model '{profile.embedding_model}', "
            f"but '{name}' is set; set FOOTNOTE_EMBEDDING_MODEL back, or run: footnote ingest --rebuild"
        )
    if splitting is not None and profile.splitting != splitting:
        raise IndexMismatchError(
            f"the index at '{directory}' was cut as '{profile.splitting}', this Footnote cuts as '{splitting}'; "
            "run: footnote ingest --rebuild"
        )
