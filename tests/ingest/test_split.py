"""Splitting: passages partition the text, respect both limits, and know their headings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.blocks import Block, Parsed
from ingest.clean import Cleaned, assemble
from ingest.decoding import normalise
from ingest.formats.markdown import parse_markdown
from ingest.formats.plain_text import parse_page
from ingest.split import embedding_texts, split_document
from ingest.table_rows import lay_out_rows
from rag.index.embeddings import build_token_counter
from rag.types import Document, Heading


def clean(text: str, kind: str, stem: str) -> Cleaned:
    return assemble((parse_markdown if kind == "markdown" else parse_page)(normalise(text)), stem)


def words(texts: Sequence[str]) -> list[int]:
    """A stand-in for tokens: two a word, and two besides."""
    return [2 * len(text.split()) + 2 for text in texts]


def document(text: str, outline: tuple[Heading, ...] = (), pages: tuple[int, ...] = ()) -> Document:
    return Document("d", "Title", text, "d.txt", "0", outline=outline, page_starts=pages)


def from_markdown(raw: str) -> Document:
    cleaned = clean(raw, "markdown", "x")
    return Document("d", cleaned.title, cleaned.text, "d.md", "0", outline=cleaned.outline)


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("ab. \n?!é漢🦉\u00a0x"), max_size=600),
    st.integers(20, 200),
    st.integers(60, 120),
)
def test_passages_partition_the_text_within_the_limits(text: str, characters: int, tokens: int) -> None:
    whole = document(text)
    passages = split_document(whole, words, max_characters=characters, max_tokens=tokens)
    if not text.strip():
        assert passages == ()
        return
    assert "".join(passage.text for passage in passages) == text
    at = 0
    for passage in passages:
        assert passage.span.start == at and whole.quote(passage.span) == passage.text
        at = passage.span.end
        assert len(passage.text) <= characters
        assert words([passage.text])[0] <= tokens - 48 + 2 or len(passage.text.split()) <= 1


def test_a_heading_begins_a_passage_and_names_it() -> None:
    whole = from_markdown("# Tea\n\nHot.\n\n## Leaves\n\n### Green\n\nThey are steamed.\n\n## Water\n\nIt is soft.\n")
    passages = split_document(whole, words)
    assert [passage.heading for passage in passages] == ["", "Leaves > Green", "Water"]
    assert [passage.text.split("\n")[0] for passage in passages] == ["Tea", "Leaves", "Water"]
    assert embedding_texts(passages, words)[1].startswith("Tea. Leaves > Green\nLeaves")


def test_a_long_section_is_cut_into_passages_of_like_size() -> None:
    sentence = "This sentence has exactly fifty characters in all. "
    whole = document(sentence * 21)
    sizes = [len(passage.text) for passage in split_document(whole, words, max_characters=500)]
    assert len(sizes) == 3
    assert max(sizes) - min(sizes) <= 102


def test_no_sentence_is_cut_that_fits() -> None:
    text = "First things first. " * 30
    for passage in split_document(document(text), words, max_characters=100):
        assert passage.text.startswith("First") and passage.text.rstrip().endswith(".")


def test_what_is_told_in_turn_stays_together_where_it_fits() -> None:
    told = "Two things helped. The first was the new lock. It is wide. The second was the toll, which fell. "
    text = "Ships came by in the old days too, as they say. " * 3 + told + "Nobody minds the noise of them now. " * 4
    for around in (170, 200, 230):
        cut = [passage.text for passage in split_document(document(text), words, max_characters=around)]
        assert any(told.strip() in passage for passage in cut), around
    cut = [passage.text for passage in split_document(document(text), words, max_characters=80)]
    assert "".join(cut) == text and all(len(passage) <= 80 for passage in cut), "it is no more than what may be cut"


def test_a_word_without_end_is_cut_at_the_limit() -> None:
    passages = split_document(document("x" * 5_000), words, max_characters=800)
    assert [len(passage.text) for passage in passages][:6] == [800] * 6


def test_passages_know_their_page() -> None:
    text = "One page. " * 20 + "Other page. " * 20
    passages = split_document(document(text, pages=(0, 200)), words, max_characters=100)
    assert passages[0].page == 1 and passages[-1].page == 2
    assert split_document(document(text), words)[0].page is None


def test_a_passage_over_a_page_break_knows_the_page_of_each_of_its_characters() -> None:
    whole = document("One sentence here. " * 20, pages=(0, 100, 100, 215))  # the second page is empty
    for passage in split_document(whole, words, max_characters=170):
        for at in range(passage.span.start, passage.span.end):
            assert passage.find_page(at) == (1 if at < 100 else 3 if at < 215 else 4)


def test_the_real_tokenizer_never_sees_more_than_it_reads(embeddings: Any) -> None:
    count = build_token_counter(embeddings)
    text = "漢字だけの文章です。" * 100 + "Ünïcödé — ‘quotes’, 3.14159265 and émigrés! " * 50 + "a b c d e f g h " * 100
    passages = split_document(document(text), count)
    assert max(count(embedding_texts(passages, count))) <= 256
    assert "".join(passage.text for passage in passages) == text


def test_a_title_of_signs_takes_no_room_from_its_passages(embeddings: Any) -> None:
    count = build_token_counter(embeddings)
    whole = Document("d", "(*)" * 60, "It has a name of signs. " * 200, "d.txt", "0")
    texts = embedding_texts(split_document(whole, count), count)
    assert max(count(texts)) <= 256 and all(text.startswith("(*)(*)") for text in texts)


def test_a_megabyte_is_cut_in_seconds() -> None:
    text = "A sentence of some length stands here, and then another one. " * 16_500
    started = time.perf_counter()
    passages = split_document(document(text), words)
    assert time.perf_counter() - started < 30, "it takes about one second"
    assert len(passages) > 1_000


@pytest.mark.parametrize("text", ["", " \n ", "\n\n\n"])
def test_nothing_gives_no_passages(text: str) -> None:
    assert split_document(document(text), words) == ()


def from_blocks(*blocks: Block) -> Document:
    cleaned = assemble(Parsed(blocks), "x")
    return Document("d", cleaned.title, cleaned.text, "d.md", "0", outline=cleaned.outline, blocks=cleaned.blocks)


def test_a_list_keeps_its_lead_in_and_no_item_or_row_is_cut() -> None:
    items = [Block(f"Point {number}. It has two sentences, and is kept whole.", kind="item") for number in range(12)]
    rows = lay_out_rows(["Name", "Note"], [[f"Row {number}", "A note. And one more."] for number in range(12)])
    whole = from_blocks(
        Block("Title", 1),
        Block("Some words. " * 9 + "The points are:"),
        *items,
        Block("Heights of trees", kind="caption"),
        *rows,
    )
    passages = split_document(whole, words, max_characters=200)
    assert "".join(passage.text for passage in passages) == whole.text
    starts = {passage.span.start for passage in passages}
    kept = {block.start: block for block in whole.blocks}
    for start in starts - {0}:
        assert not any(block.start < start < block.end for block in whole.blocks)
    home = next(passage for passage in passages if "The points are:" in passage.text)
    assert "Point 0. It has" in home.text
    later = [passage for passage in passages if passage.text.startswith("Point") and passage is not home]
    assert later and all(passage.heading == "The points are:" for passage in later)
    tables = [passage for passage in passages if passage.text.startswith("Name: Row") and "Row 0" not in passage.text]
    assert tables and all(passage.heading == "Heights of trees" for passage in tables)
    for passage in passages:
        assert passage.blocks == tuple(
            block for block in kept.values() if block.start < passage.span.end and passage.span.start < block.end
        )


def test_an_item_too_long_for_a_passage_is_cut_at_sentences() -> None:
    whole = from_blocks(Block("They are:"), Block("A sentence of some length. " * 30, kind="item"))
    passages = split_document(whole, words, max_characters=200)
    assert len(passages) > 3 and all(len(passage.text) <= 200 for passage in passages)
    assert all(passage.blocks == whole.blocks for passage in passages[1:]), "each knows whose part it is"
