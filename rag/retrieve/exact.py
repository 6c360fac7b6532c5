"""What a question asks for exactly, found in whole documents: parts of them by place, and things alike that they tell of."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from rag.english.points import read_points
from rag.english.section_names import find_section_names
from rag.english.structure import read_structure
from rag.english.wanted import read_wanted
from rag.index.passage_index import PassageIndex
from rag.index.state import IndexState
from rag.retrieve.collecting import find_collections
from rag.retrieve.hybrid import choose_states
from rag.retrieve.quoting_places import MOST_SHOWN, Whole
from rag.retrieve.section_points import answer_by_section, answer_points, has_section, tell_steps
from rag.retrieve.selection_answers import answer_wanted
from rag.retrieve.signs import answer_signs
from rag.retrieve.structure_answers import answer_structure
from rag.steps import Exact, Understood
from rag.types import Document, ScoredPassage

SHOWN, ALL_SHOWN = 20, 100
"""Entries of a list that are quoted: of any, and of one of which the question wants all."""

MOST_PASSAGES = 2_000
"""Passages of the documents that are read as a whole for one question: about 400 pages. Beyond, those where search found most."""

_KNOWN: WeakKeyDictionary[IndexState, dict[str, Whole]] = WeakKeyDictionary()
"""What was read last of each state of an index, at most twice ``MOST_PASSAGES``."""

_ALL = re.compile(r"\b(?:all|every|each|complete|full|whole)\b", re.IGNORECASE)


def find_exact(
    asked: Understood, found: Sequence[ScoredPassage], indexes: Sequence[PassageIndex], *, without: Collection[str] = ()
) -> Exact | None:
    """What answers a question without anybody reading sentences; None where nothing does.

    Args:
        asked: what is asked.
        found: passages that search found for it, best first: in a large library only their documents are read.
        indexes: taken together, as one.
        without: ids of documents that are not meant.

    Raises:
        DocumentError: a document is in none of the indexes.
        IndexUnavailable: an index cannot be read.
    """
    question = asked.standalone
    structure, wanted, points = read_structure(question), read_wanted(question), read_points(question)
    is_signs = not any(map(str.isalnum, question))
    if not structure and not wanted and not points and not is_signs:
        return None
    wholes = read_wholes(choose_documents(asked, found, indexes, without))
    everything = asked.question.everything
    most = MOST_SHOWN if everything else ALL_SHOWN if _ALL.search(question) else SHOWN
    exact = answer_signs(question, wholes, most=most) if is_signs else None
    if structure:
        exact = answer_structure(structure, wholes, most=most, everything=everything)
    if exact is None and points == "steps":  # "Step 1" alone tells nobody what to do
        exact = tell_steps(wholes)
    if exact is None and wanted:
        collections = [each for whole in wholes for each in whole.collections]
        if points and has_section(points, wholes):  # headings alone would be told of it
            collections = [each for each in collections if each.kind != "sections"]
        exact = answer_wanted(
            wanted,
            wholes,
            collections,
            most=most if everything or wanted.kind == "find" else SHOWN,
        )
    return exact or (answer_points(points, wholes, most=most) if points else None)


def find_by_section(
    asked: Understood, found: Sequence[ScoredPassage], indexes: Sequence[PassageIndex], *, without: Collection[str] = ()
) -> Exact | None:
    """What stands in a section whose name means what is asked: told, with a doubt, where nobody finds a sentence that answers.

    The arguments are those of ``find_exact``.
    """
    names = find_section_names(asked.standalone)
    if not names:
        return None
    told = answer_by_section(names, read_wholes(choose_documents(asked, found, indexes, without)), most=SHOWN)
    return replace(told, is_guess=True) if told else None


def choose_documents(
    asked: Understood, found: Sequence[ScoredPassage], indexes: Sequence[PassageIndex], without: Collection[str] = ()
) -> list[tuple[IndexState, str]]:
    """The documents that a question is asked of, as far as they can be read whole; of too many those where most was found."""
    states = choose_states(indexes, asked.question.documents)
    wanted = [(state, name) for state, names in states for name in names or state.records if name not in without]
    if sum(state.record(name).passages for state, name in wanted) <= MOST_PASSAGES:
        return wanted
    order = list(dict.fromkeys(scored.passage.span.document_id for scored in found))
    chosen, room = [], MOST_PASSAGES
    for name in order:
        for state, other in wanted:
            if other == name and state.record(name).passages <= room:
                room -= state.record(name).passages
                chosen.append((state, name))
    return chosen


def read_wholes(chosen: Sequence[tuple[IndexState, str]]) -> list[Whole]:
    """Documents with their passages and what they tell of things alike; those of an unchanged index are remembered."""
    wholes = []
    for state, name in chosen:
        known = _KNOWN.setdefault(state, {})
        whole = known.get(name) or _read_whole(state, name)
        if sum(len(other.passages) for other in list(known.values())) > MOST_PASSAGES:
            known.clear()  # by whichever of several questions at once
        known[name] = whole
        wholes.append(whole)
    return wholes


def _read_whole(state: IndexState, name: str) -> Whole:
    record, passages = state.record(name), state.passages(name)
    document = Document(
        id=record.id,
        title=record.title,
        author=record.author,
        date=record.date,
        text="".join(passage.text for passage in passages),
        source=record.source,
        source_digest=record.source_digest,
        outline=record.outline,
        page_starts=record.page_starts,
        blocks=tuple(dict.fromkeys(block for passage in passages for block in passage.blocks)),
    )
    return Whole(document, passages, tuple(find_collections(document)))
