"""The metrics: pure functions of one question and its answer, in one table that says what each means and is over.

Three rules hold for all of them. An abstention is told by ``Answer.abstained`` alone, never by its words. A failure
(``Answer.error``) gets a metric's worst value, so that failing never helps. Where a metric is not defined, it is
None, and the question is not among the ``n`` that is printed beside the figure.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from rag.errors import UsageError
from rag.evaluation.metrics import answers, calibration
from rag.evaluation.metrics.metric import Metric, build_table
from rag.evaluation.metrics.ranking import RANKED, reciprocal_rank
from rag.evaluation.metrics.squad import SQUAD
from rag.evaluation.metrics.writing import CHAT_MODEL

__all__ = ["METRICS", "Metric", "Metrics", "choose_metrics", "read_metrics"]


def choose_metrics(names: str | Sequence[str], table: Mapping[str, Metric] | None = None) -> dict[str, Metric]:
    """The metrics of these names (a text has them with commas between), in this order; ``hit@20``, ``span_iou@3`` and their like are made as they are named.

    Raises:
        UsageError: there is no metric of a name; the message offers the nearest.
    """
    known = METRICS if table is None else table
    names = [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else names
    chosen: dict[str, Metric] = {}
    for name in names:
        found = re.fullmatch(r"([a-z_]+)@([1-9]\d{0,3})", name)
        if name in known:
            chosen[name] = known[name]
        elif found and found[1] in RANKED:
            chosen[name] = RANKED[found[1]](int(found[2]))
        else:
            near = difflib.get_close_matches(name, known, n=3)
            raise UsageError(
                f"no metric '{name}'; {'did you mean' if near else 'there are'}: {', '.join(near or known)}"
            )
    return chosen


Metrics = Mapping[str, Metric] | Sequence[str] | str
"""Which figures to compute: metrics by name, or names alone."""


def read_metrics(metrics: Metrics) -> Mapping[str, Metric]:
    """The metrics that were asked for, by name. Raises UsageError where they are none."""
    if isinstance(metrics, str) or (isinstance(metrics, Sequence) and all(isinstance(name, str) for name in metrics)):
        return choose_metrics(metrics)
    if not isinstance(metrics, Mapping):
        raise UsageError(
            f"metrics are names, or metrics by name, not {type(metrics).__name__}; write ['contains', 'f1']"
        )
    for name, metric in metrics.items():
        if not isinstance(metric, Metric):
            raise UsageError(
                f"metrics['{name}'] is {type(metric).__name__}, and no Metric; make one: Metric('{name}', ...)"
            )
        if metric.name != name:
            raise UsageError(f"metrics['{name}'] is called '{metric.name}'; write {{'{metric.name}': ...}}")
    return metrics


METRICS: Mapping[str, Metric] = build_table(
    [
        Metric(
            "good",
            answers.good,
            "with evidence",
            "proportion",
            "the first quote is evidence, at least half of them are, and they are short enough to be read",
            needs="citations",
        ),
        Metric(
            "first_quote",
            answers.first_quote,
            "with evidence",
            "proportion",
            "the first quote is gold evidence",
            needs="citations",
        ),
        Metric(
            "quote_precision",
            answers.quote_precision,
            "with evidence",
            "mean",
            "share of the quotes that are gold evidence, over answers that quote",
            needs="citations",
        ),
        Metric(
            "em",
            answers.exact_match,
            "with answers",
            "proportion",
            "the answer is a gold answer, in normal form",
            SQUAD,
        ),
        Metric("f1", answers.f1, "with answers", "mean", "word overlap with the best gold answer", SQUAD),
        Metric(
            "contains",
            answers.contains,
            "with wording",
            "proportion",
            "a gold answer stands in the answer's text, or all that it must hold",
        ),
        Metric(
            "key_phrases",
            answers.key_phrases,
            "with wording",
            "mean",
            "share of the wanted phrases that stand in the answer's text; of gold answers one is enough",
        ),
        Metric(
            "word_recall",
            answers.word_recall,
            "with answers",
            "mean",
            "share of the words of the best gold answer that the answer says",
            "Adlakha et al. 2024",
        ),
        Metric(
            "em_squad",
            answers.exact_match,
            "answers known",
            "proportion",
            "EM, where abstaining matches no answer",
            SQUAD,
        ),
        Metric("f1_squad", answers.f1, "answers known", "mean", "F1, where abstaining matches no answer", SQUAD),
        Metric(
            "crag",
            answers.crag_score,
            "judged",
            "mean",
            "+1 correct (contains), 0 abstained, -1 wrong or answered though unanswerable",
            "Yang et al. 2024 (CRAG)",
            worst=-1.0,
            bounds=(-1.0, 1.0),
        ),
        *(RANKED["hit"](k) for k in (1, 3, 5, 8)),
        Metric(
            "mrr",
            reciprocal_rank,
            "with evidence",
            "mean",
            "1 / rank of the first passage that overlaps gold evidence",
            "recip_rank of TREC",
            needs="passages",
        ),
        *(RANKED[name](5) for name in ("ndcg", "recall", "span_recall", "span_precision", "span_iou")),
        Metric(
            "citation_hit",
            answers.citation_hit,
            "with evidence",
            "proportion",
            "a cited quote touches gold evidence; an abstention does not",
            needs="citations",
        ),
        Metric(
            "citation_precision",
            answers.citation_precision,
            "with evidence",
            "mean",
            "share of the cited characters that is gold evidence, over answers that cite",
            needs="citations",
        ),
        Metric(
            "citation_recall",
            answers.citation_recall,
            "with evidence",
            "mean",
            "share of the gold evidence's characters that is cited; 0 for an abstention",
            needs="citations",
        ),
        Metric(
            "citation_f1",
            answers.citation_f1,
            "with evidence",
            "mean",
            "harmonic mean of the two, question by question; 0 for an abstention",
            needs="citations",
        ),
        Metric(
            "joint_f1",
            answers.joint_f1,
            "answers + evidence",
            "mean",
            "F1 of the products of answer's and citation's precision, and of their recalls",
            "Yang et al. 2018 (HotpotQA)",
            needs="citations",
        ),
        Metric(
            "quote_validity",
            answers.quote_validity,
            "all",
            "ratio",
            "share of all citations whose quote equals the document's text there",
        ),
        Metric(
            "abstention_precision",
            answers.abstention_precision,
            "known",
            "ratio",
            "share of the abstentions that were right, because the documents do not say",
        ),
        Metric(
            "abstained_correctly",
            answers.abstained,
            "unanswerable",
            "proportion",
            "recall of abstention: abstained, as it should",
        ),
        Metric(
            "abstention_f1",
            answers.abstention_f1,
            "known",
            "ratio",
            "harmonic mean of the two: 2 x right / (abstentions + questions without an answer)",
        ),
        Metric(
            "false_answer",
            answers.answered,
            "unanswerable",
            "proportion",
            "error: answered (or failed) though the documents do not say; lower is better",
            worst=1.0,
            lower_is_better=True,
        ),
        Metric(
            "needless_abstention",
            answers.abstained,
            "answerable",
            "proportion",
            "error: abstained (or failed) though the documents say; lower is better",
            worst=1.0,
            lower_is_better=True,
        ),
        Metric(
            "aurc",
            calibration.place_on_curve,
            "judged",
            "curve",
            "mean risk when the surest replies are given first, abstentions last; lower is better",
            "Geifman and El-Yaniv 2017",
            curve=calibration.measure_aurc,
            lower_is_better=True,
        ),
        Metric(
            "ece",
            calibration.rate_confidence,
            "judged",
            "curve",
            "gap between confidence and share correct, over ten bins of the answers; small samples overstate it; "
            "lower is better",
            "Naeini et al. 2015; Guo et al. 2017",
            curve=calibration.measure_ece,
            lower_is_better=True,
        ),
        *CHAT_MODEL,
        Metric(
            "failed",
            lambda case: 0.0,
            "all",
            "proportion",
            "no answer came: an exception, a time-out, a reply of another kind; lower is better",
            worst=1.0,
            lower_is_better=True,
        ),
        *(
            Metric(
                f"seconds_p{percent}",
                lambda case: case.answer.seconds.total,
                "all",
                "quantile",
                f"{percent} % of the questions, failures included, took no longer",
                quantile=percent / 100,
                bounds=None,
                lower_is_better=True,
            )
            for percent in (50, 95)
        ),
    ]
)
"""Every metric by name, in the order in which tables show them."""
