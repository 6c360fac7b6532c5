"""A run as a table of pandas, which is no requirement of Footnote's library: whoever wants such a table has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.errors import UsageError
from rag.evaluation.metrics.metric import Value
from rag.evaluation.run.scoring import Scores
from rag.types import Answer, Question

if TYPE_CHECKING:
    from pandas import DataFrame


def build_frame(rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Rows as a table. Raises UsageError where pandas is not installed."""
    try:
        import pandas
    except ImportError:
        raise UsageError("a table needs pandas; install it with: pip install pandas") from None
    return pandas.DataFrame(list(rows))


def list_rows(questions: Sequence[Question], answers: Sequence[Answer], scores: Scores) -> list[dict[str, Any]]:
    """A row a question: what was asked and said, what became of it, and each metric's value."""
    said = {answer.id: answer for answer in answers}
    found = []
    for question, row in zip(questions, scores.rows, strict=True):
        answer = said.get(question.id)
        found.append(
            {
                "id": question.id,
                "question": question.text,
                "kind": question.kind,
                "split": question.split,
                "document": row.document,
                "outcome": row.outcome,
                "cause": row.cause,
                "answer": answer.text if answer else None,
                "confidence": answer.confidence if answer else None,
                "seconds": answer.seconds.total if answer else None,
                "error": scores.errors.get(question.id),
                **{name: _to_number(value) for name, value in row.values.items()},
            }
        )
    return found


def _to_number(value: Value) -> float | None:
    """A pair, of good and counted, as the share that it is."""
    if isinstance(value, tuple):
        return value[0] / value[1] if value[1] else None
    return value
