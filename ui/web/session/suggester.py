"""Questions to suggest: found in each document once, in the background, while nobody waits for an answer."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.answer.suggestions import Suggestion, check_candidates, choose, find_candidates
from rag.chain import build_chain
from rag.errors import FootnoteError
from rag.types import Answer, Span
from ui.web.session.preferences import Preferences

if TYPE_CHECKING:
    from rag.index.document_records import DocumentRecord
    from rag.index.passage_index import PassageIndex
    from rag.settings import Settings
    from ui.web.session.waiting_line import WaitingLine

REMEMBERED = 500
"""Documents whose questions are remembered."""

PAUSE = 0.3
"""Seconds after which a busy line is looked at again."""


def find_near(last: Answer | None, shown: str, asked: Sequence[str]) -> list[Span]:
    """The places that questions are to be near to: what the last answer rests on, or the document that is shown.

    Where some documents alone are ``asked``, places in these: what others answer would not be answered now.
    """
    near = [citation.span for citation in last.citations] if last else []
    if last and not near:
        near = [found.passage.span for found in last.passages[:1]]
    if shown and shown not in {span.document_id for span in near}:
        near = [Span(shown, 0, 1)]
    if asked:
        near = [span for span in near if span.document_id in asked] or [Span(asked[0], 0, 1)]
    return near


class Suggester:
    """Finds questions in documents, one document after the other, and remembers them.

    Those that are kept were answered by the embedded answerer, whoever answers else: no chat model is asked for them.
    """

    def __init__(self, settings: Settings, line: WaitingLine):
        self._settings = Preferences(True, settings.passages, settings.abstain_below).apply(settings)
        self._line = line
        self._known: OrderedDict[str, list[Suggestion]] = OrderedDict()
        self._wanted: queue.Queue[tuple[PassageIndex, DocumentRecord] | None] = queue.Queue()
        self._asked_for: set[str] = set()
        self._lock = threading.Lock()
        self._ends = False
        threading.Thread(target=self._work, daemon=True, name="suggestions").start()

    def suggest(
        self, indexes: Sequence[PassageIndex], asked: Sequence[str], near: Sequence[Span], count: int
    ) -> tuple[list[str], bool]:
        """Up to so many questions that the documents answer, near to some places in them, and not asked yet.

        Of a document that is new none are known; they are being looked for from then on.

        Returns:
            The questions, and whether all are known that there can be.
        """
        records = [(index, record) for index in indexes for record in index.documents()]
        places = list(dict.fromkeys(span.document_id for span in near))
        chosen = [pair for pair in records if pair[1].id in places] or records[:1]
        found: list[Suggestion] = []
        for index, record in chosen:
            self.prepare(index, record)
            written = read_written().get(record.id, [])
            # The same text may be here under another name than where the questions were found.
            found += [
                replace(known, span=replace(known.span, document_id=record.id))
                for known in self._known.get(record.digest, [])
            ]
            found += [Suggestion(text, Span(record.id, 0, 1)) for text in written]
        return choose(found, asked, near, count), all(record.digest in self._known for _, record in chosen)

    def prepare(self, index: PassageIndex, record: DocumentRecord) -> None:
        """Have questions looked for in a document, where that was not done yet."""
        with self._lock:
            if record.digest in self._asked_for or self._ends:
                return
            self._asked_for.add(record.digest)
        self._wanted.put((index, record))

    def close(self) -> None:
        """Look for no more."""
        self._ends = True
        self._wanted.put(None)

    def _work(self) -> None:
        while (item := self._wanted.get()) is not None and not self._ends:
            index, record = item
            try:
                found = self._find(index, record)
            except FootnoteError:  # it was removed meanwhile, for one
                found = []
            except Exception:
                logging.getLogger(__name__).exception("no questions could be found in a document")
                found = []
            with self._lock:
                self._known[record.digest] = found
                while len(self._known) > REMEMBERED:
                    self._asked_for.discard(self._known.popitem(last=False)[0])

    def _find(self, index: PassageIndex, record: DocumentRecord) -> list[Suggestion]:
        chain = build_chain(index, settings=self._settings)
        candidates = find_candidates(index.document(record.id))
        return check_candidates(candidates, chain.invoke, goes_on=self._wait_for_quiet)

    def _wait_for_quiet(self) -> bool:
        while not self._ends and not self._line.is_quiet:
            time.sleep(PAUSE)
        return not self._ends


@cache
def read_written() -> dict[str, list[str]]:
    """The questions that were written for the document that comes with Footnote, by its id."""
    path = Path(__file__).parents[1] / "assets" / "examples.json"
    loaded: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
