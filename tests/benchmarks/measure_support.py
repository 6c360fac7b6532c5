"""Does a text support a claim? The head on the reader's encoder beside shared words and the cosine of sentence vectors.

python tests/benchmarks/measure_support.py --data DIR [--pages | --fit]

WiCE's test claims (supported against partially and not supported) with the stretch of the cited page that holds the
evidence, or with whole pages; the odd half of FEVER's pairs; and sentences of SQuAD's dev articles (odd half), half of
them with a number, a name or a negation changed. Nothing here has learnt from any of them. AUROC, and balanced accuracy
at the threshold that is best on what may be tuned on (WiCE's dev, the even halves); for the judge as shipped also at its
one threshold for all. A long text is judged in stretches, and its best one counts. ``--fit`` prints instead what
``rag/cite/support.py`` should hold, from what may be tuned on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rag.cite.support import SUPPORTED, CitedClaim, build_support_estimator, is_invented, measure_support
from rag.errors import FootnoteError
from rag.index.embeddings import build_embeddings
from rag.reader.span_reader import SpanReader
from rag.reader.training.claims import Claim, make_claims, read_conjnli, read_fever
from rag.reader.training.validation import measure_auc
from rag.settings import read_settings
from rag.types import Passage, Span

WICE = "WiCE, test"
MADE = "SQuAD's sentences, half of them made wrong, odd half"
SHIPPED = "head, and numbers checked"
"""The judge as Footnote uses it."""

STRETCH = 900
"""Characters of a text that are judged at once: about a passage."""

AS_GOOD = 0.005
"""Thresholds that lose no more balanced accuracy than this are as good as the best; the strictest of them is taken."""

Scores = list[float]
Labelled = tuple[str, list[str], bool]
"""A claim, the stretches of its text, and whether they support it."""
Measure = Callable[[Sequence[tuple[str, str]]], Scores]


def read_wice(path: Path) -> list[tuple[str, list[str], bool]]:
    """Claims, the sentences of the page, and whether the page supports the claim in full."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["claim"], row["evidence"], row["label"] == "supported") for row in rows]


def part(sentences: Sequence[str]) -> Iterator[str]:
    """Stretches of a text, each sharing half with the one before it."""
    at = 0
    while at < len(sentences):
        size, end = 0, at
        while end < len(sentences) and (end == at or size + len(sentences[end]) <= STRETCH):
            size += len(sentences[end]) + 1
            end += 1
        yield " ".join(sentences[at:end])
        if end == len(sentences):
            return
        at = max(at + 1, (at + end) // 2)


def judge_all(measure: Measure, claims: Sequence[tuple[str, Sequence[str]]]) -> Scores:
    """The score of each claim against the best of its stretches."""
    pairs = [(claim, stretch) for claim, stretches in claims for stretch in stretches]
    scores = iter(measure(pairs))
    return [max(next(scores) for _ in stretches) for _, stretches in claims]


def build_measures() -> dict[str, Measure]:
    """The ways to judge, by name."""
    embeddings = build_embeddings(read_settings())
    spans = SpanReader()
    shipped = build_support_estimator(spans.judge)

    def by_words(pairs: Sequence[tuple[str, str]]) -> Scores:
        return [measure_support(claim, [text]) for claim, text in pairs]

    def by_vectors(pairs: Sequence[tuple[str, str]]) -> Scores:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        vectors = dict(zip(texts, np.asarray(embeddings.embed_documents(texts), dtype=np.float32), strict=True))
        return [float(vectors[claim] @ vectors[text]) for claim, text in pairs]

    def by_head(pairs: Sequence[tuple[str, str]]) -> Scores:
        return spans.judge(pairs)

    def by_words_and_head(pairs: Sequence[tuple[str, str]]) -> Scores:
        return [(one + other) / 2 for one, other in zip(by_words(pairs), by_head(pairs), strict=True)]

    def as_shipped(pairs: Sequence[tuple[str, str]]) -> Scores:
        return list(shipped([as_evidence(pair) for pair in pairs]))

    return {
        "shared words": by_words,
        "cosine": by_vectors,
        "head": by_head,
        "mean of words and head": by_words_and_head,
        SHIPPED: as_shipped,
    }


def as_evidence(pair: tuple[str, str]) -> CitedClaim:
    claim, text = pair
    return CitedClaim(claim, (), (Passage(Span("text", 0, len(text)), text),))


def balance(scores: Any, labels: Any, threshold: float) -> float:
    """The mean of the shares of supported and of unsupported claims that are told right."""
    said = scores >= threshold
    return float((said[labels].mean() + (~said)[~labels].mean()) / 2)


def show(name: str, tuning: Sequence[Labelled], reporting: Sequence[Labelled], measures: dict[str, Measure]) -> None:
    print(f"\n{name}: {len(reporting)} claims, {sum(label for *_, label in reporting)} supported")
    print(f"{'':24} {'AUROC':>6} {'balanced accuracy':>18} {'ms a claim':>11}")
    for way, measure in measures.items():
        tuned = np.array(judge_all(measure, [(claim, stretches) for claim, stretches, _ in tuning]))
        known = np.array([label for *_, label in tuning])
        threshold = max(np.unique(tuned), key=lambda value: balance(tuned, known, value))
        started = time.perf_counter()
        scores = np.array(judge_all(measure, [(claim, stretches) for claim, stretches, _ in reporting]))
        each = 1e3 * (time.perf_counter() - started) / len(reporting)
        labels = np.array([label for *_, label in reporting])
        auc = measure_auc(torch.tensor(scores), torch.tensor(labels))
        line = f"{way:24} {100 * auc:6.1f} {100 * balance(scores, labels, threshold):18.1f} {each:11.1f}"
        if way == SHIPPED:
            said = scores >= SUPPORTED
            found, caught = 100 * said[labels].mean(), 100 * (~said)[~labels].mean()
            line += f"   at its own threshold {(found + caught) / 2:.1f} ({found:.0f} % of supported, {caught:.0f} % of others)"
        print(line, flush=True)


def read_sets(data: Path, count: int, pages: bool) -> dict[str, tuple[list[Labelled], list[Labelled]]]:
    """By name: claims that may be tuned on, and those to report on."""
    kind = "claim" if pages else "oracle_claim"
    wice = []
    for name in ("dev", "test"):
        rows = read_wice(data / "wice" / f"{kind}_{name}.jsonl")
        random.Random(1).shuffle(rows)
        first = {
            claim: (claim, list(part(text)) if pages else [" ".join(text)], label)
            for claim, text, label in reversed(rows)
        }
        wice.append(list(first.values()))

    def draw(claims: Sequence[Claim]) -> list[Labelled]:
        chosen = random.Random(0).sample(list(claims), min(count, len(claims)))
        return [(claim.text, [claim.evidence], claim.supported) for claim in chosen]

    paragraphs: dict[int, list[str]] = {0: [], 1: []}
    for article in json.loads((data / "squad" / "dev-v2.0.json").read_text(encoding="utf-8"))["data"]:
        half = int(hashlib.sha256(article["title"].encode()).hexdigest(), 16) % 2
        paragraphs[half] += [paragraph["context"] for paragraph in article["paragraphs"]]
    return {
        WICE: (wice[0], wice[1]),
        MADE: (
            draw(make_claims(paragraphs[0], count, 5)),
            draw(make_claims(paragraphs[1], count, 5)),
        ),
        "FEVER, odd half": (draw(read_fever(data, "even")), draw(read_fever(data, "odd"))),
    }


def fit(tuning: Sequence[Sequence[Labelled]]) -> None:
    """Print from what log odds of the head's to those that half of the claims are supported, and the best threshold.

    All sets weigh alike. The head has learnt from FEVER's even half, so ConjNLI's dev pairs are tuned on in its place.
    """
    from sklearn.linear_model import LogisticRegression

    features, labels, weights, invented = [], [], [], []
    read = SpanReader().judge
    for claims in tuning:
        pairs = [(claim, stretches[0]) for claim, stretches, _ in claims]
        known = np.array([label for *_, label in claims])
        own = np.clip(read(pairs), 1e-6, 1 - 1e-6)
        features.append(np.log(own / (1 - own))[:, None])
        labels.append(known)
        invented.append([is_invented(as_evidence(pair)) for pair in pairs])
        weights.append(np.where(known, 0.5 / known.sum(), 0.5 / (~known).sum()))
    fitted = LogisticRegression(C=np.inf).fit(
        np.concatenate(features), np.concatenate(labels), 1000 * np.concatenate(weights)
    )
    likely = [np.where(own, 0, fitted.predict_proba(rows)[:, 1]) for own, rows in zip(invented, features, strict=True)]
    thresholds = np.arange(0.05, 0.951, 0.01)
    balances = [[balance(own, known, each) for own, known in zip(likely, labels, strict=True)] for each in thresholds]
    means = np.mean(balances, axis=1)
    best = int(np.flatnonzero(means >= means.max() - AS_GOOD)[-1])  # a wrong sentence let pass costs more than a doubt
    print(f"SLOPE, INTERCEPT = {fitted.coef_[0][0]:.2f}, {fitted.intercept_[0]:.2f}")
    print(f"SUPPORTED = {thresholds[best]:.2f}, balanced accuracy", *(f"{100 * value:.1f}" for value in balances[best]))


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--claims", type=int, default=700, help="so many of each half of the others, drawn by chance")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--pages", action="store_true", help="judge WiCE's claims by whole pages; this takes long")
    kinds.add_argument("--fit", action="store_true", help="fit the weights and the threshold")
    options = parser.parse_args(arguments)
    sets = read_sets(options.data, options.claims, options.pages)
    if options.fit:
        people = [(claim.text, [claim.evidence], claim.supported) for claim in read_conjnli(options.data, "conj_dev")]
        fit([sets[WICE][0], sets[MADE][0], people])
        return
    measures = build_measures()
    for name, (tuning, reporting) in sets.items():
        show(name, tuning, reporting, measures)


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_support: {error}")
