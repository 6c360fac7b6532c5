"""Evaluation: a question set in, figures with their intervals out. It needs no model of its own and no network.

texts = {record.id: index.document(record.id).text for record in index.documents()}
questions = prepare_questions("questions.jsonl", texts)
outcome = evaluate(chain, questions, texts)
print(outcome.table)
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import find_version
from rag.errors import UsageError
from rag.evaluation.compare.comparison import Change, Comparison
from rag.evaluation.compare.runs import compare
from rag.evaluation.compare.systems import SystemComparison, compare_systems
from rag.evaluation.formats import load_questions, questions_digest, read_question_set
from rag.evaluation.formats.evidence import load_evidence, resolve_evidence
from rag.evaluation.formats.questions import QuestionSet, parse_question
from rag.evaluation.metrics.cases import Case
from rag.evaluation.metrics.table import METRICS, Metric, choose_metrics, read_metrics
from rag.evaluation.report.exports import EXPORTS, export_run
from rag.evaluation.report.frames import build_frame, list_rows
from rag.evaluation.report.junit import render_junit
from rag.evaluation.report.text import render_columns, render_table
from rag.evaluation.run.answering import Progress, answer_questions
from rag.evaluation.run.figures import load_scores, to_dict
from rag.evaluation.run.fingerprints import Fingerprint, read_fingerprint
from rag.evaluation.run.replies import require_cited, tell_unfound
from rag.evaluation.run.saved import (
    REPORT,
    digest_texts,
    load_answers,
    load_depends,
    make_folder,
    open_run,
    save_run,
    save_scores,
    write_whole,
)
from rag.evaluation.run.scoring import Score, Scores, Slice, require_gold, score
from rag.evaluation.run.selection import Unlocated, prepare_questions
from rag.evaluation.run.thresholds import Gate, find_failures, parse_gate
from rag.types import Answer, Question

if TYPE_CHECKING:
    from pandas import DataFrame

    from rag.evaluation.metrics.table import Metrics
    from rag.evaluation.run.answering import Chain
    from rag.evaluation.run.replies import Declines

_log = logging.getLogger(__name__)

__all__ = [
    "EXPORTS",
    "METRICS",
    "Case",
    "Change",
    "Comparison",
    "Evaluation",
    "Gate",
    "Metric",
    "QuestionSet",
    "Score",
    "Scores",
    "Slice",
    "SystemComparison",
    "Unlocated",
    "answer_questions",
    "choose_metrics",
    "compare",
    "compare_systems",
    "evaluate",
    "export_run",
    "find_failures",
    "load_answers",
    "load_depends",
    "load_evidence",
    "load_questions",
    "load_scores",
    "make_folder",
    "open_run",
    "parse_gate",
    "parse_question",
    "prepare_questions",
    "questions_digest",
    "read_question_set",
    "render_columns",
    "render_junit",
    "render_table",
    "resolve_evidence",
    "save_run",
    "score",
    "score_answers",
    "to_dict",
    "write_whole",
]


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """What a run gave: the answers, the figures, and the figures as people (``table``) and machines want them."""

    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    scores: Scores
    settings: Mapping[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def table(self) -> str:
        """The figures as a plain-text table; it says how many of the answers had been given before."""
        return render_table(self.scores, reused=self.reused, warning=str(self.settings.get("contexts") or ""))

    @property
    def reused(self) -> int:
        """How many of the answers were in the run's folder already, and were not asked for again."""
        return int(self.settings.get("reused") or 0)

    def __repr__(self) -> str:
        told = f"{len(self.questions)} questions, {sum(answer.error is not None for answer in self.answers)} failed"
        return f"<Evaluation: {told}; print its .table>"

    @property
    def html(self) -> str:
        """The run as one self-contained page."""
        from rag.evaluation.report.html import render_html

        return render_html(self.questions, self.answers, self.scores, self.settings, texts=self.texts)

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain JSON values."""
        return to_dict(self.scores, self.settings)

    def to_dataframe(self) -> DataFrame:
        """A row a question, as a table of pandas. Raises UsageError where that is not installed."""
        return build_frame(list_rows(self.questions, self.answers, self.scores))

    def save(self, directory: Path | str) -> None:
        """Write questions, answers, figures and page into a folder. Raises UsageError where it cannot be written."""
        save_run(directory, self.questions, self.answers, self.scores, self.settings)
        self.save_figures(directory)

    def save_figures(self, directory: Path | str) -> None:
        """Write figures and page alone, beside answers that stay as they are."""
        save_scores(directory, self.scores, self.settings)
        write_whole(Path(directory) / REPORT, self.html)


def evaluate(
    chain: Chain,
    questions: Sequence[Question],
    texts: Mapping[str, str],
    *,
    metrics: Metrics = METRICS,
    save: Path | str | None = None,
    settings: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
    jobs: int = 1,
    on_progress: Progress | None = None,
    system: str | None = None,
    declines: Declines | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
) -> Evaluation:
    """Ask the questions, score the answers, and keep both in a folder if one is named.

    Args:
        chain: any system: a Runnable or a function, sync or async. It is given the question's text, its parts by name, or
            the ``Question``, whichever it takes; it replies by a text, a message, a dictionary, or an ``Answer``.
        questions: as ``prepare_questions`` returns them.
        texts: the documents' texts by id.
        metrics: which figures to compute: metrics by name, or names, such as ``["contains", "hit@3"]``.
        save: a folder for the run; one that was ended half-way goes on, and no question is asked twice.
        settings: whatever the answers depend on; kept beside the figures, and a run goes on only under the same. No
            secrets.
        about: what else a reader of the figures should know, such as a name for the run.
        jobs: how many questions are asked at a time.
        on_progress: called with "asking", the number done and the number of all.
        system: the system's name and version, under which its answers are kept; without it, a
            fingerprint of its code and state. Where that leaves something untold, answers are used again by a name only.
        declines: words by which a reply declines to answer, or a function that tells it of a reply's text; without it, only a reply of no words does. An
            ``Answer``, or a dictionary with ``abstained``, says so itself.
        fresh: throw away the answers in the folder, and ask all questions.
        retry_failed: ask those questions again whose answers in the folder are failures.

    Raises:
        UsageError: the folder cannot be written, or holds a run of other questions, settings or another system; or the
            system cannot be asked, or none of its first replies can be read; or a metric fails, or leaves its bounds.
        QuestionSetError: evidence is not where it should be.
    """
    ready, metrics = require_gold(questions, texts), read_metrics(metrics)
    _require_plain({"settings": settings, "about": about})
    found = Fingerprint(system, ()) if system else read_fingerprint(chain)
    depends = {"documents": digest_texts(texts), "system": found.text, **(settings or {})}
    with _keep_run(save, ready, depends, fresh=fresh, retry_failed=retry_failed) as (done, append):
        found.refuse_reuse(save, len(done))
        started, date = time.perf_counter(), datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        answers = tuple(
            answer_questions(
                chain,
                ready,
                jobs=jobs,
                done=done,
                texts=texts,
                declines=declines,
                on_answer=append,
                on_progress=on_progress,
            )
        )
        asked = sum(question.id not in done for question in ready)
        known = {"date": date, "asked": asked, "seconds": time.perf_counter() - started, "system": depends["system"]}
        known |= {**({"reused": len(ready) - asked} if asked < len(ready) else {}), **(about or {})}
        outcome = score_answers(answers, ready, texts, metrics=metrics, settings=known | dict(settings or {}))
        if save is not None:
            outcome.save_figures(save)
    return outcome


def score_answers(
    answers: Sequence[Answer],
    questions: Sequence[Question],
    texts: Mapping[str, str],
    *,
    metrics: Metrics = METRICS,
    settings: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Score answers that are there already; nothing is asked.

    Args:
        answers: paired with the questions by id.
        questions: as ``prepare_questions`` returns them.
        texts: the documents' texts by id.
        metrics: which figures to compute.
        settings: kept beside the figures.

    Raises:
        QuestionSetError: evidence is not where it should be, or questions share an id.
        UsageError: an answer cites a document whose text is missing.
    """
    ready = require_gold(questions, texts)
    models = sorted({answer.model for answer in answers})
    known: dict[str, Any] = {"footnote": find_version(), "questions": len(ready), "models": models}
    require_cited(answers, texts)
    if lost := tell_unfound(answers):
        known["contexts"] = lost
        _log.warning(lost)
    scores = score(answers, ready, texts, metrics)
    return Evaluation(ready, tuple(answers), scores, known | dict(settings or {}), texts)


def _require_plain(told: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Refuse what cannot be kept beside the figures, before anything is asked. Raises UsageError."""
    for where, values in told.items():
        if not isinstance(values, Mapping | None):
            raise UsageError(f"{where} is a dictionary of plain values, not {type(values).__name__}")
        for name, value in (values or {}).items():
            try:
                json.dumps({name: value})
            except (TypeError, ValueError) as error:
                raise UsageError(
                    f"{where}['{name}'] cannot be kept as JSON ({error}); give str({name}), or a number"
                ) from None


@contextmanager
def _keep_run(
    save: Path | str | None, questions: Sequence[Question], depends: Mapping[str, Any], **options: bool
) -> Iterator[tuple[Mapping[str, Answer], Callable[[Answer], None] | None]]:
    if save is None:
        yield {}, None
        return
    with open_run(save, questions, depends, **options) as kept:
        yield kept
