"""Time an evaluation as it grows: asking nothing much, scoring, comparing and the page, in questions a second.

    python tests/benchmarks/time_evaluation.py --questions 100 1000 10000

The answers are made up, so that only the evaluation is timed. The baseline is the first size: growth is seconds per
question against its own.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from made_run import TEXTS, make_run  # noqa: E402

from rag.evaluation import answer_questions, compare, open_run, score  # noqa: E402
from rag.evaluation.report.html import render_html  # noqa: E402
from rag.evaluation.run.saved import save_scores  # noqa: E402
from rag.types import Answer, Question  # noqa: E402


def make(count: int, seed: int) -> tuple[list[Question], list[Answer]]:
    """So many questions out of the kinds of a run made by hand, and the answers of a system that gets some wrong."""
    source = random.Random(seed)
    kinds, replies = make_run()
    by_id = {answer.id: answer for answer in replies}
    chosen = [random.Random(number).choice(kinds) for number in range(count)]
    questions = [replace(question, id=f"q{number}") for number, question in enumerate(chosen)]
    answers = [
        replace(by_id[kind.id], id=question.id, confidence=source.random())
        for kind, question in zip(chosen, questions, strict=True)
    ]
    return questions, answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, nargs="+", default=[100, 1_000, 10_000])
    sizes = parser.parse_args().questions
    first: dict[str, float] = {}
    print(f"{'step':22} questions  seconds  questions/s  growth")
    for count in sizes:
        (questions, answers), (_, others) = make(count, 1), make(count, 2)
        by_id = {answer.id: answer for answer in answers}

        def ask(questions: list[Question] = questions, by_id: dict[str, Answer] = by_id) -> Any:
            with tempfile.TemporaryDirectory() as folder, open_run(folder, questions, {}) as (done, append):
                run = answer_questions(lambda text: "January", questions, done=done, on_answer=append)
                return list(run)

        scores = score(answers, questions, TEXTS)
        other = score(others, questions, TEXTS)
        with tempfile.TemporaryDirectory() as folder:
            steps: dict[str, Callable[[], Any]] = {
                "asking and keeping": ask,
                "scoring": lambda q=questions, a=answers: score(a, q, TEXTS),  # type: ignore[misc]
                "comparing two runs": lambda a=scores, b=other: compare(a, b),  # type: ignore[misc]
                "the figures as JSON": lambda s=scores, f=folder: save_scores(f, s),  # type: ignore[misc]
                "the page": lambda q=questions, a=answers, s=scores: render_html(q, a, s, {}, texts=TEXTS),  # type: ignore[misc]
            }
            for name, step in steps.items():
                started = time.perf_counter()
                step()
                seconds = time.perf_counter() - started
                growth = seconds / count / first.setdefault(name, seconds / count)
                print(f"{name:22} {count:9,}  {seconds:7.3f}  {count / seconds:11,.0f}  {growth:5.2f}x", flush=True)


if __name__ == "__main__":
    main()
