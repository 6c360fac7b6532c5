"""What of a passage a slow model is told: sentences of it, in order, around what answers."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rag.answer.excerpts import LEFT_OUT, LONGEST_EXCERPT, MOST_EXCERPTS, SHORT, build_excerpter, cut_excerpt
from rag.llm.prompts import count_tokens, format_prompt
from rag.reader.span_reader import SpanReader
from rag.types import Passage, Question, ScoredPassage, Span

FILLING = " ".join(
    f"The {word} was painted green by people from the next valley." for word in "door roof gate barn".split()
)
TEXT = f"The mill was built in 1874. {FILLING} It burned down in March 1911. {FILLING} The bank in Leeds paid for the bridge."


def test_the_sentence_that_is_marked_stands_with_those_beside_it_and_the_one_like_the_question() -> None:
    told = cut_excerpt("Who paid for the bridge?", TEXT, TEXT.index("March"))
    assert "It burned down in March 1911." in told and told.endswith("The bank in Leeds paid for the bridge.")
    assert "The barn was painted green by people from the next valley. It burned" in told, "beside it"
    assert LEFT_OUT in told and len(told) <= LONGEST_EXCERPT + 2 * len(LEFT_OUT) < len(TEXT)


def test_a_short_passage_is_told_whole() -> None:
    assert cut_excerpt("Who?", TEXT[:SHORT], 0) == TEXT[:SHORT]


def test_rows_of_a_table_are_told_one_by_one() -> None:
    rows = [f"Ship: S{number}; Crew: {number}; Port: Bergen" for number in range(40)]
    told = cut_excerpt("How many crew has the ship S31?", "\n".join(rows), "\n".join(rows).index("S31"))
    assert "Ship: S31; Crew: 31; Port: Bergen" in told and "S12" not in told


@given(text=st.text(max_size=1_500), question=st.text(max_size=80), share=st.floats(0, 1))
def test_an_excerpt_is_made_of_the_passage_and_bounded(text: str, question: str, share: float) -> None:
    told = cut_excerpt(question, text, int(share * len(text)))
    assert len(told) <= 2 * LONGEST_EXCERPT + len(LEFT_OUT) or told == text
    assert all(part.strip() in text for part in told.split(LEFT_OUT) if "\n" not in text and " " not in part.strip())
    assert set(re.findall(r"\w+", told)) <= set(re.findall(r"\w+", text)) or len(told) > LONGEST_EXCERPT


def test_a_slow_model_reads_hundreds_of_tokens_and_not_thousands(spans: SpanReader) -> None:
    long = f"{TEXT} {FILLING} {FILLING}"
    passages = [
        ScoredPassage(Passage(Span(f"town-{row}", 0, len(long)), long, "The town", "Its mill"), 0.9) for row in range(8)
    ]
    question = "When did the mill burn down?"
    excerpts = build_excerpter(spans)(question, passages)
    assert len(excerpts) == MOST_EXCERPTS and all("March 1911" in told for told in excerpts.values())
    first = [found for found in passages if found.passage.id in excerpts]
    brief = format_prompt(Question(question), question, first, excerpts=excerpts)
    whole = format_prompt(Question(question), question, passages)
    assert count_tokens(brief.messages) < 1_200 < count_tokens(whole.messages)
    assert [passage.text for passage in brief.passages.values()] == [long] * MOST_EXCERPTS, "cited are the passages"
