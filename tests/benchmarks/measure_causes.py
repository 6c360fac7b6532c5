"""What the span model is taken in by: unanswerable questions of SQuAD 2.0 dev, by the cause that people gave for each.

python tests/benchmarks/measure_causes.py --data DIR

The causes are those of SQuAD2-CR; the threshold is the shipped one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rag.errors import FootnoteError
from rag.evaluation.metrics.intervals import wilson_interval
from rag.reader.scoring import load_threshold
from rag.reader.span_reader import SpanReader
from rag.reader.training.evaluation import predict
from rag.reader.training.squad_data import read_articles

CAUSES = {
    "E": "another entity",
    "#": "another number or date",
    "N": "negation put in or taken out",
    "A": "an antonym",
    "X": "a condition that excludes",
    "I": "no information",
}


def main(arguments: list[str] | None = None) -> None:
    """Print how often each kind is declined."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    data = parser.parse_args(arguments).data
    lines = (data / "squad2_cr" / "reason_gold_test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    causes = dict(line.split("\t") for line in lines)
    threshold = load_threshold()
    asked = predict(read_articles(data / "squad" / "dev-v2.0.json"), SpanReader())
    declined = [(causes[each.id], each.margin <= threshold) for each in asked if each.id in causes]
    print(f"{len(declined)} unanswerable questions with a cause; declined at the shipped threshold of {threshold:.2f}:")
    for cause, name in CAUSES.items():
        own = [rightly for kind, rightly in declined if kind == cause]
        low, high = wilson_interval(sum(own), len(own)) or (0.0, 1.0)
        print(f"  {name:30} {100 * sum(own) / len(own):5.1f} % ({100 * low:.0f}-{100 * high:.0f}) of {len(own)}")


if __name__ == "__main__":
    try:
        main()
    except FootnoteError as error:
        sys.exit(f"measure_causes: {error}")
