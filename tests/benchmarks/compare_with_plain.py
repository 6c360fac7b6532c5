"""Measure Footnote beside the plain pipeline: the same cleaned text, the same questions, one run.

python tests/benchmarks/compare_with_plain.py [--questions FILE] [--evidence FILE] [--source FILE]... [--split S]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from plain_pipeline import build_plain_pipeline
from tqdm import tqdm

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.errors import FootnoteError, SourceError
from rag.evaluation import Evaluation, evaluate, prepare_questions, render_columns
from rag.evaluation.metrics.cases import OUTCOMES
from rag.evaluation.report.text import list_parts
from rag.index.embeddings import build_embeddings
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings

DATA = Path(__file__).parents[2] / "data"


def move_on(bar: tqdm[Any], label: str, done: int, total: int) -> None:
    """Show that one more is answered."""
    bar.update()


def main(arguments: list[str] | None = None) -> None:
    """Print both systems' figures side by side, a table for each split."""
    options = read_options(arguments)
    settings = read_settings()
    embeddings = build_embeddings(settings)
    with tempfile.TemporaryDirectory(prefix="footnote-compare-", ignore_cleanup_errors=True) as folder:
        index_folder = Path(folder) / "footnote"
        reports = ingest_paths(options.source, directory=index_folder, embeddings=embeddings, settings=settings)
        if bad := [report for report in reports if report.status == "failed"]:
            raise SourceError(f"{bad[0].source}: {bad[0].reason}")
        index = PassageIndex(index_folder, embeddings)
        texts = {record.id: index.document(record.id).text for record in index.documents()}
        questions = prepare_questions(
            options.questions, texts, document=options.document, evidence=options.evidence, split=options.split
        )
        plain = build_plain_pipeline(texts, Path(folder) / "plain", settings)
        outcomes = {}
        for name, system in (("footnote", build_chain(index, settings=settings)), ("plain", plain)):
            system.invoke(questions[0])  # what loads on the first question should not be timed
            save = options.save / name if options.save else None
            with tqdm(total=len(questions), desc=name, file=sys.stderr, disable=None) as bar:
                outcomes[name] = evaluate(system, questions, texts, save=save, on_progress=partial(move_on, bar))
    print(render_comparison(outcomes))


def render_comparison(outcomes: dict[str, Evaluation]) -> str:
    """The systems side by side: for each split all figures, and what became of the questions."""
    blocks = []
    first = next(iter(outcomes.values())).scores
    for part in list_parts(first):
        slices = {name: outcome.scores.slice(part.kind, part.name) for name, outcome in outcomes.items()}
        lines = [f"== {part.name}: {part.questions} questions ==", render_columns(first.metrics, list(slices.items()))]
        for name, other in slices.items():
            for kind, counts in (("answerable", other.answerable), ("unanswerable", other.unanswerable)):
                told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome])
                lines.append(f"{name}, {kind}: {told or 'none'}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=DATA / "questions" / "hanoi-summit.jsonl")
    parser.add_argument("--source", type=Path, action="append", help="a file to index; may be repeated")
    parser.add_argument("--evidence", type=Path, help="offsets of the evidence in the source")
    parser.add_argument("--document", metavar="ID", help="ask this document only")
    parser.add_argument("--split", choices=["develop", "report"], help="only this split")
    parser.add_argument("--save", type=Path, help="a folder for both systems' answers and scores")
    options = parser.parse_args(arguments)
    options.source = options.source or [DATA / "articles" / "hanoi-summit.md"]
    return options


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"compare_with_plain: {error}")
