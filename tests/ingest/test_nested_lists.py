"""Lists within lists: how deep an item lies, in every format that tells it, and that no file makes it deeper than a page is wide."""

from __future__ import annotations

import io
from typing import Any

import docx as python_docx
import pytest
from made_office import odt, pptx, shape

from ingest.blocks import Parsed
from ingest.clean import DEEPEST, assemble
from ingest.loaders import Kind
from ingest.parse import parse
from ingest.sandbox.confined import parse_confined

MARKDOWN = "# Rope\n\nBring:\n\n- knots\n  - bowline\n    1. left\n  - hitch\n- tar\n"
HTML = "<h1>Rope</h1><p>Bring:</p><ul><li>knots<ul><li>bowline<ol><li>left</li></ol></li><li>hitch</li></ul></li><li>tar</li></ul>"
RST = "Rope\n====\n\nBring:\n\n- knots\n\n  - bowline\n\n    1. left\n\n  - hitch\n\n- tar\n"


def word() -> bytes:
    """The same list as Word has it: each paragraph says how deep it lies."""
    document = python_docx.Document()
    for words, depth in (("knots", 0), ("bowline", 1), ("left", 2), ("hitch", 1), ("tar", 0)):
        numbering: Any = document.add_paragraph(words)._p.get_or_add_pPr()
        numbering.get_or_add_numPr().get_or_add_numId().val = 1
        numbering.get_or_add_numPr().get_or_add_ilvl().val = depth
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def items(*inside: str) -> str:
    return f"<text:list>{''.join(f'<text:list-item>{item}</text:list-item>' for item in inside)}</text:list>"


OPEN_DOCUMENT = items(
    "<text:p>knots</text:p>"
    + items("<text:p>bowline</text:p>" + items("<text:p>left</text:p>"), "<text:p>hitch</text:p>"),
    "<text:p>tar</text:p>",
)
SLIDE = (
    shape("knots\nbowline\nleft\nhitch\ntar", "body")
    .replace("<a:p><a:r><a:t>bowline", '<a:p><a:pPr lvl="1"/><a:r><a:t>bowline')
    .replace("<a:p><a:r><a:t>left", '<a:p><a:pPr lvl="2"/><a:r><a:t>left')
    .replace("<a:p><a:r><a:t>hitch", '<a:p><a:pPr lvl="1"/><a:r><a:t>hitch')
)


def depths(parsed: Parsed) -> dict[str, int]:
    """How deep each item lies once the document is put together, by its last word."""
    cleaned = assemble(parsed, "rope")
    return {
        cleaned.text[block.start : block.end].split()[-1]: block.depth
        for block in cleaned.blocks
        if block.kind == "item"
    }


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (MARKDOWN.encode(), "markdown"),
        (HTML.encode(), "html"),
        (RST.encode(), "rst"),
        (word(), "docx"),
        (odt(OPEN_DOCUMENT), "odt"),
        (pptx(SLIDE), "pptx"),
    ],
    ids=["markdown", "html", "rst", "docx", "odt", "pptx"],
)
def test_an_item_knows_in_how_many_others_it_lies(content: bytes, kind: Kind) -> None:
    assert depths(parse(content, kind)) == {"knots": 0, "bowline": 1, "left": 2, "hitch": 1, "tar": 0}


def test_the_depth_comes_through_the_process_that_reads() -> None:
    assert depths(parse_confined(HTML.encode(), "html"))["left"] == 2


def test_no_page_makes_a_list_deeper_than_can_be_drawn() -> None:
    content = "<p>Deep:</p>" + "<ul><li>in" * 60 + "nermost" + "</li></ul>" * 60
    assert max(depths(parse(content.encode(), "html")).values()) == DEEPEST


def test_what_a_page_calls_a_heading_by_its_role_is_one() -> None:
    page = '<h1>Ropes</h1><p class="caption" role="heading" aria-level="3"><span>First steps</span></p><p>Take one.</p>'
    assert [(block.text, block.level) for block in parse(page.encode(), "html").blocks] == [
        ("First steps", 3), ("Take one.", 0)
    ]  # fmt: skip
