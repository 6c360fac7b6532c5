"""Whom a sentence names by what it denies of others, and that nobody is named where the words do not say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.english.ellipsis import find_others
from rag.index.passage_index import PassageIndex

DENIED = "Ugo and Wim did not sign the lease; Ida and Jan did."
AFFIRMED = "Ugo has paid the fee, but Wim has not."


@pytest.mark.parametrize(
    ("question", "sentence", "others"),
    [
        ("Who signed the lease?", DENIED, "Ida and Jan"),
        ("Who did not sign the lease?", DENIED, ""),  # those are named outright
        ("Who has not paid the fee?", AFFIRMED, "Wim"),
        ("Who has paid the fee?", AFFIRMED, ""),
        ("Who signed the lease in Dover?", DENIED, ""),
        ("When was the lease signed?", DENIED, ""),
        ("Who signed the lease?", "Ugo signed the lease; Ida did.", ""),
        ("Who signed the lease?", "Ugo did not sign the lease.", ""),
        ("Who?", DENIED, ""),
    ],
)
def test_those_are_found_of_whom_a_verb_is_left_out(question: str, sentence: str, others: str) -> None:
    found = find_others(question, sentence)
    assert (sentence[slice(*found)] if found else "") == others


def test_the_sentence_is_quoted_and_they_are_stressed(embeddings: Any, tmp_path: Path) -> None:
    (tmp_path / "lease.md").write_text(f"# The lease\n\nThe barn was let in spring. {DENIED} It runs for a year.\n")
    ingest_paths([tmp_path], directory=tmp_path / "index", embeddings=embeddings)
    answer = build_chain(PassageIndex(tmp_path / "index", embeddings)).invoke("Who signed the lease?")
    assert [citation.quote for citation in answer.citations] == [DENIED]
    assert answer.short_answer is not None and answer.short_answer.text == "Ida and Jan"
