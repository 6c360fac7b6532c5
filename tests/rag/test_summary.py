"""Questions about a document as a whole: which sentences stand for it, and how the answer says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.english.leaning import stands_alone
from rag.errors import DocumentError
from rag.index.passage_index import PassageIndex
from rag.reader.central_sentences import choose_central
from rag.reader.features import find_sentence_candidates
from rag.retrieve.whole_documents import MOST_SUMMARISED, NOTICES, PASSAGES, find_central_passages, is_apparatus
from rag.settings import read_settings
from rag.types import Block, Passage, ScoredPassage, Span
from ui.render import messages as render
from ui.render import terminal


def test_a_summary_is_central_sentences_in_the_documents_order(chain: Any, article_index: Path) -> None:
    answer = chain.invoke("What are the main points of this article?")
    text = PassageIndex(article_index).document(answer.citations[0].span.document_id).text
    assert answer.route == "summary" and not answer.abstained and answer.confidence is None
    assert 3 <= len(answer.citations) <= PASSAGES
    assert answer.text.count("\n\n") == len(answer.citations) - 1, "a paragraph each"
    starts = [citation.span.start for citation in answer.citations]
    assert starts == sorted(starts) and starts[0] < len(text) / 2 < starts[-1]
    for citation in answer.citations:
        assert text[citation.span.start : citation.span.end] == citation.quote
        assert stands_alone(citation.quote)
    assert NOTICES["summary"] in render.render_answer(answer, "a") and NOTICES["summary"] in terminal.render_answer(
        answer, width=400
    )


def test_a_question_about_something_in_the_text_is_no_summary(chain: Any) -> None:
    answer = chain.invoke("What did Michael Cohen's hearing do to Trump?")
    assert answer.route == "passages" and NOTICES["summary"] not in render.render_answer(answer, "a")


def test_several_documents_share_the_room_and_each_is_heard(embeddings: Any, tmp_path: Path) -> None:
    from ingest.pipeline import ingest_paths
    from rag.chain import build_chain

    for number in range(MOST_SUMMARISED + 2):
        told = f"The mill of valley {number} grinds barley for the whole country. It was built long ago by hand.\n\n"
        (tmp_path / f"valley-{number}.txt").write_text(told * (1 + 9 * (number == 0)), encoding="utf-8")
    (tmp_path / "index").mkdir()
    ingest_paths(sorted(tmp_path.glob("*.txt")), directory=tmp_path / "index", embeddings=embeddings)
    index = PassageIndex(tmp_path / "index", embeddings)
    answer = build_chain(index, settings=read_settings()).invoke("Summarise everything")
    named = [citation.span.document_id for citation in answer.citations]
    assert len(set(named)) == len(named) == MOST_SUMMARISED
    (only,) = {found.passage.span.document_id for found in find_central_passages([index], ["valley-3"])}
    assert only == "valley-3"
    with pytest.raises(DocumentError):
        find_central_passages([index], ["valley-99"])


def test_of_nothing_nothing_is_central() -> None:
    assert choose_central([], lambda texts: []) == []


def test_what_leans_or_asks_is_taken_only_where_there_is_nothing_else() -> None:
    whole = "The mill of the valley grinds barley for the whole country."
    texts = [f"This went on for years and years, as everybody in the valley knew. {whole}", "He left. Why did he go?"]
    passages = []
    for number, text in enumerate(texts):
        passages.append(ScoredPassage(Passage(Span("d", 1000 * number, 1000 * number + len(text)), text), 1.0))
    candidates = find_sentence_candidates(passages)

    def embed(told: Any) -> Any:
        return [np.eye(4, dtype=np.float32)[0] * (2.0 if "years" in text else 1.0) for text in told]

    chosen = [candidate.text for candidate in choose_central(candidates, embed)]
    assert chosen[0] == whole and len(chosen) == 2


def test_a_short_summary_begins_where_the_text_does() -> None:
    told = [
        "The mill of the valley grinds barley for all.",
        "Barley was dear in the year of the flood.",
        "Barley is dear again in every town today.",
    ]
    passages = [
        ScoredPassage(Passage(Span("d", 50 * at, 50 * at + len(text)), text), 1.0) for at, text in enumerate(told)
    ]

    def embed(texts: list[str]) -> list[list[float]]:
        return [[0.0, 1.0] if text.startswith("The mill") else [1.0, 0.0] for text in texts]

    chosen = choose_central(find_sentence_candidates(passages), embed, most=2)
    assert [candidate.text for candidate in chosen] == told[:2]


def test_references_and_notes_stand_for_no_text() -> None:
    text = "Note 1: The Arden Gazette, 1911.\n\nNote 2: Quill, A., Letters.\n\nIt rained."
    assert is_apparatus(Passage(Span("d", 0, len(text)), text))
    assert not is_apparatus(Passage(Span("d", 0, 10), "It rained."))
    entry = "Quill, A. Letters. Wend, 1911."
    assert is_apparatus(Passage(Span("d", 0, len(entry)), entry, blocks=(Block(0, len(entry), "reference"),)))
    assert not is_apparatus(Passage(Span("d", 0, len(entry)), entry, blocks=(Block(0, len(entry), "item"),)))
