"""A chat model as a judge: it is asked one statement at a time, its verdict is one word, and what it judged is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from langchain_core.language_models import FakeListChatModel

from rag.errors import ModelError
from rag.evaluation.metrics.cases import Case
from rag.evaluation.metrics.entailment import Judge, build_judged_metrics
from rag.evaluation.run.verdicts import keep_verdicts
from rag.llm.grading import LONGEST_GRADED, build_grader, format_grading, read_verdict
from rag.types import Answer, Question


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("yes", True), ("Yes.", True), ("**No**, it does not.", False), ("no", False), ("<think>hm</think> yes", True)],
)
def test_a_verdict_is_the_first_word_of_the_reply(reply: str, verdict: bool) -> None:
    grade = build_grader(FakeListChatModel(responses=[reply]), name="m", timeout=10)
    assert grade("The mill burned.", "It burned.") is verdict


@pytest.mark.parametrize("reply", ["Perhaps.", "", "nobody knows", "The text says yes"])
def test_a_reply_without_a_verdict_is_none(reply: str) -> None:
    with pytest.raises(ModelError, match=r"^the judge m (replies with neither|sent)"):
        read_verdict(reply, "m")


def test_a_long_text_is_told_from_its_beginning_and_the_statement_stands_last() -> None:
    *_, last = format_grading("a" * 2 * LONGEST_GRADED, "It burned.")
    assert len(str(last.content)) < LONGEST_GRADED + 200
    assert str(last.content).index("a" * LONGEST_GRADED) < str(last.content).index("It burned.")


def test_what_was_judged_is_not_asked_again_by_the_next_run_either(tmp_path: Path) -> None:
    path, asked = tmp_path / "run" / "verdicts.jsonl", []

    def judge(text: str, statement: str) -> bool:
        asked.append((text, statement))
        return statement == "It burned."

    for _ in range(2):
        kept = keep_verdicts(judge, path, depends="model and prompt")
        assert kept("The mill burned.", "It burned.") and not kept("The mill burned.", "It stands.")
    assert len(asked) == 2
    with path.open("a") as file:
        file.write('{"asked": "half of a li\n[]\n{"asked": "a", "verdict": "yes"}\n')
    assert not keep_verdicts(judge, path, depends="model and prompt")("The mill burned.", "It stands.")
    assert len(asked) == 2
    keep_verdicts(judge, path, depends="another model")("The mill burned.", "It burned.")
    assert len(asked) == 3
    assert json.loads(path.read_text().splitlines()[0])["statement"] == "It burned."


def test_a_judge_that_reads_questions_says_whether_an_answer_is_right() -> None:
    asked: list[tuple[str, str]] = []

    def function(text: str, statement: str) -> bool:
        asked.append((text, statement))
        return "1874" in text

    judge = Judge("m", function, reads_questions=True)
    metrics = {metric.name: metric for metric in build_judged_metrics(judge, lambda text: [(0, len(text))])}
    assert set(metrics) == {"alce_recall", "alce_precision", "judged_correct"}
    question = Question("When was the mill built?", "q", answers=("in 1874", "1874"))
    right, wrong, declined = (
        metrics["judged_correct"].measure(Case(question, Answer(question.text, text, id="q", abstained=abstained)))
        for text, abstained in (("It was built in 1874.", False), ("It was built in 1911.", False), ("No.", True))
    )
    assert (right, wrong, declined) == (1, 0, 0)
    text, statement = asked[0]
    assert "It was built in 1874." in text and question.text in text
    assert "in 1874" in statement and "1874" in statement and len(asked) == 2
