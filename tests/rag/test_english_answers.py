"""Rules only propose, end to end on a real small index: what is shown, and how surely, is what the model measured."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.settings import read_settings
from rag.types import UNSURE_BELOW

VALLEY = """---
title: "Rivers of the Wend valley"
author: "Tom Reed"
date: 2010-03-03
---

# Rivers of the Wend valley

The river Wend rises in the hills above Arden and is used by barges. Its mills grind barley for the valley.

## The flood

In the autumn of 1998 the Wend flooded the lower town of Arden, and forty houses were lost. The report on the flood was
written by Ida Moor, an engineer of the county. It was published in 1999 and blamed the new weir.

## Chess

Arden has a chess club as well. Mira Holt won the title in 1998, and Paul Stern won it in the following year.
"""
SUMMIT = """---
title: "Two leaders and no deal"
author: "Jo Writer"
date: 2019-03-07
---

# Two leaders and no deal

The second summit of the two leaders took place in Hanoi on 27 and 28 February 2019. It ended without a deal.
"""
KETTLE = """Kettles

By Ada Quill, 2 May 2014

A copper kettle holds two litres. Iron ones were cast in Leeds. The device works by heating water with a coil.
"""
DOCUMENTS = {"valley.md": VALLEY, "summit.md": SUMMIT, "kettle.txt": KETTLE}
VALLEY_LINE, SUMMIT_LINE, KETTLE_LINE = (
    "By Tom Reed, 3 March 2010",
    "By Jo Writer, 7 March 2019",
    "By Ada Quill, 2 May 2014",
)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> Any:
    folder = tmp_path_factory.mktemp("library")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = read_settings(index=folder / "index", chat_model="", chat_base_url="")
    ingest_paths([folder / name for name in DOCUMENTS], directory=folder / "index", embeddings=embeddings)
    return build_chain(PassageIndex(folder / "index", embeddings), settings=settings)


@pytest.mark.parametrize(
    ("asked", "quoted", "short"),
    [
        ("Who won the title in 1998?", "Mira Holt won the title in 1998", "Mira Holt"),
        ("Who wrote the report on the flood?", "The report on the flood was written by Ida Moor", "Ida Moor"),
        ("When was the report on the flood published?", "It was published in 1999", "1999"),
        ("When was the summit?", "took place in Hanoi on 27 and 28 February 2019", "27 and 28 February 2019"),
        ("How does this work?", "The device works by heating water with a coil", "by heating water with a coil"),
        ("Who wrote the text about kettles?", KETTLE_LINE, "Ada Quill"),
        ("Who is the author of Two leaders and no deal?", SUMMIT_LINE, "Jo Writer"),
        ("Who wrote Two leaders and no deal?", SUMMIT_LINE, "Jo Writer"),
        ("When was the article about the summit published?", SUMMIT_LINE, "7 March 2019"),
    ],
)
def test_the_sentence_that_answers_comes_first(chain: Any, asked: str, quoted: str, short: str) -> None:
    answer = chain.invoke(asked)
    first = answer.citations[0].quote
    assert quoted in " ".join(first.split()) and answer.short_answer.text == short
    assert not answer.abstained and answer.confidence >= UNSURE_BELOW


@pytest.mark.parametrize("asked", ["Who won the title in 1998?", "When was the summit?", "Who lost the title?"])
def test_a_head_that_is_not_asked_about_is_not_quoted(chain: Any, asked: str) -> None:
    quotes = {citation.quote for citation in chain.invoke(asked).citations}
    assert not quotes & {VALLEY_LINE, SUMMIT_LINE, KETTLE_LINE, "Rivers of the Wend valley", "Two leaders and no deal"}


@pytest.mark.parametrize("asked", ["Who won the cup in 2003?", "Who wrote the Harbour Song?", "What is a headline?"])
def test_no_head_stands_in_where_nothing_answers(chain: Any, asked: str) -> None:
    assert chain.invoke(asked).abstained


@pytest.mark.parametrize(
    ("asked", "document", "quoted"),
    [
        ("Who wrote this article?", "kettle", KETTLE_LINE),
        ("When was this published?", "summit", SUMMIT_LINE),
        ("What is the title?", "valley", "Rivers of the Wend valley"),
        ("Who wrote it?", "valley", VALLEY_LINE),  # beside who wrote the report, which the text tells too
    ],
)
def test_what_a_document_is_asked_about_itself_is_quoted_from_its_head(
    chain: Any, asked: str, document: str, quoted: str
) -> None:
    from rag.types import Question

    answer = chain.invoke(Question(asked, documents=(document,)))
    assert quoted in [citation.quote for citation in answer.citations]
    assert 0 < answer.confidence < 1 and answer.confidence != 0.9


def test_the_first_words_of_a_long_document_are_proposed_and_ranked_with_the_others(
    tmp_path: Any, embeddings: Any
) -> None:
    """Where none of what was found by its words is the opening passage."""
    tale = "".join(
        f"## Report {number}\n\nWho wrote report {number} was never known. {'It rained. ' * 60}\n\n"
        for number in range(12)
    )
    (tmp_path / "tale.md").write_text(
        f"# The weather\n\nBy Ada Quill, 2 May 2014\n\n{'Fog lay on it. ' * 60}\n\n{tale}", encoding="utf-8"
    )
    ingest_paths([tmp_path / "tale.md"], directory=tmp_path / "index", embeddings=embeddings)
    settings = read_settings(chat_model="", chat_base_url="")
    answer = build_chain(PassageIndex(tmp_path / "index", embeddings), settings=settings).invoke(
        "Who wrote this report?"
    )
    assert len(answer.passages) == settings.passages
    scores = [scored.score for scored in answer.passages]
    assert scores == sorted(scores, reverse=True) and 1.0 not in scores
    assert KETTLE_LINE in [citation.quote for citation in answer.citations]
