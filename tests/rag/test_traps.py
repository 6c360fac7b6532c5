"""The traps in which other tools' figures are caught, each as what happens here. One test a line of the list."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rag.evaluation.compare.runs import compare
from rag.evaluation.metrics.cases import CAUSES, OUTCOMES, Case, plain_text
from rag.evaluation.metrics.entailment import (
    Judge,
    build_judged_metrics,
    measure_precision,
    measure_recall,
    read_sentences,
)
from rag.evaluation.metrics.metric import build_table
from rag.evaluation.metrics.table import METRICS
from rag.evaluation.run.answering import answer_questions
from rag.evaluation.run.scoring import Scores, score
from rag.types import Answer, Citation, Passage, Question, Sentence, Span

TEXT = "Rain fell all night. The river rose on Monday. By Tuesday the bridge was closed."
TEXTS = {"flood": TEXT}
FIRST, SECOND, THIRD = (0, 20), (21, 46), (47, 80)
ASKED = Question("When did the river rise?", "q", answers=("Monday",), evidence=(Span("flood", *SECOND),))
UNANSWERABLE = Question("Who mended the bridge?", "u", answers=())


def cite(number: int, place: tuple[int, int]) -> Citation:
    span = Span("flood", *place)
    return Citation(number, span, TEXT[slice(*place)], Passage(span, TEXT[slice(*place)]))


def find_sentences(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in re.finditer(r"[^.\s][^.]*\.", text)]


def hold_words(premise: str, sentence: str) -> bool:
    """Entailment for a test: every word of the sentence stands in the premise."""
    return set(re.findall(r"\w+", sentence.lower())) <= set(re.findall(r"\w+", premise.lower()))


JUDGE = Judge("shared words", hold_words, "right 8 of 10 times on a made-up set")
JUDGED = build_table(build_judged_metrics(JUDGE, find_sentences))


def measure(answer: Answer, question: Question = ASKED) -> dict[str, Any]:
    case = Case(question, answer, TEXTS)
    return {name: metric.measure(case) for name, metric in {**METRICS, **JUDGED}.items()}


def score_all(answers: list[Answer], questions: list[Question]) -> Scores:
    return score(answers, questions, TEXTS, {**METRICS, **JUDGED})


def abstain(name: str, text: str = "") -> Answer:
    return Answer("?", text, id=name, abstained=True, confidence=0.1)


# An abstention, or an answer with no claim.


def test_an_abstention_is_a_class_of_its_own_in_every_table_and_never_dropped() -> None:
    part = score_all([abstain("q"), abstain("u")], [ASKED, UNANSWERABLE]).slice("all")
    assert part.answerable["abstained"] == part.unanswerable["abstained"] == 1
    assert sum(part.answerable.values()) + sum(part.unanswerable.values()) == part.questions == 2
    assert set(part.answerable) == set(OUTCOMES)
    assert set(part.causes) == set(CAUSES)
    for name, found in part.scores.items():
        assert found.abstained == sum(
            {**METRICS, **JUDGED}[name].applies_to(question) for question in (ASKED, UNANSWERABLE)
        )
    assert part.scores["contains"].value == 0
    assert part.scores["alce_recall"].n == 0  # not 1, not 0, but of nothing


def test_an_answer_that_claims_nothing_is_wrong_and_not_left_out() -> None:
    values = measure(Answer("?", "", id="q"))
    assert values["contains"] == values["f1"] == values["citation_recall"] == 0
    assert score_all([Answer("?", "", id="q")], [ASKED]).slice("all").answerable["wrong"] == 1


# An abstention recognised by English phrases.


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "The document does not say [1].",
        "Das steht nicht im Text.",
        "文書には書かれていません。",
        "Sorry!",
    ],
)
def test_an_abstention_is_told_by_a_flag_in_any_language_and_with_citations(text: str) -> None:
    cited = (cite(1, FIRST),)
    flagged = Answer("?", text, id="u", abstained=True, citations=cited)
    assert measure(flagged, UNANSWERABLE)["abstained_correctly"] == 1
    assert measure(Answer("?", text, id="u", citations=cited), UNANSWERABLE)["abstained_correctly"] == 0


# "A. [1] B."


def test_a_marker_after_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    """Rain fell all night. [1] The river rose on Monday. [2]"""
    after = "Rain fell all night. [1] The river rose on Monday. [2]"
    before = "Rain fell all night [1]. The river rose on Monday [2]."
    citations = (cite(1, FIRST), cite(2, SECOND))
    for text in (after, before):
        sentences = read_sentences(Answer("?", text, citations=citations), find_sentences)
        assert [sentence.quotes for sentence in sentences] == [(TEXT[:20],), (TEXT[21:46],)]
        assert (measure_recall(sentences, JUDGE), measure_precision(sentences, JUDGE)) == (1, 1)


def test_the_sentences_that_an_answer_brings_are_taken_as_they_are() -> None:
    text = "Rain fell all night. [1] The river rose on Monday. [2]"
    brought = (Sentence(text[:24], 0, 24, (1,)), Sentence(text[25:], 25, len(text), (2,)))
    answer = Answer("?", text, citations=(cite(1, FIRST), cite(2, SECOND)), sentences=brought)
    sentences = read_sentences(answer, find_sentences)
    assert [sentence.text for sentence in sentences] == ["Rain fell all night.", "The river rose on Monday."]
    assert measure_recall(sentences, JUDGE) == 1


# `[2020 census]`


def test_words_in_brackets_are_no_citation() -> None:
    answer = Answer("?", "Ten lived there [2020 census]. [1]", id="q", citations=(cite(1, FIRST),))
    assert plain_text(answer) == "Ten lived there [2020 census]. "
    (sentence,) = read_sentences(answer, find_sentences)
    assert sentence.quotes == (TEXT[:20],)
    assert sentence.in_range


def test_a_marker_that_means_no_citation_leaves_its_sentence_unproven() -> None:
    text = "Rain fell all night [1] [7]. The river rose on Monday [2]."
    answer = Answer("?", text, citations=(cite(1, FIRST), cite(2, SECOND)), unknown_markers=("[7]",))
    sentences = read_sentences(answer, find_sentences)
    assert [sentence.in_range for sentence in sentences] == [False, True]
    assert measure_recall(sentences, JUDGE) == measure_precision(sentences, JUDGE) == 0.5


# Gold with zero citations.


def test_nothing_cited_is_0_of_0_and_no_division_by_zero() -> None:
    answer = Answer("?", "Monday", id="q")
    values = measure(answer)
    assert values["citation_precision"] is values["alce_precision"] is None
    assert values["citation_recall"] == values["citation_f1"] == values["alce_recall"] == 0
    whole = score_all([answer], [ASKED]).slice("all").scores["quote_validity"]
    assert (whole.value, whole.low, whole.n) == (None, None, 0)


# An exception, a time-out, bad JSON.


def test_whatever_goes_wrong_is_scored_as_wrong_and_listed() -> None:
    def fail(text: str) -> Any:
        raise {"a?": TimeoutError("60 s"), "b?": ValueError("bad JSON"), "c?": RuntimeError()}[text]

    questions = [Question(f"{name}?", name, answers=("x",)) for name in "abc"]
    questions.append(Question("d?", "d", answers=()))  # and one whose answer is missing altogether
    scores = score_all(list(answer_questions(fail, questions[:3])), questions)
    part = scores.slice("all")
    assert part.answerable["failed"] == 3
    assert part.unanswerable["failed"] == part.causes["error"] - 3 == 1
    assert set(scores.errors) == set("abcd")
    for name in ("em", "f1", "contains", "abstained_correctly"):
        assert (part.scores[name].value, part.scores[name].n) == (0, 3 if name != "abstained_correctly" else 1)
    assert part.scores["crag"].value == -1
    assert (
        part.scores["false_answer"].value
        == part.scores["needless_abstention"].value
        == part.scores["failed"].value
        == 1
    )


# Judge noise.


def test_the_judge_is_named_with_its_accuracy_and_asked_once_for_the_same_thing() -> None:
    asked: list[tuple[str, str]] = []

    def doubt(premise: str, sentence: str) -> float:
        asked.append((premise, sentence))
        return 0.7

    judge = Judge("a doubter", doubt, "right 78 % of the time on 500 sentences")
    table = build_table(build_judged_metrics(judge, find_sentences))
    answer = Answer("?", "Rain fell all night [1].", id="q", citations=(cite(1, FIRST),))
    first = score([answer], [ASKED], TEXTS, table)
    assert score([answer], [ASKED], TEXTS, table) == first
    assert len(asked) == len(set(asked))
    for metric in first.metrics:
        assert "a doubter" in metric.source
        assert "78 %" in metric.source
    assert "accuracy not measured" in Judge("x", doubt).description


def test_a_judged_figure_comes_with_an_interval() -> None:
    questions = [Question("?", str(number), answers=("x",)) for number in range(12)]
    answers = [
        Answer("?", "Rain fell all night [1].", id=str(number), citations=(cite(1, FIRST if number % 3 else THIRD),))
        for number in range(12)
    ]
    found = score(answers, questions, TEXTS, JUDGED).slice("all").scores["alce_recall"]
    assert found.value == pytest.approx(8 / 12)
    assert found.low is not None and found.high is not None and 0.2 < found.low < 0.5 and 0.85 < found.high < 1


def test_a_citation_that_is_not_needed_counts_against_precision() -> None:
    """Of two, one entails the sentence alone, and the other adds nothing; of two halves, both are needed."""
    idle = Answer("?", "Rain fell all night [1][2].", citations=(cite(1, FIRST), cite(2, THIRD)))
    halves = Answer("?", "Rain fell on Monday [1][2].", citations=(cite(1, FIRST), cite(2, SECOND)))
    false = Answer("?", "Snow fell all night [1].", citations=(cite(1, FIRST),))
    for answer, recall, precision in ((idle, 1, 0.5), (halves, 1, 1), (false, 0, 0)):
        sentences = read_sentences(answer, find_sentences)
        assert (measure_recall(sentences, JUDGE), measure_precision(sentences, JUDGE)) == (recall, precision)


# Unanswerable "for its paragraph".


def test_evidence_counts_in_its_own_document_only() -> None:
    """Two paragraphs with the same words: one document for each, so that what the other says is no answer."""
    texts = {"one": TEXT, "two": TEXT}
    asked = Question("?", "q", documents=("one",), answers=("Monday",), evidence=(Span("one", *SECOND),))
    span = Span("two", *SECOND)
    elsewhere = Citation(1, span, TEXT[21:46], Passage(span, TEXT[21:46]))
    case = Case(asked, Answer("?", "On Monday [1].", id="q", citations=(elsewhere,)), texts)
    assert METRICS["citation_hit"].measure(case) == METRICS["citation_f1"].measure(case) == 0


# A gate that any drop stops.


def test_a_small_drop_stops_nothing_and_a_large_one_does() -> None:
    questions = [Question("?", str(number), answers=("yes",)) for number in range(100)]

    def run(right: int) -> Scores:
        answers = [Answer("?", "yes" if number < right else "no", id=str(number)) for number in range(100)]
        return score(answers, questions, {})

    assert compare(run(90), run(88)).regressions == ()
    assert "contains" in {change.metric for change in compare(run(90), run(60)).regressions}
