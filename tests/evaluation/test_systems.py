"""Any system can be judged: it is given what it takes, whatever it replies is read, and nothing is judged on a guess."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document as LangChainDocument
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from rag.errors import FootnoteError, UsageError
from rag.evaluation import METRICS, Metric, answer_questions, choose_metrics, evaluate, prepare_questions
from rag.evaluation.run.fingerprints import describe_system
from rag.types import Answer, Question

TEXTS = {
    "mill": "The mill was built in 1874. It burnt down in May 1911, and nobody rebuilt it.",
    "bridge": "The bridge opened on a Sunday in 1931.",
}
ROWS: list[dict[str, Any]] = [
    {
        "id": "built",
        "question": "When was the mill built?",
        "answers": ["1874"],
        "evidence": [{"quote": "built in 1874"}],
    },
    {"id": "burnt", "question": "And when did it burn?", "answers": ["1911"], "evidence": [{"quote": "in May 1911"}]}
    | {"history": [["What of the mill?", "It is gone."]]},
    {"id": "cost", "question": "What did it cost?", "answers": []},
]
QUESTIONS = prepare_questions(ROWS, TEXTS)


def told(system: Any, **options: Any) -> list[str]:
    """What the answers to the questions say."""
    return [answer.error or answer.text for answer in answer_questions(system, QUESTIONS, texts=TEXTS, **options)]


# What a system is given.


def echo_history(question: str, history: list[tuple[str, str]]) -> str:
    return f"{question} {history}"


def echo_question(asked: Question) -> str:
    return f"{asked.text} {list(asked.history)} {asked.answers} {asked.evidence}"


def echo_either(asked: Question | str) -> str:
    return f"{asked.text} {list(asked.history)} None ()" if isinstance(asked, Question) else "only text"


def echo_parts(asked: dict[str, Any]) -> str:
    return f"{asked['question']} {asked['history']}"


class Echo:
    def __call__(self, question: str) -> str:
        return question


PROMPT = ChatPromptTemplate([("human", "{question}")])
WITH_TURNS = ChatPromptTemplate([MessagesPlaceholder("chat_history"), ("human", "{input}")])


def show(value: Any) -> str:
    return "|".join(f"{message.type}:{message.content}" for message in value.to_messages())


TURNS = [("What of the mill?", "It is gone.")]


@pytest.mark.parametrize(
    ("system", "burnt"),
    [
        (lambda text: text, "And when did it burn?"),
        (Echo(), "And when did it burn?"),
        (partial(lambda before, text: before + text, ">"), ">And when did it burn?"),
        (echo_history, f"And when did it burn? {TURNS}"),
        (echo_question, f"And when did it burn? {TURNS} None ()"),
        (echo_parts, f"And when did it burn? {TURNS}"),
        (echo_either, f"And when did it burn? {TURNS} None ()"),
        (RunnableLambda(echo_either), f"And when did it burn? {TURNS} None ()"),
        (RunnableLambda(echo_question), f"And when did it burn? {TURNS} None ()"),
        (RunnableLambda(lambda text: str(text)), "And when did it burn?"),
        ({"question": RunnablePassthrough()} | PROMPT | show, "human:And when did it burn?"),
        (PROMPT | show, "human:And when did it burn?"),
        (WITH_TURNS | show, "human:What of the mill?|ai:It is gone.|human:And when did it burn?"),
    ],
)
def test_a_system_is_given_what_it_takes(system: Any, burnt: str) -> None:
    assert told(system)[1] == burnt


def test_a_usual_chain_is_asked_in_words() -> None:
    model = FakeListChatModel(responses=["In 1874.", "In 1911.", ""])
    outcome = evaluate({"question": RunnablePassthrough()} | PROMPT | model | StrOutputParser(), QUESTIONS, TEXTS)
    assert [row.outcome for row in outcome.scores.rows] == ["correct", "correct", "abstained"]


@pytest.mark.parametrize(
    ("system", "words"),
    [
        (lambda: "x", "takes nothing"),
        (lambda text, temperature: text, "'temperature', which a question does not have"),
        (ChatPromptTemplate([("human", "{question} {language}")]) | show, "'language', which a question does not have"),
        ("a text", "not str"),
        (42, "not int"),
    ],
)
def test_a_system_that_cannot_be_asked_is_refused_before_it_is(system: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        evaluate(system, QUESTIONS, TEXTS)


def test_it_is_told_where_a_system_does_not_see_what_was_said_before(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "rag.evaluation"):
        told(echo_history)
        assert not caplog.messages
        told(lambda text: text)
    assert "a parameter or a key 'history'" in caplog.text


# What it replies.


async def await_text(text: str) -> str:
    return "In 1874."


async def stream_later(text: str) -> AsyncIterator[str]:
    for piece in ("In ", "1874."):
        yield piece


def stream(text: str) -> Iterator[str]:
    yield from ("In ", "1874.")


def stream_answers(text: str) -> Iterator[Answer]:
    yield from (Answer(text, "In"), Answer(text, "In 1874."))


@pytest.mark.parametrize(
    "system",
    [
        await_text,
        stream_later,
        stream,
        stream_answers,
        lambda text: AIMessage("In 1874."),
        lambda text: AIMessage([{"type": "text", "text": "In "}, {"type": "text", "text": "1874."}]),
        lambda text: {"answer": "In 1874."},
        lambda text: {"response": "In 1874.", "retrieved_contexts": ["The mill was built in 1874."]},
        lambda text: {"answer": AIMessage("In 1874."), "context": [LangChainDocument("x")]},
        lambda text: Answer(text, "In 1874.").to_dict(),
    ],
)
@pytest.mark.parametrize("jobs", [1, 3])
def test_a_reply_of_any_usual_kind_is_read(system: Callable[..., Any], jobs: int) -> None:
    assert told(system, jobs=jobs) == ["In 1874."] * 3


def test_passages_that_come_as_texts_are_located_in_the_documents() -> None:
    def ask(text: str) -> dict[str, Any]:
        broken = "It burnt down in\nMay 1911 , and no-body rebuilt it"
        return {"answer": "In May 1911.", "contexts": ["nothing of theirs", LangChainDocument(broken)]}

    outcome = evaluate(ask, QUESTIONS, TEXTS)
    spans = [found.passage.span for found in outcome.answers[1].passages]
    assert TEXTS["mill"][spans[1].start : spans[1].end] == "It burnt down in May 1911, and nobody rebuilt it"
    scores = outcome.scores.slice("all").scores
    assert (scores["hit@1"].value, scores["hit@3"].value, scores["mrr"].value) == (0, 0.5, 0.25)


def test_a_retriever_alone_can_be_judged_by_what_it_finds() -> None:
    outcome = evaluate(
        lambda text: [LangChainDocument(TEXTS["mill"])], QUESTIONS, TEXTS, metrics=choose_metrics("hit@1,mrr")
    )
    assert [score.value for score in outcome.scores.slice("all").scores.values()] == [1, 1]


def test_what_a_system_never_tells_is_no_failing_of_it() -> None:
    outcome = evaluate(lambda text: "In 1874.", QUESTIONS, TEXTS)
    scores = outcome.scores.slice("all").scores
    silent = [name for name in METRICS if METRICS[name].needs]
    assert {"hit@5", "recall@5", "mrr", "citation_hit", "good"} <= set(silent)
    assert all(scores[name].value is None and scores[name].n == 0 for name in silent)
    assert [row.cause for row in outcome.scores.rows] == ["right", "wrong answer", "should have abstained"]


def test_what_one_answer_has_is_asked_of_all() -> None:
    replies = iter([{"answer": "x", "contexts": [TEXTS["mill"]]}, {"answer": "y"}, {"answer": "z"}])
    scores = evaluate(lambda text: next(replies), QUESTIONS, TEXTS).scores.slice("all").scores
    assert (scores["hit@1"].value, scores["hit@1"].n) == (0.5, 2)


def test_it_can_be_said_what_counts_as_declining() -> None:
    def shrug(text: str) -> str:
        return "I don't know."

    assert [row.outcome for row in evaluate(shrug, QUESTIONS, TEXTS).scores.rows] == ["wrong"] * 3
    outcome = evaluate(shrug, QUESTIONS, TEXTS, declines=lambda text: text.startswith("I don't know"))
    assert [row.outcome for row in outcome.scores.rows] == ["abstained"] * 3
    assert outcome.scores.slice("all").scores["abstained_correctly"].value == 1


def test_replies_of_which_none_can_be_read_end_the_asking(tmp_path: Path) -> None:
    asked: list[str] = []
    many = prepare_questions([{"question": f"What of {at}?", "answers": ["x"]} for at in range(50)], {})
    with pytest.raises(UsageError, match=r"none of the first 3 replies can be read: .*dictionary with said"):
        evaluate(lambda text: asked.append(text) or {"said": text}, many, {}, save=tmp_path)  # type: ignore[func-returns-value]
    assert len(asked) == 3
    assert not (tmp_path / "answers.jsonl").read_text()


def test_one_reply_that_cannot_be_read_is_a_failure_among_others() -> None:
    replies = iter(["In 1874.", 42, None])
    assert [row.outcome for row in evaluate(lambda text: next(replies), QUESTIONS, TEXTS).scores.rows] == [
        "correct",
        "failed",
        "abstained",
    ]


# Runs that are kept.


def answer_well(text: str) -> str:
    return "In 1874."


def answer_badly(text: str) -> str:
    return "In 1066."


def test_the_answers_of_another_system_are_never_taken_for_its_own(tmp_path: Path) -> None:
    evaluate(answer_well, QUESTIONS, TEXTS, save=tmp_path)
    with pytest.raises(UsageError, match=r"system \(answer_well \w+ then, answer_badly \w+ now\)"):
        evaluate(answer_badly, QUESTIONS, TEXTS, save=tmp_path)
    outcome = evaluate(answer_badly, QUESTIONS, TEXTS, save=tmp_path, fresh=True)
    assert (outcome.reused, {answer.text for answer in outcome.answers}) == (0, {"In 1066."})
    again = evaluate(answer_badly, QUESTIONS, TEXTS, save=tmp_path)
    assert again.reused == 3
    assert "3 of 3 answers were there already" in again.table


def test_a_system_is_known_again_by_its_code_and_by_what_it_was_made_with() -> None:
    def make(year: int) -> Callable[[str], str]:
        return lambda text: f"In {year}."

    assert describe_system(make(1874)) == describe_system(make(1874)) != describe_system(make(1911))
    assert describe_system(partial(echo_history, history=[])) != describe_system(
        partial(echo_history, history=[("a", "b")])
    )
    assert describe_system(PROMPT | show) != describe_system(WITH_TURNS | show)
    assert describe_system(RunnableLambda(answer_well)) != describe_system(RunnableLambda(answer_badly))


def test_what_failed_is_asked_again_where_that_is_wanted(tmp_path: Path) -> None:
    works = False

    def ask(text: str) -> str:
        if not works and "burn" in text:
            raise ConnectionError("the line is dead")
        return "In 1911."

    options: dict[str, Any] = {"save": tmp_path, "system": "phone"}
    assert [row.outcome for row in evaluate(ask, QUESTIONS, TEXTS, **options).scores.rows][1] == "failed"
    works = True
    assert evaluate(ask, QUESTIONS, TEXTS, **options).answers[1].error
    outcome = evaluate(ask, QUESTIONS, TEXTS, retry_failed=True, **options)
    assert (outcome.reused, outcome.answers[1].error, outcome.scores.rows[1].outcome) == (2, None, "correct")
    assert evaluate(ask, QUESTIONS, TEXTS, **options).reused == 3


# Wrong uses.


@pytest.mark.parametrize(
    ("value", "words"),
    [(4.0, "outside of its bounds 0 to 1"), (float("nan"), "not finite"), ("many", "no number"), ((1, 2), "no number")],
)
def test_a_metric_that_leaves_its_bounds_is_named(value: Any, words: str) -> None:
    stray = Metric("stray", lambda case: value, "all", "mean", "a stray one")
    with pytest.raises(UsageError, match=rf"the metric 'stray' gives .*{words}.* for the question 'built'"):
        evaluate(answer_well, QUESTIONS, TEXTS, metrics={"stray": stray})


def test_a_metric_that_raises_is_named_with_its_question() -> None:
    broken = Metric("broken", lambda case: 1 / 0, "all", "mean", "a broken one")
    with pytest.raises(UsageError, match=r"'broken' fails at the question 'built' \(ZeroDivisionError"):
        evaluate(answer_well, QUESTIONS, TEXTS, metrics={"broken": broken})


def test_a_figure_that_is_no_share_is_not_shown_as_one() -> None:
    grade = Metric("grade", lambda case: 4.0, "all", "mean", "from 0 to 5", bounds=(0.0, 5.0))
    assert "4.00" in evaluate(answer_well, QUESTIONS, TEXTS, metrics={"grade": grade}).table


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: evaluate(answer_well, "questions.jsonl", TEXTS),  # type: ignore[arg-type]
        lambda: evaluate(answer_well, [{"question": "?"}], TEXTS),  # type: ignore[list-item]
        lambda: evaluate(answer_well, QUESTIONS, "mill"),  # type: ignore[arg-type]
        lambda: evaluate(answer_well, QUESTIONS, TEXTS, jobs=0),
        lambda: prepare_questions([], TEXTS),
        lambda: prepare_questions({"question": "?"}, TEXTS),  # type: ignore[dict-item]
        lambda: prepare_questions(ROWS, "mill"),  # type: ignore[arg-type]
        lambda: choose_metrics("contians"),
    ],
)
def test_wrong_uses_are_one_line_with_the_next_step(wrong: Callable[[], object]) -> None:
    with pytest.raises(FootnoteError) as raised:
        wrong()
    assert "\n" not in str(raised.value)


def test_metrics_are_chosen_by_one_text_or_by_many() -> None:
    assert list(choose_metrics("contains, hit@20")) == list(choose_metrics(["contains", "hit@20"]))
    assert list(choose_metrics("contains")) == ["contains"]


def test_one_document_named_by_a_text_is_one_document() -> None:
    assert Question("When?", documents="mill").documents == ("mill",)  # type: ignore[arg-type]
