"""What a chat model wrote: is it the answer, is it proven, and what does it cost? Not defined where none was asked."""

from __future__ import annotations

from rag.evaluation.metrics.cases import Case
from rag.evaluation.metrics.metric import Metric
from rag.types import Answer


def written(case: Case) -> tuple[int, int] | None:
    """Whether the chat model that was asked answers or declines itself, and nothing is answered for it."""
    return (int(case.answer.fallback is None), 1) if _was_asked(case.answer) else None


def unproven(case: Case) -> tuple[int, int] | None:
    """Sentences that nothing proves, of all that a chat model wrote and that claim something, whether they are shown as the answer or not."""
    answer = case.answer
    verdicts = [*(each.verdict for each in answer.sentences), *(each.verdict for each in answer.unproven)]
    told = [verdict for verdict in verdicts if verdict]
    return (sum(verdict != "supported" for verdict in told), len(told)) if told else None


def tokens_read(case: Case) -> tuple[int, int] | None:
    """Tokens that the chat model was given for a question, where it tells."""
    return None if case.answer.usage is None else (case.answer.usage.input_tokens, 1)


def tokens_written(case: Case) -> tuple[int, int] | None:
    """Tokens that it wrote, where it tells."""
    return None if case.answer.usage is None else (case.answer.usage.output_tokens, 1)


def _was_asked(answer: Answer) -> bool:
    return bool(answer.usage or answer.fallback or any(each.verdict for each in answer.sentences))


CHAT_MODEL = (
    Metric(
        "written",
        written,
        "all",
        "ratio",
        "the chat model's own words answer, or it declines, and nothing stands in; over questions that it was asked",
    ),
    Metric(
        "unproven",
        unproven,
        "all",
        "ratio",
        "share of the sentences that the chat model wrote that nothing proves, shown or not; lower is better",
        lower_is_better=True,
    ),
    Metric(
        "tokens_read",
        tokens_read,
        "all",
        "ratio",
        "tokens that the chat model was given for a question; lower is better",
        bounds=None,
        lower_is_better=True,
    ),
    Metric(
        "tokens_written",
        tokens_written,
        "all",
        "ratio",
        "tokens that the chat model wrote for a question; lower is better",
        bounds=None,
        lower_is_better=True,
    ),
)
"""The figures of these, in the order in which tables show them."""
