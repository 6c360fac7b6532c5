"""What strangers' systems reply with is read as they mean it, and what cannot be read is told, never counted in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage

from rag.errors import FootnoteError, UsageError
from rag.evaluation import (
    Evaluation,
    compare,
    compare_systems,
    evaluate,
    load_answers,
    prepare_questions,
    score_answers,
)
from rag.types import Answer, Citation, Passage, Span

MILL = "The mill was built in 1874.\nIt burnt down in May 1911, and nobody rebuilt it."
TEXTS = {"mill": MILL, "bridge": "The bridge opened on a Sunday in 1931."}
ROWS: list[dict[str, Any]] = [
    {"id": "built", "question": "When was it built?", "answers": ["1874"], "evidence": [{"quote": "built in 1874"}]},
    {"id": "cost", "question": "What did it cost?", "answers": []},
]
QUESTIONS = prepare_questions(ROWS, TEXTS)
BUILT = "The mill was built in 1874."


def value(outcome: Evaluation, name: str) -> float | None:
    return outcome.scores.slice("all").scores[name].value


@pytest.mark.parametrize(
    "context",
    [f"Source: mill.txt\n{BUILT}", f"[1] {BUILT}", f"1. {BUILT}", f"[1] Source: mill.txt, page 3\nScore: .8\n{BUILT}"],
)
def test_a_lead_line_before_a_context_is_looked_past(context: str, tmp_path: Path) -> None:
    outcome = evaluate(lambda text: {"answer": "1874", "contexts": [context]}, QUESTIONS, TEXTS)
    assert value(outcome, "hit@1") == 1 and "stand in no document" not in outcome.table
    rows = tmp_path / "rows.jsonl"

    told = {"user_input": ROWS[0]["question"], "response": "1874", "retrieved_contexts": [context]}
    rows.write_text(json.dumps(told) + "\n")
    (answer,) = load_answers(rows, QUESTIONS, TEXTS).values()
    assert answer.passages[0].passage.span.document_id == "mill"


def test_contexts_that_stand_nowhere_are_warned_of_in_table_page_and_log(caplog: pytest.LogCaptureFixture) -> None:
    outcome = evaluate(lambda text: {"answer": "1874", "contexts": [BUILT, "Of my own making."]}, QUESTIONS, TEXTS)
    for told in (outcome.table, outcome.html, caplog.text):
        assert "2 of 4 contexts stand in no document" in told


@pytest.mark.parametrize("contexts", [[[BUILT]], [7]])
def test_contexts_that_are_no_texts_are_refused(contexts: list[Any]) -> None:
    with pytest.raises(UsageError, match=r"a context is (list|int), which is no text"):
        evaluate(lambda text: {"answer": "1874", "contexts": contexts}, QUESTIONS + THIRD, TEXTS)


THIRD = prepare_questions([{"id": "third", "question": "Why?", "answers": []}], TEXTS)


def test_a_cited_document_whose_text_is_missing_is_named() -> None:
    def ask(text: str) -> Answer:
        span = Span("mill", 0, len(BUILT))
        return Answer(text, "1874 [1]", citations=(Citation(1, span, BUILT, Passage(span, BUILT)),))

    questions = prepare_questions([{"question": "When was it built?", "answers": ["1874"]}], TEXTS)
    with pytest.raises(UsageError, match="cites the document 'mill', which is not in the texts; there are none"):
        evaluate(ask, questions, {})
    answers = evaluate(ask, questions, TEXTS).answers
    with pytest.raises(UsageError, match="'mill', which is not in the texts; they have: bridge"):
        score_answers(answers, questions, {"bridge": TEXTS["bridge"]})


def test_declining_is_told_by_words_too() -> None:
    for words in ("cannot  TELL", ["no idea", "cannot tell"]):
        outcome = evaluate(lambda text: "I cannot tell.", QUESTIONS, TEXTS, declines=words)
        assert [row.outcome for row in outcome.scores.rows] == ["abstained", "abstained"]


def test_what_should_tell_declining_and_fails_ends_the_asking_with_its_name() -> None:
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return "1874"

    def broken(text: str) -> bool:
        raise KeyError("words")

    with pytest.raises(UsageError, match=r"declines \(.*broken\) fails at the reply '1874' \(KeyError"):
        evaluate(ask, QUESTIONS, TEXTS, declines=broken)
    assert len(asked) == 1
    with pytest.raises(UsageError, match="declines is words such as"):
        evaluate(ask, QUESTIONS, TEXTS, declines=7)  # type: ignore[arg-type]


def test_an_agent_of_langgraph_is_asked_and_its_last_message_is_the_answer() -> None:
    agent = create_agent(FakeListChatModel(responses=["In 1874.", "I cannot tell."]), tools=[])
    outcome = evaluate(agent, QUESTIONS, TEXTS, declines="cannot tell")
    assert [(answer.error, answer.text) for answer in outcome.answers] == [(None, "In 1874."), (None, "I cannot tell.")]

    def ask(text: str) -> dict[str, Any]:
        return {"messages": [HumanMessage(text), AIMessage("In 1874.")]}

    assert evaluate(ask, QUESTIONS, TEXTS).scores.rows[0].outcome == "correct"


def test_citations_that_are_texts_are_quotes() -> None:
    outcome = evaluate(lambda text: {"answer": "In 1874.", "citations": [BUILT, "Made up."]}, QUESTIONS, TEXTS)
    first = outcome.answers[0]
    assert (first.citations[0].span.document_id, first.citations[0].status) == ("mill", "verbatim")
    assert first.citations[1].status == "unverified" and value(outcome, "quote_validity") == 0.5
    assert value(outcome, "citation_hit") == 1


def test_runs_that_were_held_against_other_gold_data_are_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    other = prepare_questions([ROWS[0] | {"answers": ["1911"]}, ROWS[1]], TEXTS)
    first, second = (evaluate(lambda text: "In 1874.", asked, TEXTS) for asked in (QUESTIONS, other))
    assert compare(first, first).gold_differs == () and not caplog.text
    found = compare(first, second)
    assert found.gold_differs == ("built",) and "1 with other gold data in each run" in found.table
    assert "1 questions have other gold data in each run (built)" in caplog.text
    assert "1 have other gold data" in compare_systems({"a": first, "b": second}).table
    with pytest.raises(FootnoteError, match="a run is what evaluate returns"):
        compare(first, "runs/today")  # type: ignore[arg-type]
