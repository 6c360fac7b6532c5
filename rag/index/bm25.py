"""Keyword search: BM25 over the same passages as the vectors. Derived from them, and rebuilt whenever they change."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.english.terms import find_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float32]

K1, B = 0.9, 0.4
"""BM25's saturation and length normalisation, at the values usual for passages (Anserini's defaults)."""


class KeywordIndex:
    """A BM25 index whose rows are named by passage ids."""

    def __init__(self, ids: Sequence[str], bm25: Any):
        self.ids = tuple(ids)
        self._bm25 = bm25

    @classmethod
    def build(cls, ids: Sequence[str], texts: Sequence[str]) -> KeywordIndex:
        """Index ``texts``; row i is called ``ids[i]``."""
        import bm25s

        terms = find_terms(texts)
        if not any(terms):
            return cls(ids, None)
        bm25 = bm25s.BM25(k1=K1, b=B)
        bm25.index(terms, show_progress=False)
        return cls(ids, bm25)

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ids.json").write_text(json.dumps(self.ids), encoding="utf-8")
        if self._bm25 is not None:
            self._bm25.save(str(folder / "bm25"), show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> KeywordIndex:
        """Read what ``save`` wrote; the scores stay on disk and are mapped into memory."""
        ids = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
        if not (folder / "bm25").is_dir():
            return cls(ids, None)
        import bm25s

        return cls(ids, bm25s.BM25.load(str(folder / "bm25"), mmap=True, show_progress=False))

    @property
    def terms(self) -> Collection[str]:
        """All search terms of the index."""
        return self._bm25.vocab_dict.keys() if self._bm25 is not None else ()

    def scores(self, question: str) -> Scores:
        """Every row's BM25 score, as a share of the most that the question could score in this index: shape (rows,).

        A share lies in [0, 1), 0 where no term of the question occurs. A term that no row has counts as the rarest.
        """
        import numpy as np

        terms = find_terms([question])[0] if self._bm25 is not None else []
        known = [term for term in terms if term in self._bm25.vocab_dict]
        if not known:
            return np.zeros(len(self.ids), dtype=np.float32)
        starts = self._bm25.scores["indptr"]
        columns = (self._bm25.vocab_dict[term] for term in known)
        most = sum(self._rarity(int(starts[at + 1] - starts[at])) for at in columns)
        most += (len(terms) - len(known)) * self._rarity(0)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32) / np.float32(most)

    def _rarity(self, rows: int) -> float:
        """The inverse document frequency of a term that so many rows have, as Lucene and bm25s reckon it."""
        return math.log(1 + (len(self.ids) - rows + 0.5) / (rows + 0.5))


CACHED = 2
"""How many keyword indexes of one collection are kept: the newest, and the one that a question may still be on."""

DAY = 24 * 3600


def open_cached(folder: Path, ids: Sequence[str], read_texts: Callable[[], Sequence[str]]) -> KeywordIndex:
    """The keyword index of rows ``ids``, from ``folder`` or built anew of their texts and left there for the next time.

    Two processes may do so at once: each writes to a folder of its own, and the first to rename it wins. Where nothing
    can be written, the index stays in memory.
    """
    with suppress(Exception):  # absent, half-deleted or altered: it is built again
        kept = KeywordIndex.load(folder)
        if kept.ids == tuple(ids) and len(kept.scores("word")) == len(ids):
            return kept
    built = KeywordIndex.build(ids, read_texts())
    with suppress(OSError):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the terms of all documents are in there
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=folder.parent, ignore_cleanup_errors=True) as new:
            built.save(Path(new) / "index")
            (Path(new) / "index").rename(folder)
        by_age = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)
        finished = [path for path in by_age if not path.name.startswith("new-")]
        abandoned = [
            path for path in by_age if path.name.startswith("new-") and path.stat().st_mtime < time.time() - DAY
        ]
        for path in (*finished[:-CACHED], *abandoned):
            shutil.rmtree(path, ignore_errors=True)
    return built
