"""The first step: what is asked, in how many questions, and whether it needs a document at all."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePath

from rag.answer.small_talk import format_library, format_small_talk
from rag.english.follow_ups import make_standalone
from rag.english.funding import put_as_documents_do
from rag.english.intents import (
    MAX_CHARACTERS,
    asks_about_library,
    asks_for_list,
    asks_for_summary,
    find_small_talk,
)
from rag.english.normalizing import Vocabulary, split_questions, tidy
from rag.english.numbers import format_count
from rag.english.requests import find_summarised
from rag.english.source import WRITING
from rag.english.terms import find_terms, is_content
from rag.index.document_records import DocumentRecord
from rag.index.metadata import require_documents, tell_conditions
from rag.question import read_question, read_where
from rag.steps import Rewriter, Understood
from rag.turns import Asked, take_question
from rag.types import Answer, Question, Route, Seconds, Usage

_log = logging.getLogger(__name__)

MOST_SUMMARISED = 20
"""Documents of one name that are summarised together; a word that more of them are called by names none of them."""


def rewrite_by_rules(question: Question) -> tuple[str, None]:
    """Make a follow-up stand alone without a chat model."""
    return make_standalone(question), None


def understand(
    asked: Asked,
    *,
    rewrite: Rewriter = rewrite_by_rules,
    library: Callable[[], Sequence[DocumentRecord]] | None = None,
    read_vocabulary: Callable[[], Vocabulary] | None = None,
) -> Understood | Answer:
    """Read a question; small talk and questions about the library are answered at once.

    Args:
        asked: what is asked, as text, with its conversation and documents, or as messages.
        rewrite: makes a follow-up stand alone.
        library: the records of the indexed documents; None where nobody knows which there are.
        read_vocabulary: the words that mistyped ones are compared with; None to take each word as it is.

    Raises:
        QuestionError: it is empty, over-long, or names too many documents.
        DocumentError: no document has the metadata that are asked for.
    """
    started = time.perf_counter()
    question, chosen = read_question(take_question(asked)), ""
    if library and question.where:
        question, chosen = choose_among(question, library())
    understood = _understand(question, rewrite, library, read_vocabulary, started)
    if isinstance(understood, Understood) and chosen:
        return replace(understood, notes=(chosen, *understood.notes))
    return understood


def _understand(
    question: Question,
    rewrite: Rewriter,
    library: Callable[[], Sequence[DocumentRecord]] | None,
    read_vocabulary: Callable[[], Vocabulary] | None,
    started: float,
) -> Understood | Answer:
    if kind := find_small_talk(question.text):
        return _reply(question, format_small_talk(kind, library and library()), "small_talk", started)
    if library and asks_about_library(question.text):
        return _reply(question, format_library(library()), "library", started)
    if asks_for_summary(question.text):
        return Understood(question, question.text, "summary", started=started)
    named = find_summarised(question.text)
    documents = find_named_documents(named, library(), question.documents) if named and library else ()
    if documents:
        return Understood(replace(question, documents=documents), question.text, "summary", started=started)
    parts = tuple(_read_single(single, rewrite, read_vocabulary, started) for single in _ask_singly(question))
    if len(parts) == 1:
        return parts[0]
    _log.debug("the question holds %d questions", len(parts))
    used = [part.usage for part in parts if part.usage]
    return Understood(
        question,
        " ".join(part.standalone for part in parts)[:MAX_CHARACTERS],
        parts[0].route,
        parts,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        usage=sum(used, Usage()) if used else None,
        started=started,
    )


def choose_among(question: Question, records: Sequence[DocumentRecord]) -> tuple[Question, str]:
    """A question with the ids of the documents that its ``where`` fits, of those it names, and a line that says so.

    Where all there are fit, it is as it was, and nothing is said.

    Raises:
        DocumentError: none fits.
    """
    conditions = read_where(question.where)
    named = [record for record in records if not question.documents or record.id in question.documents]
    fitting = require_documents(named, conditions)
    if len(fitting) == len(records):
        return question, ""
    asked_of = f"Asked of {len(fitting):,} of {format_count(len(named), 'document')}"
    told = f"{asked_of}: those with {tell_conditions(conditions)}."
    return replace(question, documents=fitting), told if len(fitting) < len(named) else ""


def find_named_documents(name: str, records: Sequence[DocumentRecord], among: Sequence[str] = ()) -> tuple[str, ...]:
    """The ids of the documents that are called so: whose title or file has all words of the name; of very many none.

    Args:
        name: what somebody calls it.
        records: the documents that there are.
        among: the ids of those that may be meant; empty for any.
    """
    wanted = {term for term in find_terms([re.sub(rf"\b{WRITING}s?\b", "", name)])[0] if is_content(term)}
    records = [record for record in records if not among or record.id in among]
    titles = find_terms([f"{record.title} {PurePath(record.source).stem}".replace("-", " ") for record in records])
    found = tuple(record.id for record, terms in zip(records, titles, strict=True) if wanted and wanted <= set(terms))
    return found if len(found) <= MOST_SUMMARISED else ()


def _read_single(
    question: Question, rewrite: Rewriter, read_vocabulary: Callable[[], Vocabulary] | None, started: float
) -> Understood:
    text, notes = tidy(question.text, read_vocabulary()) if read_vocabulary else (question.text, ())
    standalone, used = rewrite(replace(question, text=put_as_documents_do(text)))
    route: Route = "list" if asks_for_list(question.text) else "passages"
    _log.debug(
        "route %s, %d turns before it; words mended: %s; put so that it stands alone: %s",
        route,
        len(question.history),
        text != question.text,
        standalone != text,
    )
    return Understood(question, standalone, route, notes=notes, usage=used, started=started)


def _ask_singly(question: Question) -> list[Question]:
    """The questions that a question holds; each has those before it as its history."""
    history = list(question.history)
    singles = []
    for text in split_questions(question.text):
        singles.append(replace(question, text=text, history=tuple(history)))
        history.append((text, ""))
    return singles


def _reply(question: Question, text: str, route: Route, started: float) -> Answer:
    seconds = time.perf_counter() - started
    return Answer(question.text, text, id=question.id, route=route, seconds=Seconds(0.0, seconds, seconds))
