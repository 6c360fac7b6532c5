"""The judge of support, fitted and measured: on sentences that chat models wrote, and on people's claims.

python tests/benchmarks/measure_judge.py --data DIR [--claims N] [--fit [--write]] [--keep FILE]

RAGTruth's answers and summaries (its parts), WiCE's test claims, the odd halves of FEVER, SQuAD's sentences made wrong and
the mixed sets. For shared words, the head alone and the judge as shipped: AUROC; for the judge also the balanced accuracy
at its one threshold, what it keeps of the supported and marks of the others; how many refuted claims are marked where 80 %
of the supported are kept, and how many of those that are marked are called contradicted. ``--fit`` fits the judge on the
parts that may be fitted on, all sets and both verdicts alike but for RAGTruth, which is what is judged in earnest;
``--write`` puts it where it ships. ``--keep`` keeps what the head said for the next run.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from claim_sets import SENTENCES, LabelledClaim, read_claim_sets
from tqdm import tqdm

from rag.cite.claim_features import FEATURES, measure_claims
from rag.cite.judging import JUDGE_FILE, SUPPORTED, build_support_estimator, find_invented
from rag.cite.support import CitedClaim, measure_support
from rag.errors import FootnoteError
from rag.reader.span_reader import SpanReader
from rag.types import Passage, Span

EMPHASIS = 4.0
"""How much more a set of RAGTruth weighs than another when the weights are fitted; all are alike where the threshold is chosen."""

PENALTY = 0.02
"""Strength of the ridge: the inverse of scikit-learn's C where all claims weigh one together."""

SMOOTHED = 9
"""Neighbouring thresholds, of 97, over which the shares are averaged."""

AT_ONCE = 100
KEPT = 0.8
"""The share of supported claims at which it is counted how many refuted ones are marked."""

Pairs = Sequence[tuple[str, str]]


class RememberedHead:
    """The reader's head, which is asked once for each pair."""

    def __init__(self, keep: Path | None):
        self.known: dict[tuple[str, str], float] = pickle.loads(keep.read_bytes()) if keep and keep.exists() else {}
        self.keep, self.spans = keep, SpanReader()

    def __call__(self, pairs: Pairs) -> list[float]:
        missing = [pair for pair in pairs if pair not in self.known]
        self.known |= zip(missing, self.spans.judge(missing), strict=True)
        return [self.known[pair] for pair in pairs]

    def save(self) -> None:
        if self.keep:
            self.keep.write_bytes(pickle.dumps(self.known))


def cite(claim: LabelledClaim) -> CitedClaim:
    return CitedClaim(
        claim.claim,
        (),
        tuple(Passage(Span(f"text {row}", 0, len(text)), text) for row, text in enumerate(claim.texts)),
    )


def measure_all(claims: Sequence[LabelledClaim], head: RememberedHead) -> Any:
    rows = []
    for at in tqdm(range(0, len(claims), AT_ONCE), "reading", file=sys.stderr):
        rows += measure_claims([cite(each) for each in claims[at : at + AT_ONCE]], head)
        head.save()
    return np.array(rows)


def measure_auc(scores: Any, labels: Any) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    count = labels.sum()
    return float((ranks[labels].sum() - count * (count + 1) / 2) / (count * (~labels).sum()))


def weigh(claims: Sequence[LabelledClaim], positive: Any, emphasis: float) -> Any:
    """Weights under which the sets that have both verdicts weigh alike but for RAGTruth's, and so do the verdicts in each."""
    names = np.array([each.name for each in claims])
    weights = np.zeros(len(claims))
    for name in set(names):
        if len(set(positive[names == name])) == 2:
            for value in (True, False):
                chosen = (names == name) & (positive == value)
                weights[chosen] = (emphasis if name in SENTENCES.values() else 1.0) / chosen.sum()
    return weights / weights.sum()


def fit_logistic(features: Any, labels: Any, weights: Any, deciding: Any, lost: Any = False) -> dict[str, float]:
    """Weights by name, and the bias that puts the best threshold at one half.

    Args:
        features: shape (claims, features).
        labels: the verdicts, of (claims,).
        weights: of the claims when the weights are fitted.
        deciding: the same, when the threshold is chosen: by the mean of both shares that are told right.
        lost: which claims a rule takes out, whatever the judge says.
    """
    from sklearn.linear_model import LogisticRegression

    used = weights > 0
    mean, spread = features[used].mean(0), features[used].std(0) + 1e-9
    model = LogisticRegression(C=1 / PENALTY, max_iter=5_000)
    model.fit((features[used] - mean) / spread, labels[used], sample_weight=weights[used])
    slopes = model.coef_[0] / spread
    odds = features @ slopes
    places = np.quantile(odds[used], np.linspace(0.02, 0.98, 97))
    kept = np.where(lost, -np.inf, odds)
    right = np.array([(deciding * ((kept >= place) == labels)).sum() for place in places])
    smooth = np.convolve(right, np.ones(SMOOTHED) / SMOOTHED, mode="valid")  # the best is flat, and chance moves it
    bias = -float(places[SMOOTHED // 2 + int(np.argmax(smooth))])
    return {name: round(float(value), 4) for name, value in zip(FEATURES, slopes, strict=True)} | {
        "bias": round(bias, 4)
    }


def fit(claims: Sequence[LabelledClaim], head: RememberedHead) -> dict[str, Any]:
    tuning = [each for each in claims if each.part == "develop"]
    features = measure_all(tuning, head)
    supported = np.array([each.supported for each in tuning])
    told = np.array([each.label in ("refuted", "not enough") for each in tuning])
    refuted = np.array([each.label == "refuted" for each in tuning])
    others = [each for each, is_told in zip(tuning, told, strict=True) if is_told]
    return {
        "fitted_on": {
            name: sum(each.name == name for each in tuning) for name in sorted({each.name for each in tuning})
        },
        "support": fit_logistic(
            features,
            supported,
            weigh(tuning, supported, EMPHASIS),
            weigh(tuning, supported, 1.0),
            np.array([bool(find_invented(cite(each))) for each in tuning])
            | (features[:, FEATURES.index("refused")] > 0),
        ),
        "contradiction": fit_logistic(features[told], refuted[told], *[weigh(others, refuted[told], 1.0)] * 2),
    }


def show(claims: Sequence[LabelledClaim], head: RememberedHead, part: str) -> None:
    chosen = [each for each in claims if each.part == part]
    features = measure_all(chosen, head)
    estimate = build_support_estimator(head)
    started = time.perf_counter()
    judged = estimate([cite(each) for each in chosen])
    each_ms = 1e3 * (time.perf_counter() - started) / len(chosen)
    words = np.array([measure_support(each.claim, [" ".join(each.texts)]) for each in chosen])
    alone = features[:, FEATURES.index("head")]
    ours = np.array([each.support for each in judged])
    print(f"{'':24} {'claims':>7} {'words':>6} {'head':>6} {'judge':>6} {'balanced':>9} {'kept':>5} {'marked':>7}")
    for name in dict.fromkeys(each.name for each in chosen):
        rows = np.array([each.name == name for each in chosen])
        labels = np.array([each.supported for each in chosen])[rows]
        if labels.all():
            continue
        areas = [100 * measure_auc(scores[rows], labels) for scores in (words, alone, ours)]
        said = ours[rows] >= SUPPORTED
        kept, marked = 100 * said[labels].mean(), 100 * (~said)[~labels].mean()
        figures = " ".join(f"{area:6.1f}" for area in areas)
        print(f"{name:24} {rows.sum():7} {figures} {(kept + marked) / 2:9.1f} {kept:5.0f} {marked:7.0f}")
    show_contradictions(chosen, judged, ours)
    print(f"\nwithout the head's own time: {each_ms:.2f} ms a claim")


def show_contradictions(chosen: Sequence[LabelledClaim], judged: Sequence[Any], ours: Any) -> None:
    print("\nrefuted claims: marked where 80 % of the supported are kept; marked as shipped; called contradicted")
    for name in dict.fromkeys(each.name for each in chosen if each.label == "refuted"):
        supported = ours[[each.name == name and each.supported for each in chosen]]
        refuted = [row for row, each in enumerate(chosen) if each.name == name and each.label == "refuted"]
        lacking = [row for row, each in enumerate(chosen) if each.name == name and each.label == "not enough"]
        marked = 100 * (ours[refuted] < np.quantile(supported, 1 - KEPT)).mean()
        shipped = 100 * (ours[refuted] < SUPPORTED).mean()
        called = 100 * np.mean([judged[row].verdict == "contradicted" for row in refuted])
        wrongly = (
            f"; so called of those not said: {100 * np.mean([judged[row].verdict == 'contradicted' for row in lacking]):.0f}"
            if lacking
            else ""
        )
        print(f"{name:24} {marked:5.0f} {shipped:5.0f} {called:5.0f}{wrongly}")


def main(arguments: list[str] | None = None) -> None:
    """Fit or print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument(
        "--claims", type=int, default=250, help="so many of each part and verdict of RAGTruth; of others half"
    )
    parser.add_argument("--part", default="report", choices=("develop", "report"))
    parser.add_argument("--fit", action="store_true", help="fit the judge on the develop parts, and print it")
    parser.add_argument("--write", action="store_true", help=f"to {JUDGE_FILE.name}, which ships")
    parser.add_argument("--keep", type=Path, help="file that keeps what the head said")
    options = parser.parse_args(arguments)
    head = RememberedHead(options.keep)
    claims = read_claim_sets(options.data, options.claims)
    if options.fit:
        fitted = json.dumps(fit(claims, head), indent=2) + "\n"
        print(fitted)
        if options.write:
            JUDGE_FILE.write_text(fitted, encoding="utf-8")
        return
    show(claims, head, options.part)


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_judge: {error}")
