"""What is given wrongly is refused in one line that says what, which and the next step; never by a traceback."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from rag.errors import QuestionSetError, UsageError
from rag.evaluation import (
    METRICS,
    Metric,
    choose_metrics,
    compare,
    evaluate,
    find_failures,
    load_scores,
    prepare_questions,
)
from ui.cli.main import main

TEXTS = {"mill": "The mill was built in 1874."}
ROW: dict[str, Any] = {"question": "When was the mill built?", "answers": ["1874"]}
QUESTIONS = prepare_questions([ROW], TEXTS)


def say(question: str) -> str:
    return "In 1874."


def test_metrics_are_named_by_a_list_too() -> None:
    outcome = evaluate(say, QUESTIONS, TEXTS, metrics=["contains", "hit@20"])
    assert [metric.name for metric in outcome.scores.metrics] == ["contains", "hit@20"]
    with pytest.raises(UsageError, match="no metric 'contain'; did you mean: contains"):
        evaluate(say, QUESTIONS, TEXTS, metrics=["contain"])


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        (7, "metrics are names, or metrics by name, not int"),
        ({"mine": METRICS["contains"]}, r"metrics\['mine'\] is called 'contains'"),
        ({"mine": say}, r"metrics\['mine'\] is function, and no Metric"),
    ],
)
def test_metrics_that_are_none_are_refused_before_anything_is_asked(metrics: Any, words: str) -> None:
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return "1874"

    with pytest.raises(UsageError, match=words):
        evaluate(ask, QUESTIONS, TEXTS, metrics=metrics)
    assert not asked


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"over": "everything"}, "'m' has no over 'everything'; there are: all, known"),
        ({"kind": "average"}, "'m' has no kind 'average'; there are: proportion, mean"),
        ({"function": 1}, "needs a function of a Case, not int"),
    ],
)
def test_a_metric_of_no_kind_is_refused_as_it_is_made(wrong: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"name": "m", "function": len, "over": "all", "kind": "mean", "definition": "a metric"}
    with pytest.raises(UsageError, match=words):
        Metric(**(given | wrong))


def test_gates_are_read_from_words_and_name_a_figure_that_is_not_there(tmp_path: Path) -> None:
    outcome = evaluate(say, QUESTIONS, TEXTS, save=tmp_path)
    assert not find_failures(["contains>=.5"], outcome) and not find_failures("contains>=.5", outcome.scores)
    assert next(iter(find_failures(["em>=.5"], outcome).values())).startswith("em is 0.0")
    with pytest.raises(UsageError, match=r"no figure 'hit@20'.*choose_metrics\('hit@20'\)"):
        find_failures(["hit@20>=.5"], outcome)
    assert choose_metrics("hit@20")  # as the message says
    with pytest.raises(UsageError, match="a run is what evaluate returns"):
        find_failures(["em>=.5"], tmp_path)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="have no totals"):
        find_failures(["em>=.5"], load_scores(tmp_path))
    assert compare(outcome, load_scores(tmp_path)).questions == 1


@pytest.mark.parametrize("where", ["settings", "about"])
def test_what_cannot_be_kept_is_named(where: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"{where}\['model'\] cannot be kept as JSON"):
        evaluate(say, QUESTIONS, TEXTS, save=tmp_path, **{where: {"model": object()}})  # type: ignore[arg-type]
    assert not (tmp_path / "run.json").exists()


def test_a_system_of_keywords_only_is_told_how_to_name_one() -> None:
    with pytest.raises(UsageError, match=r"takes keywords only \(\*\*\)"):
        evaluate(lambda **given: "x", QUESTIONS, TEXTS)


def test_a_question_that_is_there_twice_is_shown() -> None:
    with pytest.raises(QuestionSetError, match="question 2: the same as question 1, 'When was the mill built"):
        prepare_questions([ROW, ROW], TEXTS)
    with pytest.raises(QuestionSetError, match="question 2: the id 'a' is already that of question 1"):
        prepare_questions([ROW | {"id": "a"}, {"id": "a", "question": "Why?"}], TEXTS)


def test_files_of_answers_that_are_not_there_or_misspelt_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], article_index: Path
) -> None:
    asked, rows = tmp_path / "questions.jsonl", tmp_path / "rows.jsonl"
    asked.write_text(json.dumps({"question": "Who met?", "answers": ["Nobody"]}) + "\n")
    rows.write_text(json.dumps({"user_input": "Who met?", "reponse": "Nobody."}) + "\n")
    for answers, words in (
        (tmp_path / "nope.jsonl", "there is no '"),
        (rows, "has no 'response'; unknown key 'reponse'; did you mean 'response'?"),
    ):
        told = ["footnote", "evaluate", asked, "--answers", answers, "--index", article_index]
        monkeypatch.setattr(sys, "argv", [str(part) for part in told])
        with pytest.raises(SystemExit) as ended:
            main()
        err = capsys.readouterr().err
        assert ended.value.code == 2 and words in err and "--save " not in err.replace("--save wrote", ""), err
