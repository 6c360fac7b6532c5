"""Texts in memory are indexed as they are, known again by their ids, and quoted by offsets into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document as LangChainDocument
from letters import LETTERS

from ingest import Library, ingest_paths, ingest_texts
from ingest.memory import read_texts
from rag import PassageIndex, build_chain
from rag.errors import DocumentError, FootnoteError, UsageError

MILL = "The mill was built in 1874.   It burnt down in March 1911 .\n\n\nNobody rebuilt it. 🌉 End."


def test_texts_of_any_usual_kind_are_documents() -> None:
    found = read_texts(
        [
            "A text alone.",
            ("mill", MILL),
            ("note", "A note.", {"title": "On  notes", "author": "N. N.", "date": 1911, "colour": "red"}),
            LangChainDocument("A page.", id="page-1", metadata={"title": "Pages"}),
            LangChainDocument("Another page."),
        ]
    )
    assert [document.text for document in found] == ["A text alone.", MILL, "A note.", "A page.", "Another page."]
    assert (found[2].title, found[2].author, found[2].date) == ("On notes", "N. N.", "1911")
    assert read_texts(("mill", MILL)) == [found[1]] == read_texts([("mill", MILL)])
    assert read_texts("One text.")[0].text == "One text."
    assert [document.text for document in read_texts(("a", "b", "c"))] == ["a", "b", "c"], "three texts, no pair"


def test_documents_that_a_question_set_brings_keep_their_ids(tmp_path: Path) -> None:
    names = ["Fresno,_California-2", "Sky_(United_Kingdom)", "Beyoncé", "MED-10", "R&B", "it's"]
    reports = ingest_texts([(name, f"About {name}.") for name in names], directory=tmp_path, embeddings=LETTERS)
    assert [report.document for report in reports] == names
    index = PassageIndex(tmp_path, LETTERS)
    assert [index.document(name).text for name in names] == [f"About {name}." for name in names]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([3], "text 1 is int"),
        ([("a b", "x")], "the id 'a b' does not fit"),
        ([("../a", "x")], "does not fit"),
        ([("..", "x")], "does not fit"),
        ([("a\x00b", "x")], "does not fit"),
        ([("a\u202eb", "x")], "does not fit"),
        ([("a:1", "x")], "does not fit"),
        ([("a", "x"), ("a", "y")], "text 2: its id 'a' is another text's too"),
        ([{"text": "x"}], "text 1 is dict"),
        (3, "text 1 is int"),
    ],
)
def test_what_is_no_text_is_told(texts: Any, words: str) -> None:
    with pytest.raises(UsageError) as told:
        read_texts(texts)
    assert words in str(told.value) and "\n" not in str(told.value)


def test_offsets_are_those_of_the_text_that_was_given(tmp_path: Path, embeddings: Any) -> None:
    (report,) = ingest_texts(("mill", MILL), directory=tmp_path, embeddings=embeddings)
    assert (report.document, report.status, report.characters) == ("mill", "added", len(MILL))
    index = PassageIndex(tmp_path, embeddings)
    assert index.document("mill").text == MILL
    answer = build_chain(index).invoke("When did the mill burn down?")
    assert answer.citations
    for citation in answer.citations:
        assert MILL[citation.span.start : citation.span.end] == citation.quote


def test_a_library_is_one_object_to_add_to_search_and_take_from(tmp_path: Path, embeddings: Any) -> None:
    (tmp_path / "bridge.txt").write_text("The bridge opened on a Sunday in 1931.")
    with Library(tmp_path / "index", embeddings) as library:
        assert (len(library), bool(library), library.documents()) == (0, True, ())
        statuses = [report.status for report in library.add_texts([("mill", MILL), ("empty", " \n ")])]
        assert statuses == ["added", "failed"]
        library.add_files(tmp_path / "bridge.txt")
        assert [record.id for record in library.documents()] == ["mill", "bridge"]
        assert "mill" in library and "tower" not in library
        assert repr(library) == f"<Library '{tmp_path / 'index'}': 2 documents>"
        assert library.search("When did the bridge open?")[0].passage.span.document_id == "bridge"
        assert {found.passage.span.document_id for found in library.search("bridge", documents="mill")} == {"mill"}

        assert [report.status for report in library.add_texts(("mill", MILL))] == ["unchanged"]
        assert [report.status for report in library.add_texts(("mill", "The mill stands."))] == ["replaced"]
        assert library.document("mill").text == "The mill stands."
        with pytest.raises(UsageError, match=r"the id 'bridge' is that of '.*bridge\.txt'"):
            library.add_texts([("new", "x"), ("bridge", "y")])
        assert "new" not in library, "all or nothing"

        library.remove("mill")
        with pytest.raises(DocumentError):
            library.remove("mill")
        assert len(library) == 1
    assert repr(library).endswith("closed>")
    with pytest.raises(FootnoteError, match="closed; open it again"):
        library.search("mill")


def test_a_rebuild_keeps_what_came_from_no_file(tmp_path: Path, embeddings: Any) -> None:
    ingest_texts(("mill", MILL), directory=tmp_path, embeddings=embeddings)
    ingest_paths([], directory=tmp_path, embeddings=embeddings, rebuild=True)
    assert PassageIndex(tmp_path).document("mill").text == MILL
