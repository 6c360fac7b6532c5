"""Judges for ``footnote evaluate --judge``: does what a sentence cites entail it? Each comes with how often it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.evaluation import Metric
    from rag.evaluation.metrics.entailment import Judge

JUDGES = ("reader", "words")

READER_ACCURACY = "balanced accuracy 72 % on WiCE's test claims, 87 % on FEVER's odd half"
"""Measured by tests/benchmarks/measure_support.py, at the threshold used here."""

WORDS_SUPPORT = 0.6
"""The weighted share of a sentence's words from which shared words count as entailment."""


def build_judged(name: str) -> tuple[dict[str, Metric], dict[str, Any]]:
    """The figures that need a judge, by name, and what a report says of the judge."""
    from rag.english.sentences import find_sentences
    from rag.evaluation.metrics.entailment import build_judged_metrics

    judge = _build_judge(name)
    metrics = {metric.name: metric for metric in build_judged_metrics(judge, find_sentences)}
    return metrics, {"judge": {"name": judge.name, "accuracy": judge.accuracy or "not measured"}}


def _build_judge(name: str) -> Judge:
    from rag.cite.support import SUPPORTED, calibrate, measure_support
    from rag.evaluation.metrics.entailment import Judge

    if name == "words":
        return Judge("shared words", lambda text, said: measure_support(said, [text]), threshold=WORDS_SUPPORT)
    from rag.reader.span_reader import SpanReader

    spans = SpanReader()
    return Judge(
        "the reader's support head",
        lambda text, said: calibrate(spans.judge([(said, text)])[0]),
        READER_ACCURACY,
        SUPPORTED,
    )
