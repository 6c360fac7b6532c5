"""The passage index: passages and their vectors in Chroma, keywords and document records beside them.

The passages are the text: a document's words are its passages joined, checked against its digest. Everything else can
be derived from them. Reading and writing both happen here, so that Chroma has one home; how generations replace one
another is told in ``rag/generations.py``.
"""

from __future__ import annotations

import json
import random
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import generations
from rag.errors import DocumentError, FootnoteError, IndexDamagedError, IndexMismatchError, IndexWriteError, NoIndexError
from rag.keyword import KeywordIndex
from rag.models import embedding_name
from rag.types import Document, Heading, Passage, Span, text_digest

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

FORMAT_VERSION = 1
BATCH = 5_000
"""Rows per call: one ``add`` of Chroma takes 5,461 at most, and its ``get`` fails on too many."""

COLLECTION = "passages"


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What an index knows about a document without its text; ``passages`` and ``characters`` are counts."""

    id: str
    title: str
    author: str
    date: str
    source: str
    source_digest: str
    digest: str
    passages: int
    characters: int
    outline: tuple[Heading, ...] = field(default=(), repr=False)
    page_starts: tuple[int, ...] = field(default=(), repr=False)


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

    Raises:
        NoIndexError, IndexMismatchError, IndexDamagedError: on opening.
    """

    def __init__(self, directory: Path | str, embeddings: Embeddings):
        self.directory = Path(directory)
        self.embeddings = embeddings
        self._generation = Generation(generations.find_current(self.directory), embeddings)

    def current(self) -> Generation:
        """The newest generation; hold on to it for as long as one question takes."""
        folder = generations.find_current(self.directory)
        if folder != self._generation.folder:
            self._generation = Generation(folder, self.embeddings)
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

    def __init__(self, folder: Path, embeddings: Embeddings):
        self.folder = folder
        self.profile = _read_profile(folder)
        _check_profile(self.profile, embeddings, folder)
        with self._readable():
            self.records = _read_records(folder)
            self.keywords = KeywordIndex.load(folder / "keyword")
            client = _open_chroma(folder)
            self._collection = client.get_collection(COLLECTION, embedding_function=None)
        weakref.finalize(self, client.close)

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

        scores = self.keywords.scores(question)
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

        scores = dict(zip(self.keywords.ids, self.keywords.scores(question).tolist(), strict=True))
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
            raise DocumentError(f"no document '{document_id}' in the index; list them with: footnote documents") from None

    def passages(self, document_id: str) -> tuple[Passage, ...]:
        """A document's passages, in order."""
        self.record(document_id)
        return tuple(sorted(self._get(where={"document": document_id}), key=lambda passage: passage.span))

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

    def _passage(self, text: str | None, metadata: Any) -> Passage:
        if text is None or metadata is None or text_digest(text)[:16] != metadata.get("digest"):
            where = f"'{metadata['document']}' at {metadata['start']}" if metadata else "a passage"
            raise self._damaged(f"the words of {where} are not what was indexed")
        return Passage(
            span=Span(metadata["document"], metadata["start"], metadata["end"]),
            text=text,
            title=metadata["title"],
            heading=metadata["heading"],
            page=metadata.get("page"),
        )

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
        return IndexDamagedError(
            f"the index at '{directory}' is damaged ({what}); build it again with: footnote ingest --rebuild"
        )


class IndexWriter:
    """Changes to an index that take effect together, or not at all. Obtain one from ``write_index``."""

    def __init__(self, directory: Path, embeddings: Embeddings, splitting: str, *, fresh: bool = False):
        self.directory = directory
        self._embeddings = embeddings
        self._splitting = splitting
        self._fresh = fresh
        self._folder: Path | None = None
        self._client: Any = None
        self._collection: Any = None
        self._added: dict[str, Sequence[float]] = {}
        self.records: dict[str, DocumentRecord] = {}
        try:
            current = generations.find_current(directory)
        except NoIndexError:
            self.is_new = True
            return
        self.is_new = False
        profile = _read_profile(current)
        self.records = _read_records(current)
        if not fresh:
            _check_profile(profile, embeddings, current, splitting)

    def add(self, record: DocumentRecord, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]) -> None:
        """Put a document in, in place of the one of the same id if there is one."""
        self._open()
        if record.id in self.records:
            self._collection.delete(where={"document": record.id})
        for at in range(0, len(passages), BATCH):
            batch = passages[at : at + BATCH]
            self._collection.add(
                ids=[passage.id for passage in batch],
                documents=[passage.text for passage in batch],
                metadatas=[_metadata(passage) for passage in batch],
                embeddings=[list(vector) for vector in vectors[at : at + BATCH]],
            )
        self.records[record.id] = record
        self._added.update({passage.id: vector for passage, vector in zip(passages, vectors, strict=True)})

    def remove(self, document_id: str) -> None:
        """Take a document out. Raises DocumentError for an unknown one."""
        if document_id not in self.records:
            raise DocumentError(f"no document '{document_id}' in the index; list them with: footnote documents")
        self._open()
        self._collection.delete(where={"document": document_id})
        del self.records[document_id]
        prefix = f"{document_id}:"
        self._added = {name: vector for name, vector in self._added.items() if not name.startswith(prefix)}

    def _open(self) -> None:
        """Copy the current generation on the first change, so that a run without changes writes nothing."""
        if self._folder is not None:
            return
        self._folder = generations.copy_current(self.directory)
        if self._fresh:
            _empty(self._folder)
            self.records = {}
        self._client = _open_chroma(self._folder)
        self._collection = self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def commit(self) -> None:
        """Write what derives from the passages, check a sample of the new ones, and switch to the new generation."""
        if self._folder is None and self.is_new:
            self._open()  # an index without documents is still an index: asking it says what to do
        if self._folder is None:
            return
        ids, texts = self._all_passages()
        expected = sum(record.passages for record in self.records.values())
        if len(ids) != expected:
            raise IndexWriteError(f"{len(ids)} of {expected} passages reached the index; nothing was changed, try again")
        self._check_sample()
        dimension = len(next(iter(self._added.values()))) if self._added else len(self._embeddings.embed_query("size"))
        self._client.close()
        keyword_folder = self._folder / "keyword"
        with generations.explained(self.directory):
            KeywordIndex.build(ids, texts).save(keyword_folder)
            profile = Profile(FORMAT_VERSION, embedding_name(self._embeddings), dimension, self._splitting)
            lines = [json.dumps(asdict(record)) for record in self.records.values()]
            (self._folder / "documents.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            (self._folder / "index.json").write_text(json.dumps(asdict(profile), indent=2) + "\n", encoding="utf-8")
        generations.switch_to(self._folder)

    def discard(self) -> None:
        """Forget all changes; the copy on disk is swept away."""
        if self._client is not None:
            self._client.close()
        if self._folder is not None:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)

    def _all_passages(self) -> tuple[list[str], list[str]]:
        """The ids of all passages and the text by which keywords find them: heading and words."""
        ids: list[str] = []
        texts: list[str] = []
        for at in range(0, self._collection.count(), BATCH):
            page = self._collection.get(limit=BATCH, offset=at, include=["documents", "metadatas"])
            ids += page["ids"]
            texts += [
                f"{meta['heading']}\n{text}" for text, meta in zip(page["documents"], page["metadatas"], strict=True)
            ]
        return ids, texts

    def _check_sample(self, size: int = 16) -> None:
        names = sorted(self._added)
        for name in random.Random(0).sample(names, min(size, len(names))):
            found = self._collection.query(query_embeddings=[list(self._added[name])], n_results=1, include=["distances"])
            if not found["ids"][0] or found["distances"][0][0] > 1e-3:
                raise IndexWriteError(f"the new passage '{name}' cannot be found again; nothing was changed, try again")


@contextmanager
def write_index(
    directory: Path | str,
    embeddings: Embeddings,
    *,
    splitting: str,
    timeout: float = 600.0,
    on_wait: Callable[[], None] | None = None,
    fresh: bool = False,
) -> Iterator[IndexWriter]:
    """Change an index: all changes of the block take effect at its end, none when it raises or is killed.

    Args:
        directory: the index; made if absent.
        embeddings: must be the model the index was made with.
        splitting: a name for how documents are cut; must be the one the index was made with.
        timeout: seconds to wait for another writer.
        on_wait: called once if there is one.
        fresh: start from an empty index, whatever the old one was made with.

    Raises:
        IndexWriteError, IndexMismatchError, IndexDamagedError
    """
    directory = Path(directory)
    with generations.hold_lock(directory, timeout, on_wait):
        writer = IndexWriter(directory, embeddings, splitting, fresh=fresh)
        try:
            yield writer
            writer.commit()
        except FootnoteError:
            writer.discard()
            raise
        except Exception as error:  # Chroma reports a full disk in many ways
            writer.discard()
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            raise IndexWriteError(f"the index at '{directory}' was not changed ({reason}); try again") from error
        except BaseException:
            writer.discard()
            raise


def _open_chroma(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder / "chroma"), settings=Settings(anonymized_telemetry=False))


def _empty(folder: Path) -> None:
    import shutil

    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _metadata(passage: Passage) -> dict[str, str | int]:
    values: dict[str, str | int] = {
        "document": passage.span.document_id,
        "start": passage.span.start,
        "end": passage.span.end,
        "title": passage.title,
        "heading": passage.heading,
        "digest": text_digest(passage.text)[:16],
    }
    return values if passage.page is None else values | {"page": passage.page}


def _read_profile(folder: Path) -> Profile:
    directory = folder.parent.parent
    try:
        values = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        version = values["format_version"]
        if version != FORMAT_VERSION:
            raise IndexMismatchError(
                f"the index at '{directory}' has format {version}, this Footnote reads format {FORMAT_VERSION}; "
                "build it again with: footnote ingest --rebuild"
            )
        return Profile(**values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(
            f"the index at '{directory}' is damaged (index.json: {error}); build it again with: footnote ingest --rebuild"
        ) from error


def _check_profile(profile: Profile, embeddings: Embeddings, folder: Path, splitting: str | None = None) -> None:
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


def _read_records(folder: Path) -> dict[str, DocumentRecord]:
    records = {}
    for line in (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines():
        values = json.loads(line)
        values["outline"] = tuple(Heading(**heading) for heading in values["outline"])
        values["page_starts"] = tuple(values["page_starts"])
        records[values["id"]] = DocumentRecord(**values)
    return records
