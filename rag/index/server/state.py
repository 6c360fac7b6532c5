"""An index on a Chroma server: immutable rows, and generations that name those which are alive.

Two collections:

    NAME              the index itself: its generations, one record a document, and the writer's lease
    NAME-passages-*   the passages; a rebuild makes another one, because vectors of another length need it

Putting a document in makes a new *version* of it: a record called by the version, and rows called ``version:0``,
``version:1``, ... Versions never change. A generation lists the versions that are alive, and takes effect by being
added under the number after the last one; of two writers that add the same number, Chroma keeps the first. Rows of
dead versions are left out in memory, and deleted by a later command (``rag/index/server/writer.py``).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rag.errors import FootnoteError, IndexDamagedError, NoIndexError, ServerError
from rag.index.bm25 import KeywordIndex, open_cached
from rag.index.document_records import DocumentRecord, parse_record
from rag.index.profile import Profile, check_format, check_profile
from rag.index.server.connection import Collection, Connection, LostCollectionError
from rag.index.state import TEXTS, Hit, IndexState, Row, keyword_text
from rag.settings import ChromaServer

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

SPARE = 4
"""How many times more neighbours are asked for than wanted, because some may belong to dead versions. Names without
words cost little: 2 ms for 30 and 22 ms for 5,000 among 16,000 passages."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One generation as the server keeps it; ``token`` tells it from another of the same number."""

    number: int
    token: str
    passages: str
    versions: tuple[str, ...]
    profile: Profile

    def to_row(self) -> Row:
        """The row that makes this generation the current one, once it is added."""
        facts = {"kind": "generation", "number": self.number, "token": self.token, "passages": self.passages}
        return Row(entry_name(self.number), json.dumps(self.versions), facts | asdict(self.profile))


def entry_name(number: int) -> str:
    """The name of a generation's row."""
    return f"generation-{number:06d}"


def row_names(version: str, count: int) -> list[str]:
    """The names of a version's passages."""
    return [f"{version}:{number}" for number in range(count)]


def find_newest(entries: Collection) -> Row | None:
    """The row of the current generation; None where there is none yet."""
    return max(entries.find({"kind": "generation"}), key=entry_number, default=None)


def entry_number(row: Row) -> int:
    """The number of a generation's row; 0 where it has lost it."""
    number = row.metadata.get("number")
    return number if isinstance(number, int) else 0


def read_entry(row: Row, server: ChromaServer) -> Entry:
    """The generation of a row. Raises IndexMismatchError for another format, IndexDamagedError where it was altered."""
    try:
        values = row.metadata
        check_format(values["format_version"], server)
        profile = Profile(
            int(values["format_version"]),
            str(values["embedding_model"]),
            int(values["dimension"]),
            str(values["splitting"]),
            str(values.get("probe", "")),
        )
        versions = tuple(map(str, json.loads(row.text or "")))
        return Entry(entry_number(row), str(values["token"]), str(values["passages"]), versions, profile)
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(server, f"{row.id}: {error}") from error


def find_records(
    entries: Collection, versions: Sequence[str], server: ChromaServer, known: Mapping[str, DocumentRecord]
) -> dict[str, DocumentRecord]:
    """The document records of those versions by version, in their order; those ``known`` are not fetched again."""
    found = {name: known[name] for name in versions if name in known}
    try:
        for row in entries.get([name for name in versions if name not in found]):
            found[row.id] = parse_record(row.text or "")
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(server, f"a document's record: {error}") from error
    missing = [name for name in versions if name not in found]
    if missing:
        raise damaged(server, f"{len(missing)} records of documents are missing")
    return {name: found[name] for name in versions}


def damaged(server: ChromaServer, what: str) -> IndexDamagedError:
    """The error that says what is broken, where, and what mends it."""
    return IndexDamagedError(
        f"the index at '{server}' is damaged ({what}); build it again with: footnote ingest --rebuild"
    )


class ServerReader:
    """The newest generation of an index on a server; one small call before each question tells whether it moved.

    Raises:
        NoIndexError, IndexMismatchError, IndexDamagedError, ServerError: on opening.
    """

    def __init__(self, server: ChromaServer, embeddings: Embeddings | None):
        self._embeddings = embeddings
        self._connection = Connection(server)
        self._lock = threading.Lock()
        self._generation: ServerGeneration | None = None
        self.current()

    def current(self) -> ServerGeneration:
        """The newest generation there is."""
        while True:
            held, known = self._generation, self._generation
            try:
                if held is not None and held.is_newest():
                    return held
            except LostCollectionError:  # deleted and made again, or another server took the address
                known = None
            with self._lock:  # of several questions at once, one loads what is new
                if self._generation is held:
                    self._generation = self._load(known)
                    return self._generation

    def _load(self, held: ServerGeneration | None) -> ServerGeneration:
        server = self._connection.server
        entries = self._connection.find(server.collection)
        for attempt in (1, 2, 3):
            row = find_newest(entries) if entries else None
            if entries is None or row is None:
                raise NoIndexError(f"no index at '{server}'; create one with: footnote ingest PATH")
            try:
                return ServerGeneration(self._connection, entries, read_entry(row, server), self._embeddings, held)
            except (IndexDamagedError, LostCollectionError):
                # Two commands may have ended while it was loaded, and swept away what it names.
                newest = find_newest(entries)
                if attempt == 3 or newest is None or newest.id == row.id:
                    raise
        raise AssertionError("unreachable")


class ServerGeneration(IndexState):
    """One generation of an index on a server."""

    def __init__(
        self,
        connection: Connection,
        entries: Collection,
        entry: Entry,
        embeddings: Embeddings | None,
        before: ServerGeneration | None = None,
    ):
        self.place = self._server = connection.server
        self._entries = entries
        self._entry = entry
        self.profile = entry.profile
        if embeddings is not None:  # without them it can be read, but not searched by meaning
            check_profile(self.profile, embeddings, self._server)
        known = before._by_version if before else {}
        self._former = before.keywords if before and embeddings is not None else None
        self._by_version: dict[str, DocumentRecord] = find_records(entries, entry.versions, self._server, known)
        self.records = {record.id: record for record in self._by_version.values()}
        self._versions = {record.id: version for version, record in self._by_version.items()}
        self._names = [
            name for version, record in self._by_version.items() for name in row_names(version, record.passages)
        ]
        self._passages = connection.find(entry.passages) if self._names else None
        if self._names and self._passages is None:
            raise damaged(self._server, f"its passages '{entry.passages}' are gone")
        if embeddings is not None:
            self.keywords  # noqa: B018  # loaded now, while the server surely has all of these passages
            self._former = None

    @cached_property
    def keywords(self) -> KeywordIndex:  # type: ignore[override]  # whoever only lists documents need not wait for it
        """The keyword index of this generation, from this machine's cache or built anew."""
        folder = self._server.cache / "keywords" / self._entries.id / self._entry.token
        with self.explained():
            return open_cached(folder, self._names, self._read_texts, self._former)

    def is_newest(self) -> bool:
        """Whether no command has ended since; asks the server."""
        names = [entry_name(self._entry.number), entry_name(self._entry.number + 1)]
        rows = self._entries.get(names, ["metadatas"])
        return [row.metadata.get("token") for row in rows] == [self._entry.token]

    def search_vectors(self, vector: Sequence[float], count: int) -> list[Hit]:
        """The ``count`` passages nearest to a unit vector, by cosine similarity, best first."""
        if self._passages is None or not self._names:
            return []
        self.check_vector(vector)
        wanted, asked = min(count, len(self._names)), count * SPARE
        while True:
            with self._told():
                found = self._passages.find_nearest(vector, asked)
            alive = [(name, far) for name, far in found if name.partition(":")[0] in self._by_version]
            if len(alive) >= wanted or len(found) < asked:
                break
            asked *= SPARE
        rows = {row.id: row for row in self.find_rows([name for name, _ in alive[:wanted]])}
        missing = [name for name, _ in alive[:wanted] if name not in rows]
        if missing:
            raise self.damaged(f"{len(missing)} passages are missing, '{missing[0]}' among them")
        return [Hit(self.passage(rows[name]), 1.0 - far) for name, far in alive[:wanted]]

    def find_rows(self, names: Sequence[str], include: Sequence[str] = TEXTS) -> list[Row]:
        """The rows of those names with what is asked for, in any order; those that are not there are left out."""
        with self._told():
            return self._passages.get(names, include) if self._passages else []

    def find_names(self, document_ids: Sequence[str]) -> list[str]:
        """The names of all rows of some documents. Raises DocumentError for an unknown one."""
        records = [self.record(name) for name in document_ids]
        return [name for each in records for name in row_names(self._versions[each.id], each.passages)]

    def find_document_rows(self, document_id: str, *, vectors: bool = False) -> list[Row]:
        """All rows of a document, in any order, with their vectors where asked for."""
        return self.find_rows(self.find_names([document_id]), (*TEXTS, "embeddings") if vectors else TEXTS)

    def damaged(self, what: str) -> FootnoteError:
        """The error that says what is broken, where, and what mends it."""
        newest = find_newest(self._entries)
        if newest and entry_number(newest) > self._entry.number + 1:
            return ServerError(f"the index at '{self._server}' has changed twice meanwhile; ask again")
        return damaged(self._server, what)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what it means that the passages are gone as a whole: two commands later, a rebuild has dropped them."""
        try:
            yield
        except LostCollectionError as error:
            raise self.damaged(f"its passages '{self._entry.passages}' are gone") from error

    def _read_texts(self, names: Sequence[str]) -> list[str]:
        # Not by way of ``damaged`` and its word that the index has changed: who loads it then tries the newer one.
        rows = self._passages.get(names) if self._passages else []
        texts = {row.id: keyword_text(row.metadata["heading"], row.text or "") for row in rows}
        if len(texts) < len(names):
            raise damaged(self._server, f"{len(names) - len(texts)} of {len(self._names)} passages are missing")
        return [texts[name] for name in names]
