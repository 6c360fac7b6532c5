"""From a question set to the questions that are asked: evidence located, and only those that were chosen."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from rag.errors import QuestionSetError, UsageError
from rag.evaluation.formats import read_question_set
from rag.evaluation.formats.evidence import load_evidence, locate_evidence, replace_evidence
from rag.evaluation.formats.json_files import MAX_PROBLEMS, raise_problems, render_names
from rag.evaluation.formats.json_lines import read_questions
from rag.evaluation.formats.questions import QuestionSet
from rag.types import Evidence, Question


@dataclass(frozen=True, slots=True)
class Unlocated:
    """What does not stand in the documents as a question set says: ``problems``, a line each.

    ``concerned`` of the ``questions`` have such evidence, or name a document that is not there; ``left_out`` of them
    cannot be asked or judged without it. ``unknown`` are the documents that they name and that are not there.
    """

    problems: tuple[str, ...]
    concerned: int
    left_out: int
    questions: int
    unknown: tuple[str, ...] = ()


def prepare_questions(
    asked: QuestionSet | Path | str | Iterable[Question | Mapping[str, Any]],
    texts: Mapping[str, str] | None = None,
    *,
    document: str | None = None,
    evidence: Path | str | None = None,
    split: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    whole: bool = False,
    most_problems: int = MAX_PROBLEMS,
    sources: Mapping[str, str] | None = None,
    on_unlocated: Callable[[Unlocated], None] | None = None,
) -> tuple[Question, ...]:
    """Make a question set ready to be asked of some documents.

    Args:
        asked: the question set, or where it is; or questions in memory, ``Question`` objects or objects with the keys of
            a file's lines.
        texts: documents' texts by id, those that the offsets of answers refer to. May be left out where the set brings
            its own.
        document: ask this document only, whichever ones the questions name.
        evidence: a file of offsets into ``document`` (into the only document, if none is named) that take the place
            of the questions' own evidence.
        split: keep only the questions of this split.
        limit: ask at most so many, a sample that ``seed`` decides; a smaller one is part of a larger one. Only of these
            is it checked whether their evidence stands in the documents.
        seed: of that sample.
        whole: search all documents for every question, even where each is meant for one of them.
        most_problems: how many problems an error lists; the rest are counted.
        sources: where each document comes from, by id; by these a question may name its document by its file's name.
        on_unlocated: called with what is not where it should be; the rest goes on. Without it, that is an error.

    Raises:
        QuestionSetError: a file cannot be read or has bad lines, evidence is not where it should be, a document is
            unknown, or no question is left. All problems at once.
    """
    found = read_set(asked)
    known = found.texts if texts is None else texts
    if not isinstance(known, Mapping):
        raise UsageError(f"texts are documents' texts by id, not {type(known).__name__}; write {{id: text}}")
    names = name_documents(known, sources or {})
    questions = tuple(
        replace(question, documents=tuple(names.get(name, name) for name in question.documents))
        for question in found.questions
    )
    if whole and found.per_question:
        questions = tuple(replace(question, documents=()) for question in questions)
    if document is None and evidence is not None:
        if len(known) != 1:
            raise QuestionSetError(
                f"{evidence}: which document are these offsets for? name it: document=ID (--document ID)"
            )
        document = next(iter(known))
    if document is not None:
        if document not in known:
            raise QuestionSetError(f"no document '{document}'; there are: {render_names(list(known))}")
        questions = tuple(replace(question, documents=(document,)) for question in questions)
    if document is not None and evidence is not None:
        raise_problems(found.problems, most_problems)
        ready = replace_evidence(questions, load_evidence(evidence, document, known[document]), evidence)
    else:
        places = {question.id: place for question, place in zip(questions, found.places, strict=True)}
        chosen = choose_sample(questions, split=split, limit=limit, seed=seed)
        chosen = tuple(_rename_evidence(question, names) for question in chosen)
        located, missing, lost = locate_evidence(chosen, known, [places[question.id] for question in chosen])
        if on_unlocated is None:
            hint = "to go on without these, call prepare_questions with on_unlocated=print" if missing else ""
            raise_problems([*found.problems, *missing], most_problems, "" if found.problems else hint)
        raise_problems(found.problems, most_problems)
        ready = tuple(question for question in located if question.id not in lost)
        if missing and on_unlocated:
            concerned = len({problem.partition(": ")[0] for problem in missing})
            unknown = tuple(name for question in chosen for name in list_named(question) if name not in known)
            left_out = len(located) - len(ready)
            on_unlocated(Unlocated(tuple(missing), concerned, left_out, len(located), tuple(dict.fromkeys(unknown))))
        if located and not ready:
            raise_problems(missing, most_problems)
    if not (kept := choose_sample(ready, split=split, limit=limit, seed=seed)):
        raise QuestionSetError(f"no question of the split '{split}'; leave it out, or choose another")
    return kept


def choose_sample(
    questions: Sequence[Question], *, split: str | None = None, limit: int | None = None, seed: int = 0
) -> tuple[Question, ...]:
    """At most ``limit`` questions of a split, in their own order: those whose ids, hashed with the seed, come first."""
    kept = [question for question in questions if split in (None, question.split)]
    if limit is None or limit >= len(kept):
        return tuple(kept)

    def draw(place: int) -> bytes:
        return hashlib.sha256(f"{seed}:{kept[place].id}".encode("utf-8", "surrogatepass")).digest()

    return tuple(kept[place] for place in sorted(sorted(range(len(kept)), key=draw)[:limit]))


def list_named(question: Question) -> list[str]:
    """The documents that a question names: those that are asked, else those of its evidence."""
    pieces = [piece.document if isinstance(piece, Evidence) else piece.document_id for piece in question.evidence]
    return list(question.documents) or [name for name in pieces if name]


def read_set(asked: QuestionSet | Path | str | Iterable[Question | Mapping[str, Any]]) -> QuestionSet:
    """A question set, wherever it is: in a file or a folder, or in memory. Raises QuestionSetError where it cannot be read."""
    if isinstance(asked, QuestionSet):
        return asked
    if isinstance(asked, str | os.PathLike):
        return read_question_set(asked)
    if isinstance(asked, Mapping) or not isinstance(asked, Iterable):
        raise QuestionSetError(f"questions are a file, a folder or a list of them, not {type(asked).__name__}")
    found = read_questions(asked)
    if not found.questions and not found.problems:
        raise QuestionSetError("there are no questions in the list")
    return found


def name_documents(texts: Mapping[str, str], sources: Mapping[str, str]) -> dict[str, str]:
    """The ids of documents by what a question set may call them instead: the path, the name or the stem of their files.

    A name that two documents share is nobody's.
    """
    found: dict[str, set[str]] = {}
    for document, source in sources.items():
        for name in {source, PurePath(source).name, PurePath(source).stem}:
            found.setdefault(name, set()).add(document)
    return {name: min(ids) for name, ids in found.items() if len(ids) == 1 and name not in texts}


def _rename_evidence(question: Question, names: Mapping[str, str]) -> Question:
    pieces = tuple(
        replace(piece, document=names.get(piece.document, piece.document))
        if isinstance(piece, Evidence) and piece.document is not None
        else piece
        for piece in question.evidence
    )
    return replace(question, evidence=pieces)
