"""Tables of a .docx: which cells cover several columns and rows, and which rows are headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name
from ingest.formats.docx.styles import attribute, find_child, integer, is_on
from ingest.table_cells import MAX_SPAN

if TYPE_CHECKING:
    from lxml.etree import _Element

WRAPPERS = frozenset("sdtContent customXml smartTag ins moveTo".split())
"""Elements around others that leave these as they are."""


@dataclass(slots=True)
class GridCell:
    """A cell: its element (None where a row begins further right), and how many columns and rows it covers."""

    element: _Element | None
    columns: int = 1
    rows: int = 1


def read_grid(table: _Element) -> Iterator[tuple[list[GridCell], bool]]:
    """The cells of each row that is not deleted, and whether the row is a header, repeated on each page.

    A cell that goes on from the row above has no words of its own; the one above covers its row too.
    """
    rows: list[tuple[list[GridCell], bool]] = []
    going_on: dict[int, GridCell] = {}
    for row in elements_in(table, "tr"):
        if find_child(row, "trPr", "del") is not None:
            continue
        column = _count(find_child(row, "trPr", "gridBefore"), 0)
        cells = [GridCell(None, column)] if column else []
        above, going_on = going_on, {}
        for element in elements_in(row, "tc"):
            merge = find_child(element, "tcPr", "vMerge")
            is_first = attribute(merge) == "restart"
            if merge is not None and not is_first and column in above:
                cell = above[column]
                cell.rows += 1
            else:
                cell = GridCell(element, _count(find_child(element, "tcPr", "gridSpan"), 1))
                cells.append(cell)
            if merge is not None:
                going_on[column] = cell
            column += cell.columns
        rows.append((cells, is_on(find_child(row, "trPr", "tblHeader"))))
    yield from rows


def _count(element: _Element | None, least: int) -> int:
    return min(MAX_SPAN, max(least, integer(attribute(element)) or 0))


def elements_in(container: _Element, wanted: str) -> Iterator[_Element]:
    """The rows of a table or the cells of a row, also those within content controls and tracked insertions."""
    for child in container:
        name = local_name(child)
        if name == wanted:
            yield child
        elif name in WRAPPERS or name == "sdt":
            yield from elements_in(child, wanted)
