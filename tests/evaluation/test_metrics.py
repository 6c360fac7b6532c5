"""The metrics: a worked example of each, what always holds, and the traps in which other tools' figures are caught."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from metric_examples import EXAMPLES, build_cases

from rag.errors import UsageError
from rag.evaluation.metrics.aggregate import find_value
from rag.evaluation.metrics.cases import CAUSES, Case, find_cause, is_answerable, judge_outcome, plain_text
from rag.evaluation.metrics.intervals import wilson_interval
from rag.evaluation.metrics.spans import count_characters, count_shared, merge_spans
from rag.evaluation.metrics.squad import exact_match_of, f1_of, normalise
from rag.evaluation.metrics.table import METRICS, choose_metrics
from rag.types import Answer, Citation, Passage, Question, ScoredPassage, Seconds, ShortAnswer, Span

TEXT = "Rain fell all night. The river rose on Monday. By Tuesday the bridge was closed."
TEXTS = {"flood": TEXT}
GOLD = Span("flood", 21, 46)  # The river rose on Monday.
ASKED = Question("When did the river rise?", "q", answers=("Monday", "on a Monday"), evidence=(GOLD,))
UNANSWERABLE = Question("Who mended the bridge?", "u", answers=())


def cite(start: int, end: int, number: int = 1, quote: str | None = None, **more: Any) -> Citation:
    span = Span("flood", start, end)
    return Citation(number, span, TEXT[start:end] if quote is None else quote, Passage(span, TEXT[start:end]), **more)


def found(*places: tuple[int, int]) -> tuple[ScoredPassage, ...]:
    return tuple(ScoredPassage(Passage(Span("flood", *place), TEXT[slice(*place)]), 0.5) for place in places)


def measure(name: str, answer: Answer, question: Question = ASKED) -> Any:
    return METRICS[name].measure(Case(question, answer, TEXTS))


def say(text: str, **more: Any) -> Answer:
    return Answer(ASKED.text, text, id="q", **more)


ABSTAINED = say("The document does not say.", abstained=True)
FAILED = say("", error="TimeoutError: too slow")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The  U.S. Army!", "us army"),
        ("an apple a day", "apple day"),
        ("Theodore", "theodore"),
        ("the-rapist", "therapist"),
        ("“Quoted”", "“quoted”"),  # the official rules know ASCII punctuation only
        ("a", ""),
    ],
)
def test_the_normal_form_is_that_of_squad(text: str, normal: str) -> None:
    assert normalise(text) == normal


def test_em_is_one_where_an_answer_is_a_gold_answer_in_normal_form() -> None:
    assert measure("em", say("On Monday!")) == 1  # "on a Monday", without its article
    assert measure("em", say("It rose on Monday.")) == 0


def test_f1_weighs_shared_words_and_takes_the_best_gold_answer() -> None:
    # 2 of 4 predicted words are gold, and 2 of 2 gold words predicted: 2 * .5 * 1 / 1.5
    assert measure("f1", say("It rose on Monday.")) == pytest.approx(2 / 3)
    assert f1_of("monday monday", "monday") == pytest.approx(2 / 3)  # a repeated word counts once


def test_em_and_f1_use_the_short_answer_and_contains_the_text() -> None:
    short = ShortAnswer("Monday", Span("flood", 39, 45))
    answer = say("The river rose after the weekend.", short_answer=short)
    assert (measure("em", answer), measure("f1", answer), measure("contains", answer)) == (1, 1, 0)


def test_contains_wants_whole_words() -> None:
    assert measure("contains", say("The river rose on Monday. [1]", citations=(cite(21, 46),))) == 1
    assert measure("contains", say("It did so in the north."), replace(ASKED, answers=("no",))) == 0


words = st.lists(st.sampled_from(["rain", "river", "the", "Monday", "rose!", "a", "-", "été"]), max_size=6).map(
    " ".join
)


@given(words, words)
def test_f1_and_em_are_symmetric_and_bounded_and_em_never_exceeds_f1(first: str, second: str) -> None:
    assert f1_of(first, second) == f1_of(second, first)
    assert 0 <= exact_match_of(first, second) <= f1_of(first, second) <= 1
    assert f1_of(first, first) == exact_match_of(first, first) == 1


@given(st.text(max_size=40))
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    # Taking out an article may leave nothing new to take out; lower case is checked because of letters like U+0130.
    once = normalise(text)
    assert normalise(once) == once


@given(words, st.lists(words.filter(str.strip), min_size=1, max_size=3))
def test_another_gold_answer_never_lowers_a_score(prediction: str, golds: list[str]) -> None:
    fewer, more = (replace(ASKED, answers=tuple(answers)) for answers in (golds[:1], golds))
    for name in ("em", "f1", "contains"):
        if name == "contains" or any(normalise(gold) for gold in golds[:1]):
            assert measure(name, say(prediction), fewer) <= measure(name, say(prediction), more)


def test_squads_overall_figures_count_an_abstention_right_where_there_is_no_answer() -> None:
    assert measure("em_squad", ABSTAINED, UNANSWERABLE) == measure("f1_squad", ABSTAINED, UNANSWERABLE) == 1
    assert measure("em_squad", say("the mayor"), UNANSWERABLE) == 0
    assert measure("em_squad", ABSTAINED) == 0


def test_crag_is_plus_one_nothing_or_minus_one() -> None:
    assert [measure("crag", answer) for answer in (say("Monday"), ABSTAINED, say("Friday"), FAILED)] == [1, 0, -1, -1]
    assert measure("crag", say("the mayor"), UNANSWERABLE) == -1
    assert measure("crag", ABSTAINED, UNANSWERABLE) == 0


def test_hit_and_reciprocal_rank_find_the_first_passage_that_overlaps_evidence() -> None:
    answer = say("x", passages=found((0, 20), (46, 80), (40, 60), (21, 46)))
    assert [measure(f"hit@{k}", answer) for k in (1, 3, 5, 8)] == [0, 1, 1, 1]
    assert measure("mrr", answer) == pytest.approx(1 / 3)
    assert measure("mrr", say("x", passages=found((0, 20)))) == measure("mrr", say("x")) == 0


def test_citation_scores_count_characters() -> None:
    # Cites 5 of the 25 gold characters, and 15 others.
    answer = say("x", citations=(cite(6, 20), cite(20, 26, 2)))
    assert measure("citation_hit", answer) == 1
    assert measure("citation_precision", answer) == pytest.approx(5 / 20)
    assert measure("citation_recall", answer) == pytest.approx(5 / 25)
    assert measure("citation_f1", answer) == pytest.approx(2 * (5 / 20) * (5 / 25) / (5 / 20 + 5 / 25))


def test_touching_is_not_overlapping() -> None:
    assert measure("citation_hit", say("x", citations=(cite(0, 21), cite(46, 80, 2)))) == 0


def test_citing_the_same_words_twice_changes_nothing() -> None:
    once, twice = say("x", citations=(cite(30, 60),)), say("x", citations=(cite(30, 60), cite(35, 50, 2)))
    for name in ("citation_precision", "citation_recall", "citation_f1"):
        assert measure(name, once) == measure(name, twice)


def test_a_quote_in_another_document_shares_nothing_with_the_evidence() -> None:
    elsewhere = replace(cite(21, 46), span=Span("other", 21, 46))
    assert measure("citation_hit", say("x", citations=(elsewhere,))) == 0


def test_quote_validity_compares_each_quote_with_the_document() -> None:
    good, moved = cite(0, 20), cite(0, 20, 2, quote="Rain fell all night!")
    elsewhere = replace(cite(0, 20, 3), span=Span("other", 0, 20))
    beyond = replace(cite(60, 80, 4), span=Span("flood", 60, 99))
    assert measure("quote_validity", say("x", citations=(good, moved, elsewhere, beyond))) == (1, 4)


def test_both_abstention_errors_are_told_apart() -> None:
    answered = say("the mayor")
    assert [measure("abstained_correctly", answer, UNANSWERABLE) for answer in (ABSTAINED, answered)] == [1, 0]
    assert [measure("false_answer", answer, UNANSWERABLE) for answer in (ABSTAINED, answered)] == [0, 1]
    assert [measure("needless_abstention", answer) for answer in (ABSTAINED, answered)] == [1, 0]
    assert measure("false_answer", answered) is None
    assert measure("needless_abstention", ABSTAINED, UNANSWERABLE) is None


# The traps of evaluation, each with what happens here.


def test_an_abstention_is_a_class_of_its_own_and_scores_nothing() -> None:
    assert judge_outcome(Case(ASKED, ABSTAINED)) == judge_outcome(Case(UNANSWERABLE, ABSTAINED)) == "abstained"
    with_words = replace(ABSTAINED, text="Monday is all I know of, so I cannot say.")
    assert [measure(name, with_words) for name in ("em", "f1", "contains", "citation_hit", "citation_recall")] == [
        0
    ] * 5
    assert measure("citation_precision", ABSTAINED) is None


@pytest.mark.parametrize("text", ["I don't know.", "The document does not answer this.", "Das steht dort nicht.", ""])
def test_an_abstention_is_told_by_its_flag_and_never_by_its_words(text: str) -> None:
    assert measure("abstained_correctly", say(text), UNANSWERABLE) == 0
    assert measure("abstained_correctly", say(text, abstained=True, citations=(cite(0, 20),)), UNANSWERABLE) == 1


def test_only_markers_of_citations_are_markers() -> None:
    """A year in brackets is not citation 2020, and [3] is none where nothing is cited as 3."""
    answer = say("It fell [2020 census] [2] and [3], [2020]. [1]", citations=(cite(0, 20), cite(21, 46, 2)))
    assert plain_text(answer) == "It fell [2020 census]  and [3], [2020]. "


def test_markers_are_taken_out_where_they_are_said_to_stand() -> None:
    answer = say("Version [1] was wet. [1]", citations=(cite(0, 20, markers=((21, 24),)),), unknown_markers=("[k9]",))
    assert plain_text(answer) == "Version [1] was wet. "
    assert plain_text(replace(answer, text="Version [1] was wet. [1] [k9]")) == "Version [1] was wet.  "


def test_gold_evidence_and_no_citation_at_all_is_defined() -> None:
    """Precision of nothing is 0 of 0, so it is not counted; nothing of the evidence was cited, so recall is 0."""
    answer = say("Monday")
    assert measure("citation_precision", answer) is None
    assert measure("citation_recall", answer) == measure("citation_f1", answer) == measure("citation_hit", answer) == 0
    assert measure("quote_validity", answer) == (0, 0)


def test_a_failure_gets_the_worst_value_of_every_metric() -> None:
    """Even where its emptiness would look like a right abstention, or its silence like none that was needless."""
    for question in (ASKED, UNANSWERABLE):
        assert judge_outcome(Case(question, FAILED)) == "failed"
        for name, metric in METRICS.items():
            if metric.applies_to(question) and metric.kind in ("proportion", "mean"):
                assert metric.bounds, f"{name} has no worst value that a failure could get"
                assert metric.measure(Case(question, FAILED, TEXTS)) == metric.bounds[metric.lower_is_better], name


def test_a_question_with_unknown_answers_is_scored_on_evidence_only() -> None:
    unknown = Question("When?", "k", evidence=(GOLD,))
    answer = say("Monday", citations=(cite(21, 46),))
    assert judge_outcome(Case(unknown, answer)) == "not judged"
    assert measure("em", answer, unknown) is measure("crag", answer, unknown) is None
    assert measure("citation_recall", answer, unknown) == 1
    assert is_answerable(unknown)
    assert not is_answerable(Question("Anything?"))


def test_every_metric_says_what_it_is() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.definition
        assert metric.source
        assert (metric.quantile is not None) == (metric.kind == "quantile")
        assert (metric.curve is not None) == (metric.kind == "curve")
        assert metric.lower_is_better == (("lower is better" in metric.definition) or metric.kind == "quantile")


def test_every_metric_has_a_worked_example() -> None:
    assert set(METRICS) <= set(EXAMPLES)
    assert all(example.because for example in EXAMPLES.values())


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_worked_example_of_a_metric_gives_what_it_says(name: str) -> None:
    (metric,) = choose_metrics([name]).values()
    value = find_value(metric, [metric.measure(case) for case in build_cases(EXAMPLES[name])])
    assert value == pytest.approx(EXAMPLES[name].gives, abs=1e-5)


def test_metrics_are_chosen_by_name_for_any_number_of_passages() -> None:
    chosen = choose_metrics(["f1", "ndcg@20", "hit@1"])
    assert list(chosen) == ["f1", "ndcg@20", "hit@1"]
    assert chosen["hit@1"] is METRICS["hit@1"]
    measured = chosen["ndcg@20"].measure(Case(ASKED, say("x", passages=found(*[(0, 20)] * 10, (21, 46)))))
    assert isinstance(measured, float) and measured > 0
    with pytest.raises(UsageError, match="citation_f1"):
        choose_metrics(["citation_f"])
    with pytest.raises(UsageError, match="no metric 'f1@3'"):
        choose_metrics(["f1@3"])


def test_joint_f1_multiplies_answer_and_citation() -> None:
    """Precision 2/4 and 10/20, recall 2/2 and 10/25."""
    answer = say("It rose on Monday. [1]", citations=(cite(36, 56),))
    one = replace(ASKED, answers=("on Monday",))
    precision, recall = 0.5 * 0.5, 1.0 * 0.4
    assert measure("joint_f1", answer, one) == pytest.approx(2 * precision * recall / (precision + recall))
    assert measure("joint_f1", ABSTAINED, one) == measure("joint_f1", say("on Monday"), one) == 0


def test_the_cause_of_a_failure_is_the_first_step_that_went_wrong() -> None:
    near, far = found((21, 46)), found((0, 20))
    gold, other = (cite(21, 46),), (cite(0, 20),)
    told = {
        "right": say("Monday"),
        "error": FAILED,
        "needless abstention": ABSTAINED,
        "not retrieved": say("Friday", passages=far, citations=other),
        "retrieved, not cited": say("Friday", passages=near),
        "cited the wrong span": say("Friday", passages=near, citations=other),
        "right span, wrong answer": say("Friday", passages=near, citations=gold),
    }
    assert {find_cause(Case(ASKED, answer)): answer for answer in told.values()} == told
    assert find_cause(Case(UNANSWERABLE, say("x"))) == "should have abstained"
    assert find_cause(Case(UNANSWERABLE, ABSTAINED)) == "right"
    assert find_cause(Case(replace(ASKED, evidence=()), say("Friday"))) == "wrong answer"
    unknown = replace(ASKED, answers=None)
    assert find_cause(Case(unknown, say("x", passages=near, citations=gold))) == "right"
    assert find_cause(Case(unknown, say("x", passages=far, citations=other))) == "not retrieved"


spans = st.builds(
    lambda document, start, length: Span(document, start, start + length),
    st.sampled_from(["a", "b"]),
    st.integers(0, 30),
    st.integers(1, 12),
)


@given(st.lists(spans, max_size=6), st.lists(spans, max_size=6))
def test_span_arithmetic_agrees_with_counting_characters_one_by_one(first: list[Span], second: list[Span]) -> None:
    def characters(some: list[Span]) -> set[tuple[str, int]]:
        return {(span.document_id, place) for span in some for place in range(span.start, span.end)}

    assert count_characters(first) == len(characters(first))
    assert count_shared(first, second) == count_shared(second, first) == len(characters(first) & characters(second))
    merged = merge_spans(first)
    assert characters(list(merged)) == characters(first)
    assert merge_spans(merged) == merged


answers = st.builds(
    say,
    st.sampled_from(["", "Monday", "It rose on Monday [1].", "[1]"]),
    citations=st.lists(st.integers(0, 70).map(lambda start: cite(start, start + 10)), max_size=3).map(tuple),
    passages=st.lists(st.integers(0, 60).map(lambda start: found((start, start + 20))[0]), max_size=9).map(tuple),
    abstained=st.booleans(),
    error=st.none() | st.just("broken"),
)
questions = st.builds(
    Question,
    st.just("When?"),
    answers=st.sampled_from([None, (), ("Monday",), ("a",), ("!", "the")]),
    evidence=st.lists(spans, max_size=2).map(tuple),
)


@given(st.tuples(questions, answers))
def test_every_question_has_a_cause_that_agrees_with_its_outcome(pair: tuple[Question, Answer]) -> None:
    case = Case(*pair, TEXTS)
    cause = find_cause(case)
    assert cause in CAUSES
    assert (cause == "error") == (case.outcome == "failed")
    assert (cause == "should have abstained") == (case.question.answers == () and case.outcome == "wrong")
    if case.outcome == "correct":
        assert cause == "right"


@given(questions, answers)
def test_no_answer_to_no_question_makes_a_metric_fail_or_leave_its_bounds(question: Question, answer: Answer) -> None:
    for metric in METRICS.values():
        value = metric.measure(Case(question, answer, TEXTS))
        if metric.kind == "curve":
            assert value is None or (isinstance(value, tuple) and -2 <= value[0] <= 2 and value[1] in (0, 1))
        elif isinstance(value, tuple):
            assert 0 <= value[0] <= value[1]
        elif value is not None:
            low, high = metric.bounds or (0, math.inf)
            assert low <= value <= high, metric.name
            if metric.kind == "proportion":
                assert value in (0, 1)


@given(answers, questions)
def test_citation_f1_is_the_harmonic_mean_of_precision_and_recall(answer: Answer, question: Question) -> None:
    precision, recall = (measure(f"citation_{part}", answer, question) for part in ("precision", "recall"))
    assume(precision is not None and recall is not None)
    expected = 2 * precision * recall / (precision + recall) if precision + recall else 0
    assert measure("citation_f1", answer, question) == pytest.approx(expected)


# Intervals.


def test_eight_of_ten_is_49_to_94_per_cent() -> None:
    interval = wilson_interval(8, 10)
    assert interval is not None
    assert [round(100 * bound) for bound in interval] == [49, 94]


@given(st.integers(0, 50), st.integers(0, 50))
def test_wilsons_interval_holds_the_share_within_bounds_and_nothing_is_none(good: int, bad: int) -> None:
    interval = wilson_interval(good, good + bad)
    if good + bad == 0:
        assert interval is None
        return
    assert interval is not None
    assert 0 <= interval[0] <= good / (good + bad) <= interval[1] <= 1
    mirrored = wilson_interval(bad, good + bad)
    assert mirrored is not None
    assert interval[0] == pytest.approx(1 - mirrored[1], abs=1e-9)


def test_latency_is_over_all_questions_failures_included() -> None:
    assert measure("seconds_p50", replace(FAILED, seconds=Seconds(total=60.0))) == 60


@pytest.mark.data
def test_em_and_f1_are_those_of_the_official_script_on_published_predictions() -> None:
    """BERT's published predictions for SQuAD 2.0 dev score 78.74 and 81.78 by the official script."""
    folder = os.environ.get("FOOTNOTE_DATASETS")
    if not folder or not (squad := Path(folder) / "squad").is_dir():
        pytest.skip("FOOTNOTE_DATASETS names no folder with squad/")
    predictions = json.loads((squad / "official_predictions" / "pred_bert_v2_dev.json").read_text(encoding="utf-8"))
    asked = json.loads((squad / "dev-v2.0.json").read_text(encoding="utf-8"))["data"]
    cases = []
    for article in asked:
        for paragraph in article["paragraphs"]:
            for entry in paragraph["qas"]:
                golds = tuple(answer["text"] for answer in entry["answers"])
                text = predictions[entry["id"]]
                answer = Answer(entry["question"], text, id=entry["id"], abstained=not text)
                cases.append(Case(Question(entry["question"], entry["id"], answers=golds), answer))
    assert len(cases) == 11_873
    for name, published in (("em_squad", "78.74"), ("f1_squad", "81.78")):
        values = [METRICS[name].measure(case) for case in cases]
        assert f"{100 * math.fsum(float(value) for value in values) / len(values):.2f}" == published  # type: ignore[arg-type]
