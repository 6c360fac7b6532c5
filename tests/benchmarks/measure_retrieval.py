"""How well the right passage is found: dense, BM25, both fused, and both with the reader, side by side in one run.

python tests/benchmarks/measure_retrieval.py --data DIR [--questions N] [--sizes N ...] [--develop] [--without heading]

Three tables: SQuAD 1.1 dev (every paragraph of all articles is one passage, and relevant is the question's own),
Chroma's chunking evaluation cut by Footnote's own rules (top 5 passages, by characters), and with ``--develop`` the same
on what may be tuned on: training articles of SQuAD that the reader has not learnt from, and the other half of the
chunking evaluation's questions.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import rag.index.bm25
import rag.index.term_counts
from ingest.split import MAX_CHARACTERS, embedding_texts, split_document
from rag.english.words import UNSEARCHED_WORDS
from rag.errors import FootnoteError
from rag.evaluation.formats.chroma_csv import read_chroma
from rag.evaluation.metrics.intervals import wilson_interval
from rag.evaluation.metrics.ranking import measure_hit, measure_reciprocal_rank
from rag.evaluation.metrics.spans import count_characters, count_shared
from rag.index.bm25 import KeywordIndex
from rag.index.embeddings import build_embeddings, build_token_counter
from rag.index.state import Hit
from rag.reader.reranking import build_ranker
from rag.reader.span_reader import SpanReader
from rag.reader.training.squad_data import hold_out, read_articles
from rag.retrieve.hybrid import POOL, fuse
from rag.settings import read_settings
from rag.types import Passage, ScoredPassage, Span

RANK_OFFSET = 60
READ = 10
"""Passages that the reader ranks; the product's default is to rank as many as it uses, 8."""

Ranking = list[Passage]


@dataclass(frozen=True)
class Asked:
    """A question and the spans that are relevant to it."""

    text: str
    gold: tuple[Span, ...]


class Collection:
    """Passages with their vectors and terms, searched exactly."""

    def __init__(self, passages: Sequence[Passage], embeddings: Any, *, with_heading: bool = True):
        self.passages = list(passages)
        texts = [passage.text for passage in passages]
        told = embedding_texts(passages, build_token_counter(embeddings)) if with_heading else texts
        self.vectors = embed(embeddings, told)
        self.keywords = KeywordIndex.build([passage.id for passage in passages], texts)

    def search(self, question: str, vector: Any) -> tuple[list[Hit], list[Hit]]:
        """The nearest passages by meaning, and the best by keyword."""
        similar, scores = self.vectors @ vector, self.keywords.scores(question)
        nearest = [Hit(self.passages[row], float(similar[row])) for row in np.argsort(-similar, kind="stable")[:POOL]]
        best = np.argsort(-scores, kind="stable")[:POOL]
        return nearest, [Hit(self.passages[row], float(scores[row])) for row in best if scores[row] > 0]


def rank_all(
    collection: Collection, questions: Sequence[Asked], embeddings: Any, spans: SpanReader | None
) -> dict[str, list[Ranking]]:
    """Each method's ranking for each question."""
    vectors = embed(embeddings, [asked.text for asked in questions])
    rankings: dict[str, list[Ranking]] = {"dense": [], "BM25": [], "reciprocal ranks": [], "fused": []}
    ranker = build_ranker(spans) if spans else None
    if ranker:
        rankings["fused + reader"] = []
    for asked, vector in zip(tqdm(questions, file=sys.stderr, disable=None), vectors, strict=True):
        dense, keyword = collection.search(asked.text, vector)
        fused = fuse(dense, keyword)
        rankings["dense"].append([hit.passage for hit in dense])
        rankings["BM25"].append([hit.passage for hit in keyword])
        rankings["reciprocal ranks"].append(fuse_ranks(dense, keyword))
        rankings["fused"].append([found.passage for found in fused])
        if ranker:
            ranked: Sequence[ScoredPassage] = [*ranker(asked.text, fused[:READ]), *fused[READ:]]
            rankings["fused + reader"].append([found.passage for found in ranked])
    return rankings


def fuse_ranks(*rankings: Sequence[Hit]) -> Ranking:
    """Reciprocal-rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009), the usual baseline."""
    scores: dict[str, float] = {}
    passages: dict[str, Passage] = {}
    for hits in rankings:
        for rank, hit in enumerate(hits, start=1):
            passages[hit.passage.id] = hit.passage
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + 1 / (RANK_OFFSET + rank)
    return [passages[name] for name in sorted(scores, key=lambda name: (-scores[name], name))]


def embed(embeddings: Any, texts: Sequence[str]) -> Any:
    return np.asarray(embeddings.embed_documents(list(texts)), dtype=np.float32)


def read_squad(articles: Sequence[Any]) -> tuple[list[Passage], list[Asked]]:
    """Every paragraph as a passage, and the answerable questions with the paragraph that each belongs to."""
    passages, questions = [], []
    for article in articles:
        at = 0
        for paragraph in article["paragraphs"]:
            span = Span(article["title"], at, at + len(paragraph["context"]))
            at = span.end + 1
            passages.append(Passage(span, paragraph["context"]))
            questions += [Asked(qa["question"], (span,)) for qa in paragraph["qas"] if not qa.get("is_impossible")]
    return passages, questions


def print_hits(name: str, questions: Sequence[Asked], rankings: dict[str, list[Ranking]]) -> None:
    """hit@k and MRR, per cent, with the 95 % interval of hit@1."""
    print(f"\n{name}: {len(questions)} questions")
    print(f"{'':18} {'hit@1':>18} {'hit@3':>6} {'hit@5':>6} {'hit@10':>6} {'MRR':>6}")
    for method, found in rankings.items():
        relevant = [
            [any(span.overlap(passage.span) for span in asked.gold) for passage in ranking]
            for asked, ranking in zip(questions, found, strict=True)
        ]
        first, *others = (sum(measure_hit(row, k) for row in relevant) for k in (1, 3, 5, 10))
        low, high = wilson_interval(first, len(questions)) or (0.0, 1.0)
        mean = sum(map(measure_reciprocal_rank, relevant)) / len(questions)
        shares = " ".join(f"{100 * value / len(questions):6.1f}" for value in others)
        share = 100 * first / len(questions)
        print(f"{method:18} {share:5.1f} ({100 * low:4.1f}-{100 * high:4.1f}) {shares} {100 * mean:6.1f}")


def print_characters(name: str, questions: Sequence[Asked], rankings: dict[str, list[Ranking]], k: int = 5) -> None:
    """Span recall and precision of the first ``k`` passages, per cent, and how long those are."""
    print(f"\n{name}: {len(questions)} questions, top {k}")
    print(f"{'':18} {'recall':>7} {'precision':>9} {'IoU':>6} {'characters':>10}")
    for method, found in rankings.items():
        rows = []
        for asked, ranking in zip(questions, found, strict=True):
            spans = [passage.span for passage in ranking[:k]]
            shared, gold, shown = count_shared(spans, asked.gold), count_characters(asked.gold), count_characters(spans)
            rows.append(
                (100 * shared / gold, 100 * shared / max(1, shown), 100 * shared / (shown + gold - shared), shown)
            )
        recall, precision, union, shown = (sum(column) / len(rows) for column in zip(*rows, strict=True))
        print(f"{method:18} {recall:7.1f} {precision:9.1f} {union:6.1f} {shown:10.0f}")


def find_unstemmed_terms(texts: Sequence[str]) -> list[list[str]]:
    """What ``find_terms`` gives, without stemming."""
    words = (re.findall(r"\b(?:\w\w+|\d)\b", text.lower()) for text in texts)
    return [[word for word in each if word not in UNSEARCHED_WORDS] for each in words]


def tables(options: argparse.Namespace) -> Iterator[Callable[[], None]]:
    embeddings = build_embeddings(read_settings())
    spans = None if options.no_reader else SpanReader()
    squad = options.data / "squad"
    with_heading = "heading" not in options.without
    if "stemming" in options.without:
        for module in (rag.index.bm25, rag.index.term_counts):
            vars(module)["find_terms"] = find_unstemmed_terms

    def show_squad() -> None:
        if options.develop:
            articles = hold_out(read_articles(squad / "train-v2.0-rebuilt.json"))[1]
        else:
            articles = read_articles(squad / "dev-v1.1.json")
        passages, questions = read_squad(articles)
        chosen = random.Random(0).sample(questions, min(options.questions or len(questions), len(questions)))
        collection = Collection(passages, embeddings, with_heading=with_heading)
        rankings = rank_all(collection, chosen, embeddings, spans)
        what = "SQuAD train, held-out articles" if options.develop else "SQuAD 1.1 dev"
        print_hits(f"{what}, {len(passages)} passages", chosen, rankings)

    def show_chunking(size: int) -> None:
        found = read_chroma(options.data / "chroma_chunking_eval" / "questions_df.csv")
        split = "develop" if options.develop else "report"
        questions = [
            Asked(question.text, tuple(span for span in question.evidence if isinstance(span, Span)))
            for question in found.questions
            if question.split == split
        ]
        counter = build_token_counter(embeddings)
        passages = [
            passage
            for document in found.documents.values()
            for passage in split_document(document, counter, max_characters=size)
        ]
        collection = Collection(passages, embeddings, with_heading=with_heading)
        rankings = rank_all(collection, questions, embeddings, spans)
        name = f"chunking evaluation, {split} half, passages of {size} characters at most ({len(passages)})"
        print_characters(name, questions, rankings)

    if not options.no_squad:
        yield show_squad
    for size in options.sizes:
        yield lambda size=size: show_chunking(size)  # type: ignore[misc]


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--questions", type=int, help="ask so many of SQuAD's questions, drawn by chance; else all")
    parser.add_argument("--sizes", type=int, nargs="*", default=[MAX_CHARACTERS], help="characters of a passage")
    parser.add_argument("--develop", action="store_true", help="on what may be tuned on")
    parser.add_argument("--no-reader", action="store_true", help="search only")
    parser.add_argument("--no-squad", action="store_true", help="the chunking evaluation only")
    parser.add_argument("--without", nargs="*", default=[], choices=["heading", "stemming"], help="leave this out")
    for show in tables(parser.parse_args(arguments)):
        show()


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_retrieval: {error}")
