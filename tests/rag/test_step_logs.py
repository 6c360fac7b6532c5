"""The log tells what each step took and decided, and never the words of a question, of a document, of a reply, or a key."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from ingest import Library
from rag import build_chain
from rag.chain.runnable import describe_outcome
from rag.errors import QuestionError
from rag.retrieve.hybrid import PassageRetriever
from rag.settings import read_settings
from rag.types import Answer, Question

STEPS = ("understand", "retrieve", "rank", "answer", "cite", "check")
MILL = "The quern at Ashdale was cut by Oswin Thrale. It burned down in the autumn of 1911."
QUESTION = "Who cut the quern at Ashdale?"
PRIVATE = ("quern", "ashdale", "oswin", "thrale", "1911", "sk-verysecret", "granite")


@pytest.fixture
def library(tmp_path: Path, embeddings: Any) -> Library:
    library = Library(tmp_path, embeddings)
    library.add_texts([("mill", MILL), ("bridge", "The bridge of granite opened in 1931.")])
    return library


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, logger="rag"):
        yield caplog


def find_lines(log: pytest.LogCaptureFixture, level: int, room: str) -> list[str]:
    return [record.getMessage() for record in log.records if record.levelno == level and record.name.startswith(room)]


def check_privacy(log: pytest.LogCaptureFixture) -> None:
    ours = "\n".join(record.getMessage() for record in log.records if record.name.startswith("rag")).casefold()
    assert ours and not [word for word in PRIVATE if word in ours]


@pytest.mark.parametrize("way", ["invoke", "stream", "ainvoke", "astream"])
async def test_every_step_tells_what_it_took_once(library: Library, log: pytest.LogCaptureFixture, way: str) -> None:
    chain = build_chain(library.index)
    log.clear()
    match way:
        case "invoke":
            chain.invoke(QUESTION)
        case "stream":
            list(chain.stream(QUESTION))
        case "ainvoke":
            await chain.ainvoke(QUESTION)
        case "astream":
            assert [answer async for answer in chain.astream(QUESTION)]
    timed = [
        line for line in find_lines(log, logging.DEBUG, "rag.chain.runnable") if re.search(r": \d+\.\d{3} s$", line)
    ]
    assert sorted(line.partition(":")[0] for line in timed) == sorted(STEPS)
    (outcome,) = find_lines(log, logging.INFO, "rag.chain")
    assert re.fullmatch(r"answered by embedded, route passages: \d footnotes from \d passages, confidence .*", outcome)
    check_privacy(log)


def test_retrieval_tells_what_was_searched_and_decided(library: Library, log: pytest.LogCaptureFixture) -> None:
    build_chain(library.index).invoke(Question(QUESTION, documents=("mill",)))
    told = "\n".join(find_lines(log, logging.DEBUG, "rag.retrieve"))
    for words in (r"hits by vector, \d by keyword: embedding \d", "1 indexes, 1 documents: 1 candidates", "are kept"):
        assert re.search(words, told), words
    check_privacy(log)


def test_a_langchain_retriever_is_told_of_too(library: Library, log: pytest.LogCaptureFixture) -> None:
    build_chain(PassageRetriever(index=library.index)).invoke(QUESTION)
    assert "2 documents found, 2 passages kept, 0 without a score" in find_lines(log, logging.DEBUG, "rag.retrieve")
    check_privacy(log)


def test_a_chat_model_that_fails_is_told_with_the_reason_and_without_its_words(
    library: Library, log: pytest.LogCaptureFixture
) -> None:
    class Failing(FakeListChatModel):
        def _call(self, *args: Any, **kwargs: Any) -> str:
            raise RuntimeError(f"key sk-verysecret refused for {QUESTION}")

        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
            raise RuntimeError(f"key sk-verysecret refused for {QUESTION}")

    chain = build_chain(library.index, chat_model=Failing(responses=[""]), settings=read_settings())
    chain.invoke(Question(QUESTION, history=(("What of Ashdale?", "A quern."),)))
    assert any(
        "stands alone" in line or "made to stand alone by rules" in line
        for line in find_lines(log, logging.INFO, "rag.llm")
    )
    (outcome,) = find_lines(log, logging.INFO, "rag.chain")
    assert "sent no proper reply (RuntimeError); the embedded answer stands in" in outcome
    check_privacy(log)


def test_a_chat_model_that_writes_is_timed(library: Library, log: pytest.LogCaptureFixture) -> None:
    model = FakeListChatModel(responses=["Oswin Thrale cut it [1]."])
    build_chain(library.index, chat_model=model).invoke(QUESTION)
    told = find_lines(log, logging.DEBUG, "rag.llm")
    assert any(line.startswith("the first words of a reply came after ") for line in told)
    assert any(line.startswith("the reply is whole after ") for line in told)
    check_privacy(log)


def test_a_step_that_raises_is_told_by_the_kind_of_its_error(library: Library, log: pytest.LogCaptureFixture) -> None:
    with pytest.raises(QuestionError):
        build_chain(library.index).invoke("  ")
    assert any(
        re.fullmatch(r"understand: QuestionError after \d+\.\d{3} s", line)
        for line in find_lines(log, logging.DEBUG, "rag.chain")
    )


def test_an_outcome_is_one_line() -> None:
    assert describe_outcome(Answer("q", "t", error="x")).startswith("failed by embedded, route passages: 0 footnotes")
    assert describe_outcome(Answer("q", "t", abstained=True, confidence=0.25)).endswith("confidence 0.25, 0.000 s")
