"""A follow-up that would get the answer before again gets what stands beside it, where that is what is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asking import ask

from ingest.pipeline import ingest_paths
from rag.index.passage_index import PassageIndex

BAR = """There is a small bar in the hall. It does have beer and wine, which is nice: you are not allowed to bring your own \
into the hall. I have seen people sent home on the same evening for that."""
CANDLES = "No candles are to be used in the hall. Under no circumstances are fireworks to be set off in the hall."
HOURS = "The kitchen closes at nine and the bar at ten. The rooms above are let by the week."


@pytest.mark.parametrize(
    ("text", "asked", "then", "told"),
    [
        (
            BAR,
            "can i bring my own beer into the hall",
            "what happens if you do it anyway",
            "I have seen people sent home on the same evening for that.",
        ),
        (
            CANDLES,
            "can we have candles on the cake table",
            "and fireworks?",
            "Under no circumstances are fireworks to be set off in the hall.",
        ),
        (HOURS, "when does the kitchen close?", "and the bar?", "The kitchen closes at nine and the bar at ten."),
    ],
)
def test_what_stands_beside_the_answer_before_is_told_and_that_answer_where_it_says_both(
    tmp_path: Path, embeddings: Any, text: str, asked: str, then: str, told: str
) -> None:
    (tmp_path / "hall.md").write_text(f"# Hall\n\n{text}\n", encoding="utf-8")
    ingest_paths([tmp_path / "hall.md"], directory=tmp_path / "index", embeddings=embeddings)
    index = PassageIndex(tmp_path / "index", embeddings)
    first = ask(index, "hall", asked)
    assert [citation.quote for citation in ask(index, "hall", then, history=((asked, first.text),)).citations] == [told]
