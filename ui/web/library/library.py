"""The documents that one browser added, or that all added together: an index of their own in a folder of their own."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.document_building import refuse_fetching
from ingest.loaders import Source
from ingest.mending import mend_index
from ingest.pipeline import ingest_paths, remove_document
from ingest.places import Fetch
from ingest.report import SourceReport
from rag.errors import DocumentError, IndexDamagedError, SourceError, UsageError
from rag.index.passage_index import PassageIndex, open_reader
from ui.render.language import gettext
from ui.web.library.open_libraries import OpenLibraries
from ui.web.library.pending_replacements import PendingReplacement, PendingReplacements
from ui.web.library.provenance import FILES, Adder, find_others, forget_provenance, note_provenance
from ui.web.library.quotas import LibraryQuotas, remove_folder
from ui.web.library.readable import ReadableLibrary
from ui.web.library.received import (
    Progress,
    check_received,
    clean_name,
    discard_received,
    find_paste_limit,
    keep_pasted,
    name_files,
    name_source,
    tell_apart,
)
from ui.web.library.web_pages import check_is_own

if TYPE_CHECKING:
    from rag.settings import Settings

Reports = list[tuple[str, SourceReport | PendingReplacement]]
"""The name of each file as the person knows it, and what became of it."""


class Library(ReadableLibrary):
    """What was added, to be read, searched and changed; several sessions may use it at once.

    Files are deleted as soon as they are read: the index keeps the words, and PDFs whose pages are shown. A library that was removed meanwhile is empty.

    Args:
        folder: where it lies; made when something is added.
        shared: the index that everybody sees. Its model embeds what is added, and its documents keep their names.
        settings: how large a document may be, and how many there may be.
        received: the folder that uploads are received in, with all links resolved.
        quotas: whether there is room for more.
        open_libraries: of all libraries that are open.
        fetch: gets web pages, or refuses to.

    Attributes:
        is_shared: whether it is everybody's, so that it is noted who added what.
    """

    def __init__(
        self,
        folder: Path,
        shared: PassageIndex,
        settings: Settings,
        received: Path,
        quotas: LibraryQuotas,
        open_libraries: OpenLibraries,
        fetch: Fetch,
    ):
        super().__init__(folder, shared, open_libraries)
        self.is_shared = settings.share_library
        self._settings = settings
        self._received = received
        self._quotas = quotas
        self._fetch = fetch
        self._held = PendingReplacements(folder)
        self._writing = threading.Lock()

    @property
    def limit(self) -> int:
        """How many documents it may hold."""
        return self._settings.max_documents

    def add_files(
        self, paths: Sequence[Path], on_progress: Progress | None = None, adder: Adder | None = None
    ) -> Reports:
        """Bring uploaded files into the index. They are deleted, whatever becomes of them.

        Args:
            paths: each in the folder that uploads are received in; nothing else is touched.
            on_progress: see ``ingest_paths``.
            adder: who adds them, to be noted where the library is everybody's.

        Raises:
            FootnoteError: nothing could be added.
        """
        checked = check_received(paths, self._received)
        try:
            return self._add(checked, tell_apart([clean_name(path.name) for path in checked]), on_progress, adder)
        finally:
            discard_received(checked, self._received)

    def add_text(
        self, title: str, text: str, on_progress: Progress | None = None, adder: Adder | None = None
    ) -> Reports:
        """Bring pasted text into the index, as a document of a title; its first words are one where none is given.

        Raises:
            UsageError: there are no words, or more than can be pasted.
            FootnoteError: nothing could be added.
        """
        path = keep_pasted(title, text, self._received, find_paste_limit(self._settings.max_upload_mb))
        try:
            return self._add([path], [path.name], on_progress, adder)
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)

    def add_page(self, address: str, on_progress: Progress | None = None, adder: Adder | None = None) -> Reports:
        """Fetch a web page and bring it into the index, where that is switched on.

        Raises:
            FootnoteError: it could not be fetched, or not be added.
        """
        if on_progress:
            on_progress("Fetching", 0, 1)
        page = self._fetch(address)
        with self._changing():
            self._quotas.check_room(self.folder.name)
            if self.is_shared:
                check_is_own(self.folder, self.documents(), page, adder)
            self._check_room([page.path])
            self.folder.mkdir(parents=True, exist_ok=True)
            self.visit()
            return [*self._ingest_for(adder, [page], on_progress)]

    def discard(self, paths: Sequence[Path]) -> None:
        """Delete uploaded files that are not to be added after all."""
        discard_received(paths, self._received)

    def replace(
        self, held: PendingReplacement, on_progress: Progress | None = None, adder: Adder | None = None
    ) -> Reports:
        """Bring a file that was held into the index, in place of the document of its name.

        Raises:
            UsageError: it is held no longer.
            FootnoteError: it could not be added.
        """
        path = self._held.find(held)
        try:
            return self._add([path], [held.name], on_progress, adder, replaces=True)
        finally:
            self._held.drop(held)

    def remove(self, document_id: str) -> None:
        """Take one document out. Raises DocumentError where it was not added here."""
        with self._changing():
            if self.open_index() is None:
                raise DocumentError(gettext("no document “%(name)s”; it may be removed already", name=document_id))
            directory, embeddings = self.folder / "index", self._shared.embeddings
            remove_document(document_id, directory=directory, embeddings=embeddings, settings=self._settings)
            forget_provenance(self.folder, document_id)

    def reindex(self, on_progress: Progress | None = None) -> Reports:
        """Cut and embed all of it anew, from the words that the index kept; what is damaged is mended first.

        Raises:
            FootnoteError: nothing is left of what was there, or it cannot be written.
        """
        with self._changing():
            try:
                open_reader(self.folder / "index")
            except IndexDamagedError:  # a rebuild would keep only what can be read
                mend_index(self.folder / "index", self._shared.embeddings, self._settings)
            return [*self._ingest([], on_progress, rebuild=True)]

    def _add(
        self,
        paths: Sequence[Path],
        names: Sequence[str],
        on_progress: Progress | None,
        adder: Adder | None,
        replaces: bool = False,
    ) -> Reports:
        """Bring files into the index under names, but for those that would replace what somebody else added."""
        files = self.folder / FILES
        try:
            with self._changing():
                self._quotas.check_room(self.folder.name)
                is_asked_first = self.is_shared and not replaces
                others = find_others(self.folder, self.documents(), paths, names, adder) if is_asked_first else {}
                mine = [(path, name) for path, name in zip(paths, names, strict=True) if name not in others]
                self._check_room([name for _, name in mine])
                self._held.check_room(len(others))
                files.mkdir(parents=True, exist_ok=True)
                self.visit()
                theirs = [(path, name) for path, name in zip(paths, names, strict=True) if name in others]
                reports: Reports = [(name, self._held.hold(path, name, others[name])) for path, name in theirs]
                # Under its own name in one folder, so that a file that is added again replaces its old version.
                moved = [Path(shutil.move(path, files / name)) for path, name in mine]
                told = name_files([name for _, name in mine], on_progress)
                return [*(self._ingest_for(adder, moved, told) if moved else []), *reports]
        except OSError as error:
            raise SourceError(
                gettext("the file cannot be kept here (%(reason)s); tell whoever runs this page", reason=error.strerror)
            ) from None
        finally:
            for name in names:
                with suppress(OSError):
                    (files / name).unlink()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One change at a time; after it the library is measured anew, and goes where nothing is in it any more."""
        with self._writing:
            try:
                yield
            finally:
                with suppress(OSError):
                    if self.folder.is_dir() and not self.documents() and not self.problem and not self._held.count():
                        self.close()
                        remove_folder(self.folder)
                    self._quotas.measure(self.folder.name)

    def _ingest_for(
        self, adder: Adder | None, sources: Sequence[Path | Source], on_progress: Progress | None
    ) -> list[tuple[str, SourceReport]]:
        """Bring sources into the index, and note who added them where the library is everybody's."""
        added = self._ingest(sources, on_progress)
        if adder and self.is_shared:
            written = [each.document for _, each in added if each.status in ("added", "replaced")]
            note_provenance(self.folder, [name for name in written if name], adder)
        return added

    def _ingest(
        self, paths: Sequence[Path | Source], on_progress: Progress | None, *, rebuild: bool = False
    ) -> list[tuple[str, SourceReport]]:
        reports = ingest_paths(
            paths,
            directory=self.folder / "index",
            embeddings=self._shared.embeddings,
            settings=self._settings,
            on_progress=on_progress,
            rebuild=rebuild,
            reserved=[record.id for record in self._shared.documents()],
            fetch=refuse_fetching,  # a page that was added is not asked for again by itself
            room=self.limit - len(self.documents()),
        )
        return [(self._name(report.source), report) for report in reports]

    def _name(self, source: str) -> str:
        return name_source(source, self.folder / FILES)

    def _check_room(self, names: Sequence[str]) -> None:
        wanted = len({self._name(record.source) for record in self.documents()} | set(names))
        if wanted > self.limit:
            raise UsageError(
                gettext(
                    "that would make %(count)s added documents, the limit is %(limit)s; remove some in the library first",
                    count=wanted,
                    limit=self.limit,
                )
            )
