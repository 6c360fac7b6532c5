"""Comparing two runs: what differs is found as often as it should be, and what does not is not."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.evaluation.compare.runs import adjust_by_holm, compare
from rag.evaluation.metrics.metric import Metric, build_table
from rag.evaluation.metrics.table import METRICS, choose_metrics
from rag.evaluation.run.scoring import Row, Scores, score
from rag.types import Answer, Question, Seconds

CONTAINS = choose_metrics(["contains"])


def make_run(replies: list[str], *, metrics: dict[str, Metric] | None = None, first: int = 0) -> Scores:
    """A run over questions whose answer is always "yes"; "-" abstains and "!" fails."""
    questions = [
        Question(f"{number}?", f"q{number}", answers=("yes",)) for number in range(first, first + len(replies))
    ]
    answers = [
        Answer(
            question.text,
            reply if reply not in "-!" else "",
            id=question.id,
            abstained=reply == "-",
            error="broken" if reply == "!" else None,
            confidence=None if reply == "!" else 0.5,
            seconds=Seconds(total=1.0),
        )
        for question, reply in zip(questions, replies, strict=True)
    ]
    return score(answers, questions, {}, METRICS if metrics is None else metrics)


def make_scores(values: list[float], documents: list[str] | None = None) -> Scores:
    """A run of one metric with these values."""
    metric = Metric("m", lambda case: None, "all", "mean", "any")
    rows = [
        Row(str(number), "correct", "right", True, documents[number] if documents else None, {"m": value})
        for number, value in enumerate(values)
    ]
    return Scores((metric,), (), tuple(rows), {})


def test_a_true_difference_is_found_and_told_in_full() -> None:
    before, after = make_run(["yes"] * 40 + ["no"] * 60), make_run(["yes"] * 70 + ["no"] * 30)
    comparison = compare(before, after)
    (change,) = [change for change in comparison.changes if change.metric == "contains"]
    assert (change.before, change.after, change.n) == (0.4, 0.7, 100)
    assert change.difference == pytest.approx(0.3)
    assert change.low is not None and change.high is not None and 0.2 < change.low < 0.3 < change.high < 0.4
    assert (change.wins, change.ties, change.losses) == (30, 70, 0)
    assert change.p is not None and change.p_holm is not None and change.p < 0.001 <= change.p_holm < 0.05
    assert change.verdict == "better"
    assert comparison.regressions == ()


def test_a_run_beside_itself_shows_no_difference_and_is_not_certain_of_it() -> None:
    run = make_run(["yes"] * 5 + ["no", "-", "!"])
    comparison = compare(run, run)
    assert {change.verdict for change in comparison.changes} <= {"no difference shown", "nothing to compare"}
    (change,) = [change for change in comparison.changes if change.metric == "contains"]
    assert (change.difference, change.p) == (0, 1)
    assert change.low is not None and change.high is not None and change.low < -0.2 < 0.2 < change.high


def test_a_gate_fails_only_where_the_whole_interval_is_worse_than_the_margin() -> None:
    good = make_run(["yes"] * 200)
    few = make_run(["yes"] * 196 + ["no"] * 4)
    many = make_run(["yes"] * 160 + ["no"] * 40)
    (small,) = compare(
        make_run(["yes"] * 200, metrics=CONTAINS), make_run(["yes"] * 196 + ["no"] * 4, metrics=CONTAINS)
    ).changes
    assert small.difference == pytest.approx(-0.02)
    assert small.low is not None and small.high is not None and small.low < -0.01 < small.high
    assert small.verdict == "no difference shown"
    assert "contains" not in {change.metric for change in compare(good, few, margin=0.01).regressions}
    assert "contains" in {change.metric for change in compare(good, many, margin=0.1).regressions}
    assert "contains" not in {change.metric for change in compare(good, many, margin=0.25).regressions}


def test_two_questions_answered_worse_are_no_proof_of_a_regression() -> None:
    assert compare(make_run(["yes"] * 2), make_run(["no"] * 2)).regressions == ()


def test_where_lower_is_better_a_rise_is_the_regression() -> None:
    before, after = make_run(["yes"] * 100), make_run(["yes"] * 60 + ["-"] * 40)
    regressed = {change.metric for change in compare(before, after).regressions}
    assert "needless_abstention" in regressed
    risen = {change.metric for change in compare(after, before).regressions}
    assert risen == set()


def test_a_failure_counts_as_worse_and_is_never_left_out() -> None:
    before, after = make_run(["yes"] * 50), make_run(["yes"] * 35 + ["!"] * 15)
    changes = {change.metric: change for change in compare(before, after).changes}
    assert changes["contains"].n == 50
    assert changes["contains"].losses == 15
    assert {"contains", "failed", "aurc"} <= {change.metric for change in compare(before, after).regressions}


def test_slower_answers_are_shown_and_gate_only_where_they_are_named() -> None:
    generator = random.Random(3)
    quick = [generator.uniform(0.5, 1.0) for _ in range(80)]

    def timed(factor: float) -> Scores:
        questions = [Question("?", str(number), answers=("yes",)) for number in range(80)]
        answers = [
            Answer("?", "yes", id=str(number), seconds=Seconds(total=factor * took))
            for number, took in enumerate(quick)
        ]
        return score(answers, questions, {})

    slower = compare(timed(1), timed(2))
    (change,) = [change for change in slower.changes if change.metric == "seconds_p50"]
    assert change.verdict == "worse"
    assert change.losses == 80
    assert slower.regressions == ()
    assert [found.metric for found in compare(timed(1), timed(2), {"seconds_p50": 0.2}).regressions] == ["seconds_p50"]


def test_runs_of_different_question_sets_are_compared_where_they_meet_and_the_rest_is_named() -> None:
    before, after = make_run(["yes"] * 6), make_run(["no"] * 6, first=2)
    comparison = compare(before, after)
    assert comparison.questions == 4
    assert comparison.only_before == ("q0", "q1")
    assert comparison.only_after == ("q6", "q7")
    assert "2 only before: q0, q1" in comparison.table
    with pytest.raises(UsageError, match="share no question"):
        compare(before, make_run(["no"], first=50))


def test_questions_whose_gold_changed_are_left_out_and_named() -> None:
    before = make_run(["yes"] * 3)
    rows = (replace(before.rows[0], answerable=False), *before.rows[1:])
    comparison = compare(before, replace(before, rows=rows))
    assert comparison.changed == ("q0",)
    assert comparison.questions == 2


def test_metrics_that_only_one_run_has_are_named() -> None:
    one, other = (
        make_run(["yes"], metrics=choose_metrics(["em", "f1"])),
        make_run(["yes"], metrics=choose_metrics(["f1"])),
    )
    comparison = compare(one, other)
    assert [change.metric for change in comparison.changes] == ["f1"]
    assert comparison.metrics_left_out == ("em",)
    with pytest.raises(UsageError, match="share no metric"):
        compare(one, make_run(["yes"], metrics=CONTAINS))


def test_a_metric_that_is_defined_for_no_question_has_nothing_to_compare() -> None:
    run = make_run(["yes"] * 4)
    (change,) = [change for change in compare(run, run).changes if change.metric == "citation_precision"]
    assert (change.n, change.before, change.difference, change.p) == (0, None, None, None)
    assert change.verdict == "nothing to compare"


def test_the_comparison_is_plain_json_and_a_table_of_what_matters() -> None:
    comparison = compare(make_run(["yes"] * 9), make_run(["yes"] * 6 + ["no"] * 3))
    assert json.loads(json.dumps(comparison.to_dict(), allow_nan=False))["questions"] == 9
    lines = comparison.table.split("\n")
    for change in comparison.changes:
        is_told = change.verdict not in ("no difference shown", "nothing to compare") or change.metric == "contains"
        assert any(line.startswith(f"{change.metric} ") for line in lines) or not is_told
    assert not any(line.startswith("span_iou@5 ") for line in lines)
    assert max(map(len, lines)) <= 110


def test_the_same_runs_give_the_same_comparison() -> None:
    before, after = make_run(["yes", "no"] * 20), make_run(["yes", "yes", "no", "-"] * 10)
    assert compare(before, after) == compare(before, after)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holms_p_is_never_smaller_than_its_own_and_keeps_the_order(probabilities: list[float]) -> None:
    adjusted = adjust_by_holm(probabilities)
    for own, found in zip(probabilities, adjusted, strict=True):
        assert own <= found <= min(1.0, max(own * len(probabilities), max(adjusted)))
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    assert [adjusted[place] for place in order] == sorted(adjusted)


def test_holms_p_of_a_worked_example() -> None:
    assert adjust_by_holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))


# By simulation: the rates that are promised.

REPEATS = 400


def most_alarms(rate: float) -> float:
    """The share of false alarms that 400 honest tests exceed but once in a thousand times."""
    return rate + 3.1 * math.sqrt(rate * (1 - rate) / REPEATS)


def simulate(documents: int, each: int, seed: int) -> tuple[float, float, float]:
    """Shares of false alarms by p, by the interval, and by p where documents are not known; no run is better.

    In each document one of the runs is better by chance, and by as much on average.
    """
    generator = np.random.default_rng(seed)
    alarms, outside, naive = 0, 0, 0
    names = [f"d{document}" for document in range(documents) for _ in range(each)]
    for _ in range(REPEATS):
        common = generator.uniform(0.3, 0.7, size=documents * each)
        shift = np.repeat(generator.normal(0, 0.1, size=documents), each) if each > 1 else 0.0
        before = common + generator.normal(0, 0.1, size=len(common))
        after = common + shift + generator.normal(0, 0.1, size=len(common))
        (change,) = compare(make_scores(before.tolist(), names), make_scores(after.tolist(), names)).changes
        assert change.p is not None and change.low is not None and change.high is not None
        alarms += change.p < 0.05
        outside += not change.low <= 0 <= change.high
        if each > 1:
            (alone,) = compare(make_scores(before.tolist()), make_scores(after.tolist())).changes
            assert alone.p is not None
            naive += alone.p < 0.05
    return alarms / REPEATS, outside / REPEATS, naive / REPEATS


def test_the_randomisation_test_cries_wolf_in_one_of_twenty_runs_that_do_not_differ() -> None:
    alarms, outside, _ = simulate(40, 1, seed=21)
    assert 0.05 - (most_alarms(0.05) - 0.05) <= alarms <= most_alarms(0.05)
    assert outside <= most_alarms(0.05)


def test_it_does_so_over_shared_documents_too_where_a_test_over_questions_would_cry_wolf_far_more() -> None:
    alarms, outside, naive = simulate(15, 10, seed=22)
    assert alarms <= most_alarms(0.05)
    assert outside <= most_alarms(0.05)
    assert naive > 0.2


def test_a_gate_with_no_margin_stops_few_merges_that_change_nothing() -> None:
    """One-sided, so at most about one in forty."""
    generator = np.random.default_rng(23)
    stopped = 0
    for _ in range(REPEATS):
        common = generator.random(60)
        before, after = (common + generator.normal(0, 0.2, size=60) for _ in range(2))
        stopped += bool(compare(make_scores(before.tolist()), make_scores(after.tolist()), margin=0.0).regressions)
    assert stopped / REPEATS <= most_alarms(0.025)


def test_a_difference_is_seen_where_it_is_there() -> None:
    generator = np.random.default_rng(24)
    seen = 0
    for _ in range(50):
        common = generator.random(100)
        before, after = common + generator.normal(0, 0.1, size=100), common + 0.05 + generator.normal(0, 0.1, size=100)
        (change,) = compare(make_scores(before.tolist()), make_scores(after.tolist())).changes
        seen += change.verdict == "better"
    assert seen >= 40


def test_a_metric_of_ones_own_is_compared_like_any_other() -> None:
    words = Metric("words", lambda case: float(len(case.answer.text.split())), "all", "mean", "words", bounds=None)
    table = build_table([words])
    (change,) = compare(make_run(["yes"] * 9, metrics=table), make_run(["yes it is"] * 9, metrics=table)).changes
    assert (change.before, change.after, change.difference, change.wins) == (1, 3, 2, 9)
