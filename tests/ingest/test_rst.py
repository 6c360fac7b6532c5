"""reStructuredText: its words in order, its outline, and nothing inserted from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean import Cleaned, assemble
from ingest.formats.rst import parse_rst

SURVEY = """
=============
Kettles today
=============

:Author: Ada Quill
:Date: 2014-05-12

Kettles are *hot*, see :ref:`the guide <guide>`, :py:class:`Kettle` and `a shop <http://shop.example>`_ [1]_.

Kinds
-----

1. Copper
2. Steel

   - with a whistle

Boiler
   A large one.

.. seealso:: The survey of *teapots*.

.. note:: Mind the steam.

.. code-block:: python

   x = 1
   y = 2

Prices
~~~~~~

===== =====
Name  Price
===== =====
Tin   3
Iron  4
===== =====

| Roses are
| red

.. [1] It stands in the High Street.
.. image:: kettle.png
   :alt: a picture
.. comment that nobody sees
"""


def read(text: str) -> Cleaned:
    return assemble(parse_rst(text), "file")


def test_a_whole_document() -> None:
    cleaned = read(SURVEY)
    assert (cleaned.title, cleaned.author, cleaned.date) == ("Kettles today", "Ada Quill", "2014-05-12")
    assert cleaned.text.split("\n\n") == [
        "Kettles today",
        "By Ada Quill, 12 May 2014",
        "Kettles are hot, see the guide, Kettle and a shop.",
        "Kinds",
        "1. Copper",
        "2. Steel",
        "- with a whistle",
        "Boiler",
        "A large one.",
        "The survey of teapots.",
        "Mind the steam.",
        "x = 1\ny = 2",
        "Prices",
        "Name: Tin; Price: 3",
        "Name: Iron; Price: 4",
        "Roses are\nred",
        "Note 1: It stands in the High Street.\n",
    ]
    outline = [(cleaned.text[heading.start : heading.end], heading.level) for heading in cleaned.outline]
    assert outline == [("Kettles today", 1), ("Kinds", 2), ("Prices", 3)]


@pytest.mark.parametrize(
    "directive",
    [".. include:: {}", ".. raw:: html\n   :file: {}", ".. csv-table::\n   :file: {}", ".. literalinclude:: {}"],
)
def test_no_other_file_is_read(directive: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret words\n")
    text = read(f"Before.\n\n{directive.format(tmp_path / 'secret.txt')}\n\nAfter.\n").text
    assert "secret words" not in text and text.startswith("Before.") and "After." in text


def test_what_is_wrong_in_a_text_costs_no_words(capfd: pytest.CaptureFixture[str]) -> None:
    text = read("Title\n==\n\n*not closed and `neither this\n\n.. unknown:: thing\n\nThe end.\n").text
    assert "not closed and" in text and "neither this" in text and "The end." in text
    assert capfd.readouterr() == ("", "")


def test_a_byline_below_the_title() -> None:
    cleaned = read("Tea\n===\n\nBy Ada Quill\n\nIt is hot.\n")
    assert (cleaned.author, cleaned.text) == ("Ada Quill", "Tea\n\nBy Ada Quill\n\nIt is hot.\n")


def test_unknown_directives_and_roles_keep_their_words() -> None:
    text = read(
        "Before.\n\n.. mine:own:: Some words\n   :option: 1\n\n   Body *words*.\n\n.. toctree::\n\n   intro\n\n"
        "See :my:role:`the label <target>`.\n\n::\n\n   :ref:`as written <x>`\n"
    ).text
    assert text == "Before.\n\nSome words\n\nBody words.\n\nSee the label.\n\n:ref:`as written <x>`\n"


def test_head_fields_field_lists_options_and_cells_keep_their_words() -> None:
    head = "T\n=\n\n:Author: Ada\n:Version: 1.2\n:Custom: thing\n\n"
    rest = "Text.\n\n:param x: the x\n\n-a  Print all.\n\n+-----+-----+\n| - x | one |\n| - y | two |\n+-----+-----+\n"
    assert read(head + rest).text.split("\n\n") == [
        "T",
        "By Ada",
        "Version: 1.2",
        "Custom: thing",
        "Text.",
        "param x: the x",
        "-a: Print all.",
        "x y; one two\n",
    ]


def test_escaped_spaces_join_words() -> None:
    assert read("H\\ :sub:`2`\\ O\n").text == "H2O\n"


def test_a_lone_subsection_is_a_heading() -> None:
    cleaned = read("Tea\n===\n\nKinds\n-----\n\nText.\n")
    assert [(cleaned.text[item.start : item.end], item.level) for item in cleaned.outline] == [("Tea", 1), ("Kinds", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 5_000,
        "- " * 600 + "word",
        "\n".join(" " * depth + "word\n" for depth in range(1_200)),
        "*word " * 20_000,
        "`word " * 20_000,
        "|word " * 20_000,
        "[word]_ " * 20_000,
    ],
    ids=["long line", "deep list", "deep quotation", "open emphasis", "open role", "open substitution", "references"],
)
def test_a_text_that_docutils_cannot_take_keeps_its_words(text: str) -> None:
    assert read(text).text.count("word") == text.count("word")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab \n.:*`_=-|[]#1", max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    read(text)


def blocks_of(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in parse_rst(text).blocks]


def test_code_keeps_its_words_whatever_is_asked_of_it() -> None:
    made = (
        ".. {}:: python\n   :caption: The *main* file\n   :linenos:\n   :emphasize-lines: 1\n\n   boil(water)\n\nEnd.\n"
    )
    for name in ("code-block", "sourcecode", "code"):
        assert blocks_of(made.format(name)) == [
            ("caption", "The main file"),
            ("code", "boil(water)"),
            ("text", "End."),
        ]


def test_what_stands_below_a_class_or_a_function_is_kept() -> None:
    made = (
        ".. autofunction:: boil(water)\n\n.. autoclass:: Kettle(base)\n   :members:\n\n   It is hot.\n\n"
        "   .. method:: pour(cup)\n\n      It pours.\n\n.. versionadded:: 3.1\n\n   With a lid.\n"
    )
    assert [text for _, text in blocks_of(made)] == [
        "boil(water)",
        "Kettle(base)",
        "It is hot.",
        "pour(cup)",
        "It pours.",
        "New in version 3.1",
        "With a lid.",
    ]


def test_what_docutils_can_make_nothing_of_keeps_its_words() -> None:
    made = (
        "Before.\n\n.. figure:: pot.png\n   :figwidth: wide\n\n   A pot of tea.\n\n"
        "+-----+-----+\n| tin | 3   |\n+-----+\n\n.. csv-table:: Prices\n   :widths: a b\n\n   iron, 4\n\nEnd.\n"
    )
    text = "\n".join(text for _, text in blocks_of(made))
    for words in ("Before.", "A pot of tea.", "| tin | 3   |", "Prices", "iron, 4", "End."):
        assert words in text
    assert "pot.png" not in text and "widths" not in text


@pytest.mark.parametrize(
    "head", ["PEP: 1\nTitle: On tea\nAuthor: Ada Quill, Ben Roe\n", ":Title: On tea\n:Authors: Ada Quill, Ben Roe\n"]
)
def test_a_head_of_fields_gives_title_and_authors(head: str) -> None:
    read = parse_rst(head + "\nHow it is made\n==============\n\nHot.\n\nHow it is drunk\n===============\n\nSlowly.\n")
    assert (read.title, read.author) == ("On tea", "Ada Quill, Ben Roe")
    assert not any("On tea" in block.text for block in read.blocks)


def test_rows_are_named_merged_cells_carried_and_kinds_told() -> None:
    table = "+-----+-------+-----+\n| Pot | Price | Lid |\n+=====+=======+=====+\n| tin | 3     | no  |\n|     +-------+-----+\n|     | 4     | yes |\n+-----+-------+-----+\n"
    made = f".. table:: Pots\n\n{''.join(f'   {line}' for line in table.splitlines(keepends=True))}\n* one\n* two\n\n.. [C1] A book.\n"
    assert blocks_of(made) == [
        ("caption", "Pots"),
        ("row", "Pot: tin; Price: 3; Lid: no"),
        ("row", "Pot: tin; Price: 4; Lid: yes"),
        ("item", "- one"),
        ("item", "- two"),
        ("reference", "Note C1: A book."),
    ]


def test_what_a_setting_is_by_default_is_told() -> None:
    text = "Settings\n========\n\n.. confval:: agent\n   :type: :code:`str`\n   :default: ``None``\n   :class: wide\n\n   Who asks.\n"
    assert [block.text for block in parse_rst(text).blocks][1:] == ["agent", "Type: str; Default: None", "Who asks."]
