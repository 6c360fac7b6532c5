"""A few words are proven where they answer the question, and not where they merely stand in what is cited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.cite.judging import ANOTHER_ANSWER, SupportEstimator, build_support_estimator
from rag.cite.support import CitedClaim
from rag.index.passage_index import PassageIndex
from rag.reader.span_reader import share_reader
from rag.types import Answer, Passage, Span

MILL = (
    "The mill at Arden was built in 1841 by Ida Moor. It burned down in 1911, and seven people died. "
    "A new mill was opened by Carl Quill in 1920."
)
PASSAGE = Passage(Span("mill", 0, len(MILL)), MILL, title="The mill")


@pytest.fixture(scope="module")
def estimate() -> SupportEstimator:
    spans = share_reader()
    return build_support_estimator(spans.judge, spans.read_pairs)


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("When was the mill built?", ["1841.", "In 1841.", "It was 1841."], ["1911.", "in 1920"]),
        ("Who opened the new mill?", ["Carl Quill", "It was Carl Quill."], ["Ida Moor."]),
        ("How many people died?", ["Seven.", "seven people"], ["1911"]),
    ],
)
def test_few_words_are_judged_as_an_answer_to_their_question(
    estimate: SupportEstimator, question: str, right: list[str], wrong: list[str]
) -> None:
    claims = [CitedClaim(claim, (MILL,), (PASSAGE,), (question,)) for claim in (*right, *wrong)]
    judged = estimate(claims)
    assert [each.supported for each in judged] == [True] * len(right) + [False] * len(wrong)
    assert all(each.reason == ANOTHER_ANSWER for each in judged[len(right) :])
    together = [each.support for each in judged]
    assert together == [estimate([claim])[0].support for claim in claims]


@pytest.mark.parametrize(
    "claim",
    [
        "The mill at Arden was built in 1841 by Ida Moor.",
        "Yes.",
        "Coal.",
        "[1]",
        "",
        "It burned down in 1911.",
        "It closed.",
    ],
)
def test_any_other_sentence_is_judged_as_ever(estimate: SupportEstimator, claim: str) -> None:
    asked, unasked = (CitedClaim(claim, (MILL,), (PASSAGE,), asked) for asked in (("Who opened it?",), ()))
    assert estimate([asked]) == estimate([unasked])


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder: Path = tmp_path_factory.mktemp("short")
    (folder / "mill.md").write_text(f"# The mill\n\n{MILL}\n", encoding="utf-8")
    ingest_paths([folder / "mill.md"], directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


def ask(index: PassageIndex, question: str, *replies: str) -> Answer:
    return build_chain(index, chat_model=FakeListChatModel(responses=list(replies))).invoke(question)


def test_a_models_few_words_find_their_footnote_or_fall_away(index: PassageIndex) -> None:
    right = ask(index, "When was the mill built?", "1841.")
    assert right.text.startswith("1841") and right.sentences[0].supported and right.citations[0].origin == "found"
    assert "1841" in right.citations[0].quote
    wrong = ask(index, "When was the mill built?", "1911.")
    assert wrong.fallback and "1841" in wrong.text, "nothing is proven, and the embedded answer stands in"


def test_what_a_model_adds_in_the_texts_own_words_stays_proven(index: PassageIndex) -> None:
    answer = ask(index, "Who built the mill?", "The mill was built by Ida Moor. It burned down in 1911.")
    assert [sentence.supported for sentence in answer.sentences] == [True, True]


def test_of_several_questions_few_words_answer_any(index: PassageIndex) -> None:
    asked, reworded = "Who built the mill? When did it burn down?", "When did the mill burn down?"
    answer = ask(index, asked, reworded, "Ida Moor. In 1911.")
    assert not answer.fallback and [sentence.supported for sentence in answer.sentences] == [True, True]
