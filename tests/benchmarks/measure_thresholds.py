"""What a threshold costs: which share of questions is declined, rightly and needlessly, as the threshold rises.

python tests/benchmarks/measure_thresholds.py [--split report] [--write]

Asked of the bundled article; ``--write`` puts the figures where the page's settings show them. Intervals are Wilson's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.errors import FootnoteError
from rag.evaluation.formats import load_questions
from rag.evaluation.metrics.intervals import wilson_interval
from rag.index.embeddings import build_embeddings
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings
from rag.types import UNSURE_BELOW

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "ui" / "web" / "assets" / "thresholds.json"
THRESHOLDS = tuple(step / 20 for step in range(13))


def main(arguments: list[str] | None = None) -> None:
    """Print a line for each threshold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("develop", "report"), default="report")
    parser.add_argument("--write", action="store_true", help=f"also write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    questions = load_questions(ROOT / "data" / "questions" / "hanoi-summit.jsonl").questions
    asked = [question for question in questions if question.split == options.split and question.answers is not None]
    settings = read_settings(abstain_below=0, chat_model="", chat_base_url="")
    embeddings = build_embeddings(settings)
    with tempfile.TemporaryDirectory() as folder:
        ingest_paths([ROOT / "data" / "articles"], directory=Path(folder), embeddings=embeddings, settings=settings)
        chain = build_chain(PassageIndex(Path(folder), embeddings), settings=settings)
        sure: dict[bool, list[float]] = {True: [], False: []}
        for question in tqdm(asked, desc="Asking", file=sys.stderr, disable=None):
            answer = chain.invoke(question)
            confidence = 1.0 if answer.confidence is None else answer.confidence
            sure[bool(question.answers)].append(-1.0 if answer.abstained else confidence)
    costs = []
    print(
        f"{len(sure[False])} questions that the article does not answer, {len(sure[True])} that it does ({options.split})"
    )
    for threshold in THRESHOLDS:
        shares = {}
        for answerable, values in sure.items():
            below = sum(value < threshold for value in values)
            low, high = wilson_interval(below, len(values)) or (0.0, 1.0)
            shares[answerable] = 100 * below / len(values)
            print(
                f"  {threshold:4.2f}  {'needless' if answerable else 'declined':8}  {shares[answerable]:5.1f} % "
                f"({100 * low:.0f}-{100 * high:.0f})"
            )
        if threshold == UNSURE_BELOW:
            print("        (below this an answer that is not declined is given with a doubt)")
        costs.append({"threshold": threshold, "declined": round(shares[False], 1), "needless": round(shares[True], 1)})
    if options.write:
        made = {"questions": "data/questions/hanoi-summit.jsonl", "split": options.split, "costs": costs}
        PAGE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_thresholds: {error}")
