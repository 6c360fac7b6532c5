"""Fit what decides with the span model's scores: which passage, which sentences, how sure; and print held-out figures.

python tests/benchmarks/fit_answers.py --data DIR [--write]

Fitted on 28 articles of SQuAD that the model has not learnt from and on the develop split of the natural questions;
the figures are of twelve further articles.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from natural_questions import ask_documents
from tqdm import tqdm

from rag.errors import FootnoteError
from rag.index.embeddings import build_embeddings
from rag.reader.scoring import SCORERS_FILE
from rag.reader.source_lines import read_passages
from rag.reader.span_reader import SpanReader
from rag.reader.training.fitting import PASSAGES, Found, fit, save_scorers
from rag.settings import read_settings


def read_natural(data: Path, reader: SpanReader) -> Iterator[Found]:
    """The questions of the develop split with their passages as they were read; of several in one, the first."""
    with tempfile.TemporaryDirectory() as folder:
        asked = ask_documents(data, "develop", Path(folder), build_embeddings(read_settings()), count=PASSAGES)
        for each in tqdm(asked, unit="question", file=sys.stderr, disable=None):
            if each.found is None:
                continue
            found = (each.found.parts or (each.found,))[0]
            readings = tuple(read_passages(reader, found.standalone, found.passages))
            yield Found(
                found.standalone, found.passages, readings, tuple(span for piece in each.gold for span in piece)
            )


def main(arguments: list[str] | None = None) -> None:
    """Fit, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--articles", type=int, default=28, help="how many to fit on; the rest is for the figures")
    parser.add_argument("--questions", type=int, default=25, help="questions of each article")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"to {SCORERS_FILE.name}, which ships")
    options = parser.parse_args(arguments)
    reader = SpanReader()
    scorers, facts = fit(
        options.data,
        reader,
        list(read_natural(options.data, reader)),
        articles=options.articles,
        questions=options.questions,
        seed=options.seed,
    )
    print(json.dumps(facts, indent=2))
    if options.write:
        save_scorers(SCORERS_FILE, scorers, facts)


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"fit_answers: {error}")
