"""Workbooks: sheets are headings, values are named by their columns, and nothing hidden or endless comes in."""

from __future__ import annotations

import io
import zipfile

import pytest
from made_bombs import docx, endless_deflate, lying_zip, zip_of
from made_office import ods, xlsx

from ingest.blocks import Block
from ingest.limits import Limits
from ingest.parse import parse
from ingest.sandbox.confined import parse_confined
from rag.errors import SourceError

Rows = list[list[str | float | None]]

TIDES: Rows = [["Port", "High", "Low"], ["Brest", 7.1, 1.25], ["Oslo", 0.5, None]]


def blocks(content: bytes) -> list[tuple[str, int]]:
    return [(block.text, block.level) for block in parse(content, "sheets").blocks]


def test_rows_are_named_and_sheets_are_headings() -> None:
    assert blocks(
        xlsx({"Tides": TIDES, "Empty": [], "Ships": [["Name", "Built"], ["Saimaa", 1934], ["Aino", 1951]]})
    ) == [
        ("Tides", 1),
        ("Port: Brest; High: 7.1; Low: 1.25", 0),
        ("Port: Oslo; High: 0.5", 0),
        ("Ships", 1),
        ("Name: Saimaa; Built: 1934", 0),
        ("Name: Aino; Built: 1951", 0),
    ]
    assert {block.kind for block in parse(xlsx({"Sheet1": TIDES}), "sheets").blocks} == {"row"}


def test_lines_above_a_table_and_merged_cells() -> None:
    rows: Rows = [
        ["Warranty in months", None, None],
        ["Machine", "Region", "Months"],
        ["Dryer", "Europe", 24],
        [None, "Asia", 12],
    ]
    assert [text for text, _ in blocks(xlsx({"Sheet1": rows}, merged=["A3:A4", "A1:C1"]))] == [
        "Warranty in months",
        "Machine: Dryer; Region: Europe; Months: 24",
        "Machine: Dryer; Region: Asia; Months: 12",
    ]


def test_hidden_sheets_are_left_out_and_said() -> None:
    read = parse(xlsx({"Tides": TIDES, "Pay": [["Ada", 9]]}, hidden=["Pay"]), "sheets")
    assert read.note == "1 hidden sheet was left out"
    assert not any("Ada" in block.text for block in read.blocks)
    with pytest.raises(SourceError, match="no values in it; its sheets are hidden"):
        parse(xlsx({"Pay": [["Ada", 9]]}, hidden=["Pay"]), "sheets")


def test_opendocument_workbooks() -> None:
    def row(*values: str) -> str:
        cells = (
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
            for value in values
        )
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    assert blocks(ods(row("Port", "High") + row("Brest", "7.1") + row("Oslo", "0.5"))) == [
        ("Tides", 1),
        ("Port: Brest; High: 7.1", 0),
        ("Port: Oslo; High: 0.5", 0),
    ]


def test_a_page_or_values_that_call_themselves_a_workbook() -> None:
    page = b"<html><body><table><tr><th>Port</th><th>High</th></tr><tr><td>Brest</td><td>7.1</td></tr></table></body></html>"
    assert blocks(page) == [("Port: Brest; High: 7.1", 0)]
    assert blocks("Port\tHigh\nBrest\t7.1\nOslo\t0.5\n".encode("utf-16")) == [
        ("Port: Brest; High: 7.1", 0),
        ("Port: Oslo; High: 0.5", 0),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        b"PK\x03\x04" + bytes(100),
        zip_of([("a.txt", "words")]),
        docx("<w:p><w:r><w:t>words</w:t></w:r></w:p>"),
        xlsx({"Sheet1": TIDES})[:-300],
        xlsx({"Sheet1": [[]]}, Sheet1="<row r='x'><c r='ZZZZ9'><v>7</c></row>"),
        lying_zip(["xl/worksheets/sheet1.xml"], endless_deflate(400_000_000)),
    ],
    ids=["no OLE", "encrypted", "no zip", "other zip", "Word", "cut", "broken", "bomb"],
)
def test_what_is_no_workbook_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SourceError) as error:
        parse(content, "sheets")
    assert "\n" not in str(error.value)


def test_a_value_far_away_costs_no_more_than_the_limits() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    try:
        found = parse_confined(xlsx({"Sheet1": [[]]}, Sheet1=far), "sheets", Limits(seconds=20))
        assert Block("1", kind="row") in found.blocks
    except SourceError as error:
        assert "more than" in str(error) and "\n" not in str(error)
    assert parse_confined(xlsx({"Sheet1": TIDES}), "sheets").blocks[0].text == "Port: Brest; High: 7.1; Low: 1.25"


def test_a_sheet_that_is_not_well_formed_is_refused_at_once() -> None:
    """python-calamine looks for the end of such a table for ever."""
    broken = ods("</table\x1atable><table:table>")
    with pytest.raises(SourceError, match=r"content\.xml is not well-formed"):
        parse_confined(broken, "sheets", Limits(seconds=10))


def test_a_title_that_is_a_file_s_name_is_none_unless_the_sheet_says_it() -> None:
    def titled(name: str) -> str:
        core = f'<cp:coreProperties xmlns:cp="x" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{name}</dc:title></cp:coreProperties>'
        stream = io.BytesIO(xlsx({"Tides": TIDES, "avgtxfull": TIDES}))
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr("docProps/core.xml", core)
        return parse(stream.getvalue(), "sheets").title

    assert [titled(name) for name in ("brstxhigh", "tides_2019", "Tide tables", "Ships", "avgtxfull")] == [
        "", "", "Tide tables", "Ships", "avgtxfull"
    ]  # fmt: skip
