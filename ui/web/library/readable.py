"""The documents that somebody added, to be read and searched: their index, opened when it is used and let go when it is not."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import DocumentError, FootnoteError, NoIndexError
from rag.index.document_records import DocumentRecord
from rag.index.passage_index import PassageIndex
from ui.render.language import mark
from ui.web.library.open_libraries import OpenLibraries

if TYPE_CHECKING:
    from rag.types import Document

VISITED = "visited"
"""The file whose time tells when somebody last came to a library."""

PROBLEM = mark("what you added was indexed with another model, or is damaged; index it anew")

MOST_CHAINS = 4
"""Ways of searching a library that are kept at once: one for what its visitors chose."""


class ReadableLibrary:
    """What was added; several sessions may read it at once.

    Args:
        folder: where it lies.
        shared: the index that everybody sees, whose model searches.
        open_libraries: of all libraries that are open.
    """

    def __init__(self, folder: Path, shared: PassageIndex, open_libraries: OpenLibraries):
        self.folder = folder
        self._shared = shared
        self._open_libraries = open_libraries
        self._chains: OrderedDict[Hashable, tuple[PassageIndex | None, Any]] = OrderedDict()
        self._index: PassageIndex | None = None
        self.problem = ""

    def open_index(self) -> PassageIndex | None:
        """Its index, in its newest state; None where there is none, or none that can be read: then ``problem`` says why."""
        self.problem = ""
        index = self._index  # another visit may close the library meanwhile
        try:
            if index is None:
                index = PassageIndex(self.folder / "index", self._shared.embeddings)
            index.current()
            self._index = index
            self._open_libraries.use(self)
        except NoIndexError:
            index = self._index = None
        except FootnoteError as error:
            logging.getLogger(__name__).warning("a library cannot be read: %s", error)  # with its place, for the log
            index = self._index = None
            self.problem = PROBLEM
        return index

    @property
    def is_open(self) -> bool:
        """Whether its index is."""
        return self._index is not None

    def close(self) -> None:
        """Let go of the index and of what searches it; both are opened again as soon as they are used."""
        self._index = None
        self._chains.clear()

    def find_chain(self, wanted: Hashable, build: Callable[[PassageIndex | None], Any]) -> Any:
        """What ``build`` makes of the index, kept as long as that is open.

        Args:
            wanted: tells one way of building from others.
            build: given the index, None where there is none.
        """
        own = self.open_index()
        index, chain = self._chains.get(wanted, (None, None))
        if chain is None or index is not own:
            chain = build(own)
            self._chains[wanted] = own, chain
            while len(self._chains) > MOST_CHAINS:
                self._chains.popitem(last=False)
        return chain

    def documents(self) -> tuple[DocumentRecord, ...]:
        """The records of what was added, in the order of adding."""
        index = self.open_index()
        try:
            return index.documents() if index else ()
        except NoIndexError:  # removed meanwhile
            return ()

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
