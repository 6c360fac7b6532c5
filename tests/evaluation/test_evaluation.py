"""Asking and scoring a question set: every outcome is counted, nothing is averaged away, and a run can be kept."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.runnables import RunnableLambda

from rag.errors import DocumentError, QuestionSetError, UsageError
from rag.evaluation import (
    METRICS,
    Metric,
    Scores,
    answer_questions,
    choose_metrics,
    evaluate,
    prepare_questions,
    render_table,
    save_run,
    score,
    to_dict,
)
from rag.evaluation.metrics.cases import OUTCOMES
from rag.types import Answer, Citation, Evidence, Passage, Question, ScoredPassage, Seconds, Span

TEXT = "Rain fell all night. The river rose on Monday. By Tuesday the bridge was closed."
TEXTS = {"flood": TEXT}
GOLD = Span("flood", 21, 46)
QUESTIONS = (
    Question("When did the river rise?", "a", answers=("Monday",), evidence=(GOLD,), tags=("when",), split="develop"),
    Question(
        "What was closed?", "b", answers=("the bridge",), evidence=(Evidence("By Tuesday the bridge"),), split="report"
    ),
    Question("Who mended it?", "c", answers=(), tags=("who",), split="report"),
    Question("Who paid?", "d", answers=(), tags=("who",), split="report"),
)


def quote(question: Question, start: int, end: int, text: str | None = None) -> Answer:
    passage = Passage(Span("flood", 0, len(TEXT)), TEXT)
    cited = Citation(1, Span("flood", start, end), TEXT[start:end], passage)
    words = TEXT[start:end] if text is None else text
    found = (ScoredPassage(passage, 0.9),)
    return Answer(question.text, f"{words} [1]", id=question.id, citations=(cited,), passages=found)


def answer_by_rule(question: Question) -> Answer:
    """Right on a, fails on b, abstains on c, answers d though nothing says so."""
    if question.id == "b":
        raise TimeoutError("the model took\nlonger than 5 s")
    if question.id == "c":
        return Answer(question.text, "The document does not say.", abstained=True)
    return quote(question, 21, 46)


def run(chain: Any = None, questions: tuple[Question, ...] = QUESTIONS) -> tuple[list[Answer], Scores]:
    answers = list(answer_questions(chain or RunnableLambda(answer_by_rule), questions))
    return answers, score(answers, questions, TEXTS)


def test_a_runnable_is_given_the_question_without_its_gold_data() -> None:
    seen: list[Question] = []

    def watch(question: Question) -> Answer:
        seen.append(question)
        return Answer(question.text, "x")

    asked = Question(
        "And then?", "f", (("What?", "Rain."),), ("flood",), ("gold",), (GOLD,), tags=("follow-up",), split="report"
    )
    (answer,) = answer_questions(RunnableLambda(watch), [asked])
    assert seen == [Question("And then?", "f", (("What?", "Rain."),), ("flood",))]
    assert answer.id == "f"


def test_any_function_from_question_to_text_can_be_judged_and_empty_text_is_an_abstention() -> None:
    replies: dict[str, str | None] = {
        "When did the river rise?": "On Monday",
        "Who mended it?": None,
        "Who paid?": " \n",
    }
    _, scores = run(lambda text: replies.get(text, "the bridge"))
    assert [row.outcome for row in scores.rows] == ["correct", "correct", "abstained", "abstained"]


def test_an_exception_is_kept_counted_and_scored_as_wrong() -> None:
    answers, scores = run()
    assert answers[1].error == "TimeoutError: the model took longer than 5 s"
    assert answers[1].seconds.total > 0
    assert dict(scores.errors) == {"b": answers[1].error}
    part = scores.slice("all")
    assert part.answerable["failed"] == 1
    assert (part.scores["em"].n, part.scores["em"].failed) == (2, 1)
    assert (part.scores["contains"].value, part.scores["citation_hit"].value) == (0.5, 0.5)


def test_a_failure_that_footnote_foresees_keeps_its_own_words() -> None:
    def refuse(question: Question) -> Answer:
        raise DocumentError("no document 'x'")

    assert next(answer_questions(RunnableLambda(refuse), QUESTIONS)).error == "no document 'x'"


@pytest.mark.parametrize("reply", [42, {"said": "Monday"}, ["Monday"]])
def test_a_reply_of_another_type_is_a_failure(reply: Any) -> None:
    error = next(answer_questions(RunnableLambda(lambda question: reply), QUESTIONS)).error
    assert error is not None
    assert {"int": "int", "dict": "dictionary with said", "list": "list"}[type(reply).__name__] in error


def test_stopping_stops_the_run() -> None:
    def stop(question: Question) -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(answer_questions(stop, QUESTIONS))


def test_progress_is_told_after_each_question() -> None:
    told: list[tuple[str, int, int]] = []
    list(answer_questions(lambda text: "x", QUESTIONS[:2], on_progress=lambda *step: told.append(step)))
    assert told == [("asking", 1, 2), ("asking", 2, 2)]


def test_the_seconds_of_an_answer_are_its_own_or_else_measured() -> None:
    own = Answer("?", "x", seconds=Seconds(total=7.0))
    assert next(answer_questions(RunnableLambda(lambda question: own), QUESTIONS)).seconds.total == 7
    assert 0 < next(answer_questions(lambda text: "x", QUESTIONS)).seconds.total < 7


def test_scores_come_by_split_over_all_and_by_tag() -> None:
    _, scores = run()
    assert [(part.kind, part.name, part.questions) for part in scores.slices] == [
        ("split", "develop", 1),
        ("split", "report", 3),
        ("all", "all", 4),
        ("tag", "when", 1),
        ("tag", "who", 2),
    ]
    with pytest.raises(KeyError):
        scores.slice("split", "test")


def test_each_figure_says_over_how_many_it_is() -> None:
    _, scores = run()
    part = scores.slice("all").scores
    assert {name: part[name].n for name in ("em", "em_squad", "citation_hit", "abstained_correctly")} == {
        "em": 2,
        "em_squad": 4,
        "citation_hit": 2,
        "abstained_correctly": 2,
    }
    assert (part["quote_validity"].value, part["quote_validity"].n) == (1.0, 2)  # citations, of a and d
    assert (part["abstained_correctly"].value, part["false_answer"].value) == (0.5, 0.5)
    assert part["needless_abstention"].value == 0.5  # b failed, which is not better than abstaining
    assert (part["em_squad"].abstained, part["em_squad"].failed) == (1, 1)


def test_nothing_to_count_is_0_of_0_and_not_an_error() -> None:
    _, scores = run(lambda text: "Monday", QUESTIONS[:1])
    for name in ("quote_validity", "abstained_correctly", "false_answer", "citation_precision"):
        found = scores.slice("all").scores[name]
        assert (found.value, found.low, found.high, found.n) == (None, None, None, 0)
    assert "n/a  0 of 0" in render_table(scores)


def test_an_empty_set_of_questions_has_figures_of_nothing() -> None:
    scores = score([], [], {})
    assert all(found.value is None for found in scores.slice("all").scores.values())
    assert render_table(scores)


def test_a_question_without_an_answer_counts_as_failed() -> None:
    answers, _ = run()
    scores = score(answers[:1], QUESTIONS, TEXTS)
    assert [row.outcome for row in scores.rows] == ["correct", "failed", "failed", "failed"]


def test_answers_are_paired_by_id_whatever_their_order() -> None:
    answers, scores = run()
    assert score(answers[::-1], QUESTIONS, TEXTS) == scores


def test_questions_that_share_an_id_are_refused_before_any_is_asked() -> None:
    asked: list[str] = []
    with pytest.raises(QuestionSetError, match="id of its own"):
        evaluate(lambda text: asked.append(text), [Question("a?"), Question("b?")], TEXTS)
    assert asked == []


def test_evidence_that_is_not_there_is_told_before_any_question_is_asked() -> None:
    asked: list[str] = []
    with pytest.raises(QuestionSetError, match="does not stand"):
        evaluate(lambda text: asked.append(text), [Question("a?", "a", evidence=(Evidence("never"),))], TEXTS)
    assert asked == []


def test_a_metric_of_ones_own_is_a_few_lines() -> None:
    def count_words(case: Any) -> float:
        return float(len(case.answer.text.split()))

    length = Metric("words", count_words, "all", "mean", "words of the answer", bounds=None)
    answers = [Answer("a?", "one two", id="a"), Answer("b?", "", id="b", error="broken")]
    scores = score(answers, [Question("a?", "a"), Question("b?", "b")], {}, {**METRICS, "words": length})
    assert scores.slice("all").scores["words"].value == 1.0
    assert "words" in render_table(scores)


@given(st.lists(st.sampled_from(["right", "wrong", "abstain", "fail"]), min_size=1, max_size=12), st.randoms())
def test_every_question_is_in_exactly_one_class_and_failing_never_helps(what: list[str], rng: random.Random) -> None:
    questions = [
        Question(f"{number}?", str(number), answers=rng.choice([("Monday",), ()]), evidence=rng.choice([(GOLD,), ()]))
        for number, _ in enumerate(what)
    ]
    replies = {
        "right": lambda question: quote(question, 21, 46),
        "wrong": lambda question: quote(question, 0, 20),
        "abstain": lambda question: Answer(question.text, "", id=question.id, abstained=True),
        "fail": lambda question: Answer(question.text, "", id=question.id, error="broken"),
    }
    answers = [replies[kind](question) for kind, question in zip(what, questions, strict=True)]
    part = score(answers, questions, TEXTS).slice("all")
    assert sum(part.answerable.values()) + sum(part.unanswerable.values()) == part.questions == len(what)
    broken = [replies["fail"](questions[0]), *answers[1:]]
    worse = score(broken, questions, TEXTS).slice("all").scores
    for name, before in part.scores.items():
        after = worse[name]
        if METRICS[name].kind in ("proportion", "mean") and before.value is not None and after.value is not None:
            assert before.low is None or before.high is None or before.low <= before.value + 1e-9 <= before.high + 2e-9
            assert (
                (after.value >= before.value - 1e-9)
                if METRICS[name].lower_is_better
                else (after.value <= before.value + 1e-9)
            )


def test_the_table_shows_splits_intervals_and_every_class() -> None:
    table = render_table(run()[1])
    head = table.split("\n")[0]
    assert "develop (1)" in head and "report (3)" in head
    assert "all (4)" not in head  # what was tuned on and what is reported, mixed
    (line,) = [line for line in table.split("\n") if line.startswith("false_answer")]
    assert "unanswerable" in line
    assert "50.0 (9.5 to 90.5)  n 2" in line
    for outcome in OUTCOMES:
        assert outcome in table
    assert "1 failed:\n  b: TimeoutError" in table
    assert max(map(len, table.split("\n"))) <= 100
    assert "21 more" in table and "span_iou" not in table


def test_figures_chosen_by_name_are_all_in_the_table() -> None:
    table = render_table(score(run()[0], QUESTIONS, TEXTS, choose_metrics(["span_iou@5", "contains"])))
    assert "span_iou@5" in table
    assert " more " not in table


def test_a_single_split_is_shown_once() -> None:
    head = render_table(run(questions=QUESTIONS[1:])[1]).split("\n")[0]
    assert "report (3)" in head
    assert "all" not in head


def test_the_same_answers_give_the_same_table() -> None:
    answers, scores = run()
    assert render_table(scores) == render_table(score(answers, QUESTIONS, TEXTS))


def test_the_machines_form_is_plain_json_with_definitions_and_a_row_a_question() -> None:
    values = to_dict(run()[1], {"passages": 8})
    assert json.loads(json.dumps(values, allow_nan=False)) is not None
    assert values["schema_version"] == 1
    assert values["settings"] == {"passages": 8}
    assert [row["outcome"] for row in values["questions"]] == ["correct", "failed", "abstained", "wrong"]
    assert {metric["name"] for metric in values["metrics"]} == set(METRICS)
    assert values["slices"][2]["scores"][0]["metric"] == "good"


def test_a_run_is_kept_and_its_questions_can_be_loaded_again(tmp_path: Path) -> None:
    outcome = evaluate(RunnableLambda(answer_by_rule), QUESTIONS, TEXTS, save=tmp_path / "new" / "run")
    folder = tmp_path / "new" / "run"
    kept = {path.name for path in folder.iterdir() if path.name != ".lock"}
    assert kept == {"run.json", "questions.jsonl", "answers.jsonl", "scores.json", "report.html"}
    answers = [json.loads(line) for line in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert answers == [json.loads(json.dumps(answer.to_dict())) for answer in outcome.answers]
    assert prepare_questions(folder / "questions.jsonl", TEXTS) == outcome.questions
    saved = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert saved == json.loads(json.dumps(outcome.to_dict()))
    assert saved["settings"]["questions"] == 4


def test_a_run_with_half_a_surrogate_pair_is_kept_as_valid_json(tmp_path: Path) -> None:
    answers, scores = run(lambda text: "broken \ud83d é\u2028", QUESTIONS[:1])
    save_run(tmp_path, QUESTIONS[:1], answers, scores)
    (line,) = (tmp_path / "answers.jsonl").read_bytes().decode("utf-8").strip("\n").split("\n")
    assert json.loads(line)["answer"] == "broken \ud83d é\u2028"


def test_a_save_that_fails_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, scores = run()
    save_run(tmp_path, QUESTIONS, answers, scores)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UsageError, match="No space left"):
        save_run(tmp_path, QUESTIONS[:1], answers[:1], scores)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_told_before_any_question_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    asked: list[str] = []
    with pytest.raises(UsageError, match="--save DIR"):
        evaluate(lambda text: asked.append(text), QUESTIONS, TEXTS, save=tmp_path / "file" / "run")
    assert asked == []


def test_importing_the_evaluation_loads_nothing_heavy() -> None:
    code = "import sys, rag.evaluation; print([m for m in ('numpy', 'torch', 'langchain_core', 'chromadb') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# The real chain, and the plain pipeline that it is measured against.


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the modules of tests/benchmarks importable."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))


@pytest.fixture
def article_texts(article_index: Path, embeddings: Any) -> dict[str, str]:
    from rag.index.passage_index import PassageIndex

    index = PassageIndex(article_index, embeddings)
    return {record.id: index.document(record.id).text for record in index.documents()}


def test_the_bundled_questions_are_answered_with_valid_quotes_only(chain: Any, article_texts: dict[str, str]) -> None:
    questions = prepare_questions(
        Path(__file__).parents[2] / "data" / "questions" / "hanoi-summit.jsonl", article_texts, split="develop"
    )
    part = evaluate(chain, questions, article_texts).scores.slice("all")
    assert part.answerable["failed"] == part.unanswerable["failed"] == 0
    assert part.scores["quote_validity"].value == 1.0
    assert part.scores["quote_validity"].n > 50


splits = st.lists(st.sampled_from(["ab", "ab ", "ba\n", "\n\n", " ", "x" * 23, "\u00a0", "é. "]), max_size=60).map(
    "".join
)


@given(splits, st.sampled_from([(10, 0), (10, 3), (20, 10)]))
@pytest.mark.usefixtures("benchmarks")
def test_the_plain_pipelines_pieces_have_true_offsets(text: str, sizes: tuple[int, int]) -> None:
    """However often the text repeats itself, where LangChain's own start index is wrong or missing."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from plain_pipeline import split_plainly

    size, overlap = sizes
    pieces = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap).split_text(text)
    places = split_plainly(text, size, overlap)
    assert [text[start:end] for start, end in places] == pieces
    assert places == sorted(places)
    assert all(start < len(text) for start, _ in places)


@pytest.mark.usefixtures("benchmarks")
def test_the_plain_pipeline_answers_with_its_nearest_piece_and_cites_four(
    article_texts: dict[str, str], tmp_path: Path
) -> None:
    from plain_pipeline import build_plain_pipeline

    from rag.settings import read_settings

    pipeline = build_plain_pipeline(article_texts, tmp_path, read_settings())
    answer = pipeline.invoke(Question("Where did the two leaders meet?", "q", documents=tuple(article_texts)))
    assert not answer.abstained
    assert len(answer.citations) == len(answer.passages) == 4
    assert answer.text == answer.passages[0].passage.text
    for citation in answer.citations:
        assert citation.quote == article_texts[citation.span.document_id][citation.span.start : citation.span.end]
    scores = [scored.score for scored in answer.passages]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] < 1


@pytest.mark.usefixtures("benchmarks")
def test_the_comparison_prints_both_systems_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write_flood: Callable[[], tuple[Path, Path]]
) -> None:
    from compare_with_plain import main

    source, questions = write_flood()
    main(["--questions", str(questions), "--source", str(source), "--save", str(tmp_path / "runs")])
    printed = capsys.readouterr().out
    assert "footnote (2)" in printed
    assert "plain (2)" in printed
    (line,) = [line for line in printed.split("\n") if line.startswith("quote_validity")]
    assert line.count("100.0") >= 2
    assert (tmp_path / "runs" / "plain" / "scores.json").is_file()


@pytest.fixture
def write_flood(tmp_path: Path) -> Callable[[], tuple[Path, Path]]:
    def write() -> tuple[Path, Path]:
        source, questions = tmp_path / "flood.txt", tmp_path / "questions.jsonl"
        source.write_text(TEXT)
        lines = [
            {"question": "When did the river rise?", "answers": ["Monday"], "evidence": [{"quote": TEXT[21:46]}]},
            {"question": "Who mended the bridge?", "answers": []},
        ]
        questions.write_text("\n".join(json.dumps(line) for line in lines))
        return source, questions

    return write
