"""OpenDocument texts: what is on paper when they are printed, and nothing else, comes out of them."""

from __future__ import annotations

import pytest
from made_bombs import LAUGHS, zip_of
from made_office import odt

from ingest.parse import parse
from rag.errors import SourceError

STYLES = (
    '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    '<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Source_20_Code"/>'
    '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="T2" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1"/></text:list-style>'
)


def blocks(body: str) -> list[tuple[str, int, str]]:
    return [(block.text, block.level, block.kind) for block in parse(odt(body, STYLES), "odt").blocks]


def test_headings_lists_notes_code_and_spaces() -> None:
    item = "<text:list-item><text:p>{}</text:p></text:list-item>"
    assert blocks(
        '<text:p text:style-name="P1">Tides</text:p><text:h text:outline-level="2">The <text:span>gauge</text:span></text:h>'
        '<text:p>It is 10<text:span text:style-name="T2">3</text:span> m<text:note><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>At noon.</text:p></text:note-body></text:note>.<text:line-break/>So<text:s text:c='2'/>it is.</text:p>"
        f"<text:list>{item.format('ebb')}</text:list><text:list text:style-name='L1'>{item.format('first')}{item.format('then')}</text:list>"
        '<text:p text:style-name="P2">read()</text:p>'
    ) == [
        ("Tides", 1, "text"),
        ("The gauge", 2, "text"),
        ("It is 10³ m.\nSo  it is.", 0, "text"),
        ("Note 1: At noon.", 0, "text"),
        ("- ebb", 0, "item"),
        ("1. first", 0, "item"),
        ("2. then", 0, "item"),
        ("read()", 0, "code"),
    ]


def test_tables_are_named_and_merged_cells_carried() -> None:
    def cell(words: str, attributes: str = "") -> str:
        return f"<table:table-cell {attributes}><text:p>{words}</text:p></table:table-cell>"

    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    head = f"<table:table-header-rows>{row(cell('Port'), cell('Range'))}</table:table-header-rows>"
    rows = row(cell("Brest", 'table:number-rows-spanned="2"'), cell("7 m")) + row(
        "<table:covered-table-cell/>", cell("8 m")
    )
    assert blocks(f"<table:table>{head}{rows}</table:table>") == [
        ("Port: Brest; Range: 7 m", 0, "row"),
        ("Port: Brest; Range: 8 m", 0, "row"),
    ]


def test_what_is_not_printed_is_left_out() -> None:
    read = parse(
        odt(
            "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:table-of-content><text:p>Contents</text:p>"
            '</text:table-of-content><text:p>Kept <text:span text:style-name="T1">secret</text:span>words'
            "<office:annotation><text:p>remark</text:p></office:annotation>.</text:p>",
            STYLES,
            "<dc:title>Tides</dc:title><meta:initial-creator>Ada Quill</meta:initial-creator>"
            "<meta:creation-date>2021-03-12T10:00:00</meta:creation-date><dc:date>2021-03-14T10:00:00</dc:date>",
        ),
        "odt",
    )
    assert [block.text for block in read.blocks] == ["Kept words."]
    assert (read.title, read.author, read.date, read.note) == (
        "Tides",
        "Ada Quill",
        "2021-03-12",
        "hidden words were left out",
    )


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(60),
        zip_of([("a.txt", "words")]),
        zip_of([("content.xml", LAUGHS + "<r>&l9;</r>")]),
        odt("<text:section>" * 200 + "<text:p>deep</text:p>" + "</text:section>" * 200),
        zip_of([("META-INF/manifest.xml", "<m><f><encryption-data/></f></m>"), ("content.xml", "<x/>")]),
    ],
    ids=["no zip", "other zip", "laughs", "deep", "encrypted"],
)
def test_what_is_no_text_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError) as error:
        parse(content, "odt")
    assert "\n" not in str(error.value)
