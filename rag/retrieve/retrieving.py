"""The chain's step from what is asked to passages: those of Footnote's own index."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import search, with_openings
from rag.retrieve.lookups import choose_passages
from rag.retrieve.message_answers import answer_about_messages
from rag.retrieve.whole_documents import find_central_passages, read_whole
from rag.steps import Exact, Retrieved, Understood
from rag.types import Passage, ScoredPassage


def retrieve(
    asked: Understood, *, indexes: Sequence[PassageIndex], count: int = 8, reads_whole: bool = False
) -> Retrieved:
    """Find the passages for a question, or for each of several.

    Args:
        asked: what is asked.
        indexes: searched together, as one.
        count: how many passages to give.
        reads_whole: also bring all passages of the documents where the question is about those as a whole.

    Raises:
        DocumentError: a document is in none of the indexes.
        IndexUnavailable: an index cannot be read.
    """

    def find(single: Understood) -> Retrieved:
        documents = single.question.documents
        whole = read_whole(indexes, documents) if reads_whole and single.route in ("summary", "list") else ()
        if single.route == "summary":
            return make_retrieved(single, find_central_passages(indexes, documents), whole=whole)
        found = search(single.standalone, indexes, count=count, documents=documents)
        if exact := answer_about_messages(single, found, indexes):
            return with_exact(single, exact, found, count)
        passages = choose_passages(single.standalone, found, indexes, count=count, documents=documents)
        return make_retrieved(single, with_openings(single.standalone, passages, indexes), whole=whole)

    return retrieve_parts(asked, find, count)


def with_exact(asked: Understood, exact: Exact, found: Sequence[ScoredPassage], count: int) -> Retrieved:
    """A question with what answers it exactly, and the passages that this is quoted from; where it declines, those found."""
    homes = {home.id: home for quote in exact.quotes for _, home in quote.evidence}
    shown = [ScoredPassage(home, 1.0) for home in homes.values()] or found
    return replace(make_retrieved(asked, shown[:count]), exact=exact)


def retrieve_parts(asked: Understood, find: Callable[[Understood], Retrieved], count: int) -> Retrieved:
    """What ``find`` finds for a question; for several in one, the best ``count`` passages of each in turn."""
    if not asked.parts:
        return find(asked)
    parts = tuple(find(part) for part in asked.parts)
    return replace(make_retrieved(asked, take_turns(parts, count)), parts=parts)


def make_retrieved(
    asked: Understood,
    passages: Sequence[ScoredPassage],
    whole: tuple[Passage, ...] = (),
) -> Retrieved:
    """A question with what was found for it."""
    return Retrieved(
        asked.question,
        asked.standalone,
        tuple(passages),
        time.perf_counter() - asked.started,
        asked.route,
        notes=asked.notes,
        whole=whole,
        usage=asked.usage,
    )


def take_turns(parts: Sequence[Retrieved], count: int) -> tuple[ScoredPassage, ...]:
    """The first ``count`` different passages when each part gives its next best in turn."""
    rows = chain.from_iterable(zip_longest(*(part.passages for part in parts)))
    passages = {scored.passage.id: scored for scored in rows if scored}
    return tuple(passages.values())[:count]
