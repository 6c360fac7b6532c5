"""Passages that carry what a question names exactly: a code, a day, a value of a table's row."""

from __future__ import annotations

from collections.abc import Sequence

from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import choose_states
from rag.retrieve.keys import Keys, find_named_cells, read_keys
from rag.types import Passage, ScoredPassage

POOL = 60
"""How many passages with words of the question are looked at for what it names."""


def with_carriers(
    question: str, passages: tuple[ScoredPassage, ...], indexes: Sequence[PassageIndex], documents: Sequence[str] = ()
) -> tuple[ScoredPassage, ...]:
    """As many passages, but with those that carry what the question names exactly, where search had left them out.

    Search by words and meaning may rank a row with another number higher. What carries the number takes the place of
    the last ones that do not, up to half of all, and scores like the last.
    """
    keys = read_keys(question)
    known = {scored.passage.id for scored in passages}
    found: dict[str, Passage] = {}
    for words in (*(code for code, _ in keys.codes), question):
        for state, _ in choose_states(indexes, documents):
            for hit in state.search_keywords(words, POOL):
                home = hit.passage
                is_asked = not documents or home.span.document_id in documents
                if is_asked and home.id not in known and _carries(question, home, keys):
                    found.setdefault(home.id, home)
    new = list(found.values())[: len(passages) // 2]
    if not new:
        return passages
    idle = [scored for scored in passages if not _carries(question, scored.passage, keys)][-len(new) :]
    new = new[: len(idle)]
    leaving = {scored.passage.id for scored in idle[len(idle) - len(new) :]}
    stay = [scored for scored in passages if scored.passage.id not in leaving]
    return (*stay, *(ScoredPassage(home, passages[-1].score) for home in new))


def _carries(question: str, passage: Passage, keys: Keys) -> bool:
    rows = (block for block in passage.blocks if block.kind == "row")
    return keys.are_in(passage.text) or any(find_named_cells(question, passage, row) for row in rows)
