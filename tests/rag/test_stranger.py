"""What somebody stumbled over who built on Footnote without having made it."""

from __future__ import annotations

import logging
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel
from langchain_core.retrievers import BaseRetriever
from pydantic import ValidationError

from ingest.library import Library
from ingest.memory import ingest_texts
from rag.chain import build_chain
from rag.errors import IndexUnavailable
from rag.index.passage_index import PassageIndex
from rag.retrieve.hybrid import PassageRetriever
from rag.steps import Draft, QuotedSentence, Retrieved
from rag.types import Answer, Span

FERRY = "The ferry sails at noon. A ticket costs 12 kroner. Dogs travel for nothing."
ASKED = "What does a ticket cost?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> PassageIndex:
    folder: Path = tmp_path_factory.mktemp("stranger")
    ingest_texts([("ferry", FERRY)], directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


def test_what_nothing_proves_is_called_that_wherever_an_answer_is_shown(index: PassageIndex) -> None:
    model = FakeListChatModel(responses=["A ticket costs 12 kroner. Bicycles cost 40 kroner."])
    chain = build_chain(index, chat_model=model)
    answer: Answer = chain.invoke(ASKED)
    assert [sentence.supported for sentence in answer.sentences] == [True, False]
    for shown in (answer.to_markdown(), answer._repr_html_(), chain.as_tool().invoke({"question": ASKED})):
        assert shown.index("Bicycles cost 40 kroner") < shown.index("(not proven)"), shown
        assert shown.count("(not proven)") == 1


def test_an_answerers_sentence_is_checked_where_it_is_not_what_it_quotes(index: PassageIndex) -> None:
    def quote(found: Retrieved, text: str) -> Draft:
        passage = found.passages[0].passage
        at = passage.text.index("A ticket")
        return Draft(found, (QuotedSentence(text, ((Span("ferry", at, at + 25), passage),)),))

    def ask(text: str) -> bool | None:
        answer: Answer = build_chain(index, answer=lambda found: quote(found, text)).invoke(ASKED)
        return answer.sentences[0].supported

    assert ask("A ticket costs 12 kroner.") is True
    assert ask("A ticket costs 99 kroner.") is False


class Shelf(BaseRetriever):
    """A retriever that knows one text."""

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document(FERRY, metadata={"source": "ferry.txt"})]


def test_a_retriever_may_be_wrapped() -> None:
    for retriever in (Shelf().with_retry(), Shelf().with_config(tags=["shelf"])):
        answer: Answer = build_chain(retriever).invoke(ASKED)
        assert "12 kroner" in answer.citations[0].quote


def test_a_slip_in_what_a_retriever_is_given_is_told(index: PassageIndex) -> None:
    with pytest.raises(ValidationError, match="wher"):
        PassageRetriever(index=index, wher={"kind": "memo"})  # type: ignore[call-arg]


def test_an_empty_question_does_not_end_an_agents_run(index: PassageIndex) -> None:
    assert "question" in build_chain(index).as_tool().invoke({"question": " "})


def test_metadata_that_cannot_be_kept_is_told(
    tmp_path: Path, embeddings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), Library(tmp_path / "index", embeddings) as library:
        library.add_texts([("ferry", FERRY, {"tags": ["sea"], "year": 1931, "none": None})])
    (told,) = [record.getMessage() for record in caplog.records if "metadata" in record.getMessage()]
    assert "'tags' (list)" in told and "year" not in told


def ask_in_child(index: PassageIndex, told: Any) -> None:
    try:
        index.current().find_rows(["ferry:0-75"])
        told.put("answered")
    except IndexUnavailable as error:
        told.put(str(error))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_is_told_to_be_spawned(index: PassageIndex) -> None:
    assert index.current().find_rows([index.passages("ferry")[0].id])
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    child = context.Process(target=ask_in_child, args=(index, told))
    child.start()
    try:
        assert "spawn" in told.get(timeout=60)
    finally:
        child.kill()
        child.join()
