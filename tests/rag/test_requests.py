"""What is wanted beside a plain answer: so many sentences, one document of several, anything on a topic, other words."""

from __future__ import annotations

from typing import Any

import pytest

from rag.answer.abstention import CANNOT, find_missing_words
from rag.chain import build_chain
from rag.chain.understand import find_named_documents
from rag.index.document_records import DocumentRecord
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings
from rag.types import Question

TRAMS = """# The tram study

The new tram line opened in the spring of 2019. It runs from the harbour to the hospital every six minutes.

The line cost 40 million euros. Half of that was paid by the county.

Many shopkeepers feared for their trade. Two years later nine of ten said that the tram brought them customers.
"""
BEES = "# Keeping bees\n\nA hive needs shade at noon. Bees fly up to three kilometres for clover.\n"


@pytest.fixture(scope="module")
def two_documents(embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from ingest.pipeline import ingest_paths

    folder = tmp_path_factory.mktemp("two")
    (folder / "trams.md").write_text(TRAMS, encoding="utf-8")
    (folder / "bees.md").write_text(BEES, encoding="utf-8")
    ingest_paths([folder / "trams.md", folder / "bees.md"], directory=folder / "index", embeddings=embeddings)
    return build_chain(PassageIndex(folder / "index", embeddings), settings=read_settings())


@pytest.mark.parametrize(("asked", "count"), [("in two sentences", 2), ("in one sentence", 1), ("in 4 sentences", 4)])
def test_a_summary_has_as_many_sentences_as_are_asked_for(chain: Any, asked: str, count: int) -> None:
    answer = chain.invoke(f"Summarise the article {asked}")
    assert answer.route == "summary" and len(answer.citations) == count


def test_a_document_that_is_called_by_its_name_is_summarised_alone(two_documents: Any) -> None:
    answer = two_documents.invoke("Can you summarise the tram study, please?")
    assert answer.route == "summary"
    assert {citation.span.document_id for citation in answer.citations} == {"trams"}


@pytest.mark.parametrize("asked", ["What does it say about shopkeepers?", "Tell me about shopkeepers", "Shopkeepers?"])
def test_a_topic_gets_the_sentences_that_name_it(two_documents: Any, asked: str) -> None:
    answer = two_documents.invoke(asked)
    assert answer.citations and all("shopkeepers" in citation.quote for citation in answer.citations)


def test_half_of_a_topic_is_no_sure_sign_of_it(two_documents: Any) -> None:
    whole = two_documents.invoke("Tell me about shopkeepers")
    half = two_documents.invoke("Tell me about the shopkeepers of submarines in Zanzibar")
    assert half.abstained or half.confidence < whole.confidence


def test_a_topic_that_no_document_names_is_declined_by_its_name(two_documents: Any) -> None:
    answer = two_documents.invoke("What does it say about submarines?")
    assert answer.abstained and "“submarines”" in answer.text


@pytest.mark.parametrize(
    ("asked", "task"),
    [
        ("Translate the study into German", "translate"),
        ("Explain the study in simple words", "rephrase"),
        ("Is the author right?", "judge"),
        ("Write a poem about the tram", "write"),
    ],
)
def test_what_quoting_cannot_do_is_said_with_what_would(two_documents: Any, asked: str, task: Any) -> None:
    answer = two_documents.invoke(asked)
    assert answer.abstained and not answer.citations
    assert CANNOT[task] in answer.text and "FOOTNOTE_CHAT_MODEL" in answer.text


def make_record(name: str, title: str) -> DocumentRecord:
    return DocumentRecord(name, title, "", "", f"/papers/{name}.pdf", "", "", 1, 100)


def test_a_name_means_all_documents_that_are_called_so_and_no_other() -> None:
    records = [
        make_record("trams-2019", "The tram study"),
        make_record("trams-2021", "The tram study"),
        make_record("bees", "Hives"),
    ]
    assert find_named_documents("the bees paper", records) == ("bees",), "by its file"
    assert find_named_documents("hives", records, among=["trams-2019"]) == ()
    assert find_named_documents("the tram study", records) == ("trams-2019", "trams-2021"), "two are called so"
    assert find_named_documents("the tram study of 2021", records) == ("trams-2021",)
    assert find_named_documents("the paper", records) == (), "it names nothing"
    many = [make_record(f"report-{at}", "The yearly report") for at in range(21)]
    assert find_named_documents("the yearly report", many) == (), "that many are a kind, and none of them is named"


def test_a_question_about_a_named_document_keeps_its_words(two_documents: Any) -> None:
    asked = Question("Summarise keeping bees")
    assert two_documents.invoke(asked).question == asked.text
    assert two_documents.invoke(asked).citations[0].span.document_id == "bees"


def test_a_refusal_names_no_words_that_only_say_how() -> None:
    asked = "Why don't they simply keep submarines on the machines instead, quickly?"
    assert list(find_missing_words(asked, ())) == ["submarines", "machines"]
