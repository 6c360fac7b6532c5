"""What a writer says of passages is no claim about the world."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.english.references import strip_references


@pytest.mark.parametrize(
    ("claim", "plain"),
    [
        ("According to passage 3, the mill burned down.", "The mill burned down."),
        ("Based on the given passages, the mill burned down.", "The mill burned down."),
        ("Passage 2 states that the mill burned down.", "The mill burned down."),
        ("The mill burned down (Passage 1).", "The mill burned down ."),
        ("The mill burned down, as stated in passages 1 and 2.", "The mill burned down, ."),
        ("3. The mill burned down.", "The mill burned down."),
        ("* Answer: the mill burned down.", "The mill burned down."),
        ("The article says that the mill burned down.", "The article says that the mill burned down."),
        ("They walked through a narrow passageway.", "They walked through a narrow passageway."),
        ("Passage 3.", "Passage 3."),
        ("In 1874 the mill was built.", "In 1874 the mill was built."),
        ("2.5 tons were lost.", "2.5 tons were lost."),
    ],
)
def test_references_are_left_out_and_claims_stay(claim: str, plain: str) -> None:
    assert strip_references(claim) == plain


@given(st.text(max_size=200))
def test_any_text_can_be_stripped(text: str) -> None:
    assert len(strip_references(text)) <= len(text) + 2
