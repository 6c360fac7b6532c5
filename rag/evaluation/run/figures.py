"""The figures of a run as JSON values, and back: ``scores.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.errors import UsageError
from rag.evaluation.metrics.cases import OUTCOMES
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.metrics.table import METRICS, choose_metrics
from rag.evaluation.run.scoring import Row, Scores
from rag.types import SCHEMA_VERSION

FILE = "scores.json"


def to_dict(scores: Scores, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything about a run's figures as plain JSON values: settings, definitions, figures and each question's row."""
    return {
        "schema_version": SCHEMA_VERSION,
        "settings": dict(settings or {}),
        "metrics": [
            {
                "name": metric.name,
                "over": metric.over,
                "kind": metric.kind,
                "lower_is_better": metric.lower_is_better,
                "definition": metric.definition,
                "source": metric.source,
            }
            for metric in scores.metrics
        ],
        "slices": [
            {
                "kind": part.kind,
                "name": part.name,
                "questions": part.questions,
                "outcomes": {"answerable": dict(part.answerable), "unanswerable": dict(part.unanswerable)},
                "causes": dict(part.causes),
                "scores": [asdict(score) for score in part.scores.values()],
            }
            for part in scores.slices
        ],
        "questions": [
            {
                "id": row.id,
                "outcome": row.outcome,
                "cause": row.cause,
                "answerable": row.answerable,
                "document": row.document,
                "values": dict(row.values),
                "gold": row.gold,
            }
            for row in scores.rows
        ],
        "errors": dict(scores.errors),
    }


def load_scores(path: Path | str, metrics: Mapping[str, Metric] = METRICS) -> Scores:
    """The figures of a run, question by question, from its folder or its ``scores.json``; slices are left out.

    Args:
        path: the folder, or the file.
        metrics: those that the run may have; one of another name is left out.

    Raises:
        UsageError: there are none, or they cannot be read.
    """
    path = Path(path)
    file = path / FILE if path.is_dir() else path
    try:
        values = json.loads(file.read_bytes())
        if values["schema_version"] != SCHEMA_VERSION:
            raise ValueError("it was written by another Footnote")
        known: dict[str, Metric] = {}
        for held in values["metrics"]:
            try:
                known |= choose_metrics([held["name"]], metrics)
            except UsageError:
                continue  # a metric of somebody's own
        return Scores(
            tuple(known.values()),
            (),
            tuple(_parse_row(row, known) for row in values["questions"]),
            dict(values["errors"]),
        )
    except OSError as error:
        hint = "; score it with: footnote evaluate QUESTIONS --answers DIR --save DIR" if path.is_dir() else ""
        raise UsageError(f"no figures at '{file}' ({error.strerror or error}){hint}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"without {error}" if isinstance(error, KeyError) else error
        raise UsageError(f"'{file}' does not hold the figures of a run ({what})") from None


def _parse_row(values: Mapping[str, Any], metrics: Mapping[str, Metric]) -> Row:
    if values["outcome"] not in OUTCOMES:
        raise ValueError(f"no outcome '{values['outcome']}'")
    held = {name: values["values"][name] for name in metrics}
    return Row(
        values["id"],
        values["outcome"],
        values["cause"],
        values["answerable"],
        values["document"],
        {name: tuple(value) if isinstance(value, list) else value for name, value in held.items()},
        str(values.get("gold") or ""),
    )
