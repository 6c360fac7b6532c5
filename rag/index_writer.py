"""Writing the passage index: changes that take effect together, or not at all."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import generations
from rag.errors import DocumentError, FootnoteError, IndexWriteError, NoIndexError
from rag.index import (
    COLLECTION,
    FORMAT_VERSION,
    PAGE,
    Profile,
    check_profile,
    open_chroma,
    read_profile,
)
from rag.keyword import KeywordIndex
from rag.models import embedding_name
from rag.records import DocumentRecord, read_records, seal_passage, write_records
from rag.types import Passage, text_digest

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


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
        self._pending: list[tuple[Passage, Sequence[float]]] = []
        self.records: dict[str, DocumentRecord] = {}
        try:
            current = generations.find_current(directory)
        except NoIndexError:
            self.is_new = True
            return
        self.is_new = False
        if fresh:
            with suppress(FootnoteError, OSError, ValueError, KeyError, TypeError):  # what is broken is built anew
                self.records = read_records(current)
            return
        profile = read_profile(current)
        self.records = read_records(current)
        check_profile(profile, embeddings, current, splitting)

    def add(self, record: DocumentRecord, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]) -> None:
        """Put a document in, in place of the one of the same id if there is one."""
        self._open()
        if record.id in self.records:
            self._collection.delete(where={"document": record.id})
        self._pending += zip(passages, vectors, strict=True)
        while len(self._pending) >= PAGE:
            self._write_pending()
        self.records[record.id] = record
        self._added.update({passage.id: vector for passage, vector in zip(passages, vectors, strict=True)})

    def _write_pending(self) -> None:
        """One call for the passages of many documents: Chroma takes as long for ten as for a thousand."""
        import numpy as np

        batch, self._pending = self._pending[:PAGE], self._pending[PAGE:]
        if batch:
            self._collection.add(
                ids=[passage.id for passage, _ in batch],
                documents=[passage.text for passage, _ in batch],
                metadatas=[_metadata(passage) for passage, _ in batch],
                embeddings=np.asarray([vector for _, vector in batch], dtype=np.float32),
            )

    def remove(self, document_id: str) -> None:
        """Take a document out. Raises DocumentError for an unknown one."""
        if document_id not in self.records:
            raise DocumentError(f"no document '{document_id}' in the index; list them with: footnote documents")
        self._open()
        self._write_pending()
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
        self._client = open_chroma(self._folder)
        self._collection = self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def commit(self) -> None:
        """Write what derives from the passages, check a sample of the new ones, and switch to the new generation."""
        if self._folder is None and self.is_new:
            self._open()  # an index without documents is still an index: asking it says what to do
        if self._folder is None:
            return
        self._write_pending()
        ids, texts = self._all_passages()
        expected = sum(record.passages for record in self.records.values())
        if len(ids) != expected:
            raise IndexWriteError(
                f"{len(ids)} of {expected} passages reached the index; nothing was changed, try again"
            )
        self._check_sample()
        dimension = len(next(iter(self._added.values()))) if self._added else len(self._embeddings.embed_query("size"))
        self._client.close()
        keyword_folder = self._folder / "keyword"
        with generations.explained(self.directory):
            KeywordIndex.build(ids, texts).save(keyword_folder)
            profile = Profile(FORMAT_VERSION, embedding_name(self._embeddings), dimension, self._splitting)
            write_records(self._folder, self.records.values())
            (self._folder / "index.json").write_text(json.dumps(asdict(profile), indent=2) + "\n", encoding="utf-8")
        generations.switch_to(self._folder)

    def discard(self) -> None:
        """Forget all changes; the copy on disk is swept away."""
        if self._client is not None:
            self._client.close()
        if self._folder is None:
            return
        with suppress(FootnoteError):
            if generations.find_current(self.directory) == self._folder:
                return  # interrupted after the switch: it is the index now
        shutil.rmtree(self._folder, ignore_errors=True)

    def _all_passages(self) -> tuple[list[str], list[str]]:
        """The ids of all passages and the text by which keywords find them: heading and words."""
        ids: list[str] = []
        texts: list[str] = []
        for at in range(0, self._collection.count(), PAGE):
            page = self._collection.get(limit=PAGE, offset=at, include=["documents", "metadatas"])
            ids += page["ids"]
            texts += [
                f"{meta['heading']}\n{text}" for text, meta in zip(page["documents"], page["metadatas"], strict=True)
            ]
        return ids, texts

    def _check_sample(self, size: int = 16) -> None:
        import numpy as np

        names = sorted(self._added)
        for name in random.Random(0).sample(names, min(size, len(names))):
            found = self._collection.query(
                query_embeddings=np.asarray([self._added[name]], dtype=np.float32), n_results=1, include=["distances"]
            )
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


def _empty(folder: Path) -> None:
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
        "seal": seal_passage(passage),
    }
    if passage.page is not None:
        values["page"] = passage.page
    if passage.page_breaks:
        values["page_breaks"] = " ".join(map(str, passage.page_breaks))
    return values
