"""What is told of a document beside its text is kept with it, and documents are chosen by it."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from in_process import run_command
from langchain_core.documents import Document as LangChainDocument
from letters import LETTERS, put

from ingest import Library, ingest_texts
from ingest.memory import read_texts
from rag import PassageIndex, build_chain
from rag.errors import DocumentError, QuestionError, UsageError
from rag.index.document_records import parse_record, to_line
from rag.index.metadata import MOST_CHARACTERS, choose_documents, read_metadata
from rag.question import MOST_DOCUMENTS
from rag.retrieve.hybrid import PassageRetriever, find_passages
from rag.types import Answer, Question

FLOOD = "The flood reached the mill in May. The council met twice about it."
TOWN: list[Any] = [
    ("minutes-1", FLOOD, {"kind": "minutes", "year": 2023, "secret": False, "title": "May minutes"}),
    LangChainDocument(
        "The flood cost the town nine boats.",
        id="letter",
        metadata={
            "kind": "letter",
            "year": 2024,
            "source": "box 7",
            "page": 3,
            "sent": date(2024, 5, 1),
            "none": None,
            "tags": ["a"],
            "box": {"x": 1},
        },
    ),
    ("minutes-2", "The flood was over in June, the council said.", {"kind": "minutes", "year": 2024, "share": 0.5}),
    ("bare", "The flood of the century."),
]


@pytest.fixture
def town(tmp_path: Path) -> Library:
    library = Library(tmp_path / "index", LETTERS)
    library.add_texts(TOWN)
    return library


def test_metadata_is_kept_with_a_document_and_its_record(town: Library) -> None:
    by_id = {record.id: dict(record.metadata) for record in town.documents()}
    assert by_id["minutes-1"] == {"kind": "minutes", "year": 2023, "secret": False}
    assert by_id["letter"] == {"kind": "letter", "year": 2024, "source": "box 7", "page": 3, "sent": "2024-05-01"}
    assert by_id["bare"] == {}
    assert dict(town.document("letter").metadata) == by_id["letter"]
    assert town.document("minutes-1").title == "May minutes"


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({}, ["minutes-1", "letter", "minutes-2", "bare"]),
        ({"kind": "minutes"}, ["minutes-1", "minutes-2"]),
        ({"kind": "minutes", "year": 2024}, ["minutes-2"]),
        ({"year": range(2020, 2024)}, ["minutes-1"]),
        ({"year": [2024, 2025]}, ["letter", "minutes-2"]),
        ({"kind": {"letter", "memo"}}, ["letter"]),
        ({"sent": date(2024, 5, 1)}, ["letter"]),
        ({"title": "May minutes"}, ["minutes-1"]),
        ({"secret": 0}, []),
        ({"secret": False}, ["minutes-1"]),
        ({"share": 0.5}, ["minutes-2"]),
        ({"year": "2024"}, []),
        ("year>=2024", ["letter", "minutes-2"]),
        ("year=2024", ["letter", "minutes-2"]),
        (["kind=minutes", "year<2024"], ["minutes-1"]),
        (["kind=letter", "kind=minutes", "year != 2023"], ["letter", "minutes-2"]),
        ("kind!=minutes", ["letter", "bare"]),
        ("secret=false", ["minutes-1"]),
        ("sent>2024-04", ["letter"]),
        ("share<=.5", []),
        ("share<=0.5", ["minutes-2"]),
    ],
)
def test_documents_are_chosen_by_what_their_metadata_say(town: Library, where: Any, ids: list[str]) -> None:
    assert list(choose_documents(town.documents(), where)) == ids
    found = town.search("the flood", where=where)
    assert {hit.passage.span.document_id for hit in found} == set(ids)


def test_a_choice_that_nothing_fits_never_means_all(town: Library) -> None:
    assert town.search("the flood", where={"year": 1066}) == ()
    assert town.search("the flood", where={"kind": "letter"}, documents="bare") == ()
    with pytest.raises(DocumentError, match=r"no document fits year=1066; 'year' is 2023, 2024") as told:
        town.choose({"year": 1066})
    assert "\n" not in str(told.value)
    with pytest.raises(
        DocumentError, match=r"no document has 'knid' in its metadata; what they have is: 'author', .*'kind'"
    ):
        town.choose({"knid": "letter"})
    with pytest.raises(UsageError, match="'kind' is no condition; write NAME=VALUE"):
        choose_documents(town.documents(), "kind")
    with pytest.raises(UsageError, match="chosen by a dictionary"):
        choose_documents(town.documents(), 3)  # type: ignore[arg-type]


def test_more_documents_fit_than_a_question_may_name(tmp_path: Path, embeddings: Any) -> None:
    library = Library(tmp_path, embeddings)
    notes: list[Any] = [(f"n{number}", f"Note {number}.", {"kind": "note"}) for number in range(MOST_DOCUMENTS + 1)]
    library.add_texts(
        [*notes, ("mill", "The mill burned down in March 1911.", {"kind": "note"}), ("bare", "The mill.")]
    )
    found = library.search("When did the mill burn down?", count=3, where={"kind": "note"})
    assert found[0].passage.span.document_id == "mill"
    assert "bare" not in {hit.passage.span.document_id for hit in found}
    answer = build_chain(library.index).invoke(Question("When did the mill burn down?", where="kind=note"))
    assert [citation.quote for citation in answer.citations] == ["The mill burned down in March 1911."]
    assert answer.notes == ("Asked of 1,002 of 1,003 documents: those with kind=note.",)


def test_a_retriever_takes_documents_and_a_filter_and_gives_metadata_back(town: Library) -> None:
    (found,) = PassageRetriever(index=town.index, where={"kind": "letter"}).invoke("the flood")
    assert found.page_content == "The flood cost the town nine boats."
    assert (found.metadata["document"], found.metadata["start"], found.metadata["title"]) == ("letter", 0, "letter")
    assert (found.metadata["source"], found.metadata["sent"]) == ("box 7", "2024-05-01")
    assert found.metadata["page"] is None, "a page is one of the document's own, which this text has not"
    (found,) = PassageRetriever(index=town.index, documents=("bare",)).invoke("the flood")
    assert found.id and found.id.startswith("bare:")


def test_a_question_is_answered_from_the_documents_that_were_chosen(tmp_path: Path, embeddings: Any) -> None:
    library = Library(tmp_path, embeddings)
    library.add_texts(TOWN)
    chosen = library.choose({"kind": "letter"})
    answer = build_chain(library.index).invoke(Question("What did the flood cost the town?", documents=chosen))
    assert {citation.span.document_id for citation in answer.citations} == {"letter"}


def test_a_question_says_itself_which_documents_are_asked_and_the_citations_what_is_known_of_them(
    tmp_path: Path, embeddings: Any
) -> None:
    library = Library(tmp_path, embeddings)
    library.add_texts(TOWN)
    chain = build_chain(library.index)
    answer = chain.invoke(Question("What did the flood cost the town?", where={"kind": "letter"}))
    assert dict(answer.citations[0].metadata)["source"] == "box 7"
    assert answer.to_dict()["citations"][0]["metadata"]["year"] == 2024
    again = Answer.from_dict(answer.to_dict() | {"id": "1"})
    assert again.citations[0].metadata == answer.citations[0].metadata
    assert answer.notes == ("Asked of 1 of 4 documents: those with kind=letter.",)
    named = chain.invoke(Question("What did the flood cost the town?", documents=("bare", "letter"), where="year>2000"))
    assert {citation.span.document_id for citation in named.citations} == {"letter"}
    with pytest.raises(DocumentError, match="no document fits kind=memo; 'kind' is letter, minutes"):
        chain.invoke(Question("What did the flood cost?", where="kind=memo"))
    with pytest.raises(DocumentError, match="no document has 'kind' in its metadata"):
        chain.invoke(Question("What did the flood cost?", documents=("bare",), where="kind=letter"))
    with pytest.raises(QuestionError, match="is no condition"):
        chain.invoke(Question("What did the flood cost?", where="kind"))


def test_a_question_is_asked_of_what_a_retriever_finds_with_such_metadata(tmp_path: Path, embeddings: Any) -> None:
    library = Library(tmp_path, embeddings)
    library.add_texts(TOWN)
    chain = build_chain(PassageRetriever(index=library.index))
    answer = chain.invoke(Question("When was the flood over?", where=["kind=minutes", "year=2024"]))
    assert {citation.span.document_id for citation in answer.citations} == {"minutes-2"}
    assert dict(answer.citations[0].metadata) == {"kind": "minutes", "share": 0.5, "year": 2024}


def test_changed_metadata_takes_the_place_of_the_old(tmp_path: Path) -> None:
    def bring(**metadata: Any) -> tuple[str, dict[str, Any]]:
        (report,) = ingest_texts(("note", "A note.", metadata), directory=tmp_path, embeddings=LETTERS)
        return report.status, dict(PassageIndex(tmp_path).documents()[0].metadata)

    assert bring(colour="red", size=2) == ("added", {"colour": "red", "size": 2})
    assert bring(size=2, colour="red") == ("unchanged", {"colour": "red", "size": 2})
    assert bring(colour="blue") == ("replaced", {"colour": "blue"})
    assert bring() == ("replaced", {})


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"n": math.nan}, "text 1: 'n' in its metadata is a number that cannot be kept"),
        ({"n": 10**5000}, "'n' in its metadata is a number that cannot be kept"),
        ({3: "x"}, "a name in its metadata is 3"),
        ({"": "x"}, "a name in its metadata is ''"),
        ({"x": "y" * (MOST_CHARACTERS + 1)}, "the limits are 100 and 20,000"),
        ({f"k{number}": 1 for number in range(101)}, "its metadata has 101 names"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_line_and_nothing_is_changed(
    tmp_path: Path, metadata: Any, words: str
) -> None:
    with pytest.raises(UsageError) as told:
        ingest_texts([("a", "A text.", metadata)], directory=tmp_path / "index", embeddings=LETTERS)
    assert words in str(told.value) and "\n" not in str(told.value) and len(str(told.value)) < 300
    assert not (tmp_path / "index").exists()


def test_a_document_of_ours_is_checked_at_the_same_door() -> None:
    (document,) = read_texts([("a", "A text.", {"kind": "memo"})])
    assert read_texts([document]) == [document]


def test_half_a_character_does_not_stop_a_text_from_being_kept(tmp_path: Path) -> None:
    ingest_texts(("a", "A text.", {"na\ud800me": "va\udfffue"}), directory=tmp_path, embeddings=LETTERS)
    assert PassageIndex(tmp_path).documents()[0].metadata == (("na\ufffdme", "va\ufffdue"),)


def test_altered_metadata_of_a_record_is_noticed(town: Library) -> None:
    line = to_line(next(record for record in town.documents() if record.id == "letter"))
    assert dict(parse_record(line).metadata)["source"] == "box 7"
    with pytest.raises(ValueError, match="altered"):
        parse_record(line.replace("box 7", "box 8"))


def test_documents_without_metadata_stand_beside_others(tmp_path: Path) -> None:
    put(tmp_path, "farm", "Zebras graze. ")
    ingest_texts(("a", "Zebras sleep.", {"kind": "memo"}), directory=tmp_path / "other", embeddings=LETTERS)
    indexes = [PassageIndex(tmp_path, LETTERS), PassageIndex(tmp_path / "other", LETTERS)]
    found = find_passages("zebras", indexes, count=8, where={"kind": "memo"})
    assert [hit.passage.span.document_id for hit in found] == ["a"]


def test_the_terminal_lists_metadata(town: Library) -> None:
    done = run_command("documents", "--index", str(town.location), "--json")
    listed = {row["document"]: row.get("metadata") for row in map(json.loads, done.stdout.splitlines())}
    assert listed["minutes-2"] == {"kind": "minutes", "share": 0.5, "year": 2024}
    assert listed["bare"] is None


def test_metadata_is_in_the_order_of_its_names() -> None:
    assert read_metadata({"b": True, "a": 1, "c": None}, "it") == (("a", 1), ("b", True))
