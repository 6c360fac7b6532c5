"""Words of a quote found again among the letters of a page, and not where their place is unsure."""

from __future__ import annotations

from ingest.formats.pdf.places import find_places
from ingest.formats.pdf.row_places import Place
from ingest.views import Sought

NOWHERE: tuple[Place, ...] = ((1, None),)


def find(page: str, words: str, before: str = "", after: str = "") -> str:
    """The characters of a page that are taken for the words."""
    found = find_places(Sought(1, 1, 1, words, before, after), page, NOWHERE * len(page), lambda one, other: False)
    return "".join(page[at] for at in found)


def test_letters_are_the_same_whatever_lies_between_them() -> None:
    assert (
        find("The ﬁrst exam-\nple of “naïve” read-\r\ning.", 'first example of "naive" reading')
        == "ﬁrst exam-ple of “naïve” read-ing."
    )
    assert find("x 1,234.50 y", "1 234.50") == "1,234.50"
    assert find("𝐁𝐨𝐥𝐝 words here", "Bold words") == "𝐁𝐨𝐥𝐝 words"


def test_short_words_are_no_parts_of_others() -> None:
    assert find("He answered yesterday.", "Yes") == ""
    assert find("He answered yes, and went.", "Yes") == "yes,"
    assert find("12 of 123", "123") == "123"


def test_of_equal_words_those_are_found_that_stand_among_the_same_others() -> None:
    page = "In May the harbour was closed to ships. In June the harbour was closed to ships."
    words = "the harbour was closed to ships"
    first = find_places(
        Sought(1, 1, 1, words, "In May", "In June"), page, NOWHERE * len(page), lambda one, other: False
    )
    second = find_places(
        Sought(1, 1, 1, words, "ships. In June", ""), page, NOWHERE * len(page), lambda one, other: False
    )
    assert first[0] < page.index("In June") < second[0]
    assert find(page, words) == "", "nothing tells them apart"


def test_words_that_are_painted_twice_are_one_place() -> None:
    page = "Annual report Annual report"
    sought = Sought(1, 1, 1, "Annual report", "", "")
    assert find_places(sought, page, NOWHERE * len(page), lambda one, other: abs(one - other) == 14) != []
    assert find_places(sought, page, NOWHERE * len(page), lambda one, other: False) == []


def test_what_comes_between_the_pieces_of_a_quote_is_left_out() -> None:
    page = "The council met in the old hall and decided\n12 Annual report 2024\nthat the bridge would be closed for a year.\n"
    quote = "The council met in the old hall and decided that the bridge would be closed for a year."
    assert find(page, quote) == quote.replace("decided that", "decidedthat"), "but for the end of the line"


def test_words_that_are_not_there_have_no_place() -> None:
    page = "The council met in the old hall and decided nothing at all about the bridge or the road."
    assert find(page, "The council met in the old hall and closed the bridge for ever and a day.") == ""
    assert find(page, "A different sentence altogether, of which no word stands here.") == ""
    assert find(page, "…") == ""
    assert find("", "words") == ""
