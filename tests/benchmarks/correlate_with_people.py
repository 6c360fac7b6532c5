"""Do our answer metrics agree with people? Their correlation with human preferences between two answers.

FOOTNOTE_DATASETS=DIR python tests/benchmarks/correlate_with_people.py [--data DIR/ragchecker_meta] [--judge MODEL] [--questions N]

The data: 280 questions with a gold answer and two systems' answers; two annotators each say, from -2 to 2, how much
better the second answer is (Ru et al. 2024, RAGChecker). The protocol is theirs: a metric's value for the second answer
minus that for the first, for each of the 560 labels, against the label; Pearson and Spearman. Nothing is tuned on it:
every answer metric that Footnote has is shown, as it stands. Beside them, RAGChecker's own values (a judge of 70
billion parameters), read from the same folder, and one annotator against the other. The interval draws the 280
questions 2,000 times. ``--judge`` asks a chat model too, named as in FOOTNOTE_CHAT_MODEL, whether each answer is right;
``--questions`` takes so many of the questions, evenly spread.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from rag.cite.support import measure_support
from rag.english.sentences import find_sentences
from rag.evaluation.metrics.cases import Case
from rag.evaluation.metrics.entailment import Judge, build_judged_metrics
from rag.evaluation.metrics.intervals import draw_weights
from rag.evaluation.metrics.table import choose_metrics
from rag.settings import read_settings
from rag.types import Answer, Question
from ui.cli.evaluate import WORDS_SUPPORT, build_chat_judge

LABELS = ("overall_label", "correctness_label", "completeness_label")
OURS = ("em", "f1", "contains", "word_recall")


def main(arguments: list[str] | None = None) -> None:
    folder, judge_name, count = read_options(arguments)
    labelled = json.loads((folder / "human_labeled_data.json").read_text(encoding="utf-8"))
    judged = json.loads((folder / "baseline_ragchecker.json").read_text(encoding="utf-8"))
    assert [entry["instance_id"] for entry in labelled] == [
        entry["instance_id"] for entry in judged for _ in range(2)
    ], "each question has two labels, one after the other"
    step = max(1, len(judged) // count)
    judged = judged[::step][:count]
    labelled = [labelled[2 * place * step + second] for place in range(len(judged)) for second in (0, 1)]
    human = {label: np.array([entry[label] for entry in labelled], dtype=float) for label in LABELS}
    found = {name: np.repeat(values, 2) for name, values in measure_differences(labelled[::2], judge_name).items()}
    print(f"{'':34}{'overall':>31}{'correctness':>22}{'completeness':>22}")
    print(f"{'':34}{'Pearson (95 %)':>22}{'Spearman':>9}" + f"{'Pearson':>13}{'Spearman':>9}" * 2)
    for name, differences in found.items():
        show(name, [(differences, human[label]) for label in LABELS], len(judged))
    theirs = [np.repeat([_gap(entry, label) for entry in judged], 2) for label in LABELS]
    show(
        "RAGChecker, 70B judge (published)",
        [(own, human[label]) for own, label in zip(theirs, LABELS, strict=True)],
        len(judged),
    )
    show("one person and the other", [(human[label][::2], human[label][1::2]) for label in LABELS], len(judged))


def measure_differences(entries: Sequence[dict[str, Any]], judge_name: str = "") -> dict[str, np.ndarray]:
    """Each metric's value for the second answer minus that for the first, by name, one a question."""
    judge = Judge(
        "words in common", lambda premise, sentence: measure_support(sentence, [premise]), threshold=WORDS_SUPPORT
    )
    metrics = choose_metrics(OURS) | {
        metric.name: metric
        for metric in build_judged_metrics(judge, find_sentences)
        if metric.name.startswith("sentence_")
    }
    if judge_name:
        asked = build_chat_judge(judge_name, read_settings())
        metrics |= {each.name: each for each in build_judged_metrics(asked, find_sentences) if "correct" in each.name}
    differences: dict[str, list[float]] = {name: [] for name in metrics}
    for entry in entries:
        question = Question(entry["query"], "q", answers=(entry["gt_answer"],))
        first, second = (
            Case(question, Answer(entry["query"], entry[model]["response"], id="q")) for model in ("model1", "model2")
        )
        for name, metric in metrics.items():
            differences[name].append(float(metric.measure(second)) - float(metric.measure(first)))  # type: ignore[arg-type]
    return {name: np.array(values) for name, values in differences.items()}


def show(name: str, pairs: Sequence[tuple[np.ndarray, np.ndarray]], questions: int) -> None:
    cells = []
    for place, (differences, labels) in enumerate(pairs):
        if not differences.any():
            cells.append(f"{'n/a: never differs':>{31 if place == 0 else 22}}")
            continue
        pearson, spearman = stats.pearsonr(differences, labels)[0], stats.spearmanr(differences, labels)[0]
        told = f"{pearson:.2f} ({' to '.join(f'{bound:.2f}' for bound in bound_correlation(differences, labels, questions))})"
        cells.append(f"{told if place == 0 else f'{pearson:.2f}':>{22 if place == 0 else 13}}{spearman:>9.2f}")
    print(f"{name:34}{''.join(cells)}")


def bound_correlation(first: np.ndarray, second: np.ndarray, questions: int) -> tuple[float, float]:
    """The bootstrap interval of a Pearson correlation over questions, whose two labels are drawn together."""
    each = len(first) // questions
    drawn = []
    for weights in draw_weights(questions, len(first)):
        spread = np.repeat(weights, each, axis=1)
        total = spread.sum(axis=1)
        ours, theirs = spread @ first / total, spread @ second / total
        shared = spread @ (first * second) / total - ours * theirs
        spreads = (spread @ first**2 / total - ours**2) * (spread @ second**2 / total - theirs**2)
        drawn.append(shared / np.sqrt(spreads))
    low, high = np.nanquantile(np.concatenate(drawn), (0.025, 0.975))
    return float(low), float(high)


def _gap(entry: dict[str, Any], label: str) -> float:
    return float(entry["model2"]["ragchecker"][label] - entry["model1"]["ragchecker"][label])


def read_options(arguments: list[str] | None) -> tuple[Path, str, int]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = os.environ.get("FOOTNOTE_DATASETS")
    parser.add_argument("--data", type=Path, default=Path(known) / "ragchecker_meta" if known else None)
    parser.add_argument("--judge", default="", metavar="MODEL", help="a chat model that says whether answers are right")
    parser.add_argument("--questions", type=int, default=280)
    options = parser.parse_args(arguments)
    folder: Path | None = options.data
    if folder is None or not (folder / "human_labeled_data.json").is_file():
        sys.exit("correlate_with_people: no human_labeled_data.json; name its folder by --data or FOOTNOTE_DATASETS")
    return folder, options.judge, options.questions


if __name__ == "__main__":
    main()
