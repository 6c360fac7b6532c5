"""Workbooks, slides and OpenDocument texts, made from their parts for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from made_bombs import zip_of

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for name, long in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("fo", "xsl-fo-compatible"),
        ("draw", "drawing"), ("meta", "meta"),
    )
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip


def links(*targets: tuple[str, str]) -> str:
    """The part that says which kinds of parts another one refers to: r1, r2, ..."""
    found = "".join(
        f'<Relationship Id="r{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{found}</Relationships>'


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[str | float | None]]],
    merged: Sequence[str] = (),
    hidden: Sequence[str] = (),
    **raw: str,
) -> bytes:
    """A workbook of sheets of rows; ``raw`` replaces the data of a sheet by its XML."""
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for number, name in enumerate(sheets, 1)
    )
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    parts = [
        (
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{overrides}</Types>',
        ),
        ("_rels/.rels", links(("officeDocument", "xl/workbook.xml"))),
        ("xl/workbook.xml", f'<workbook xmlns="{SHEETS}" xmlns:r="{RELATIONS}"><sheets>{named}</sheets></workbook>'),
        ("xl/_rels/workbook.xml.rels", links(*(("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(sheets) + 1)))),
    ]  # fmt: skip
    spans = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    for number, (name, rows) in enumerate(sheets.items(), 1):
        data = raw.get(name) or "".join(
            f'<row r="{at}">{"".join(_cell(at, column, value) for column, value in enumerate(row))}</row>'
            for at, row in enumerate(rows, 1)
        )
        end = f"<mergeCells>{spans}</mergeCells>" if spans else ""
        parts.append(
            (
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{SHEETS}"><sheetData>{data}</sheetData>{end}</worksheet>',
            )
        )
    return zip_of(parts)


def _cell(row: int, column: int, value: str | float | None) -> str:
    place = f"{chr(ord('A') + column)}{row}"
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def ods(rows: str) -> bytes:
    """A workbook of OpenDocument with one sheet, from the XML of its rows."""
    return zip_of(
        [
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            (
                "META-INF/manifest.xml",
                '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            ),
            (
                "content.xml",
                f"<office:document-content {OFFICE}><office:body><office:spreadsheet>"
                f'<table:table table:name="Tides">{rows}</table:table></office:spreadsheet></office:body></office:document-content>',
            ),
        ]
    )


def pptx(*slides: str, notes: Mapping[int, str] | None = None, show: Mapping[int, str] | None = None) -> bytes:
    """Slides from the XML of their shapes; notes and the attribute ``show`` by the number of the slide."""
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in range(1, len(slides) + 1))
    names = f'xmlns:p="{SLIDES}" xmlns:r="{RELATIONS}" xmlns:a="{DRAWING}"'
    parts = [
        ("_rels/.rels", links(("officeDocument", "ppt/presentation.xml"))),
        ("ppt/presentation.xml", f"<p:presentation {names}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>"),
        (
            "ppt/_rels/presentation.xml.rels",
            links(*(("slide", f"slides/s{at}.xml") for at in range(1, len(slides) + 1))),
        ),
    ]
    for number, shapes in enumerate(slides, 1):
        shown = f' show="{show[number]}"' if show and number in show else ""
        tree = "<p:cSld><p:spTree>{}</p:spTree></p:cSld>"
        parts.append((f"ppt/slides/s{number}.xml", f"<p:sld {names}{shown}>{tree.format(shapes)}</p:sld>"))
        if notes and number in notes:
            said = tree.format(shape(notes[number], "body") + shape("7", "sldNum"))
            parts.append((f"ppt/slides/_rels/s{number}.xml.rels", links(("notesSlide", f"../notes/n{number}.xml"))))
            parts.append((f"ppt/notes/n{number}.xml", f"<p:notes {names}>{said}</p:notes>"))
    return zip_of(parts)


def shape(words: str, kind: str = "", hidden: bool = False) -> str:
    """A shape with a paragraph a line; of a placeholder's kind, or a text box."""
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    paragraphs = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in words.split("\n"))
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"{" hidden=" + chr(34) + "1" + chr(34) if hidden else ""}/><p:nvPr>{holder}</p:nvPr>'
        f"</p:nvSpPr><p:txBody>{paragraphs}</p:txBody></p:sp>"
    )


def odt(body: str, styles: str = "", meta: str = "") -> bytes:
    """A text from the XML of its body, of its styles, and of its properties."""
    return zip_of(
        [
            ("mimetype", "application/vnd.oasis.opendocument.text"),
            (
                "content.xml",
                f"<office:document-content {OFFICE}><office:automatic-styles>{styles}</office:automatic-styles>"
                f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
            ),
            ("meta.xml", f"<office:document-meta {OFFICE}><office:meta>{meta}</office:meta></office:document-meta>"),
        ]
    )
