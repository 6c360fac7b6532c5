"""Writing an index on a Chroma server: changes that take effect together, or not at all.

New versions are put beside the old ones, where no reader looks; then one row, the next generation, makes all of them
take effect. Killed before it, a command has changed nothing. What is dead is deleted only after that row: a version
is dead for good when neither the new generation nor the one before names it and the generation that its writer set out
from has a successor, because that writer can no longer finish.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from rag.errors import DocumentError, FootnoteError, IndexUnavailable, IndexWriteError, ServerError, first_line
from rag.index.document_records import DocumentRecord, to_line
from rag.index.profile import check_probe, check_profile, make_profile
from rag.index.server.connection import PAGE, Collection, Connection
from rag.index.server.lease import hold_lease
from rag.index.server.state import Entry, entry_number, find_newest, find_records, read_entry, row_names
from rag.index.state import Row, passage_metadata
from rag.settings import ChromaServer
from rag.types import Passage

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


DRAWN = 64
"""New passages whose vectors are held until the end, when some of them are looked for."""


class ServerWriter:
    """An ``IndexWriter`` of an index on a server. Obtain one from ``write_index``."""

    def __init__(
        self, connection: Connection, entries: Collection, embeddings: Embeddings, splitting: str, *, fresh: bool
    ):
        self._connection = connection
        self._entries = entries
        self._embeddings = embeddings
        self._splitting = splitting
        self._fresh = fresh
        self._changed = False
        self.records: dict[str, DocumentRecord] = {}
        self._versions: dict[str, str] = {}  # of each document
        self._counts: dict[str, int] = {}  # the passages of each version of this command
        self._drawn: list[
            tuple[str, Sequence[float]]
        ] = []  # new passages with their vectors, to be looked for at the end
        self._chance, self._added = random.Random(0), 0
        self._pending: list[tuple[Row, list[Row]]] = []
        self._passages: Collection | None = None
        row = find_newest(entries)
        self.is_new = row is None
        self._number = entry_number(row) if row else 0
        self._before: Entry | None = None
        self._passages_name = f"{connection.server.collection}-passages-{secrets.token_hex(4)}"
        if row and fresh:
            with suppress(IndexUnavailable):  # what is broken is built anew
                self._before = self._load(row)
        elif row:
            self._before = self._load(row)
            check_profile(self._before.profile, embeddings, connection.server, splitting)
            self._passages_name = self._before.passages

    def _load(self, row: Row) -> Entry:
        before = read_entry(row, self._connection.server)
        by_version = find_records(self._entries, before.versions, self._connection.server, {})
        self.records = {record.id: record for record in by_version.values()}
        self._versions = {record.id: version for version, record in by_version.items()}
        return before

    def add(self, record: DocumentRecord, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]) -> None:
        """Put a document in, in place of the one of the same id if there is one."""
        self._begin()
        version = secrets.token_hex(8)
        facts: dict[str, str | int] = {
            "kind": "document",
            "document": record.id,
            "base": self._number,
            "passages": self._passages_name,
            "count": len(passages),
        }
        rows = [
            Row(name, passage.text, passage_metadata(passage) | {"version": version}, vector)
            for name, passage, vector in zip(row_names(version, len(passages)), passages, vectors, strict=True)
        ]
        self._pending.append((Row(version, to_line(record), facts), rows))
        self.records[record.id] = record
        self._versions[record.id] = version
        self._counts[version] = len(rows)
        self._draw(rows)
        if sum(len(rows) for _, rows in self._pending) >= PAGE:
            self.write_pending()

    def _draw(self, rows: Sequence[Row]) -> None:
        """Keep ``DRAWN`` of all rows that are added, each as likely as another: the others' vectors need not be held."""
        for row in rows:
            at = self._added if self._added < DRAWN else self._chance.randrange(self._added + 1)
            self._added += 1
            if at < DRAWN and row.vector is not None:
                self._drawn[at : at + 1] = [(row.id, row.vector)]

    def remove(self, document_id: str) -> None:
        """Take a document out. Raises DocumentError for an unknown one."""
        if document_id not in self.records:
            raise DocumentError(f"no document '{document_id}' in the index; list them with: footnote documents")
        self._begin()
        del self.records[document_id]
        del self._versions[document_id]

    def keep_original(self, digest: str, content: bytes) -> None:
        """Nothing: a Chroma server keeps texts, and its documents are shown as these."""

    def commit(self) -> None:
        """Make sure that all new passages are there and can be found, then make the new generation the current one."""
        if not self._changed and not self.is_new:
            return
        self.write_pending()
        self._check_new()
        server, number = self._connection.server, self._number + 1
        before = self._before.profile if self._before and not self._fresh else None
        profile = make_profile(self._embeddings, self._splitting, before)
        entry = Entry(number, secrets.token_hex(8), self._passages_name, tuple(self._versions.values()), profile)
        unsure, self._counts = self._counts, {}  # once it may be the index, nothing of it is discarded
        self._entries.add([entry.to_row()])
        newest = find_newest(self._entries)
        if newest is None or newest.metadata.get("token") != entry.token:
            if newest and entry_number(newest) == number:
                self._counts = unsure  # the number is taken: these versions will never be alive
            raise IndexWriteError(f"another process has changed '{server}' meanwhile; nothing was changed, try again")
        with suppress(ServerError, KeyError, TypeError):  # what stays behind is dead: the next command sweeps it
            self._sweep(entry)

    def discard(self) -> None:
        """Forget all changes; what of them has reached the server is deleted, now or by a later command."""
        with suppress(ServerError):
            if self._passages:
                self._passages.delete(
                    [name for version, count in self._counts.items() for name in row_names(version, count)]
                )
            self._entries.delete(list(self._counts))

    def _begin(self) -> None:
        """On the first change of a fresh index, what it held is left behind; that of another must have been made alike."""
        if self._fresh and not self._changed:
            self.records, self._versions = {}, {}
        elif self._before and not self._changed:
            check_probe(self._before.profile.probe, self._embeddings, self._connection.server)
        self._changed = True

    def write_pending(self) -> None:
        """The records first: they tell a later command which passages an unfinished one may have left."""
        pending, self._pending = self._pending, []
        self._entries.add([record for record, _ in pending])
        rows = [row for _, rows in pending for row in rows]
        if rows and self._passages is None:
            self._passages = self._connection.make(self._passages_name, searched=True)
        if rows and self._passages:
            self._passages.add(rows)

    def _check_new(self, size: int = 16) -> None:
        """See that every new passage has arrived, and that a sample of them is found by its own vector."""
        expected = [
            name for version in self._versions.values() for name in row_names(version, self._counts.get(version, 0))
        ]
        if not expected or self._passages is None:
            return
        arrived = len(self._passages.get(expected, []))
        if arrived != len(expected):
            raise IndexWriteError(
                f"{arrived} of {len(expected)} passages reached the server; nothing was changed, try again"
            )
        missed = []
        alive = set(expected)
        for name, vector in [drawn for drawn in self._drawn if drawn[0] in alive][:size]:
            nearest = self._passages.find_nearest(vector, 1)
            if not nearest or nearest[0][1] > 1e-3:
                missed.append(name)
        # The graph of a large index overlooks some vectors, and that is no fault of this writing; half of them are.
        is_large = sum(record.passages for record in self.records.values()) > PAGE
        if len(missed) > (size // 2 if is_large else 0):
            raise IndexWriteError(
                f"the new passage '{missed[0]}' cannot be found again; nothing was changed, try again"
            )

    def _sweep(self, current: Entry) -> None:
        """Delete what can never be alive again: see the head of this file."""
        kept = [current, *([self._before] if self._before else [])]
        alive = {version for entry in kept for version in entry.versions}
        collections = {entry.passages for entry in kept}
        unable = self._entries.find({"base": {"$lte": self._number}}, ["metadatas"])
        # Passages that a rebuild has left behind are dropped as a whole by the next command, and not touched before:
        # they may be what made the rebuild necessary.
        left = collections - {current.passages}
        dead = [row for row in unable if row.id not in alive and row.metadata["passages"] not in left]
        for name in {row.metadata["passages"] for row in dead}:
            if name not in collections:
                self._connection.drop(name)
            elif passages := self._connection.find(name):
                own = [row for row in dead if row.metadata["passages"] == name]
                passages.delete([passage for row in own for passage in row_names(row.id, row.metadata["count"])])
        self._entries.delete([row.id for row in dead])
        old = self._entries.find({"number": {"$lt": self._number}}, ["metadatas"])
        self._entries.delete([row.id for row in old])


@contextmanager
def write_to_server(
    server: ChromaServer,
    embeddings: Embeddings,
    *,
    splitting: str,
    timeout: float,
    on_wait: Callable[[], None] | None,
    fresh: bool,
) -> Iterator[ServerWriter]:
    """What ``write_index`` does, on a Chroma server.

    Raises:
        IndexWriteError, IndexMismatchError, IndexDamagedError, ServerError
    """
    with closing(Connection(server)) as connection:
        connection.patience = server.timeout  # a server that is started again is worth waiting for
        entries = connection.make(server.collection, searched=False)
        with hold_lease(entries, server, timeout, on_wait):
            writer = ServerWriter(connection, entries, embeddings, splitting, fresh=fresh)
            try:
                yield writer
                writer.commit()
            except ServerError:
                raise  # it would not hear of the rest either: a later command sweeps it
            except FootnoteError:
                writer.discard()
                raise
            except Exception as error:
                writer.discard()
                raise IndexWriteError(
                    f"the index at '{server}' was not changed ({first_line(error)}); try again"
                ) from error
            except BaseException:
                writer.discard()
                raise
