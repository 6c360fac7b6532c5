"""Writing the passage index: changes that take effect together, or not at all."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import DocumentError, FootnoteError, IndexDamagedError, IndexWriteError, NoIndexError, first_line
from rag.index import generations
from rag.index.bm25 import KeywordIndex
from rag.index.chroma_client import COLLECTION, PAGE, close_chroma, open_chroma
from rag.index.document_records import DocumentRecord, read_records, write_records
from rag.index.originals import keep_original, prune_originals
from rag.index.passage_index import read_profile
from rag.index.profile import Profile, check_probe, check_profile, make_profile
from rag.index.server.writer import write_to_server
from rag.index.state import GRAPH, keyword_text, passage_metadata, read_rows
from rag.settings import ChromaServer
from rag.types import Passage

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

AT_ONCE = 250
"""Rows per ``add``: Chroma holds Python's lock until it returns, eight seconds for thousands of equal vectors, and a
server answers nobody meanwhile. Smaller ones make indexing slower: 4 % with 500 rows beside 5,000, 16 % with 200."""

BREATH = 0.02
"""Seconds between two of them, in which a server answers whoever has waited."""

FULL = 1_000_000
"""Bytes; with fewer left on its disk, what fails is taken to fail for want of them."""

SAMPLED = 16
"""New passages that have to be found again before they count as written; of each document, twice as many are candidates."""

EXACT = 1_000
"""Up to so many vectors Chroma compares with all of them; above, with those that its graph leads to."""


class IndexWriter(Protocol):
    """Changes to an index that take effect together, or not at all. Obtain one from ``write_index``.

    ``records`` are the documents as the changes leave them; ``is_new`` says that there was no index before.
    """

    records: dict[str, DocumentRecord]
    is_new: bool

    def add(self, record: DocumentRecord, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]) -> None:
        """Put a document in, in place of the one of the same id if there is one."""

    def remove(self, document_id: str) -> None:
        """Take a document out. Raises DocumentError for an unknown one."""

    def keep_original(self, digest: str, content: bytes) -> None:
        """Keep the bytes of a source, so that its pages can be shown, for as long as a document comes from it."""


class DirectoryWriter:
    """An ``IndexWriter`` of an index directory: it works on a copy of the current generation."""

    def __init__(self, directory: Path, embeddings: Embeddings, splitting: str, *, fresh: bool = False):
        self.directory = directory
        self._embeddings = embeddings
        self._splitting = splitting
        self._fresh = fresh
        self._folder: Path | None = None
        self._before: Profile | None = None
        self._current: Path | None = None
        self._client: Any = None
        self._collection: Any = None
        self._added: dict[str, NDArray[np.float32]] = {}
        self._texts: dict[str, str] = {}
        self._pending: list[tuple[Passage, Sequence[float]]] = []
        self.records: dict[str, DocumentRecord] = {}
        try:
            current = generations.find_current(directory)
        except NoIndexError:
            self.is_new = True
            return
        except IndexDamagedError:
            self.is_new = False
            if fresh:
                return
            raise
        self.is_new = False
        if fresh:
            with suppress(FootnoteError, OSError, ValueError, KeyError, TypeError):  # what is broken is built anew
                self.records = read_records(current)
            return
        self._current = current
        self._before = read_profile(current)
        self.records = read_records(current)
        check_profile(self._before, embeddings, directory, splitting)

    def add(self, record: DocumentRecord, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]) -> None:
        """Put a document in, in place of the one of the same id if there is one."""
        import numpy as np

        self._open()
        if record.id in self.records:
            self._collection.delete(where={"document": record.id})
        self._pending += zip(passages, vectors, strict=True)
        while len(self._pending) >= AT_ONCE:
            self._write_batch()
            time.sleep(BREATH)
        self.records[record.id] = record
        step = max(1, len(passages) // SAMPLED)
        self._added.update(
            {passages[at].id: np.asarray(vectors[at], np.float32) for at in range(0, len(passages), step)}
        )
        self._texts.update({passage.id: keyword_text(passage.heading, passage.text) for passage in passages})

    def _write_batch(self) -> None:
        """One call for the passages of many documents: Chroma takes nearly as long for ten as for a hundred."""
        import numpy as np

        batch, self._pending = self._pending[:AT_ONCE], self._pending[AT_ONCE:]
        if batch:
            self._collection.add(
                ids=[passage.id for passage, _ in batch],
                documents=[passage.text for passage, _ in batch],
                metadatas=[passage_metadata(passage) for passage, _ in batch],
                embeddings=np.asarray([vector for _, vector in batch], dtype=np.float32),
            )

    def remove(self, document_id: str) -> None:
        """Take a document out. Raises DocumentError for an unknown one."""
        if document_id not in self.records:
            raise DocumentError(f"no document '{document_id}' in the index; list them with: footnote documents")
        self._open()
        self._write_batch()
        self._collection.delete(where={"document": document_id})
        del self.records[document_id]
        prefix = f"{document_id}:"
        self._added = {name: vector for name, vector in self._added.items() if not name.startswith(prefix)}
        self._texts = {name: text for name, text in self._texts.items() if not name.startswith(prefix)}

    def keep_original(self, digest: str, content: bytes) -> None:
        """Keep the bytes of a source; they go at the end where no document comes from it."""
        keep_original(self.directory, digest, content)

    def _open(self) -> None:
        """Copy the current generation on the first change, so that a run without changes writes nothing."""
        if self._folder is not None:
            return
        if self._before:
            check_probe(self._before.probe, self._embeddings, self.directory)
        if self._fresh:
            self._folder = generations.start_empty(self.directory)
            self.records = {}
        else:
            self._folder = generations.copy_current(self.directory)
        self._client = open_chroma(self._folder)
        self._collection = self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": GRAPH}
        )

    def commit(self, keep: Path | None = None) -> None:
        """Write what derives from the passages, check a sample of the new ones, and switch to the new generation.

        The one before it stays for those who read it; so does ``keep``.
        """
        if self._folder is None and self.is_new:
            self._open()  # an index without documents is still an index: asking it says what to do
        if self._folder is None:
            return
        self._write_batch()
        ids = self._collection.get(include=[])["ids"]
        expected = sum(record.passages for record in self.records.values())
        if len(ids) != expected:
            raise IndexWriteError(
                f"{len(ids)} of {expected} passages reached the index; nothing was changed, try again"
            )
        self._check_sample()
        profile = make_profile(self._embeddings, self._splitting, self._before)
        keywords = self._index_keywords(ids)
        close_chroma(self._client)
        keyword_folder = self._folder / "keyword"
        with generations.explained(self.directory):
            keywords.save(keyword_folder)
            write_records(self._folder, self.records.values())
            (self._folder / "index.json").write_text(json.dumps(asdict(profile), indent=2) + "\n", encoding="utf-8")
        generations.switch_to(self._folder, keep)

    def discard(self) -> None:
        """Forget all changes; the copy on disk is swept away."""
        if self._client is not None:
            close_chroma(self._client)
        if self._folder is None:
            return
        with suppress(FootnoteError):
            if generations.find_current(self.directory) == self._folder:
                return  # interrupted after the switch: it is the index now
        shutil.rmtree(self._folder, ignore_errors=True)

    def _index_keywords(self, ids: Sequence[str]) -> KeywordIndex:
        """The keyword index of all passages, of which only the new ones are read where the one before can be trusted."""
        if self._current and not generations.find_damaged_files(self._current, within="keyword/"):
            with suppress(OSError, ValueError, KeyError, TypeError):  # of the first Footnote, which kept no checksums
                if renewed := KeywordIndex.load(self._current / "keyword").renew(ids, self._texts):
                    return renewed
        found: dict[str, str] = {}
        for at in range(0, len(ids), PAGE):
            page = self._collection.get(limit=PAGE, offset=at, include=["documents", "metadatas"])
            found |= {row.id: keyword_text(row.metadata["heading"], row.text or "") for row in read_rows(page)}
        return KeywordIndex.build(list(found), list(found.values()))

    def _check_sample(self) -> None:
        names = sorted(self._added)
        sample = random.Random(0).sample(names, min(SAMPLED, len(names)))
        missed = []
        for name in sample:
            found = self._collection.query(query_embeddings=self._added[name][None], n_results=1, include=["distances"])
            if not found["ids"][0] or found["distances"][0][0] > 1e-3:
                missed.append(name)
        # The graph of a large index overlooks some vectors, and that is no fault of this writing; half of them are.
        if len(missed) > (len(sample) // 2 if self._collection.count() > EXACT else 0):
            raise IndexWriteError(
                f"the new passage '{missed[0]}' cannot be found again; nothing was changed, try again"
            )


@contextmanager
def write_index(
    location: Path | str | ChromaServer,
    embeddings: Embeddings,
    *,
    splitting: str,
    timeout: float = 600.0,
    on_wait: Callable[[], None] | None = None,
    fresh: bool = False,
) -> Iterator[IndexWriter]:
    """Change an index: all changes of the block take effect at its end, none when it raises or is killed.

    Args:
        location: a directory, or a Chroma server; the index is made if absent.
        embeddings: must be the model the index was made with.
        splitting: a name for how documents are cut; must be the one the index was made with.
        timeout: seconds to wait for another writer.
        on_wait: called once if there is one.
        fresh: start from an empty index, whatever the old one was made with.

    Raises:
        IndexWriteError, IndexMismatchError, IndexDamagedError, ServerError
    """
    options: dict[str, Any] = {"splitting": splitting, "timeout": timeout, "on_wait": on_wait, "fresh": fresh}
    if isinstance(location, ChromaServer):
        with write_to_server(location, embeddings, **options) as server_writer:
            yield server_writer
    else:
        with _write_directory(Path(location), embeddings, **options) as directory_writer:
            yield directory_writer


@contextmanager
def _write_directory(
    directory: Path,
    embeddings: Embeddings,
    *,
    splitting: str,
    timeout: float,
    on_wait: Callable[[], None] | None,
    fresh: bool,
) -> Iterator[DirectoryWriter]:
    with generations.hold_lock(directory, timeout, on_wait):
        writer = DirectoryWriter(directory, embeddings, splitting, fresh=fresh)
        try:
            yield writer
            writer.commit()
        except FootnoteError:
            writer.discard()
            raise
        except Exception as error:  # Chroma reports a full disk in many ways
            is_full = shutil.disk_usage(directory).free < FULL  # before the copy is swept away
            writer.discard()
            reason = first_line(error)
            if is_full and "space" not in reason:
                reason = f"No space left on device: {reason}"
            raise IndexWriteError(f"the index at '{directory}' was not changed ({reason}); try again") from error
        except BaseException:
            writer.discard()
            raise
        finally:
            prune_originals(directory)
