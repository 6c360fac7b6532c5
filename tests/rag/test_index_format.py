"""Indexes of every format that there has been: read, or refused with the command that mends them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faults.cheap import HashedEmbeddings
from fixtures.make_index_fixture import (
    FERRY,
    LIGHTHOUSE,
    SPLITTING,
    make_documents,
    make_fares,
    make_index,
    make_notice,
    make_rules,
)

from rag.chain import build_chain
from rag.errors import IndexMismatchError
from rag.index.document_records import make_record
from rag.index.examination import examine_index
from rag.index.passage_index import PassageIndex
from rag.index.profile import FORMAT_VERSION
from rag.index.writer import write_index
from rag.retrieve.hybrid import find_passages
from rag.settings import read_settings
from rag.types import Passage, Span

FIXTURES = Path(__file__).parents[1] / "fixtures"
FIXTURE = FIXTURES / "index-format-1"
WORDS: Any = HashedEmbeddings("hashed-words-64", 64)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A copy of the index that the first Footnote wrote."""
    shutil.copytree(FIXTURE, tmp_path / "index")
    return tmp_path / "index"


def test_an_index_of_the_first_footnote_is_read_word_for_word(kept: Path) -> None:
    index = PassageIndex(kept, WORDS)
    assert [index.document(record.id) for record in index.documents()] == list(make_documents())
    assert index.passages("ferry")[-1].page == 2


def test_an_index_of_the_first_footnote_is_searched_and_answers(kept: Path) -> None:
    index = PassageIndex(kept, WORDS)
    found = find_passages("How high is the lighthouse at Corran Point?", [index], count=2)
    assert "forty-one metres high" in found[0].passage.text
    answer = build_chain(index, settings=read_settings(abstain_below=0.0)).invoke("When does the first ferry leave?")
    texts = {"lighthouse": LIGHTHOUSE, "ferry": FERRY}
    assert answer.citations
    for citation in answer.citations:
        assert texts[citation.span.document_id][citation.span.start : citation.span.end] == citation.quote


def test_an_index_of_the_first_footnote_is_whole_in_the_doctors_eyes(kept: Path) -> None:
    assert [finding for finding in examine_index(kept) if not finding.ok] == []


def test_an_index_of_the_first_footnote_can_be_written_to(kept: Path) -> None:
    with write_index(kept, WORDS, splitting=SPLITTING) as writer:
        writer.remove("ferry")
    index = PassageIndex(kept, WORDS)
    assert [record.id for record in index.documents()] == ["lighthouse"]
    assert index.document("lighthouse").text == LIGHTHOUSE


def test_todays_index_differs_from_the_first_only_in_what_it_adds(kept: Path, tmp_path: Path) -> None:
    make_index(tmp_path / "today", WORDS)
    ours, theirs = PassageIndex(tmp_path / "today", WORDS), PassageIndex(kept, WORDS)
    assert ours.documents()[:2] == theirs.documents()
    assert replace(ours.current().profile, format_version=1, probe="") == theirs.current().profile
    assert ours.passages("lighthouse") == theirs.passages("lighthouse")


def test_the_second_format_holds_lists_and_tables(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "index-format-2", tmp_path / "index")
    index = PassageIndex(tmp_path / "index", WORDS)
    assert [index.document(record.id) for record in index.documents()] == [*make_documents(), make_fares()]
    assert [finding for finding in examine_index(tmp_path / "index") if not finding.ok] == []


def test_an_index_of_the_second_format_can_be_added_to_and_is_of_todays_then(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "index-format-2", tmp_path / "index")
    notice = make_notice()
    with write_index(tmp_path / "index", WORDS, splitting=SPLITTING) as writer:
        passage = Passage(Span("notice", 0, len(notice.text)), notice.text)
        writer.add(make_record(notice, 1), [passage], WORDS.embed_documents([notice.text]))
    index = PassageIndex(tmp_path / "index", WORDS)
    assert [index.document(record.id) for record in index.documents()] == [*make_documents(), make_fares(), notice]
    assert index.current().profile.format_version == FORMAT_VERSION and index.current().profile.probe


def test_the_third_format_holds_metadata_and_knows_its_model(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "index-format-3", tmp_path / "index")
    index = PassageIndex(tmp_path / "index", WORDS)
    documents = [*make_documents(), make_fares(), make_notice()]
    assert [index.document(record.id) for record in index.documents()] == documents
    assert [finding for finding in examine_index(tmp_path / "index") if not finding.ok] == []
    assert (
        find_passages("the pier", [index], count=2, where={"series": "notices"})[0].passage.span.document_id == "notice"
    )


def test_the_fourth_format_knows_which_lists_lie_within_others(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "index-format-4", tmp_path / "index")
    index = PassageIndex(tmp_path / "index", WORDS)
    assert [block.depth for block in index.document("rules").blocks] == [0, 0, 1, 1]
    documents = [*make_documents(), make_fares(), make_notice(), make_rules()]
    assert [index.document(record.id) for record in index.documents()] == documents
    assert [finding for finding in examine_index(tmp_path / "index") if not finding.ok] == []


@pytest.mark.parametrize("version", [0, FORMAT_VERSION + 1])
def test_an_index_of_another_format_is_refused_with_the_command_that_mends_it(kept: Path, version: int) -> None:
    profile = kept / "generations" / "000001" / "index.json"
    profile.write_text(json.dumps(json.loads(profile.read_text()) | {"format_version": version}))
    with pytest.raises(
        IndexMismatchError, match=rf"format {version}, this Footnote reads format 4.*footnote ingest --re"
    ):
        PassageIndex(kept, WORDS)
    (bad,) = [finding for finding in examine_index(kept) if not finding.ok and finding.check == "format"]
    assert "footnote ingest --rebuild" in bad.advice
