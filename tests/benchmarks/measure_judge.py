"""How often is the lexical judge of support right? Against people's verdicts on evidence and claim (FEVER as entailment).

FOOTNOTE_DATASETS=DIR python tests/benchmarks/measure_judge.py [--data DIR/fever_rte]

Only the half of the pairs that is for reporting is read: an odd sha256 of the evidence. The judge's threshold is the
product's own, and was not chosen on these data.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

from rag.cite.support import measure_support
from rag.evaluation.metrics.intervals import wilson_interval
from ui.cli.evaluate import WORDS_SUPPORT


def main(arguments: list[str] | None = None) -> None:
    folder = read_options(arguments)
    parts = [
        (folder / f"dev.{part}.txt").read_text(encoding="utf-8").splitlines()
        for part in ("premise", "hypothesis", "label")
    ]
    pairs = [
        (premise, claim, label == "entailment")
        for premise, claim, label in zip(*parts, strict=True)
        if int(hashlib.sha256(premise.encode()).hexdigest(), 16) % 2
    ]
    verdicts = [(measure_support(claim, [premise]) >= WORDS_SUPPORT, true) for premise, claim, true in pairs]
    right = sum(said == true for said, true in verdicts)
    low, high = wilson_interval(right, len(pairs)) or (0.0, 1.0)
    print(f"{len(pairs)} pairs, {sum(true for _, true in verdicts)} entailed")
    print(f"words in common: right {right / len(pairs):.1%} (95 %: {low:.1%} to {high:.1%})")
    for told, truth in (("entailed", True), ("not entailed", False)):
        own = [said == true for said, true in verdicts if true is truth]
        print(f"  of those {told}: {sum(own) / len(own):.1%} of {len(own)}")


def read_options(arguments: list[str] | None) -> Path:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = os.environ.get("FOOTNOTE_DATASETS")
    parser.add_argument("--data", type=Path, default=Path(known) / "fever_rte" if known else None)
    folder: Path | None = parser.parse_args(arguments).data
    if folder is None or not (folder / "dev.label.txt").is_file():
        sys.exit("measure_judge: no dev.label.txt; name its folder by --data or FOOTNOTE_DATASETS")
    return folder


if __name__ == "__main__":
    main()
