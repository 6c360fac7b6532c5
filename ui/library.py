"""The documents that one browser added, or that all added together: an index of their own in a folder of their own."""

from __future__ import annotations

import logging
import re
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.pipeline import ingest_paths, remove_document
from ingest.report import SourceReport
from rag.errors import DocumentError, FootnoteError, IndexDamagedError, NoIndexError, SourceError, UsageError
from rag.index import DocumentRecord, PassageIndex, open_reader
from ui.care import mend_index

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.types import Document

VISITED = "visited"
"""The file whose time tells when somebody last came to a library."""

PROBLEM = "what you added was indexed with another model, or is damaged; index it anew"

LONGEST_NAME = 60
"""Characters of a pasted text's beginning that name it."""

Progress = Callable[[str, int, int], None]
Reports = list[tuple[str, SourceReport]]
"""The name of each file as the person knows it, and the report on it."""


class Library:
    """What was added, to be read, searched and changed; several sessions may use it at once.

    Files are deleted as soon as they are read: the index keeps the words. A library that was removed meanwhile is empty.

    Args:
        folder: where it lies; made when something is added.
        shared: the index that everybody sees. Its model embeds what is added, and its documents keep their names.
        settings: how large a document may be, and how many there may be.
    """

    def __init__(self, folder: Path, shared: PassageIndex, settings: Settings):
        self.folder = folder
        self._shared = shared
        self._settings = settings
        self._index: PassageIndex | None = None
        self._writing = threading.Lock()
        self.problem = ""

    @property
    def limit(self) -> int:
        """How many documents it may hold."""
        return self._settings.max_documents

    def open_index(self) -> PassageIndex | None:
        """Its index, in its newest state; None where there is none, or none that can be read: then ``problem`` says why."""
        self.problem = ""
        try:
            if self._index is None:
                self._index = PassageIndex(self.folder / "index", self._shared.embeddings)
            self._index.current()
        except NoIndexError:
            self._index = None
        except FootnoteError as error:
            logging.getLogger(__name__).warning("a library cannot be read: %s", error)  # with its place, for the log
            self._index, self.problem = None, PROBLEM
        return self._index

    def documents(self) -> tuple[DocumentRecord, ...]:
        """The records of what was added, in the order of adding."""
        index = self.open_index()
        return index.documents() if index else ()

    def document(self, document_id: str) -> Document:
        """One of them, with its text. Raises DocumentError for any other."""
        index = self.open_index()
        if index is None:
            raise DocumentError(f"no document '{document_id}'")
        return index.document(document_id)

    def visit(self) -> None:
        """Note that somebody came, so that it is kept for another while."""
        if self.folder.is_dir():
            with suppress(OSError):
                (self.folder / VISITED).touch()

    def add_files(self, paths: Sequence[Path], on_progress: Progress | None = None) -> Reports:
        """Bring files into the index. They are deleted, whatever becomes of them.

        Raises:
            FootnoteError: nothing could be added.
        """
        files = self.folder / "files"
        names = tell_apart([path.name for path in paths])
        try:
            with self._writing:
                self._check_room(names)
                files.mkdir(parents=True, exist_ok=True)
                self.visit()
                # Under its own name in one folder, so that a file that is added again replaces its old version.
                moved = [Path(shutil.move(path, files / name)) for path, name in zip(paths, names, strict=True)]
                return self._ingest(moved, name_files(names, on_progress))
        except OSError as error:
            raise SourceError(f"the file cannot be kept here ({error.strerror}); tell whoever runs this page") from None
        finally:
            for path in (*paths, *(files / name for name in names)):
                with suppress(OSError):
                    path.unlink()

    def add_text(self, title: str, text: str, on_progress: Progress | None = None) -> Reports:
        """Bring pasted text into the index, as a document of a title; its first words are one where none is given.

        Raises:
            UsageError: there are no words, or more than a file may have.
            FootnoteError: nothing could be added.
        """
        if not text.strip():
            raise UsageError("there is no text to add; paste some first")
        content = text.encode("utf-8", "replace")
        if len(content) > self._settings.max_upload_mb * 1_000_000:
            raise UsageError(
                f"the text has {len(content) / 1e6:.1f} MB, the limit is {self._settings.max_upload_mb:g}; add a part of it"
            )
        name = make_file_name(title if title.strip() else text)
        folder = self.folder / "pasted"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.write_bytes(content)
        except OSError as error:
            raise SourceError(f"the text cannot be kept here ({error.strerror}); tell whoever runs this page") from None
        return self.add_files([path], on_progress)

    def remove(self, document_id: str) -> None:
        """Take one document out. Raises DocumentError where it was not added here."""
        with self._writing:
            if self.open_index() is None:
                raise DocumentError(f"no document '{document_id}'; it may be removed already")
            remove_document(
                document_id,
                directory=self.folder / "index",
                embeddings=self._shared.embeddings,
                settings=self._settings,
            )

    def reindex(self, on_progress: Progress | None = None) -> Reports:
        """Cut and embed all of it anew, from the words that the index kept; what is damaged is mended first.

        Raises:
            FootnoteError: nothing is left of what was there, or it cannot be written.
        """
        with self._writing:
            try:
                open_reader(self.folder / "index")
            except IndexDamagedError:  # a rebuild would keep only what can be read
                mend_index(self.folder / "index", self._shared.embeddings, self._settings)
            return self._ingest([], on_progress, rebuild=True)

    def _ingest(self, paths: Sequence[Path], on_progress: Progress | None, *, rebuild: bool = False) -> Reports:
        reports = ingest_paths(
            paths,
            directory=self.folder / "index",
            embeddings=self._shared.embeddings,
            settings=self._settings,
            on_progress=on_progress,
            rebuild=rebuild,
            reserved=[record.id for record in self._shared.documents()],
        )
        return [(Path(report.source).name, report) for report in reports]

    def _check_room(self, names: Sequence[str]) -> None:
        there = {Path(record.source).name for record in self.documents()}
        wanted = len(there | set(names))
        if wanted > self.limit:
            raise UsageError(
                f"that would make {wanted} added documents, the limit is {self.limit}; remove some in the library first"
            )


def name_files(names: Sequence[str], on_progress: Progress | None) -> Progress | None:
    """Progress that says which of several files is being read."""
    if on_progress is None or len(names) < 2:
        return on_progress

    def tell(label: str, done: int, total: int) -> None:
        is_file = label == "Reading" and total == len(names) and done < total
        on_progress(f"Reading {names[done]}" if is_file else label, done, total)

    return tell


def tell_apart(names: Sequence[str]) -> list[str]:
    """Names of files that were added together, with a number put to one that is there twice."""
    told: dict[str, None] = {}
    for name in names:
        path, number = Path(name), 1
        while name in told:
            number += 1
            name = f"{path.stem} {number}{path.suffix}"
        told[name] = None
    return list(told)


def make_file_name(title: str) -> str:
    """A name for a file of text, from a title or from its first words."""
    words = " ".join(re.sub(r"[\W_]+", " ", title[: 4 * LONGEST_NAME]).split())
    return f"{words[:LONGEST_NAME].strip() or 'Pasted text'}.txt"
