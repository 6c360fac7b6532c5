"""What a developer gets wrong is one line with the next step, and never a figure or a reply that is silently another."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.language_models import FakeListChatModel

from ingest.pipeline import ingest_paths
from rag import PassageIndex, build_chain
from rag.errors import FootnoteError, IndexDamagedError, IndexMismatchError, UsageError
from rag.evaluation.run.fingerprints import describe_system
from rag.question import read_question
from rag.retrieve.hybrid import find_passages
from rag.settings import find_unknown, read_settings
from rag.types import Question


def make_index(folder: Path, size: int, text: str) -> PassageIndex:
    embeddings = DeterministicFakeEmbedding(size=size)
    (folder / "note.txt").parent.mkdir(parents=True)
    (folder / "note.txt").write_text(text)
    ingest_paths(folder / "note.txt", directory=folder / "index", embeddings=embeddings)
    return PassageIndex(folder / "index", embeddings)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> PassageIndex:
    return make_index(tmp_path_factory.mktemp("small") / "a", 8, "The tide turned at noon.")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> PassageIndex:
    return make_index(tmp_path_factory.mktemp("large") / "b", 16, "The mill burnt down in 1911.")


def test_indexes_of_different_embeddings_are_not_called_damaged(small: PassageIndex, large: PassageIndex) -> None:
    with pytest.raises(IndexMismatchError, match=r"different embedding models.* \(8 dimensions\).* \(16\)") as told:
        build_chain([small, large])
    assert "repair" not in str(told.value)
    with pytest.raises(IndexMismatchError, match="16 dimensions, and the question is embedded in 8") as told:
        find_passages("When?", [small, large], count=3)
    assert not isinstance(told.value, IndexDamagedError)
    with pytest.raises(IndexMismatchError, match="embedded in 8"):
        find_passages("When?", [small, large], count=3, documents=["note"])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda index: build_chain("data/index"), "not str; open an index with"),  # type: ignore[arg-type]
        (lambda index: build_chain(Path("data/index")), "open an index with"),  # type: ignore[arg-type]
        (lambda index: build_chain([]), "no index to search"),
        (lambda index: build_chain([index, "data/index"]), "not str; open one with"),  # type: ignore[list-item]
        (lambda index: build_chain(PassageIndex(index.location)), "opened to be read only; to search it"),
        (lambda index: PassageIndex(42), "not int"),  # type: ignore[arg-type]
        (lambda index: PassageIndex(index.location, "all-MiniLM"), "not str; build them with"),  # type: ignore[arg-type]
        (lambda index: read_settings(pasages=3), "no setting 'pasages'; did you mean passages?"),
        (lambda index: read_question(Question("Why?", history=({"role": "user"},))), "turn 1 of the history"),  # type: ignore[arg-type]
        (lambda index: read_question(Question("Why?", history="before")), "not str"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_use_is_one_line_with_the_next_step(
    wrong: Callable[[Any], object], words: str, small: PassageIndex
) -> None:
    with pytest.raises(FootnoteError) as told:
        wrong(small)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_an_index_says_what_it_is(small: PassageIndex) -> None:
    assert repr(small) == f"<PassageIndex '{small.location}': 1 documents, 1 passages>"
    assert len(small) == 1


def test_a_variable_that_is_no_setting_is_warned_about_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FOOTNOTE_PASAGES", "3")
    monkeypatch.setenv("FOOTNOTE_DATASETS", "/data")
    with caplog.at_level(logging.WARNING, "rag.settings"):
        read_settings()
        read_settings()
    assert caplog.messages == [
        "FOOTNOTE_PASAGES is no setting of Footnote and has no effect; did you mean FOOTNOTE_PASSAGES?"
    ]
    assert find_unknown(["PATH", "FOOTNOTE_INDEX", "footnote_index", "FOOTNOTE_XYZ"]) == ["FOOTNOTE_XYZ"]


def test_a_text_is_one_document_and_one_path(small: PassageIndex, tmp_path: Path) -> None:
    assert Question("When?", documents="note").documents == ("note",)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a path is a text or a Path"):
        ingest_paths([3], directory=tmp_path, embeddings=small.embeddings)  # type: ignore[list-item]


def test_the_package_says_its_version_and_what_it_has() -> None:
    import pydoc

    import rag

    assert rag.__version__ == importlib.metadata.version("footnote")
    assert set(rag.__all__) <= set(dir(rag))
    told = pydoc.plain(pydoc.render_doc(rag))
    for name in ("class Answer", "class PassageIndex", "build_chain(", "FootnoteError"):
        assert name in told, name


def test_a_chain_is_known_again_by_how_it_was_built(small: PassageIndex) -> None:
    first, same = (build_chain(small, settings=read_settings(abstain_below=0.3)) for _ in range(2))
    assert describe_system(first) == describe_system(same)
    surer = build_chain(small, settings=read_settings(abstain_below=0.6))
    written = build_chain(small, chat_model=FakeListChatModel(responses=["x"]))
    assert len({describe_system(chain) for chain in (first, surer, written)}) == 3
