"""What the documents that a visitor sees can be chosen by: names of their metadata, and the values that they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rag.conditions import Condition
from rag.question import LONGEST_ID, MOST_DOCUMENTS, read_typed
from ui.render.panels import Facet
from ui.render.redaction import is_place

if TYPE_CHECKING:
    from rag.index.document_records import DocumentRecord

MOST_FACETS, MOST_VALUES, LONGEST = 8, 40, 100
"""Names that are offered, values of each, and characters of either; what has more values is no kind of document."""

Pairs = tuple[tuple[str, str], ...]
"""What is chosen: a value, as it is shown, of each of some names."""


def find_facets(records: Iterable[DocumentRecord]) -> tuple[Facet, ...]:
    """The names by which some of the documents can be chosen, and not all, with how many have each value."""
    counts: dict[str, Counter[str]] = {}
    total = 0
    for record in records:
        total += 1
        for name, value in record.metadata:
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            counts.setdefault(name, Counter())[shown if value in read_typed(shown) else ""] += 1
    return tuple(
        Facet(name, tuple(sorted(counts[name].items()))) for name in sorted(counts) if _parts(name, counts[name], total)
    )[:MOST_FACETS]


def _parts(name: str, values: Counter[str], total: int) -> bool:
    """Whether a name parts the documents into kinds; a path or a number that each has for itself does not."""
    fits = all(value and len(value) <= LONGEST and not is_place(value) for value in values)
    return fits and len(name) <= LONGEST and len(values) <= MOST_VALUES and max(values.values()) < total


def read_pairs(given: object) -> Pairs:
    """What a browser says was chosen, which may be anything; empty where it is anything else."""
    if not isinstance(given, list | tuple) or len(given) > MOST_FACETS:
        return ()
    pairs = [pair for pair in given if isinstance(pair, list | tuple) and len(pair) == 2]
    fits = all(isinstance(text, str) and 0 < len(text) <= LONGEST for pair in pairs for text in pair)
    return tuple((name, value) for name, value in pairs) if fits and len(pairs) == len(given) else ()


def read_ids(given: object) -> tuple[str, ...]:
    """The ids of documents that a browser says are to be asked, each once; none where it is anything else."""
    if not isinstance(given, list | tuple) or len(given) > MOST_DOCUMENTS:
        return ()
    fits = all(isinstance(name, str) and 0 < len(name) <= LONGEST_ID for name in given)
    return tuple(dict.fromkeys(given)) if fits else ()


def keep_offered(pairs: Pairs, facets: Sequence[Facet]) -> Pairs:
    """Of what was chosen that which can still be chosen: a document may have gone since."""
    offered = {(facet.name, value) for facet in facets for value, _ in facet.values}
    return tuple(dict(pair for pair in pairs if pair in offered).items())


def make_conditions(pairs: Pairs) -> tuple[Condition, ...]:
    """What was chosen, as a question has it."""
    return tuple(Condition(name, "=", read_typed(value)) for name, value in pairs)
