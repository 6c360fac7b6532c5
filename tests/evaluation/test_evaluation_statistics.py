"""The figures and their intervals, proven: against TREC's own evaluation, by counting characters, and by simulation."""

from __future__ import annotations

import random
from itertools import pairwise, permutations
from statistics import mean

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rag.evaluation.metrics.aggregate import summarise
from rag.evaluation.metrics.calibration import bin_reliability, measure_aurc, measure_ece, trace_risk_coverage
from rag.evaluation.metrics.cases import Case
from rag.evaluation.metrics.intervals import (
    constant_interval,
    group_units,
    proportion_interval,
    quantile_interval,
    student_quantile,
    weigh_quantile,
    wilson_interval,
)
from rag.evaluation.metrics.metric import Metric
from rag.evaluation.metrics.table import METRICS, choose_metrics
from rag.evaluation.run.scoring import score
from rag.types import Answer, Passage, Question, ScoredPassage, Seconds, Span

KS = (1, 3, 5, 10)

spans = st.builds(
    lambda document, start, length: Span(document, start, start + length),
    st.sampled_from(["a", "b"]),
    st.integers(0, 30),
    st.integers(1, 12),
)


def retrieve(found: list[Span], gold: list[Span]) -> Case:
    passages = tuple(ScoredPassage(Passage(span, "x" * (span.end - span.start)), 0.5) for span in found)
    return Case(Question("?", "q", answers=("x",), evidence=tuple(gold)), Answer("?", "x", id="q", passages=passages))


# Retrieval.


def test_hit_mrr_ndcg_and_recall_are_those_of_trec_on_random_runs() -> None:
    """500 questions: each passage is a document of TREC's, each missed piece of evidence one that was not retrieved."""
    rng = random.Random(5)
    cases, qrels, run = {}, [], []
    for number in range(500):
        name = f"q{number}"
        retrieved = rng.sample(range(40), rng.randrange(0, 15))
        relevant = rng.sample(range(40), rng.randrange(1, 8))
        place = [Span("d", 10 * item, 10 * item + 10) for item in range(40)]
        cases[name] = retrieve([place[item] for item in retrieved], [place[item] for item in relevant])
        qrels += [ir_measures.Qrel(name, str(item), 1) for item in relevant]
        run += [ir_measures.ScoredDoc(name, str(item), -float(rank)) for rank, item in enumerate(retrieved)]
    theirs = {
        "hit": ir_measures.Success,
        "ndcg": ir_measures.nDCG,
        "recall": ir_measures.R,
    }
    wanted = {f"{name}@{k}": measure @ k for name, measure in theirs.items() for k in KS} | {"mrr": ir_measures.RR}
    ours = choose_metrics(list(wanted))
    found = {
        (str(figure.measure), figure.query_id): figure.value
        for figure in ir_measures.iter_calc(wanted.values(), qrels, run)
    }
    compared = 0
    for name, measure in wanted.items():
        for question, case in cases.items():
            # TREC's evaluation leaves out a question for which nothing was retrieved; here it scores 0.
            expected = found.get((str(measure), question), 0.0)
            assert ours[name].measure(case) == pytest.approx(expected, abs=1e-9), (name, question)
            compared += 1
    assert compared == 500 * 13


@given(st.lists(spans, max_size=8), st.lists(spans, min_size=1, max_size=4), st.sampled_from(KS))
def test_span_figures_agree_with_counting_characters_one_by_one(found: list[Span], gold: list[Span], k: int) -> None:
    def characters(some: list[Span]) -> list[tuple[str, int]]:
        return [(span.document_id, place) for span in some for place in range(span.start, span.end)]

    wanted, retrieved = set(characters(gold)), characters(found[:k])
    covered = len(wanted & set(retrieved))
    case = retrieve(found, gold)
    names = [f"span_{part}@{k}" for part in ("recall", "precision", "iou")]
    recall, precision, iou = (metric.measure(case) for metric in choose_metrics(names).values())
    assert recall == pytest.approx(covered / len(wanted))
    assert precision == pytest.approx(covered / len(retrieved) if retrieved else 0.0)
    assert iou == pytest.approx(covered / (len(retrieved) + len(wanted) - covered))


# Calibration.

confidences = st.lists(
    st.tuples(st.sampled_from([0.1, 0.4, 0.4, 0.7, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=6
)


@given(confidences)
def test_the_area_under_the_risk_coverage_curve_is_the_mean_over_all_orders_of_equals(
    pairs: list[tuple[float, float]],
) -> None:
    areas = []
    for order in permutations(pairs):
        if all(first[0] >= second[0] for first, second in pairwise(order)):
            losses = [loss for _, loss in order]
            areas.append(mean(sum(losses[:seen]) / seen for seen in range(1, len(losses) + 1)))
    (area,) = measure_aurc(np.array(pairs), np.ones((1, len(pairs))))
    assert area == pytest.approx(mean(areas))


@given(confidences)
def test_a_curve_counts_a_reply_drawn_twice_as_two_and_one_not_drawn_not_at_all(
    pairs: list[tuple[float, float]],
) -> None:
    twice = np.array([pair for pair in pairs for _ in range(2)])
    array, ones = np.array(pairs), np.ones((1, len(pairs)))
    assert measure_ece(array, 2 * ones)[0] == pytest.approx(measure_ece(twice, np.ones((1, len(twice))))[0])
    kept = np.append(ones, [[0.0]], axis=1)
    added = np.vstack([array, [[0.05, 1.0]]])
    for measure in (measure_ece, measure_aurc, weigh_quantile(0.5)):
        alone = measure(array, ones)[0]
        assert measure(added, kept)[0] == pytest.approx(alone)


@given(confidences)
def test_the_calibration_error_is_the_gap_of_each_bin_weighed_by_its_answers(pairs: list[tuple[float, float]]) -> None:
    diagram = bin_reliability(pairs)
    assert sum(part.n for part in diagram) == len(pairs)
    gap = sum(part.n / len(pairs) * abs(part.confidence - part.accuracy) for part in diagram)
    assert measure_ece(np.array(pairs), np.ones((1, len(pairs))))[0] == pytest.approx(gap)
    for part in diagram:
        assert part.low - 1e-9 <= part.confidence <= part.high + 1e-9
        assert part.accuracy_low <= part.accuracy <= part.accuracy_high


def test_a_sure_answerer_that_is_right_first_has_the_better_curve() -> None:
    good = [(0.9, 0.0), (0.8, 0.0), (0.2, 1.0)]
    bad = [(0.9, 1.0), (0.8, 0.0), (0.2, 0.0)]
    ones = np.ones((1, 3))
    assert measure_aurc(np.array(good), ones)[0] == pytest.approx(1 / 9)
    assert measure_aurc(np.array(bad), ones)[0] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_the_curve_ends_at_all_questions_and_shows_where_answers_end() -> None:
    questions = [Question(f"{number}?", str(number), answers=("yes",)) for number in range(4)]
    answers = [
        Answer("0?", "yes", id="0", confidence=0.9),
        Answer("1?", "no", id="1", confidence=0.5),
        Answer("2?", "", id="2", abstained=True, confidence=0.1),
        Answer("3?", "", id="3", error="broken"),
    ]
    rows = score(answers, questions, {}).rows
    curve = trace_risk_coverage(row.values["aurc"] for row in rows)
    assert [(point.coverage, point.risk, point.confidence, point.answered) for point in curve] == [
        (0.25, 1.0, 1.0, True),  # the failure counts as the surest reply
        (0.5, 0.5, 0.9, True),
        (0.75, pytest.approx(2 / 3), 0.5, True),
        (1.0, 0.75, None, False),
    ]


def test_a_curve_of_many_confidences_is_thinned() -> None:
    curve = trace_risk_coverage((number / 5_000, float(number % 3 == 0)) for number in range(5_000))
    assert len(curve) == 200
    assert curve[-1].coverage == 1


def test_an_answerer_that_gives_no_confidence_has_no_curve() -> None:
    questions = [Question("?", "a", answers=("yes",)), Question("?", "b", answers=("yes",))]
    answers = [Answer("?", "yes", id="a"), Answer("?", "", id="b", error="broken")]
    scores = score(answers, questions, {}).slice("all").scores
    assert (scores["aurc"].value, scores["aurc"].n, scores["ece"].n) == (None, 0, 0)
    assert (trace_risk_coverage([None, None]), bin_reliability([])) == ((), ())


# Intervals.


def find_mean_interval(values: list[float], units: list[int] | None = None) -> tuple[float, float] | None:
    """The interval that a table shows of a mean."""
    metric = Metric("mean", lambda case: None, "all", "mean", "a mean")
    (figure,) = summarise([metric], {"mean": values}, units if units is not None else range(len(values)))
    return figure.interval


@pytest.mark.parametrize(("freedom", "printed"), [(1, 12.706), (3, 3.182), (10, 2.228), (200, 1.972)])
def test_students_quantile_is_that_of_the_printed_tables(freedom: int, printed: float) -> None:
    assert student_quantile(freedom) == pytest.approx(printed, abs=0.0005)


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilsons_interval_is_scipys_for_whole_counts(good: int, total: int) -> None:
    good = min(good, total)
    theirs = stats.binomtest(good, total).proportion_ci(0.95, method="wilson")
    assert wilson_interval(good, total) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_a_quantiles_interval_is_that_of_the_binomial_distribution(values: list[float], share: float) -> None:
    first, last = (int(stats.binom.ppf(tail, len(values), share)) for tail in (0.025, 0.975))
    ordered = sorted(values)
    expected = (ordered[first - 1], ordered[last]) if first > 0 and last < len(values) else None
    assert quantile_interval(values, share) == expected


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.sampled_from(["seconds_p50", "seconds_p95"]))
def test_a_quantile_is_interpolated_as_numpy_does(values: list[float], name: str) -> None:
    (figure,) = summarise([METRICS[name]], {name: values}, range(len(values)))
    assert figure.value == pytest.approx(float(np.quantile(values, METRICS[name].quantile or 0)))


def test_the_bootstrap_gives_the_same_interval_again_and_agrees_with_the_normal_one() -> None:
    values = [float(np.sin(number) ** 2) for number in range(400)]
    interval, error = find_mean_interval(values), float(np.std(values)) / 20
    assert interval == find_mean_interval(values)
    assert interval == pytest.approx((mean(values) - 1.96 * error, mean(values) + 1.96 * error), abs=0.004)


def test_few_values_do_not_promise_certainty() -> None:
    assert find_mean_interval([]) is find_mean_interval([0.7]) is None
    assert find_mean_interval([1.0] * 5) == wilson_interval(5, 5)


@given(st.integers(2, 60), st.sampled_from([0.0, 1.0]))
def test_a_mean_of_equal_values_gets_wilsons_interval(n: int, value: float) -> None:
    assert constant_interval(value, n, (0, 1)) == pytest.approx(wilson_interval(n * value, n))
    low, high = constant_interval(2 * value - 1, n, (-1, 1))
    assert -1 <= low <= high <= 1
    assert high - low < 2


def test_questions_are_drawn_by_document_where_there_are_enough_documents() -> None:
    many = [f"d{number % 9}" for number in range(30)]
    assert len(set(group_units(many))) == 9
    assert len(set(group_units([*many, None, None]))) == 11
    assert len(set(group_units([f"d{number % 5}" for number in range(30)]))) == 30
    assert len(set(group_units([None] * 4))) == 4


def test_a_proportion_over_shared_documents_is_less_sure_than_its_questions_alone() -> None:
    values = [float(document % 2) for document in range(20) for _ in range(10)]
    units = [document for document in range(20) for _ in range(10)]
    alone, shared = wilson_interval(100, 200), proportion_interval(values, units)
    assert alone is not None and shared is not None
    # Ten answers of a document that are all alike are worth one.
    assert shared == pytest.approx(wilson_interval(10, 20), abs=0.02)
    assert shared[0] < alone[0] < alone[1] < shared[1]


def test_a_quantiles_interval_lies_between_two_values_or_is_none() -> None:
    assert quantile_interval([float(number) for number in range(100)], 0.5) == (39.0, 60.0)
    assert quantile_interval([1.0, 2.0, 3.0], 0.95) is None


def coverage(held: list[bool]) -> float:
    return sum(held) / len(held)


REPEATS = 400
LEAST, MOST = 0.95 - 3.3 * (0.95 * 0.05 / REPEATS) ** 0.5, 0.95 + 3.3 * (0.95 * 0.05 / REPEATS) ** 0.5
"""Where the share of 400 intervals that hold the truth lies if each does with .95, but once in a thousand times."""


@pytest.mark.parametrize("n", [15, 60])
def test_a_bootstrap_interval_holds_the_true_mean_as_often_as_it_says(n: int) -> None:
    generator = np.random.default_rng(11)
    held = []
    for _ in range(REPEATS):
        interval = find_mean_interval(generator.beta(1.2, 0.8, size=n).tolist())
        assert interval is not None
        held.append(interval[0] <= 1.2 / 2.0 <= interval[1])
    assert LEAST <= coverage(held) <= MOST


def draw_clustered(generator: np.random.Generator, documents: int, each: int) -> tuple[list[float], list[int]]:
    """Values whose documents differ: mean one half, in [0, 1]."""
    levels = generator.uniform(0.2, 0.8, size=documents)
    values = np.clip(levels[:, None] + generator.uniform(-0.2, 0.2, size=(documents, each)), 0, 1)
    return values.ravel().tolist(), np.repeat(np.arange(documents), each).tolist()


def test_drawing_documents_holds_the_true_mean_where_drawing_questions_is_too_sure() -> None:
    generator = np.random.default_rng(12)
    held: list[bool] = []
    naive: list[bool] = []
    for _ in range(REPEATS):
        values, units = draw_clustered(generator, 12, 15)
        for intervals, given_units in ((held, units), (naive, None)):
            interval = find_mean_interval(values, given_units)
            assert interval is not None
            intervals.append(interval[0] <= 0.5 <= interval[1])
    assert LEAST <= coverage(held) <= MOST
    assert coverage(naive) < 0.75


def test_wilsons_interval_over_documents_holds_the_true_share_where_plain_wilson_is_too_sure() -> None:
    generator = np.random.default_rng(13)
    held: list[bool] = []
    naive: list[bool] = []
    for _ in range(REPEATS):
        levels = np.repeat(generator.uniform(0.1, 0.9, size=15), 12)
        values = (generator.random(len(levels)) < levels).astype(float).tolist()
        units = np.repeat(np.arange(15), 12).tolist()
        for intervals, given_units in ((held, units), (naive, list(range(len(values))))):
            interval = proportion_interval(values, given_units)
            assert interval is not None
            intervals.append(interval[0] <= 0.5 <= interval[1])
    assert LEAST <= coverage(held) <= MOST
    assert coverage(naive) < 0.85


def test_a_quantiles_interval_holds_the_true_quantile() -> None:
    generator = np.random.default_rng(14)
    held = []
    for _ in range(REPEATS):
        interval = quantile_interval(generator.exponential(size=100).tolist(), 0.95)
        assert interval is not None
        held.append(interval[0] <= -np.log(0.05) <= interval[1])
    # It is never too narrow; between whole ranks it may be a little wide.
    assert coverage(held) >= LEAST


def test_a_ratios_interval_draws_questions_and_not_the_things_counted_in_them() -> None:
    """Citations of one answer stand and fall together, so a hundred of them in ten answers are worth ten."""
    metric = METRICS["quote_validity"]
    values = [(10, 10)] * 5 + [(0, 10)] * 5
    (figure,) = summarise([metric], {metric.name: values}, range(10))
    alone = wilson_interval(50, 100)
    assert figure.interval is not None and alone is not None
    assert (figure.value, figure.n, figure.units) == (0.5, 100, 10)
    assert figure.interval[1] - figure.interval[0] > 2 * (alone[1] - alone[0])


@given(st.lists(st.none() | st.floats(0, 1), max_size=30), st.integers(1, 12))
def test_every_interval_holds_its_figure(values: list[float | None], documents: int) -> None:
    units = group_units([f"d{number % documents}" for number in range(len(values))])
    metric = Metric("mean", lambda case: None, "all", "mean", "a mean")
    (figure,) = summarise([metric], {"mean": values}, units)
    known = [value for value in values if value is not None]
    assert figure.n == len(known)
    assert (figure.value is None) == (not known)
    if figure.value is not None and figure.interval is not None:
        assert figure.interval[0] <= figure.value + 1e-12
        assert figure.value <= figure.interval[1] + 1e-12


def test_quantiles_under_weights_are_those_of_the_values_drawn() -> None:
    values = np.array([[3.0], [1.0], [2.0], [9.0]])
    drawn = weigh_quantile(0.5)(values, np.array([[1.0, 1, 1, 1], [0, 0, 0, 2], [2, 1, 0, 0]]))
    assert drawn.tolist() == [2.0, 9.0, 3.0]


def test_scores_name_documents_as_units_only_where_they_are_drawn() -> None:
    questions = [
        Question(f"{number}?", str(number), answers=("yes",), documents=(f"d{number % 10}",)) for number in range(40)
    ]
    answers = [
        Answer("?", "yes" if number % 3 else "no", id=str(number), seconds=Seconds(total=1.0)) for number in range(40)
    ]
    contains = score(answers, questions, {}).slice("all").scores["contains"]
    assert (contains.n, contains.units) == (40, 10)
    few = score(answers[:5], questions[:5], {}).slice("all").scores["contains"]
    assert (few.n, few.units) == (5, 5)
