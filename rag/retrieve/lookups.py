"""Passages that carry what a question names exactly, a code, a day, a value of a table's row, or that say what it is."""

from __future__ import annotations

from collections.abc import Sequence

from rag.english.definitions import read_definition
from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import choose_states
from rag.retrieve.keys import Keys, find_named_cells, read_keys
from rag.types import Passage, ScoredPassage

POOL = 30
"""How many passages with a code's parts in them are looked at for the code."""


def choose_passages(
    question: str,
    found: Sequence[ScoredPassage],
    indexes: Sequence[PassageIndex],
    *,
    count: int,
    documents: Sequence[str] = (),
) -> tuple[ScoredPassage, ...]:
    """The best ``count`` of what was found, and in the place of some what carries that which the question names exactly.

    Search by words and meaning may rank a row with another number higher. What carries the number takes the place of
    the last ones that do not, up to half of all, and scores like the last.

    Args:
        question: one that stands alone.
        found: more than are wanted, best first.
        indexes: where passages with the question's codes are looked for beside those.
        count: how many passages to give.
        documents: ids of the only documents to search; empty for all.
    """
    best, keys, definition = tuple(found[:count]), read_keys(question), read_definition(question)
    known = {scored.passage.id for scored in best}
    named = [code for code, _ in keys.codes] + ([definition.name] if definition else [])
    others = [*_find_named(named, indexes, documents), *(scored.passage for scored in found[count:])]

    def carries(home: Passage) -> bool:
        return _carries(question, home, keys) or (definition is not None and definition.stands_in(home.text))

    carriers = {home.id: home for home in others if home.id not in known and carries(home)}
    idle = [scored.passage.id for scored in best if not carries(scored.passage)] if carriers else []
    new = list(carriers.values())[: min(len(idle), count // 2)]
    leaving = set(idle[len(idle) - len(new) :])
    stay = (scored for scored in best if scored.passage.id not in leaving)
    return (*stay, *(ScoredPassage(home, best[-1].score) for home in new))


def _find_named(names: Sequence[str], indexes: Sequence[PassageIndex], documents: Sequence[str]) -> list[Passage]:
    hits = (
        hit
        for name in names
        for state, _ in choose_states(indexes, documents)
        for hit in state.search_keywords(name, POOL)
    )
    return [hit.passage for hit in hits if not documents or hit.passage.span.document_id in documents]


def _carries(question: str, passage: Passage, keys: Keys) -> bool:
    rows = (block for block in passage.blocks if block.kind == "row")
    return keys.are_in(passage.text) or any(find_named_cells(question, passage, row) for row in rows)
