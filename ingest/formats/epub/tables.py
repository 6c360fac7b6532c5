"""The tables of a page while it is walked through: each block goes into the cell in which it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.blocks import Block
from ingest.table_cells import Cell, lay_out_cells

if TYPE_CHECKING:
    from lxml.etree import _Element


@dataclass(slots=True)
class _Table:
    rows: list[list[Cell]] = field(default_factory=list)
    cell: _Element | None = None
    blocks: list[Block] = field(default_factory=list)
    heads: int = 0


class OpenTables:
    """The tables in which we stand, one within another."""

    def __init__(self) -> None:
        self._open: list[_Table] = []

    def take(self, block: Block) -> bool:
        """Put a block into the innermost cell; False where we stand in none, as a caption does."""
        table = next((table for table in reversed(self._open) if table.cell is not None), None)
        if table is not None:
            table.blocks.append(block)
        return table is not None

    def start(self, element: _Element, name: str) -> None:
        """Enter a part of a table; a row or a cell within a cell without a table between them is no part of it."""
        if name == "table":
            self._open.append(_Table())
        if not self._open or self._open[-1].cell is not None:
            return
        table = self._open[-1]
        if name == "thead":
            table.heads += 1
        elif name == "tr":
            table.rows.append([])
        elif name in ("td", "th") and table.rows:
            table.cell, table.blocks = element, []

    def end(self, element: _Element, name: str) -> Iterator[Block]:
        """Leave a part of a table; at its end, the blocks of its rows."""
        if not self._open:
            return
        table = self._open[-1]
        if name == "table":
            self._open.pop()
            if element.get("role") in ("presentation", "none"):
                yield from (block for row in table.rows for cell in row for block in cell.blocks)
            else:
                yield from lay_out_cells(table.rows)
        elif element is table.cell:
            is_name = name == "th" or bool(table.heads)
            table.rows[-1].append(Cell(tuple(table.blocks), _span(element, "col"), _span(element, "row"), is_name))
            table.cell = None
        elif name == "thead" and table.cell is None:
            table.heads -= 1


def _span(cell: _Element, of: str) -> int:
    written = cell.get(f"{of}span") or ""
    return int(written) if re.fullmatch(r"[0-9]{1,6}", written) else 1
