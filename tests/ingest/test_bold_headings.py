"""Headings that are so by hand, in Word files and web pages: short, wholly bold, alone over what they are about."""

from __future__ import annotations

import io

import docx
import pytest
from made_html import PROSE, TITLE

from ingest.formats.docx.parse import parse_docx
from ingest.formats.html.parse import parse_html

RULES = "A boat may be lent to any member who has passed the test, from dawn to dusk, and to no one else."


def save(*paragraphs: str | tuple[str, str]) -> bytes:
    """A Word file; what stands in ** is bold, and a pair is a text and its style."""
    document = docx.Document()
    for each in paragraphs:
        text, style = each if isinstance(each, tuple) else (each, "Normal")
        paragraph = document.add_paragraph(style=style)
        for at, part in enumerate(text.split("**")):
            paragraph.add_run(part).bold = bool(at % 2) or None
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def levels(content: bytes) -> list[tuple[str, int]]:
    return [(block.text, block.level) for block in parse_docx(content).blocks if block.level]


def test_bold_paragraphs_are_headings_those_in_capitals_the_higher() -> None:
    content = save(
        "**Rules of the** **Rowing Club**", RULES, "**LENDING**", "**Who may row?**", "Members.", "**By night**", RULES,
        "**PRIZES**", ("A cup", "List Bullet"),
    )  # fmt: skip
    assert levels(content) == [
        ("Rules of the Rowing Club", 1),
        ("LENDING", 2),
        ("Who may row?", 3),
        ("By night", 3),
        ("PRIZES", 2),
    ]


def test_they_lie_below_headings_that_are_styled() -> None:
    content = save(("The club", "Heading 1"), ("Boats", "Heading 2"), RULES, "**By night**", RULES)
    assert levels(content) == [("The club", 1), ("Boats", 2), ("By night", 3)]


def test_a_style_that_is_bold_makes_headings_and_a_word_in_it_that_is_not_makes_none() -> None:
    document = docx.Document()
    document.styles.add_style("Loud", 1).font.bold = True
    document.add_paragraph(RULES)
    document.add_paragraph("Lending", style="Loud")
    document.add_paragraph(RULES)
    document.add_paragraph("Prizes", style="Loud").runs[0].bold = False
    document.add_paragraph(RULES)
    out = io.BytesIO()
    document.save(out)
    assert levels(out.getvalue()) == [("Lending", 2)]


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("**Nobody rows alone.**", RULES),  # a sentence
        ("**Note** on lending", RULES),  # one bold word
        ("**Note:**", RULES),
        ("**Table 2: boats and oars**", RULES),
        ("**Ada Quill**", "President"),  # a signature
        ("**the boats of the club**", RULES),  # the second line of something
        (f"**{RULES[:95]}**", RULES),
        ("**2024**", RULES),
        ("**ada@example.org**", RULES),
        ("**Boats**", ""),
    ],
)
def test_other_bold_words_are_no_headings(text: str, following: str) -> None:
    assert levels(save(RULES, text, *([following] if following else []))) == []
    page = f"<p>{RULES}</p><p>{text.replace('**', '<b>', 1).replace('**', '</b>')}</p><p>{following}</p>"
    assert [block.text for block in parse_html(page.encode()).blocks if block.level] == []


def test_a_bold_line_with_a_colon_leads_to_a_list_and_heads_prose() -> None:
    assert levels(save(RULES, "**By night:**", ("A lamp", "List Bullet"), "**By day:**", RULES)) == [("By day:", 2)]
    page = f"<p>{RULES}</p><p><b>By night:</b></p><ul><li>A lamp</li></ul><p><b>By day:</b></p><p>{RULES}</p>"
    assert [block.text for block in parse_html(page.encode()).blocks if block.level] == ["By day:"]


def test_bold_cells_of_a_table_are_none() -> None:
    document = docx.Document()
    document.add_paragraph(RULES)
    table = document.add_table(2, 2)
    for cell, words in zip(
        (cell for row in table.rows for cell in row.cells), ("Boat", "Rule", "Heron", RULES), strict=True
    ):
        cell.paragraphs[0].add_run(words).bold = True
    out = io.BytesIO()
    document.save(out)
    assert levels(out.getvalue()) == []


@pytest.mark.parametrize(
    "bold", ["<b>{}</b>", "<strong>{}</strong>", "<span><font size=4><b>{}</b></font></span>", "<b>{}</b><br>"]
)
def test_bold_paragraphs_of_a_page_are_headings_below_those_above_them(bold: str) -> None:
    page = f"<nav>Menu</nav><h1>{TITLE}</h1><h2>Boats</h2><p>{PROSE[0]}</p><p>{bold.format('By night')}</p><p>{PROSE[1]}</p>"
    blocks = parse_html(page.encode()).blocks
    assert [(block.text, block.level) for block in blocks if block.level > 1] == [("Boats", 2), ("By night", 3)]


@pytest.mark.parametrize(
    "markup",
    [
        "<ul><li><p><b>By night</b></p><p>{}</p></li></ul>",
        "<table><tr><td><p><b>By night</b></p><p>{}</p></td><td>{}</td></tr></table>",
        "<p><b><a href='/x'>By night</a></b></p><p>{}</p>",
        "<p><b>By night</b></p><p><b>And by day</b></p><h2>Boats</h2><p>{}</p>",
        "<p>Row <b>By night</b></p><p>{}</p>",
    ],
)
def test_bold_words_of_items_cells_links_and_other_paragraphs_are_none(markup: str) -> None:
    blocks = parse_html(f"<p>{PROSE[1]}</p>{markup.replace('{}', PROSE[0])}".encode()).blocks
    assert not any(block.level and "By" in block.text for block in blocks)
    assert any("By night" in block.text for block in blocks)
