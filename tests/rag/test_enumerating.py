"""What is told one thing after the other in sentences is found, and quoted whole where a question wants all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import ingest_paths
from rag.chain import build_chain
from rag.english.enumerating import announces, find_enumerations
from rag.english.named_in_title import repeats_title, shorten_names
from rag.english.sentences import find_sentences
from rag.index.passage_index import PassageIndex
from rag.types import Answer

REASONS = (
    "Three troubles came together. The first was the price of coal. It had doubled. The second was a strike at the "
    "harbour. The third was the new bridge, which took the road traffic. The owner says that all three shut the ferry."
)
FERRY = f"""# The Arden ferry

The ferry at Arden ran for sixty years. It was painted green, and carried horses.

{REASONS} Her daughter keeps the bell.

In 1960 the last boat was sold to a museum in the north.
"""


def find(text: str) -> list[str]:
    sentences = [text[start:end] for start, end in find_sentences(text)]
    return [" ".join(sentences[first : last + 1]) for first, last in find_enumerations(sentences)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"It ran long. {REASONS} Her daughter keeps the bell.", [REASONS]),
        ("We saw it. First, he ran. Second, he fell.", ["First, he ran. Second, he fell."]),
        ("One reason is the tide. Another is the wind.", ["One reason is the tide. Another is the wind."]),
        (
            "Wash it. First open the lid. Then rinse it. Finally shut it.",
            ["First open the lid. Then rinse it. Finally shut it."],
        ),
        ("The first boat was green. It was fast. We liked it.", []),
        ("The first mill was built by a brook. Then it burned. We rebuilt it.", []),
        ("The first mill was small. Last year it burned.", []),
        ("The second was red. The third was blue.", []),
        ("The first was red. It was old. It was slow. It was sold. It sank. The second was blue.", []),
        ("", []),
    ],
)
def test_sentences_that_tell_in_turn_are_one_enumeration(text: str, found: list[str]) -> None:
    assert find(text) == found


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, embeddings: Any) -> Any:
    folder: Path = tmp_path_factory.mktemp("enumerating")
    (folder / "ferry.md").write_text(FERRY, encoding="utf-8")
    ingest_paths([folder / "ferry.md"], directory=folder / "index", embeddings=embeddings)
    return build_chain(PassageIndex(folder / "index", embeddings))


@pytest.mark.parametrize(
    "asked", ["Why was the ferry shut?", "What were the troubles?", "Why was the Arden ferry shut?"]
)
def test_all_of_it_is_quoted_once_where_all_is_wanted(chain: Any, asked: str) -> None:
    answer: Answer = chain.invoke(asked)
    assert answer.citations[0].quote == REASONS
    assert answer.text.count("strike") == 1


def test_one_of_them_is_quoted_alone_where_it_is_what_was_asked(chain: Any) -> None:
    answer: Answer = chain.invoke("How much did the price of coal rise?")
    assert "doubled" in answer.text and "strike" not in answer.text


@pytest.mark.parametrize(
    ("asked", "title", "left"),
    [
        ("Why was the Arden ferry shut?", "The Arden ferry", "Why was the ferry shut?"),
        ("why was the arden ferry shut", "The Arden ferry", "why was the ferry shut"),
        ("Why was the Moor ferry shut?", "The Arden ferry", "Why was the Moor ferry shut?"),
        ("Why was the ferry at Arden shut?", "The Arden ferry", "Why was the ferry at Arden shut?"),
        ("What does the Arden have?", "The Arden ferry", "What does the Arden have?"),
        ("Why was the Arden ferry shut?", "", "Why was the Arden ferry shut?"),
    ],
)
def test_a_name_that_the_title_says_is_left_out_where_a_document_is_read(asked: str, title: str, left: str) -> None:
    assert shorten_names(asked, title) == left


@pytest.mark.parametrize(
    ("asked", "words", "says_nothing"),
    [
        ("What is the initial term of the Arden agreement?", "Arden Ferry Agreement", True),
        ("What does this agreement cost?", "the Arden Ferry Agreement", False),  # more than the title
        ("What is the name of the Arden agreement?", "Arden Ferry Agreement", False),
        ("Which agreement was signed?", "Arden Ferry Agreement", False),
        ("What is the capital of France?", "Paris", False),
        ("Who signed the Arden agreement?", "Ida Moor", False),
    ],
)
def test_the_title_of_a_document_is_no_answer_to_what_is_asked_of_it(
    asked: str, words: str, says_nothing: bool
) -> None:
    assert repeats_title(asked, words, "ARDEN FERRY AGREEMENT") == says_nothing


@pytest.mark.parametrize(
    ("sentence", "is_lead"),
    [
        ("The parts are:", True),
        ("The dates of this year are summarized below.", True),
        ("The steps are as follows.", True),
        ("The dates are listed below, by month.", True),
        ("The boat lay below the mole.", False),
        ("As was said above, they left.", False),
    ],
)
def test_a_sentence_may_announce_a_list_without_a_colon(sentence: str, is_lead: bool) -> None:
    assert announces(sentence) == is_lead


DATES = """# The Arden ferry

The ferry's dates of this year are summarized below. Others will be told in time.

In spring:

- 3 March: the boats are painted.
- 9 April: the first crossing.

In autumn:

- 1 October: the last crossing.

The owner lives in the harbour house.
"""


def test_a_list_that_is_announced_is_quoted_with_all_its_parts(tmp_path: Path, embeddings: Any) -> None:
    (tmp_path / "dates.md").write_text(DATES, encoding="utf-8")
    ingest_paths([tmp_path / "dates.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = build_chain(PassageIndex(tmp_path / "index", embeddings)).invoke(
        "What are the ferry's dates of this year?"
    )
    assert "painted" in answer.text and "last crossing" in answer.text and "harbour house" not in answer.text


def test_what_is_asked_of_a_document_is_answered_by_more_than_its_title(tmp_path: Path, embeddings: Any) -> None:
    words = (
        "This Arden Ferry Agreement is made on 3 May 2019 by the town of Arden and Ida Moor.\n\n"
        "The rent of the landing stage is 900 euros a year."
    )
    (tmp_path / "ferry.md").write_text(f"# Arden Ferry Agreement\n\n{words}\n", encoding="utf-8")
    ingest_paths([tmp_path / "ferry.md"], directory=tmp_path / "index", embeddings=embeddings)
    answer = build_chain(PassageIndex(tmp_path / "index", embeddings)).invoke(
        "What is the rent of the Arden agreement?"
    )
    assert (
        "900 euros" in answer.text and answer.short_answer is not None and "Agreement" not in answer.short_answer.text
    )
