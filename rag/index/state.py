"""One whole, unchanging state of an index, and what a question needs from it; where its rows lie is not told here.

There are two kinds: a generation on disk (``rag/index/passage_index.py``) and one on a Chroma server (``rag/index/server/state.py``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rag.errors import DocumentError, FootnoteError, IndexMismatchError, first_line
from rag.index.bm25 import KeywordIndex
from rag.index.document_records import DocumentRecord, seal_passage
from rag.index.packed_blocks import pack_blocks, unpack_blocks
from rag.index.profile import Profile, check_probe
from rag.types import Document, Passage, Span, text_digest

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from rag.index.bm25 import Scores

GRAPH = {"space": "cosine", "max_neighbors": 32}
"""How Chroma keeps vectors. With 16 neighbours, its default, 22 of 20,000 were not found by themselves; with 32, three."""


TEXTS = ("documents", "metadatas")
"""What Chroma is asked for where passages are wanted."""

EXACTLY, FEWEST = 5_000, 500
"""Passages of chosen documents that are compared one by one, in 0.2 s on two cores; of more, the neighbours that are asked for
at least: with so many, of the nearest 30 among random vectors the graph overlooks 2."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage as one kind of search found it: cosine similarity, or BM25 score."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Row:
    """A passage as Chroma keeps it: named, with whatever words and facts are left of it."""

    id: str
    text: str | None
    metadata: Mapping[str, Any]
    vector: Any = None


class IndexState(ABC):
    """One whole, unchanging state of an index: what one question reads from beginning to end."""

    profile: Profile
    place: object
    records: Mapping[str, DocumentRecord] = MappingProxyType({})  # none where only passages are examined
    keywords: KeywordIndex
    _knows_model = False

    @abstractmethod
    def search_vectors(self, vector: Sequence[float], count: int) -> list[Hit]:
        """The ``count`` passages nearest to a unit vector, by cosine similarity, best first."""

    @abstractmethod
    def find_rows(self, names: Sequence[str], include: Sequence[str] = TEXTS) -> list[Row]:
        """The rows of those names with what is asked for, in any order; those that are not there are left out."""

    @abstractmethod
    def find_names(self, document_ids: Sequence[str]) -> list[str]:
        """The names of all rows of some documents. Raises DocumentError for an unknown one."""

    @abstractmethod
    def find_document_rows(self, document_id: str, *, vectors: bool = False) -> list[Row]:
        """All rows of a document, in any order, with their vectors where asked for."""

    @abstractmethod
    def damaged(self, what: str) -> FootnoteError:
        """The error that says what is broken, where, and what mends it."""

    def check_vector(self, vector: Sequence[float]) -> None:
        """Refuse a question's vector that another embedding model made. Raises IndexMismatchError for it."""
        if self.keywords.ids and len(vector) != self.profile.dimension:
            raise IndexMismatchError(
                f"the index was made with the embedding model '{self.profile.embedding_model}', of "
                f"{self.profile.dimension} dimensions, and the question is embedded in {len(vector)}; "
                "open every index that is searched together with the model that made it, one and the same"
            )

    def check_model(self, embeddings: Embeddings, vector: Sequence[float]) -> None:
        """Refuse a model that is another one than its name says; looked at once. Raises IndexMismatchError for it."""
        self.check_vector(vector)
        if not self._knows_model and self.keywords.ids:
            check_probe(self.profile.probe, embeddings, self.place)
            self._knows_model = True

    def search_keywords(self, question: str, count: int) -> list[Hit]:
        """The ``count`` passages with the best keyword scores above zero, best first."""
        import numpy as np

        scores = self._keyword_scores(question)
        # Of a large index, only those that may be among the best are put in order.
        least = np.partition(scores, -count)[-count] if len(scores) > count else 0.0
        (rows,) = np.nonzero((scores >= least) & (scores > 0))
        best = rows[np.argsort(-scores[rows], kind="stable")][:count]
        return self._take({self.keywords.ids[row]: float(scores[row]) for row in best})

    def search_documents(
        self, vector: Sequence[float], question: str, document_ids: Sequence[str], count: int
    ) -> list[list[Hit]]:
        """The ``count`` best passages of some documents: once by cosine similarity, once by keywords above zero.

        Chroma's own filter is slow; ranking them here is not, and for very many the graph of all is asked for more of its own.
        """
        import numpy as np

        self.check_vector(vector)
        names = self.find_names(document_ids)
        if len(names) > EXACTLY:
            nearest = self._search_among(vector, frozenset(document_ids), len(names), count)
        else:
            near = dict(self._compare(vector, names))
            best = sorted(near, key=lambda name: (-near[name], name))[:count]
            nearest = self._take({name: near[name] for name in best})
        wanted = frozenset(names)
        scores = self._keyword_scores(question)
        matching = {
            name: float(scores[row])
            for row in np.flatnonzero(scores > 0).tolist()
            if (name := self.keywords.ids[row]) in wanted
        }
        best = sorted(matching, key=lambda name: (-matching[name], name))[:count]
        return [nearest, self._take({name: matching[name] for name in best})]

    def _compare(self, vector: Sequence[float], names: Sequence[str]) -> Iterator[tuple[str, float]]:
        """The cosine similarity of each of those rows."""
        import numpy as np

        rows = self.find_rows(names, ("embeddings",))
        if len(rows) != len(names):
            raise self.damaged(f"{len(rows)} of {len(names)} passages are there")
        if rows:
            with self.explained():
                matrix = np.asarray([row.vector for row in rows], dtype=np.float32)
                similarities = (matrix @ np.asarray(vector, dtype=np.float32)).tolist()
            yield from zip((row.id for row in rows), similarities, strict=True)

    def _search_among(
        self, vector: Sequence[float], documents: Collection[str], passages: int, count: int
    ) -> list[Hit]:
        """The nearest passages of so many documents that these are a good part of all."""
        asked = max(FEWEST, 4 * count * len(self.keywords.ids) // passages)
        while True:
            hits = self.search_vectors(vector, asked)
            found = [hit for hit in hits if hit.passage.span.document_id in documents][:count]
            if len(found) == count or asked >= len(self.keywords.ids):
                return found
            asked *= 4

    def _take(self, scores: Mapping[str, float]) -> list[Hit]:
        """The passages of rows with their scores, in that order."""
        by_id = {row.id: self.passage(row) for row in self.find_rows(list(scores))} if scores else {}
        if missing := scores.keys() - by_id.keys():
            raise self.damaged(f"{len(missing)} passages are missing, '{min(missing)}' among them")
        return [Hit(by_id[name], score) for name, score in scores.items()]

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
        rows = self.find_document_rows(document_id)
        if len(rows) != expected:
            raise self.damaged(f"{len(rows)} of {expected} passages of '{document_id}' are there")
        return tuple(sorted((self.passage(row) for row in rows), key=lambda passage: passage.span))

    def document(self, document_id: str) -> Document:
        """A document with its text, joined from its passages and checked against its digest."""
        record = self.record(document_id)
        passages = self.passages(document_id)
        text = "".join(passage.text for passage in passages)
        if text_digest(text) != record.digest:
            raise self.damaged(f"the text of '{document_id}' is not what was indexed")
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
            metadata=record.metadata,
            # One that was cut is a part of several passages.
            blocks=tuple(dict.fromkeys(block for passage in passages for block in passage.blocks)),
        )

    def passage(self, row: Row) -> Passage:
        """The passage of a row, once its words and what is known of them are found to be those that were indexed."""
        metadata = row.metadata
        where = f"'{metadata.get('document')}' at {metadata.get('start')}" if metadata else "a passage"
        if row.text is None or text_digest(row.text)[:16] != metadata.get("digest"):
            raise self.damaged(f"the words of {where} are not what was indexed")
        with self.explained():
            passage = Passage(
                span=Span(metadata["document"], metadata["start"], metadata["end"]),
                text=row.text,
                title=metadata["title"],
                heading=metadata["heading"],
                page=metadata.get("page"),
                page_breaks=tuple(map(int, metadata.get("page_breaks", "").split())),
                blocks=unpack_blocks(metadata.get("blocks", "[]"), metadata["start"]),
                metadata=record.metadata if (record := self.records.get(metadata["document"])) else (),
            )
            seal = seal_passage(passage)
        if metadata.get("seal", seal) != seal:  # the first indexes have none
            raise self.damaged(f"what is known of the words of {where} is not what was indexed")
        return passage

    def _keyword_scores(self, question: str) -> Scores:
        with self.explained():
            scores = self.keywords.scores(question)
            if len(scores) != len(self.keywords.ids):
                raise self.damaged(f"{len(scores)} rows of keywords for {len(self.keywords.ids)} passages")
            return scores

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Whatever Chroma or a damaged file throws becomes one line with the way out."""
        try:
            yield
        except FootnoteError:
            raise
        except Exception as error:
            raise self.damaged(first_line(error)) from error


def read_rows(found: Mapping[str, Any]) -> list[Row]:
    """The rows of what Chroma's ``get`` returned; what was not asked for is None."""
    none = [None] * len(found["ids"])
    texts, facts, vectors = (
        none if found.get(name) is None else found[name] for name in ("documents", "metadatas", "embeddings")
    )
    return [
        Row(name, text, fact or {}, vector)
        for name, text, fact, vector in zip(found["ids"], texts, facts, vectors, strict=True)
    ]


def passage_metadata(passage: Passage) -> dict[str, str | int]:
    """What Chroma keeps of a passage beside its words and its vector."""
    values: dict[str, str | int] = {
        "document": passage.span.document_id,
        "start": passage.span.start,
        "end": passage.span.end,
        "title": passage.title,
        "heading": passage.heading,
        "digest": text_digest(passage.text)[:16],
        "seal": seal_passage(passage),
    }
    if passage.page is not None:
        values["page"] = passage.page
    if passage.page_breaks:
        values["page_breaks"] = " ".join(map(str, passage.page_breaks))
    if passage.blocks:
        values["blocks"] = pack_blocks(passage.blocks, passage.span.start)
    return values


def keyword_text(heading: str, text: str) -> str:
    """The text by which keywords find a passage: its heading and its words."""
    return f"{heading}\n{text}"
