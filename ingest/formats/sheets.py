"""Workbooks (.xlsx, .xls, .ods): each sheet a heading, its rows laid out as those of .csv are; python-calamine reads them.

Values stand as they are stored: a share that is shown as 25 % is 0.25. Formulas stand with their last result.
"""

from __future__ import annotations

import datetime
import io
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ingest.blocks import Block, Parsed
from ingest.decoding import decode, normalise
from ingest.formats.archives import Archive
from ingest.formats.docx.head import is_title, read_head, read_properties
from ingest.formats.office_texts import texts_of
from ingest.left_out import COMMENT, HIDDEN, MARKUP, account_for
from ingest.limits import count_up
from ingest.sheet_rows import lay_out_sheet
from ingest.table_cells import CARRIED
from ingest.written_lines import read_lines
from rag.errors import SourceError

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_UNNAMED = re.compile(r"[^\W\d]+ ?1")
"""What programs call the first sheet by themselves: Sheet1, Tabelle1."""

_BESIDE = {"comments": COMMENT, "threadedComment": COMMENT, "drawing": "drawing"}
"""Parts of an .xlsx file, by the beginnings of their names, that are no values of cells: why they are left out."""

_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "encrypted; open it with its password and save it without one"


def parse_sheets(content: bytes) -> Parsed:
    """The rows of all sheets that are shown, each value named by its column.

    Raises:
        SourceError: it is encrypted, damaged, no workbook, or has no values in it.
    """
    if not content.startswith((b"PK", _OLE)):
        return _parse_in_disguise(content)
    properties: dict[str, str] = {}
    left_out: list[tuple[str, str]] = []
    if content.startswith(b"PK") or "EncryptedPackage".encode("utf-16-le") in content:
        archive = Archive(content, ".xlsx")
        for name in archive.names():
            part = archive.read(name)  # what unpacks without measure ends here
            if name == "content.xml" and part is not None:
                _check_whole(part, name)
        left_out += _read_beside(Archive(content, ".xlsx"))
        properties = read_properties(Archive(content, ".xlsx"), "docProps/core.xml")
    workbook = _open(content)
    shown = [item.name for item in workbook.sheets_metadata if str(item.visible).endswith("Visible")]
    own: list[str] = []
    blocks = tuple(count_up(_read_sheets(workbook, shown, own)))
    hidden = len(workbook.sheet_names) - len(shown)
    left_out += _read_hidden(workbook, shown)
    if not any(not block.level for block in blocks):
        raise SourceError("no values in it" + ("; its sheets are hidden" if hidden else ""))
    note = f"{hidden} hidden sheet{'s were' if hidden > 1 else ' was'} left out" if hidden else ""
    head = read_head((), properties, note)
    named = properties.get("title", "")
    title = named if is_title(named, (block.text for block in blocks)) else ""
    parsed = Parsed(blocks, title, head.author, head.date, note=note)
    return account_for(parsed, own + [text for _, text in left_out], left_out)


def _check_whole(part: bytes, name: str) -> None:
    """Refuse a part of an .ods file that breaks off: python-calamine would look for its end for ever."""
    from xml.parsers import expat

    try:
        expat.ParserCreate().Parse(part, True)
    except expat.ExpatError:
        raise SourceError(f"damaged: its part {name} is not well-formed") from None


def _read_beside(archive: Archive) -> Iterator[tuple[str, str]]:
    """What is written beside the cells of an .xlsx file, and why it is left out."""
    for name in archive.names():
        reason = _BESIDE.get(name.rpartition("/")[2].removesuffix(".xml").rstrip("0123456789"))
        root = archive.read_xml(name) if reason else None
        if reason and root is not None:
            said = ["".join(map(str, comment.itertext())) for comment in root.iter("{*}comment", "{*}threadedComment")]
            yield from ((reason, text) for text in said or texts_of(root))


def _read_hidden(workbook: CalamineWorkbook, shown: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The rows of the sheets that are not shown."""
    for name in workbook.sheet_names:
        if name not in shown and (sheet := _get_sheet(workbook, name)) is not None:
            yield from ((HIDDEN, " ".join(map(_format, row))) for row in sheet.iter_rows())


def _open(content: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        raise SourceError(_ENCRYPTED) from None
    except (CalamineError, OSError, ValueError) as error:
        if "password" in str(error).casefold():
            raise SourceError(_ENCRYPTED) from None
        raise SourceError("damaged, or no workbook; save it anew as .xlsx or .csv") from None


def _get_sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet | None:
    """A sheet by its name; None where it is damaged, or is none but a chart."""
    from python_calamine import CalamineError

    try:
        return workbook.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError):
        return None


def _read_sheets(workbook: CalamineWorkbook, names: Sequence[str], own: list[str]) -> Iterator[Block]:
    """The blocks of some sheets; names of sheets and the values of each row are put among the file's ``own`` words."""
    for name in names:
        sheet = _get_sheet(workbook, name)
        if sheet is None:
            raise SourceError(f"damaged: its sheet '{name[:80]}' cannot be read")
        rows = (row for row in _rows_of(sheet, own) if any(row))
        first = next(rows, None)
        if first is None:
            continue
        if len(names) > 1 or not _UNNAMED.fullmatch(name):
            own.append(normalise(name))
            yield Block(" ".join(own[-1].split()), 1)
        yield from lay_out_sheet(itertools.chain([first], rows))


def _rows_of(sheet: CalamineSheet, own: list[str]) -> Iterator[list[str]]:
    """The values of each row as text; a label in a cell merged over several rows stands in each of them."""
    top, left = sheet.start or (0, 0)
    merged: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (row, column), (last, _) in sheet.merged_cell_ranges or ():
        if last > row:
            merged[row].append((column - left, last))
    below: dict[int, tuple[str, int]] = {}
    for number, values in enumerate(sheet.iter_rows(), top):
        row_values = [_format(value) for value in values]
        own.append(" ".join(row_values))
        for column, (text, last) in list(below.items()):
            if number > last:
                del below[column]
            elif not row_values[column]:
                row_values[column] = text
        for column, last in merged.get(number, ()):
            if 0 <= column < len(row_values) and len(row_values[column]) <= CARRIED:
                below[column] = (row_values[column], last)
        yield row_values


def _format(value: object) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return f"{value:.15g}"
        case datetime.datetime():
            return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
        case datetime.date() | datetime.time():
            return value.isoformat()
    return normalise(str(value)).strip()


def _parse_in_disguise(content: bytes) -> Parsed:
    """Many programs that export "Excel" write a web page or separated values, and call it .xls."""
    from ingest.formats.csv_rows import parse_csv
    from ingest.formats.html.parse import parse_html

    text = decode(content)
    if "<table" in text[:100_000].casefold():
        return parse_html(content)
    return account_for(parse_csv(normalise(text)), read_lines(text, "csv"), rest=MARKUP)
