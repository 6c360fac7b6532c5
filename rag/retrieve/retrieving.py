"""The chain's step from what is asked to passages: those of Footnote's own index."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from rag.english.requests import find_task, find_wanted_count
from rag.index.passage_index import PassageIndex
from rag.retrieve.exact import find_by_section, find_exact
from rag.retrieve.going_on import find_going_on
from rag.retrieve.hybrid import search, with_openings
from rag.retrieve.lookups import choose_passages
from rag.retrieve.message_answers import answer_about_messages
from rag.retrieve.version_answers import narrow, note_versions
from rag.retrieve.whole_documents import PASSAGES, find_central_passages, read_whole
from rag.steps import Exact, Retrieved, Understood
from rag.types import Passage, ScoredPassage

_log = logging.getLogger(__name__)


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
    indexes = [index.still() for index in indexes]

    def find(single: Understood) -> Retrieved:
        documents = single.question.documents
        whole = read_whole(indexes, documents) if reads_whole and single.route in ("summary", "list") else ()
        if single.route == "summary":
            wanted = max(PASSAGES, find_wanted_count(single.question.text) or 0)
            _log.debug("a summary: %d passages that stand for whole documents are wanted", wanted)
            return make_retrieved(single, find_central_passages(indexes, documents, count=wanted), whole=whole)
        narrowed = narrow(single, indexes)
        if isinstance(narrowed, Exact):
            _log.debug("answered exactly from the versions of a document")
            return with_exact(single, narrowed, (), count)
        single, dropped = narrowed.asked, narrowed.dropped
        found = search(single.standalone, indexes, count=count, documents=documents)
        if dropped:
            found = tuple(hit for hit in found if hit.passage.span.document_id not in dropped)
            first = found[0].passage.span.document_id if found else ""
            single = replace(single, notes=(*single.notes, *(note for name, note in narrowed.kept if name == first)))
        _log.debug(
            "%d indexes, %s documents: %d candidates; %d documents left out as other versions",
            len(indexes),
            len(documents) or "all",
            len(found),
            len(dropped),
        )
        if exact := find_told(single, found, indexes, dropped):
            _log.debug("answered exactly: %d quotes, declined: %s", len(exact.quotes), exact.declined)
            return with_exact(single, exact, found, count)
        passages = choose_passages(single.standalone, found, indexes, count=count, documents=documents)
        if note := note_versions(passages, indexes) if not dropped else "":
            single = replace(single, notes=(*single.notes, note))
        retrieved = make_retrieved(single, with_openings(single.standalone, passages, indexes), whole=whole)
        going_on = find_going_on(retrieved.passages, indexes)
        section = find_by_section(single, found, indexes, without=dropped)
        return replace(retrieved, is_narrowed=bool(dropped), going_on=going_on, section=section)

    return retrieve_parts(asked, find, count)


def with_exact(asked: Understood, exact: Exact, found: Sequence[ScoredPassage], count: int) -> Retrieved:
    """A question with what answers it exactly, and the passages that this is quoted from; where it declines, those found."""
    homes = {home.id: home for quote in exact.quotes for _, home in quote.evidence}
    shown = [ScoredPassage(home, 1.0) for home in homes.values()] or found
    return replace(make_retrieved(asked, shown[:count]), exact=exact)


def find_told(
    asked: Understood, found: Sequence[ScoredPassage], indexes: Sequence[PassageIndex], without: Collection[str]
) -> Exact | None:
    """What answers without anybody reading: of messages, or of the document's structure, rows and items."""
    if find_task(asked.question.text):  # "Rephrase the first paragraph" wants other words than it has
        return None
    return answer_about_messages(asked, found, indexes) or find_exact(asked, found, indexes, without=without)


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
