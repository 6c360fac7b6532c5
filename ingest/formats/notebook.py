"""Notebooks (.ipynb): their texts as Markdown, their code, and what it printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.blocks import Block, Parsed
from ingest.decoding import normalise
from ingest.formats.markdown import parse_markdown
from ingest.left_out import account_for
from ingest.limits import count_up
from ingest.written_lines import read_lines
from rag.errors import SourceError

MAX_OUTPUT = 2_000
"""Characters of one output; what a program printed at length is no text that anybody reads."""


def parse_notebook(text: str) -> Parsed:
    """The blocks of all cells in order.

    Raises:
        SourceError: it is no notebook, or nested too deeply to be read.
    """
    try:
        notebook = json.loads(text)
    except RecursionError:
        raise SourceError("nested too deeply to be read") from None
    except ValueError as error:
        raise SourceError(f"not a notebook: no JSON ({error})") from None
    cells = list(_find_cells(notebook))
    if not cells:
        raise SourceError("not a notebook: it has no cells")
    blocks = tuple(count_up(block for cell in cells for block in _read_cell(cell) if block.text.strip()))
    metadata = notebook.get("metadata")
    title = metadata.get("title", "") if isinstance(metadata, dict) else ""
    parsed = Parsed(blocks, title if isinstance(title, str) else "")
    return account_for(parsed, [line for cell in cells for line in _own_lines(cell)], rest="long output")


def _own_lines(cell: dict[str, Any]) -> Iterator[str]:
    is_marked = cell.get("cell_type") == "markdown"
    yield from read_lines(_text(cell.get("source", cell.get("input"))), "markdown" if is_marked else "code")
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict):
            yield from _printed(output).splitlines()


def _find_cells(notebook: Any) -> Iterator[dict[str, Any]]:
    """The cells of a notebook, or of the sheets that older ones have."""
    if not isinstance(notebook, dict):
        return
    sheets = notebook.get("worksheets")
    for holder in [notebook, *(sheets if isinstance(sheets, list) else [])]:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        yield from (cell for cell in (cells if isinstance(cells, list) else []) if isinstance(cell, dict))


def _read_cell(cell: dict[str, Any]) -> Iterator[Block]:
    source = _text(cell.get("source", cell.get("input")))
    match cell.get("cell_type"):
        case "markdown":
            yield from parse_markdown(source).blocks
        case "heading":
            level = cell.get("level")
            yield Block(" ".join(source.split()), level if isinstance(level, int) and 1 <= level <= 6 else 1)
        case "code":
            yield Block(source.strip("\n"), kind="code")
            outputs = cell.get("outputs")
            for output in outputs if isinstance(outputs, list) else []:
                if isinstance(output, dict) and (words := _printed(output).strip("\n")):
                    yield Block(words if len(words) <= MAX_OUTPUT else words[:MAX_OUTPUT].rstrip() + " …", kind="code")
        case "raw":
            yield Block(source.strip("\n"))


def _printed(output: dict[str, Any]) -> str:
    """What an output shows as text; pictures have none, and errors are no result."""
    data = output.get("data")
    shown = data.get("text/plain") if isinstance(data, dict) else output.get("text")
    return _text(shown)


def _text(written: Any) -> str:
    """Words that are one string or a list of lines."""
    if isinstance(written, list):
        written = "".join(line for line in written if isinstance(line, str))
    return normalise(written) if isinstance(written, str) else ""
