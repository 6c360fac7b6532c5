"""Retrieval: fusion, restriction, several indexes as one, and LangChain's own tests of the retriever."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests

from ingest.pipeline import ingest_paths
from rag.errors import DocumentError
from rag.index.bm25 import KeywordIndex
from rag.index.passage_index import Hit, PassageIndex
from rag.retrieve.hybrid import PassageRetriever, find_passages, fuse
from rag.types import Passage, Span


class TestPassageRetriever(RetrieversIntegrationTests):
    """LangChain's suite for retrievers, on the real index of the bundled article."""

    @pytest.fixture(autouse=True)
    def _open(self, article_index: Path, embeddings: Any) -> None:
        self.index = PassageIndex(article_index, embeddings)

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return PassageRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self.index}

    @property
    def retriever_query_example(self) -> str:
        return "Why did the talks end early?"


def hit(name: str, score: float) -> Hit:
    return Hit(Passage(Span(name, 0, 1), name), score)


def fused_scores(*rankings: list[Hit], pool: int = 30) -> list[tuple[str, float]]:
    return [(found.passage.text, round(found.score, 3)) for found in fuse(*rankings, pool=pool)]


def test_fusion_is_the_mean_of_both_scores() -> None:
    fused = fused_scores([hit("a", 0.9), hit("b", 0.8), hit("c", -0.2)], [hit("c", 0.3), hit("a", 0.5)])
    assert fused == [("a", 0.7), ("b", 0.4), ("c", 0.15)]


def test_fusion_takes_a_passage_missing_from_a_full_ranking_for_as_good_as_its_last() -> None:
    fused = fused_scores([hit("a", 0.9), hit("b", 0.6), hit("d", 0.5)], [hit("c", 0.8), hit("a", 0.4)], pool=2)
    assert fused == [("c", 0.7), ("a", 0.65), ("b", 0.5)]


def test_fusion_of_nothing_is_nothing() -> None:
    assert fuse([], []) == ()


def test_keyword_scores_are_shares_of_the_most_a_question_could_score() -> None:
    index = KeywordIndex.build(["a", "b", "c"], ["An otter swims", "A heron, a heron, a heron", "Nothing of it"])
    exact, partly, unknown = (index.scores(text) for text in ("otter swims", "otter flies", "badger"))
    assert exact.argmax() == partly.argmax() == 0
    assert 0.4 < exact[0] < 1
    assert 0 < partly[0] < exact[0]
    assert not unknown.any()
    assert not index.scores("").any()
    assert exact[0] < index.scores("heron")[1] < 1  # a term said three times comes nearer to the most there is


def test_keyword_scores_are_those_of_the_formula() -> None:
    texts = ["An otter swims, and an otter dives", "A heron flies", "Nothing of it is an otter's", ""]
    index = KeywordIndex.build("abcd", texts)
    mean = (4 + 2 + 2 + 0) / 4
    for row, (times, words) in {0: (2, 4), 2: (1, 2)}.items():
        share = times / (times + 0.9 * (1 - 0.4 + 0.4 * words / mean))
        assert index.scores("otters")[row] == pytest.approx(share, abs=1e-6)
    assert index.scores("otters")[[1, 3]].tolist() == [0, 0]


def test_keyword_scores_stay_the_same_when_read_again(tmp_path: Path) -> None:
    index = KeywordIndex.build(["a", "b"], ["An otter swims", "A heron flies"])
    index.save(tmp_path / "kept")
    assert KeywordIndex.load(tmp_path / "kept").scores("otter") == pytest.approx(index.scores("otter"))


@given(
    st.lists(st.text("abc ", max_size=12), max_size=8),
    st.sets(st.integers(0, 7)),
    st.dictionaries(st.integers(0, 11), st.text("abcd ", max_size=12), max_size=5),
)
def test_a_keyword_index_that_is_renewed_is_the_one_built_anew(
    texts: list[str], removed: set[int], changed: dict[int, str]
) -> None:
    before = {str(number): text for number, text in enumerate(texts)}
    new = {str(number): text for number, text in changed.items()}
    after = {name: text for name, text in before.items() if int(name) not in removed} | new
    renewed = KeywordIndex.build(list(before), list(before.values())).renew(list(after), new)
    built = KeywordIndex.build(list(after), list(after.values()))
    assert renewed is not None and sorted(renewed.ids) == sorted(after) and set(renewed.terms) == set(built.terms)
    for question in ("aa", "ab bb", "a bc d ccc", "d"):
        ours, theirs = (
            dict(zip(index.ids, index.scores(question).tolist(), strict=True)) for index in (renewed, built)
        )
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_a_keyword_index_is_not_renewed_of_what_it_does_not_know(tmp_path: Path) -> None:
    index = KeywordIndex.build(["a", "b"], ["An otter swims", "A heron flies"])
    assert index.renew(["a", "b", "c"], {}) is None, "the words of c are nowhere"
    assert index.renew(["a"], {"c": "A badger"}) is None, "c was taken out again"
    assert replace(index, counted=None).renew(["a"], {}) is None, "as an earlier Footnote kept it"


def test_the_retriever_takes_a_ranker(article_index: Path, embeddings: Any) -> None:
    index = PassageIndex(article_index, embeddings)
    plain = PassageRetriever(index=index, k=3).invoke("sanctions")
    turned = PassageRetriever(index=index, k=3, rank=lambda question, found: tuple(found[::-1])).invoke("sanctions")
    assert [document.id for document in turned] == [document.id for document in plain][::-1]


def test_metadata_points_at_the_words(article_index: Path, embeddings: Any) -> None:
    index = PassageIndex(article_index, embeddings)
    for found in PassageRetriever(index=index, k=3).invoke("nuclear test sites"):
        document = index.document(found.metadata["document"])
        assert document.text[found.metadata["start"] : found.metadata["end"]] == found.page_content
        assert 0 <= found.metadata["score"] <= 1


def test_scores_fall_and_stay_between_0_and_1(article_index: Path, embeddings: Any) -> None:
    found = find_passages("sanctions", [PassageIndex(article_index, embeddings)], count=50)
    scores = [item.score for item in found]
    assert scores == sorted(scores, reverse=True)
    assert 0 < min(scores) <= max(scores) <= 1


def test_several_indexes_are_searched_as_one(article_index: Path, embeddings: Any, tmp_path: Path) -> None:
    page = tmp_path / "gardening.txt"
    page.write_text("Tomatoes want six hours of sun a day.\n\nWater the roots of a tomato, never its leaves.\n")
    own = tmp_path / "own"
    ingest_paths([page], directory=own, embeddings=embeddings)
    both = [PassageIndex(article_index, embeddings), PassageIndex(own, embeddings)]
    assert find_passages("how to water tomatoes", both, count=3)[0].passage.span.document_id == "gardening"
    assert find_passages("the summit in Hanoi", both, count=3)[0].passage.span.document_id == "hanoi-summit"
    only = find_passages("the summit in Hanoi", both, count=3, documents=["gardening"])
    assert {found.passage.span.document_id for found in only} == {"gardening"}
    with pytest.raises(DocumentError, match="no document 'cooking'"):
        find_passages("x", both, count=3, documents=["cooking"])


def test_searching_one_document_agrees_with_searching_all_where_there_is_only_one(
    article_index: Path, embeddings: Any
) -> None:
    index = PassageIndex(article_index, embeddings)
    everywhere = find_passages("Who asked for the meeting to be put off?", [index], count=5)
    restricted = find_passages("Who asked for the meeting to be put off?", [index], count=5, documents=["hanoi-summit"])
    assert [found.passage.id for found in everywhere] == [found.passage.id for found in restricted]


def test_an_index_that_vanishes_is_one_clear_error(index_copy: Path, embeddings: Any) -> None:
    from rag.errors import IndexUnavailable

    index = PassageIndex(index_copy, embeddings)
    shutil.rmtree(index_copy)
    with pytest.raises(IndexUnavailable, match="footnote ingest"):
        find_passages("anything", [index], count=3)
