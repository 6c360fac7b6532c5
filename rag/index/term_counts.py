"""How often each text has each term: what a keyword index is reckoned from, kept so that a new text alone has to be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.english.terms import find_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.integer[Any]]

FILES = ("starts", "columns", "counts")


@dataclass(frozen=True, slots=True)
class TermCounts:
    """A sparse matrix of texts by terms, row after row.

    Attributes:
        vocabulary: the column of each term.
        starts: where each row begins in the other two, and where the last one ends, of shape (rows + 1,).
        columns: the columns of the terms that a row has, each once, of shape (entries,).
        counts: how often the row has them, of shape (entries,).
    """

    vocabulary: Mapping[str, int]
    starts: Integers
    columns: Integers
    counts: Integers

    @property
    def rows(self) -> int:
        """How many texts there are."""
        return len(self.starts) - 1


def count_terms(texts: Sequence[str], vocabulary: Mapping[str, int] | None = None) -> TermCounts:
    """The terms of texts; those of a ``vocabulary`` keep their columns, and new ones come after them."""
    import numpy as np

    known = dict(vocabulary or {})
    starts, columns, counts = [0], [], []
    for terms in find_terms(texts):
        for term, count in Counter(terms).items():
            columns.append(known.setdefault(term, len(known)))
            counts.append(count)
        starts.append(len(columns))
    return TermCounts(known, np.array(starts, np.int64), np.array(columns, np.int32), np.array(counts, np.int32))


def keep_rows(counted: TermCounts, kept: NDArray[np.bool_]) -> TermCounts:
    """The rows that are True in ``kept``, of shape (rows,), in their order."""
    import numpy as np

    if kept.all():
        return counted
    lengths = np.diff(counted.starts)
    entries = np.repeat(kept, lengths)
    starts = np.concatenate([[0], np.cumsum(lengths[kept])])
    return TermCounts(counted.vocabulary, starts, counted.columns[entries], counted.counts[entries])


def append_rows(counted: TermCounts, texts: Sequence[str]) -> TermCounts:
    """The rows, and those of new texts after them; columns of terms that no row has any more are left out."""
    import numpy as np

    new = count_terms(texts, counted.vocabulary)
    columns = np.concatenate([counted.columns, new.columns])
    starts = np.concatenate([counted.starts, counted.starts[-1] + new.starts[1:]])
    counts = np.concatenate([counted.counts, new.counts])
    used = np.zeros(len(new.vocabulary), dtype=bool)
    used[columns] = True
    if used.all():
        return TermCounts(new.vocabulary, starts, columns, counts)
    renumbered = np.cumsum(used, dtype=np.int32) - 1
    vocabulary = {term: int(renumbered[column]) for term, column in new.vocabulary.items() if used[column]}
    return TermCounts(vocabulary, starts, renumbered[columns], counts)


def save_counts(counted: TermCounts, folder: Path) -> None:
    """Write all but the vocabulary into a folder, which is made if need be."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        np.save(folder / f"{name}.npy", getattr(counted, name))


def load_counts(folder: Path, vocabulary: Mapping[str, int]) -> TermCounts | None:
    """What ``save_counts`` wrote, mapped from the disk; None where an earlier Footnote wrote nothing."""
    import numpy as np

    paths = [folder / f"{name}.npy" for name in FILES]
    if not all(path.is_file() for path in paths):
        return None
    return TermCounts(vocabulary, *(np.load(path, mmap_mode="r", allow_pickle=False) for path in paths))
