"""From a question set to the questions that are asked: evidence located, and only those that were chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import QuestionSetError
from rag.evaluation.formats import read_question_set
from rag.evaluation.formats.evidence import load_evidence, locate_evidence, replace_evidence
from rag.evaluation.formats.json_files import MAX_PROBLEMS, raise_problems, render_names
from rag.evaluation.formats.questions import QuestionSet
from rag.types import Question


def prepare_questions(
    asked: QuestionSet | Path | str,
    texts: Mapping[str, str] | None = None,
    *,
    document: str | None = None,
    evidence: Path | str | None = None,
    split: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    whole: bool = False,
    most_problems: int = MAX_PROBLEMS,
) -> tuple[Question, ...]:
    """Make a question set ready to be asked of some documents.

    Args:
        asked: the question set, or where it is.
        texts: documents' texts by id, those that the offsets of answers refer to. May be left out where the set brings
            its own.
        document: ask this document only, whichever ones the questions name.
        evidence: a file of offsets into ``document`` (into the only document, if none is named) that take the place
            of the questions' own evidence.
        split: keep only the questions of this split.
        limit: keep at most so many, a sample that ``seed`` decides; a smaller one is part of a larger one.
        seed: of that sample.
        whole: search all documents for every question, even where each is meant for one of them.
        most_problems: how many problems an error lists; the rest are counted.

    Raises:
        QuestionSetError: a file cannot be read or has bad lines, evidence is not where it should be, a document is
            unknown, or no question is left. All problems at once.
    """
    found = asked if isinstance(asked, QuestionSet) else read_question_set(asked)
    known = found.texts if texts is None else texts
    questions = found.questions
    if whole and found.per_question:
        questions = tuple(replace(question, documents=()) for question in questions)
    if document is None and evidence is not None:
        if len(known) != 1:
            raise QuestionSetError(f"{evidence}: which document are these offsets for? add: --document ID")
        document = next(iter(known))
    if document is not None:
        if document not in known:
            raise QuestionSetError(f"no document '{document}'; there are: {render_names(list(known))}")
        questions = tuple(replace(question, documents=(document,)) for question in questions)
    if document is not None and evidence is not None:
        raise_problems(found.problems, most_problems)
        ready = replace_evidence(questions, load_evidence(evidence, document, known[document]), evidence)
    else:
        ready, missing = locate_evidence(questions, known, found.places)
        raise_problems([*found.problems, *missing], most_problems)
    kept = [question for question in ready if split is None or question.split == split]
    if not kept:
        raise QuestionSetError(f"no question of the split '{split}'; leave out --split, or choose another")
    return _take_sample(kept, limit, seed)


def _take_sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """At most ``limit`` questions, in their own order: those whose ids, hashed with the seed, come first."""
    if limit is None or limit >= len(questions):
        return tuple(questions)

    def draw(place: int) -> bytes:
        return hashlib.sha256(f"{seed}:{questions[place].id}".encode("utf-8", "surrogatepass")).digest()

    return tuple(questions[place] for place in sorted(sorted(range(len(questions)), key=draw)[:limit]))
