"""Slides: each is a page with its title, lists, tables and notes; furniture and hidden slides stay out."""

from __future__ import annotations

import pytest
from made_bombs import LAUGHS, zip_of
from made_office import links, pptx, shape

from ingest.clean import assemble
from ingest.parse import parse
from rag.errors import SourceError

TABLE = (
    '<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tblPr firstRow="1"/>{}</a:tbl></a:graphicData></a:graphic>'
    "</p:graphicFrame>"
)


def row(*cells: str) -> str:
    return f"<a:tr>{''.join(cells)}</a:tr>"


def cell(words: str, attributes: str = "") -> str:
    return f"<a:tc {attributes}><a:txBody><a:p><a:r><a:t>{words}</a:t></a:r></a:p></a:txBody></a:tc>"


def test_a_slide_is_a_page_with_its_title_first() -> None:
    first = (
        shape("by the harbour office")
        + shape("The tides", "ctrTitle")
        + shape("3", "sldNum")
        + shape("no", hidden=True)
    )
    second = shape("What we saw", "title") + shape("high water\nlow water", "body")
    read = parse(pptx(first, second, notes={2: "Mention the storm."}), "pptx")
    assert [(block.text, block.level, block.kind) for block in read.blocks] == [
        ("The tides", 1, "text"),
        ("by the harbour office", 0, "text"),
        ("What we saw", 2, "text"),
        ("- high water", 0, "item"),
        ("- low water", 0, "item"),
        ("Note: Mention the storm.", 0, "text"),
    ]
    cleaned = assemble(read, "tides")
    assert cleaned.text[cleaned.page_starts[1] :].startswith("What we saw")


def test_tables_of_slides_are_named_and_merged_cells_carried() -> None:
    table = TABLE.format(
        row(cell("Port"), cell("Range"))
        + row(cell("Brest", 'rowSpan="2"'), cell("7 m"))
        + row(cell("", 'vMerge="1"'), cell("8 m"))
    )
    assert [block.text for block in parse(pptx(table), "pptx").blocks] == [
        "Port: Brest; Range: 7 m",
        "Port: Brest; Range: 8 m",
    ]


def test_hidden_slides_are_said_and_empty_ones_counted() -> None:
    read = parse(pptx(shape("Words"), "", shape("secret"), show={3: "0"}), "pptx")
    assert (read.pages, read.pages_without_text, read.note) == (2, 1, "1 hidden slide was left out")
    assert [block.text for block in read.blocks] == ["Words"]


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(60),
        zip_of([("a.txt", "words")]),
        pptx(),
        pptx(shape("Words"))[:-200],
        zip_of(
            [
                ("_rels/.rels", links(("officeDocument", "p.xml"))),
                ("p.xml", LAUGHS + "<presentation>&l9;</presentation>"),
            ]
        ),
        pptx("<p:grpSp>" * 2_000 + "</p:grpSp>" * 2_000),
    ],
    ids=["no zip", "other zip", "no slides", "cut", "laughs", "deep"],
)
def test_what_is_no_presentation_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError) as error:
        parse(content, "pptx")
    assert "\n" not in str(error.value)
