"""Keyword search: BM25 over the same passages as the vectors. Derived from them, and reckoned anew whenever they change."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.english.terms import find_terms
from rag.index.term_counts import TermCounts, append_rows, count_terms, keep_rows, load_counts, save_counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.integer[Any]]
    Scores = NDArray[np.float32]

K1, B = 0.9, 0.4
"""BM25's saturation and length normalisation, at the values usual for passages (Anserini's defaults)."""


SCORES, ROWS, STARTS, VOCABULARY = (
    f"bm25/{name}"
    for name in ("data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy", "vocab.index.json")
)
"""Files of an index, named as bm25s names them, by which earlier Footnotes wrote them."""

COUNTS = "counts"


@dataclass(frozen=True, slots=True)
class KeywordIndex:
    """A BM25 index whose rows are named by passage ids: for each term, the rows that have it and what that scores.

    Attributes:
        ids: the names of the rows.
        vocabulary: the number of each term.
        starts: where each term begins in the other two, and where the last one ends, of shape (terms + 1,).
        rows, weights: the rows that have a term, and their scores for it, of shape (entries,).
        counted: what it was reckoned from; None where an earlier Footnote kept nothing of that.
    """

    ids: tuple[str, ...]
    vocabulary: Mapping[str, int]
    starts: Integers
    rows: Integers
    weights: Scores
    counted: TermCounts | None

    @classmethod
    def build(cls, ids: Sequence[str], texts: Sequence[str]) -> KeywordIndex:
        """Index ``texts``; row i is called ``ids[i]``."""
        return _reckon(ids, count_terms(texts))

    def renew(self, ids: Collection[str], texts: Mapping[str, str]) -> KeywordIndex | None:
        """The index of rows ``ids``, where only those of ``texts`` are new or changed; the others are not read again.

        None where it cannot be told from this one: it kept no counts, or a row is neither here nor in ``texts``.
        """
        import numpy as np

        if self.counted is None or self.counted.rows != len(self.ids) or not texts.keys() <= set(ids):
            return None
        wanted = {name for name in ids if name not in texts}
        kept = np.array([name in wanted for name in self.ids], dtype=bool)
        if int(kept.sum()) != len(wanted):
            return None
        names = [name for name in self.ids if name in wanted] + list(texts)
        return _reckon(names, append_rows(keep_rows(self.counted, kept), list(texts.values())))

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``, which is made if need be."""
        import numpy as np

        (folder / "bm25").mkdir(parents=True, exist_ok=True)
        (folder / "ids.json").write_text(json.dumps(self.ids), encoding="utf-8")
        (folder / VOCABULARY).write_text(json.dumps(dict(self.vocabulary)), encoding="utf-8")
        for name, values in ((SCORES, self.weights), (ROWS, self.rows), (STARTS, self.starts)):
            np.save(folder / name, values)
        if self.counted is not None:
            save_counts(self.counted, folder / COUNTS)

    @classmethod
    def load(cls, folder: Path) -> KeywordIndex:
        """Read what ``save`` wrote; the scores stay on disk and are mapped into memory."""
        import numpy as np

        ids = tuple(json.loads((folder / "ids.json").read_text(encoding="utf-8")))
        if not (folder / "bm25").is_dir():  # as earlier Footnotes left an index without a word
            return _reckon(ids, count_terms([""] * len(ids)))
        vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        starts, rows, weights = (
            np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in (STARTS, ROWS, SCORES)
        )
        return cls(ids, vocabulary, starts, rows, weights, load_counts(folder / COUNTS, vocabulary))

    @property
    def terms(self) -> Collection[str]:
        """All search terms of the index."""
        return self.vocabulary.keys()

    def scores(self, question: str) -> Scores:
        """Every row's BM25 score, as a share of the most that the question could score in this index: shape (rows,).

        A share lies in [0, 1), 0 where no term of the question occurs. A term that no row has counts as the rarest.
        """
        import numpy as np

        found = np.zeros(len(self.ids), dtype=np.float32)
        terms = find_terms([question])[0]
        known = [self.vocabulary[term] for term in terms if term in self.vocabulary]
        if not known:
            return found
        most = (len(terms) - len(known)) * self._rarity(0)
        for column in known:
            low, high = int(self.starts[column]), int(self.starts[column + 1])
            found[self.rows[low:high]] += self.weights[low:high]
            most += self._rarity(high - low)
        return found / np.float32(most)

    def _rarity(self, rows: int) -> float:
        """The inverse document frequency of a term that so many rows have, as Lucene reckons it."""
        return math.log(1 + (len(self.ids) - rows + 0.5) / (rows + 0.5))


def _reckon(ids: Sequence[str], counted: TermCounts) -> KeywordIndex:
    """BM25 as Lucene has it (Kamphuis et al., ECIR 2020), for each term of each row."""
    import numpy as np
    from scipy.sparse import csr_array

    starts = np.asarray(counted.starts, np.int32 if len(counted.counts) < 2**31 else np.int64)
    told = np.concatenate([[0], np.cumsum(counted.counts, dtype=np.int64)])
    words = told[starts[1:]] - told[starts[:-1]]
    mean = words.mean() if words.any() else 1.0
    having = np.bincount(counted.columns, minlength=len(counted.vocabulary))
    rarity = np.log(1 + (counted.rows - having + 0.5) / (having + 0.5)).astype(np.float32)
    counts, length = counted.counts.astype(np.float32), (K1 * (1 - B + B * words / mean)).astype(np.float32)
    weights = counts / (counts + np.repeat(length, np.diff(starts))) * rarity[counted.columns]
    shape = (counted.rows, len(counted.vocabulary))
    by_term = csr_array((weights, np.asarray(counted.columns, starts.dtype), starts), shape=shape).tocsc()
    rows, starts = by_term.indices.astype(np.int32), by_term.indptr.astype(np.int64)
    return KeywordIndex(tuple(ids), counted.vocabulary, starts, rows, by_term.data, counted)


CACHED = 2
"""How many keyword indexes of one collection are kept: the newest, and the one that a question may still be on."""

DAY = 24 * 3600
NEW = "new-"
"""How the folder of one begins that is being written."""


def open_cached(
    folder: Path,
    ids: Sequence[str],
    read_texts: Callable[[Sequence[str]], Sequence[str]],
    former: KeywordIndex | None = None,
) -> KeywordIndex:
    """The keyword index of rows ``ids``, from ``folder``, or made and left there for the next time.

    It is made of the index ``former`` or of the newest one kept beside ``folder``, and then only the rows that are new
    are read; where there is neither, of all. A row's text never changes under its name. Two processes may do so at once:
    each writes to a folder of its own, and the first to rename it wins. Where nothing can be written, the index stays in
    memory.
    """
    if (kept := _load_sound(folder)) and len(kept.ids) == len(ids) and set(kept.ids) == set(ids):
        return kept
    former = former or next(
        (found for path in _find_finished(folder.parent)[::-1] if (found := _load_sound(path))), None
    )
    built = (former and _renew(former, ids, read_texts)) or KeywordIndex.build(ids, read_texts(ids))
    with suppress(OSError):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the terms of all documents are in there
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=NEW, dir=folder.parent, ignore_cleanup_errors=True) as new:
            built.save(Path(new) / "index")
            (Path(new) / "index").rename(folder)
        abandoned = [path for path in folder.parent.glob(f"{NEW}*") if path.stat().st_mtime < time.time() - DAY]
        for path in (*_find_finished(folder.parent)[:-CACHED], *abandoned):
            shutil.rmtree(path, ignore_errors=True)
    return built


def _find_finished(parent: Path) -> list[Path]:
    """The keyword indexes that are kept in a folder, the newest last."""
    with suppress(OSError):
        by_age = sorted(parent.iterdir(), key=lambda path: path.stat().st_mtime)
        return [path for path in by_age if not path.name.startswith(NEW)]
    return []


def _load_sound(folder: Path) -> KeywordIndex | None:
    """The index in a folder; None where it is absent, half-deleted or altered."""
    with suppress(Exception):
        kept = KeywordIndex.load(folder)
        if len(kept.scores("word")) == len(kept.ids):
            return kept
    return None


def _renew(
    former: KeywordIndex, ids: Sequence[str], read_texts: Callable[[Sequence[str]], Sequence[str]]
) -> KeywordIndex | None:
    known = set(former.ids)
    if former.counted is None or not any(name in known for name in ids):
        return None
    new = [name for name in ids if name not in known]
    return former.renew(ids, dict(zip(new, read_texts(new), strict=True)) if new else {})
