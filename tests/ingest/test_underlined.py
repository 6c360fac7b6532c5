"""Plain texts: underlined headings, and what looks like them; numbers of items that stand alone."""

from __future__ import annotations

import pytest

from ingest.clean import Cleaned, assemble
from ingest.decoding import normalise
from ingest.formats.plain_text import parse_page
from ingest.loaders import KINDS
from ingest.parse import parse

RULES = """\
Rules of the Rowing Club
========================
Written by Ada Quill

[[boats]]
Boats
-----
Nobody rows alone after dusk.

  Repairs
  ~~~~~~~

Oars are mended in March.

Who pays?
---------

The club does.

*****
Races
*****

They are held in May.
"""


def clean(text: str) -> Cleaned:
    return assemble(parse_page(normalise(text)), "file")


def headings(text: str) -> list[tuple[str, int]]:
    cleaned = clean(text)
    return [(cleaned.text[heading.start : heading.end], heading.level) for heading in cleaned.outline]


def test_underlined_lines_are_headings_each_sign_a_level_and_their_rules_go() -> None:
    assert headings(RULES) == [
        ("Rules of the Rowing Club", 1),
        ("Boats", 2),
        ("Repairs", 3),
        ("Who pays?", 2),
        ("Races", 4),
    ]
    cleaned = clean(RULES)
    assert not set("=-~*") & set(cleaned.text)
    assert (cleaned.title, cleaned.author) == ("Rules of the Rowing Club", "Ada Quill")
    assert "Boats\n\nNobody rows alone after dusk.\n\nRepairs" in cleaned.text


def test_releases_are_headings() -> None:
    text = "2.10.1\n------\nOars.\n\n2.9 (2024-05-02)\n++++++++++++++++\nBoats.\n"
    assert headings(text) == [("2.10.1", 1), ("2.9 (2024-05-02)", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "Dear Bo, the boat is mended.\n----------------------------\nAnd the oars are.",  # a sentence, and a line to part it
        "Boat     Length\n---------------\nHeron    4.2 m",  # names of columns
        "Boat\tLength\n-----------\nHeron\t4.2 m",
        "Boat | Length\n-------------\nHeron | 4.2 m",
        "Boat  Length\n----  ------\nHeron  4.2 m",
        "See you on the river\n--\nAda Quill",  # a signature
        "Boats\n------------------------------------------------------------\nHeron",  # a rule over the whole page
        "2024\n----\n12 boats",
        "1.5\n---\n12.25",
        "Heron\n4.2 m\n-----\nWhimbrel",  # a sum below a column
        "----\nrow( heron, 12, 0.5 );\n----",  # code between two fences
        "Signed by\n_________",
        "-----\n\n=====",
    ],
)
def test_rules_of_other_things_make_no_headings_and_stay(text: str) -> None:
    assert headings(f"The river runs.\n\n{text}") == []
    assert "".join(clean(f"The river runs.\n\n{text}").text.split()) == "".join(f"The river runs.{text}".split())


def test_a_mail_that_was_saved_as_text_keeps_its_signature() -> None:
    mail = "From: Ada <ada@example.org>\nTo: bo@example.org\nSubject: Boats\n\nThe boat is mended.\n\n-- \nAda Quill\n"
    blocks = parse(mail.encode(), KINDS[".txt"]).blocks
    assert [block.level for block in blocks if "Ada Quill" in block.text] == [0]


def test_the_number_of_an_item_that_stands_alone_is_joined_to_it() -> None:
    found = clean("A boat is lent if EITHER\n\n1.\n\nthe weather is fair OR\n\n(b)\n\na coach is there.").text
    assert found == "A boat is lent if EITHER\n\n1. the weather is fair OR\n\n(b) a coach is there.\n"
