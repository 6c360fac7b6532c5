"""What a question plainly asks for, a number or a date, and what becomes of sentences that have none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.english.answer_types import fits, measure_misfits
from rag.index.passage_index import PassageIndex
from rag.reader import features as candidates
from rag.settings import read_settings

FERRY = """# The ferry

The ferry sails from Arden to Wend. Its long funnel can be seen from the hills. The captain is Ida Moor.
In 1910 a storm sank the old ferry at Wend.
"""


@pytest.mark.parametrize(
    ("question", "fits", "misfits"),
    [
        (
            "How many ships sank?",
            ["Two ships sank.", "None sank.", "Of 12 ships, most sank."],
            "Ships sank in the harbour.",
        ),
        (
            "How far can the rockets fly?",
            ["They fly 90 miles.", "Miles and miles."],
            "It is a site for long-range rockets.",
        ),
        ("how long did they stay", ["They stayed for weeks.", "Until the war ended."], "They stayed in Leeds."),
        ("On what day was that?", ["It was on a Monday.", "On 3 May.", "That was the first day."], "It was in Leeds."),
        ("In which year was it dug?", ["It was dug in 1841.", "In the year of the flood."], "It was dug by hand."),
        ("How much did it cost?", ["It cost £40.", "It was free."], "It cost the town dearly."),
        ("What did the bridge cost?", ["The bridge cost nine pounds."], "Lorries fell from the bridge."),
        ("What percentage of them came back?", ["Half of them did.", "90 %."], "They came back by ship."),
    ],
)
def test_a_sentence_without_what_is_asked_for_falls_behind(question: str, fits: list[str], misfits: str) -> None:
    *none, lost = measure_misfits(question, [*fits, misfits])
    assert none == [0.0] * len(fits) and lost > 2


def test_where_other_words_may_answer_no_sentence_falls_behind() -> None:
    assert measure_misfits("Who built the mill?", ["It burned."]) == [0.0]


def test_such_a_sentence_is_not_given_for_an_answer(
    tmp_path: Path, embeddings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ferry.md").write_text(FERRY)
    settings = read_settings(chat_model="", chat_base_url="")
    ingest_paths([tmp_path / "ferry.md"], directory=tmp_path / "index", embeddings=embeddings, settings=settings)
    chain = build_chain(PassageIndex(tmp_path / "index", embeddings), settings=settings)
    assert chain.invoke("How old is the captain?").abstained and chain.invoke("How long is the funnel?").abstained
    assert "1910" in chain.invoke("In which year did the storm sink the ferry?").text
    monkeypatch.setattr(candidates, "measure_misfits", lambda question, sentences: [0.0] * len(sentences))
    assert not chain.invoke("How old is the captain?").abstained, "the model alone finds who it is good enough"


@pytest.mark.parametrize(
    ("question", "words", "are_marked"),
    [
        ("Did the ferry sink?", "a storm sank the old ferry", False),
        ("and will it sail again", "it will sail", False),
        ("Was it the old ferry or the new one?", "the old ferry", True),
        ("Who is Ida Moor?", "against the owner", False),
        ("Who is Ida Moor?", "The captain", True),
        ("How many ships sank?", "the harbour", False),
        ("How many ships sank?", "Two ships", True),
        ("Where was it?", "in the harbour", True),
        (
            "What did they learn?",
            "that the old ferry was sold to a museum in the north of the country by its owner",
            False,
        ),
    ],
)
def test_few_words_are_marked_where_they_can_answer(question: str, words: str, are_marked: bool) -> None:
    assert fits(question, words) is are_marked
