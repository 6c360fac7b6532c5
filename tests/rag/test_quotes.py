"""Quotes: where a passage holds the words that a model gives as its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cite.quote_matching import CLOSE, find_quotations, find_quote

TEXT = (
    "The mill was built in 1874 by the Harrow brothers. It burned down in March 1911. "
    "Nobody was hurt, but 1,200 sacks of flour were lost. The town’s council did not rebuild it."
)


def told(quote: str, text: str = TEXT) -> list[tuple[str, str]]:
    return [(text[found.start : found.end], found.status) for found in find_quote(quote, text)]


@pytest.mark.parametrize(
    ("quote", "words", "status"),
    [
        ("It burned down in March 1911.", "It burned down in March 1911", "verbatim"),
        ("  IT BURNED   down in march 1911", "It burned down in March 1911", "verbatim"),
        ("ｂｕｒｎｅｄ down in March", "burned down in March", "verbatim"),
        ("The town's council did not rebuild it", "The town’s council did not rebuild it", "verbatim"),
        ("built in 1874 by the Harrow sisters", "built in 1874 by the Harrow", "close"),
        ("Nobody was badly hurt, but 1,200 sacks of flour were lost", None, "close"),
        ("brothers. It burned down", "brothers. It burned down", "verbatim"),
    ],
)
def test_a_quote_is_found_by_its_words_and_shown_in_the_texts_own(quote: str, words: str | None, status: str) -> None:
    ((found, how),) = told(quote)
    assert how == status
    assert found == words or (words is None and found.startswith("Nobody") and found.endswith("lost"))


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "burned down",
        "sold to a bank in Leeds",
        "The council will rebuild the mill at once",
        "1911 March in down burned It",
        "the mill " * 300,
    ],
)
def test_what_is_short_or_stands_nowhere_is_not_found(quote: str) -> None:
    assert told(quote) == []


def test_words_that_stand_twice_are_found_twice() -> None:
    text = "Rain fell all night. The river rose. Rain fell all night."
    assert [found.start for found in find_quote("rain fell all night", text)] == [0, 37]
    assert len(find_quote("rain fell almost all night", text)) == 2


def test_quotations_in_prose_are_those_in_marks_and_long_enough() -> None:
    prose = 'He said “it burned down”, she "was not hurt", they «lost the flour», and “no”.'
    assert find_quotations(prose) == ("it burned down", "was not hurt", "lost the flour")
    assert find_quotations("“unclosed and the rest of it") == ()


@given(st.text("ab c.", max_size=60), st.text("ab c.", max_size=120))
def test_what_is_found_agrees_with_the_quote(quote: str, text: str) -> None:
    for found in find_quote(quote, text):
        assert 0 <= found.start < found.end <= len(text)
        words, wanted = text[found.start : found.end].split(), quote.split()
        if found.status == "verbatim":
            assert "".join(words).replace(".", "") == "".join(wanted).replace(".", "")
        else:
            assert (
                CLOSE * len(quote.replace(".", " ").split())
                <= len(text[found.start : found.end].replace(".", " ").split()) / CLOSE
            )
