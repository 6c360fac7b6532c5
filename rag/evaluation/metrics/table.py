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
from rag.evaluation.metrics.examples import Reply, give
from rag.evaluation.metrics.metric import Metric, build_table
from rag.evaluation.metrics.ranking import RANKED, TWO_FOUND, reciprocal_rank
from rag.evaluation.metrics.squad import SQUAD

__all__ = ["METRICS", "Metric", "choose_metrics"]


def choose_metrics(names: Sequence[str], table: Mapping[str, Metric] | None = None) -> dict[str, Metric]:
    """The metrics of these names, in this order; ``hit@20``, ``span_iou@3`` and their like are made as they are named.

    Raises:
        UsageError: there is no metric of a name; the message offers the nearest.
    """
    known = METRICS if table is None else table
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


_RIGHT = Reply("It rose on Monday.", confidence=0.9)
_WRONG = Reply("It rose on Friday.", confidence=0.6)
_ABSTAINED = Reply(abstains=True, confidence=0.2)
_FAILED = Reply(fails=True)
_RIGHTLY_ABSTAINED = Reply(abstains=True, confidence=0.1, answerable=False)
_MADE_UP = Reply("The mayor did.", confidence=0.4, answerable=False)
_CITES = Reply("On Monday.", cites=((36, 56),))

METRICS: Mapping[str, Metric] = build_table(
    [
        Metric(
            "em",
            answers.exact_match,
            "with answers",
            "proportion",
            "the answer is a gold answer, in normal form",
            SQUAD,
            example=give(0.5, "the first is the gold answer, the second says more", Reply("On Monday!"), _RIGHT),
        ),
        Metric(
            "f1",
            answers.f1,
            "with answers",
            "mean",
            "word overlap with the best gold answer",
            SQUAD,
            example=give(2 / 3, "2 of 4 words are gold, and 2 of 2 gold words are said: 2 x .5 x 1 / 1.5", _RIGHT),
        ),
        Metric(
            "contains",
            answers.contains,
            "with answers",
            "proportion",
            "a gold answer stands in the answer's text",
            example=give(0.5, "'on Monday' stands in the first, and not in the second", _RIGHT, _WRONG),
        ),
        Metric(
            "word_recall",
            answers.word_recall,
            "with answers",
            "mean",
            "share of the words of the best gold answer that the answer says",
            "Adlakha et al. 2024",
            example=give(0.5, "'on', and not 'Monday'", _WRONG),
        ),
        Metric(
            "em_squad",
            answers.exact_match,
            "judged",
            "proportion",
            "EM, where abstaining matches no answer",
            SQUAD,
            example=give(0.5, "abstained rightly, and needlessly", _RIGHTLY_ABSTAINED, _ABSTAINED),
        ),
        Metric(
            "f1_squad",
            answers.f1,
            "judged",
            "mean",
            "F1, where abstaining matches no answer",
            SQUAD,
            example=give(0.5, "abstained rightly, and answered what has no answer", _RIGHTLY_ABSTAINED, _MADE_UP),
        ),
        Metric(
            "crag",
            answers.crag_score,
            "judged",
            "mean",
            "+1 correct (contains), 0 abstained, -1 wrong or answered though unanswerable",
            "Yang et al. 2024 (CRAG)",
            worst=-1.0,
            bounds=(-1.0, 1.0),
            example=give(-0.25, "+1, 0, -1 and -1", _RIGHT, _ABSTAINED, _WRONG, _FAILED),
        ),
        *(RANKED["hit"](k) for k in (1, 3, 5, 8)),
        Metric(
            "mrr",
            reciprocal_rank,
            "with evidence",
            "mean",
            "1 / rank of the first passage that overlaps gold evidence",
            "recip_rank of TREC",
            example=give(0.5, "the second passage holds the evidence", TWO_FOUND),
        ),
        *(RANKED[name](5) for name in ("ndcg", "recall", "span_recall", "span_precision", "span_iou")),
        Metric(
            "citation_hit",
            answers.citation_hit,
            "with evidence",
            "proportion",
            "a cited quote touches gold evidence; an abstention does not",
            example=give(0.5, "the first cites some of it, the second nothing", _CITES, _ABSTAINED),
        ),
        Metric(
            "citation_precision",
            answers.citation_precision,
            "with evidence",
            "mean",
            "share of the cited characters that is gold evidence, over answers that cite",
            example=give(0.5, "10 of the 20 characters cited; what cites nothing is not counted", _CITES, _ABSTAINED),
        ),
        Metric(
            "citation_recall",
            answers.citation_recall,
            "with evidence",
            "mean",
            "share of the gold evidence's characters that is cited; 0 for an abstention",
            example=give(0.2, "10 of the 25 characters of evidence, and none", _CITES, _ABSTAINED),
        ),
        Metric(
            "citation_f1",
            answers.citation_f1,
            "with evidence",
            "mean",
            "harmonic mean of the two, question by question; 0 for an abstention",
            example=give(4 / 9, "2 x .5 x .4 / .9", _CITES),
        ),
        Metric(
            "joint_f1",
            answers.joint_f1,
            "answers + evidence",
            "mean",
            "F1 of the products of answer's and citation's precision, and of their recalls",
            "Yang et al. 2018 (HotpotQA)",
            example=give(4 / 9, "both words right, cited with precision .5 and recall .4", _CITES),
        ),
        Metric(
            "quote_validity",
            answers.quote_validity,
            "all",
            "ratio",
            "share of all citations whose quote equals the document's text there",
            example=give(1.0, "1 of 1 quotes; what quotes nothing adds nothing", _CITES, _ABSTAINED),
        ),
        Metric(
            "abstention_precision",
            answers.abstention_precision,
            "known",
            "ratio",
            "share of the abstentions that were right, because the documents do not say",
            example=give(0.5, "1 of 2 abstentions", _RIGHTLY_ABSTAINED, _ABSTAINED, _RIGHT),
        ),
        Metric(
            "abstained_correctly",
            answers.abstained,
            "unanswerable",
            "proportion",
            "recall of abstention: abstained, as it should",
            example=give(0.5, "1 of 2 questions that the documents do not answer", _RIGHTLY_ABSTAINED, _MADE_UP),
        ),
        Metric(
            "abstention_f1",
            answers.abstention_f1,
            "known",
            "ratio",
            "harmonic mean of the two: 2 x right / (abstentions + questions without an answer)",
            example=give(2 / 3, "2 x 1 / (2 + 1)", _RIGHTLY_ABSTAINED, _ABSTAINED, _RIGHT),
        ),
        Metric(
            "false_answer",
            answers.answered,
            "unanswerable",
            "proportion",
            "error: answered (or failed) though the documents do not say; lower is better",
            worst=1.0,
            lower_is_better=True,
            example=give(0.5, "the first abstained, the second made something up", _RIGHTLY_ABSTAINED, _MADE_UP),
        ),
        Metric(
            "needless_abstention",
            answers.abstained,
            "answerable",
            "proportion",
            "error: abstained (or failed) though the documents say; lower is better",
            worst=1.0,
            lower_is_better=True,
            example=give(2 / 3, "an abstention and a failure, of 3", _ABSTAINED, _FAILED, _WRONG),
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
            example=give(
                (0 + 1 / 2 + 2 / 3) / 3,
                "risks 0, 1/2 and 2/3 of right, wrong and abstained",
                _RIGHT,
                _WRONG,
                _ABSTAINED,
            ),
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
            example=give(0.35, "gaps .1 (right at .9) and .6 (wrong at .6), half each", _RIGHT, _WRONG, _ABSTAINED),
        ),
        Metric(
            "failed",
            lambda case: 0.0,
            "all",
            "proportion",
            "no answer came: an exception, a time-out, a reply of another kind; lower is better",
            worst=1.0,
            lower_is_better=True,
            example=give(0.5, "1 of 2", _RIGHT, _FAILED),
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
                example=give(
                    1 + percent / 100, "between 1 and 2 seconds, interpolated", Reply(seconds=1.0), Reply(seconds=2.0)
                ),
            )
            for percent in (50, 95)
        ),
    ]
)
"""Every metric by name, in the order in which tables show them."""
