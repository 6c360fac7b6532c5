"""Several systems in one table, each against the first, and no difference shown that chance would give among so many."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.errors import UsageError
from rag.evaluation import Scores, choose_metrics, compare_systems, evaluate
from rag.types import Question
from ui.cli.main import cli

QUESTIONS = [Question(f"What of {at}?", str(at), answers=("yes",)) for at in range(60)]
METRICS = choose_metrics("contains,f1,failed")


def run(share: float, seed: int = 0, save: Path | None = None, questions: list[Question] = QUESTIONS) -> Scores:
    """A system that is right in so many of the questions."""
    rng = random.Random(seed)
    right = {question.text for question in questions if rng.random() < share}
    return evaluate(
        lambda text: "yes" if text in right else "no", questions, {}, metrics=METRICS, save=save, system=str(share)
    ).scores


def test_what_is_better_than_the_first_is_marked() -> None:
    found = compare_systems({"plain": run(0.3), "ours": run(0.9, 1), "same": run(0.3, 2)}, ["contains"])
    verdicts = {figure.system: figure.verdict for figure in found.figures}
    assert verdicts == {"plain": "nothing to compare", "ours": "better", "same": "no difference shown"}
    (line,) = [line for line in found.table.splitlines() if line.startswith("contains")]
    assert line.count(" +") == 1 and " -" not in line
    assert "60 questions that all have answered" in found.table


def test_the_more_is_compared_the_less_is_shown() -> None:
    """Twenty systems like the first: without the correction, one in twenty would look different."""
    runs = {"first": run(0.5)} | {f"other {seed}": run(0.5, seed) for seed in range(1, 21)}
    found = compare_systems(runs, ["contains"])
    assert not [figure for figure in found.figures if figure.verdict in ("better", "worse")]
    alone = compare_systems({"first": runs["first"], "other 1": runs["other 1"]}, ["contains"]).figures[1]
    together = next(figure for figure in found.figures if figure.system == "other 1")
    assert (alone.p_holm or 0) <= (together.p_holm or 0)


def test_only_what_all_have_answered_is_compared() -> None:
    found = compare_systems({"a": run(0.5), "b": run(0.5, questions=QUESTIONS[:40])})
    assert (found.questions, found.left_out) == (40, 20)
    assert {figure.n for figure in found.figures} == {40}
    assert [metric.name for metric in found.metrics] == ["contains", "f1", "failed"]


def test_what_cannot_be_compared_is_told() -> None:
    scores = run(0.5)
    for runs, metrics, words in (
        ({"a": scores}, None, "two systems or more"),
        ({"a": scores, "b": run(0.5, questions=[Question("?", "x", answers=("y",))])}, None, "share no question"),
        ({"a": scores, "b": scores}, ["mrr"], "not all of the runs have the figure 'mrr'"),
    ):
        with pytest.raises(UsageError, match=words):
            compare_systems(runs, metrics)


def test_runs_are_tables_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    frame = compare_systems({"a": run(0.3), "b": run(0.9)}, ["contains"]).to_dataframe()
    assert isinstance(frame, pandas.DataFrame) and list(frame["system"]) == ["a", "b"]
    outcome = evaluate(lambda text: "yes", QUESTIONS, {}, metrics=METRICS)
    rows = outcome.to_dataframe()
    assert len(rows) == 60 and rows["contains"].mean() == 1 and set(rows["outcome"]) == {"correct"}
    assert repr(outcome) == "<Evaluation: 60 questions, 0 failed; print its .table>"


def test_three_folders_are_one_table_in_the_terminal(tmp_path: Path) -> None:
    for name, share in (("plain", 0.2), ("ours", 0.9), ("theirs", 0.2)):
        run(share, save=tmp_path / name)
    folders = [str(tmp_path / name) for name in ("plain", "ours", "theirs")]
    told = CliRunner().invoke(cli, ["compare", *folders, "--metrics", "contains"])
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[0].split() == ["plain", "ours", "theirs"]
    assert CliRunner().invoke(cli, ["compare", *folders, "--json"]).output.startswith('{"schema_version"')
    for wrong, words in (
        ([*folders, "--margin", "0.1"], "--margin gates two runs"),
        ([*folders[:2], folders[0]], "twice"),
    ):
        failed = CliRunner().invoke(cli, ["compare", *wrong])
        assert isinstance(failed.exception, UsageError) and words in str(failed.exception)
