"""Evaluation: a question set in, figures with their intervals out. It needs no model of its own and no network.

texts = {record.id: index.document(record.id).text for record in index.documents()}
questions = prepare_questions("questions.jsonl", texts)
outcome = evaluate(chain, questions, texts)
print(outcome.table)
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.evaluation.cases import Case
from rag.evaluation.evidence import load_evidence, resolve_evidence
from rag.evaluation.metrics import METRICS, Metric
from rag.evaluation.questions import load_questions, parse_question, prepare_questions, questions_digest
from rag.evaluation.report import make_folder, render_columns, render_table, save_run, to_dict
from rag.evaluation.run import Progress, answer_questions
from rag.evaluation.score import Score, Scores, Slice, require_gold, score
from rag.types import Answer, Question

if TYPE_CHECKING:
    from rag.evaluation.run import Chain

__all__ = [
    "METRICS",
    "Case",
    "Evaluation",
    "Metric",
    "Score",
    "Scores",
    "Slice",
    "answer_questions",
    "evaluate",
    "load_evidence",
    "load_questions",
    "parse_question",
    "prepare_questions",
    "questions_digest",
    "render_columns",
    "render_table",
    "resolve_evidence",
    "save_run",
    "score",
    "to_dict",
]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a run gave: the answers, the figures, and the figures as people (``table``) and machines want them."""

    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    scores: Scores
    settings: Mapping[str, Any]

    @property
    def table(self) -> str:
        """The figures as a plain-text table."""
        return render_table(self.scores)

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        return to_dict(self.scores, self.settings)


def evaluate(
    chain: Chain,
    questions: Sequence[Question],
    texts: Mapping[str, str],
    *,
    metrics: Mapping[str, Metric] = METRICS,
    save: Path | str | None = None,
    settings: Mapping[str, Any] | None = None,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Ask the questions, score the answers, and keep both in a folder if one is named.

    Args:
        chain: a Runnable that returns an ``Answer``, or any function from question to text.
        questions: as ``prepare_questions`` returns them.
        texts: the documents' texts by id.
        metrics: which figures to compute.
        save: a folder for questions, answers and scores.
        settings: whatever a reader of the figures should know; kept beside them. No secrets.
        on_progress: called with "asking", the number done and the number of all.

    Raises:
        UsageError: the folder cannot be written; nothing has been asked then.
        QuestionSetError: evidence is not where it should be.
    """
    if save is not None:
        make_folder(save)
    ready = require_gold(questions, texts)
    started = time.perf_counter()
    answers = tuple(answer_questions(chain, ready, on_progress=on_progress))
    known: dict[str, Any] = {
        "footnote": _version(),
        "questions": len(ready),
        "seconds": time.perf_counter() - started,
        "models": sorted({answer.model for answer in answers}),
    }
    outcome = Evaluation(ready, answers, score(answers, ready, texts, metrics), known | dict(settings or {}))
    if save is not None:
        save_run(save, outcome.questions, outcome.answers, outcome.scores, outcome.settings)
    return outcome


def _version() -> str | None:
    try:
        return metadata.version("footnote")
    except metadata.PackageNotFoundError:
        return None
