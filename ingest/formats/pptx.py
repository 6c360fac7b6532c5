"""Slides (.pptx): each a page of its own, with its title, lists, tables, and the notes of who speaks.

Read as .docx is: the parts as lxml's trees, by the names that their elements have in ECMA-376, within the same limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.blocks import Block, Parsed
from ingest.decoding import normalise
from ingest.formats.archives import Archive, local_name
from ingest.formats.docx.formulas import read_formula
from ingest.formats.docx.head import list_links, read_head, read_links, read_properties
from ingest.formats.docx.styles import attribute, find_child, integer
from ingest.formats.office_texts import texts_of
from ingest.formats.superscripts import raise_digits
from ingest.left_out import HIDDEN, RUNNING_HEAD, account_for
from ingest.limits import count_up
from ingest.table_cells import Cell, lay_out_cells
from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_GROUPS = 50
"""Shapes in groups of shapes; what is nested deeper is passed over."""

_TITLES = ("title", "ctrTitle")
_FURNITURE = ("dt", "ftr", "hdr", "sldNum", "sldImg")
"""Placeholders of what stands on every slide: the day, the foot, the number."""


def parse_pptx(content: bytes) -> Parsed:
    """The blocks of all slides that are shown, in their order; title, author and date from the properties.

    Raises:
        SourceError: it is encrypted, damaged, no presentation, or has no words in it.
    """
    archive = Archive(content, ".pptx")
    package = read_links(archive, "")
    main = package.get("officeDocument", "ppt/presentation.xml")
    root = archive.read_xml(main)
    listed = find_child(root, "sldIdLst")
    if root is None or local_name(root) != "presentation":
        raise SourceError("not a presentation, though it is packed like one")
    parts = {link: name for link, kind, name in list_links(archive, main) if kind == "slide"}
    names = [parts.get(_link_of(entry), "") for entry in (listed if listed is not None else ())]
    blocks: list[Block] = []
    own: list[str] = []
    left_out: list[tuple[str, str]] = []
    without_text = hidden = number = 0
    for name in names:
        slide = archive.read_xml(name) if name else None
        if slide is None or slide.get("show") in ("0", "false"):
            hidden += slide is not None
            left_out += [(HIDDEN, text) for text in (texts_of(slide) if slide is not None else ())]
            continue
        number += 1
        own += texts_of(slide)
        found = [block for block in _read_slide(archive, name, slide) if block.text.strip()]
        without_text += not found
        blocks += [replace(block, pages=((0, number),)) for block in found[:1]] + found[1:]
    if not blocks:
        raise SourceError("no words in it" + ("; its slides are hidden" if hidden else ""))
    note = f"{hidden} hidden slide{'s were' if hidden > 1 else ' was'} left out" if hidden else ""
    head = read_head((), read_properties(archive, package.get("core-properties", "docProps/core.xml")), note)
    parsed = Parsed(tuple(count_up(blocks)), head.title, head.author, head.date, number, without_text, note)
    return account_for(parsed, own + [text for _, text in left_out], left_out, rest=RUNNING_HEAD)


def _link_of(entry: _Element) -> str:
    """The id of the link of an entry, which has an ``id`` of its own besides, without a namespace."""
    return next((str(value) for key, value in entry.attrib.items() if str(key).endswith("}id")), "")


def _read_slide(archive: Archive, name: str, slide: _Element) -> Iterator[Block]:
    """The title, then the other shapes in their order, then the notes."""
    shapes = list(_shapes_in(find_child(slide, "cSld", "spTree"), 0))
    titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
    for shape in titles:
        level = 1 if _placeholder(shape) == "ctrTitle" else 2
        yield Block(" ".join(" ".join(words for words, _ in _paragraphs(shape)).split()), level)
    for shape in shapes:
        if shape not in titles:
            yield from _read_shape(shape)
    for _, kind, part in list_links(archive, name):
        if kind == "diagramData":
            yield from _read_diagram(archive.read_xml(part))
        elif kind == "notesSlide":
            yield from _read_notes(archive.read_xml(part))


def _shapes_in(tree: _Element | None, depth: int) -> Iterator[_Element]:
    for shape in tree if tree is not None and depth < MAX_GROUPS else ():
        name = local_name(shape)
        if name == "AlternateContent" and len(shape):
            yield from _shapes_in(shape[0], depth + 1)
        elif name == "grpSp":
            yield from _shapes_in(shape, depth + 1)
        elif name in ("sp", "graphicFrame", "cxnSp"):
            hidden = next((item for item in shape.iter() if local_name(item) == "cNvPr"), None)
            if attribute(hidden, "hidden") not in ("1", "true") and _placeholder(shape) not in _FURNITURE:
                yield shape


def _placeholder(shape: _Element) -> str:
    """What a shape holds the place of: "title", "body", ...; empty for a text box."""
    holder = find_child(shape, "nvSpPr", "nvPr", "ph")
    return "" if holder is None else attribute(holder, "type") or "body"


def _read_shape(shape: _Element) -> Iterator[Block]:
    table = find_child(shape, "graphic", "graphicData", "tbl")
    if table is not None:
        yield from lay_out_cells(_rows_of(table))
        return
    paragraphs = list(_paragraphs(shape))
    is_list = _placeholder(shape) == "body" and len(paragraphs) > 1
    for words, form in paragraphs:
        if is_list and find_child(form, "buNone") is None:
            yield Block(f"- {words}", kind="item", depth=integer(attribute(form, "lvl")) or 0)
        else:
            yield Block(words)


def _rows_of(table: _Element) -> Iterator[Sequence[Cell]]:
    has_header = attribute(find_child(table, "tblPr"), "firstRow") in ("1", "true")
    rows = [row for row in table if local_name(row) == "tr"]
    for number, row in enumerate(rows):
        yield [
            Cell(
                tuple(Block(words) for words, _ in _paragraphs(cell)),
                integer(cell.get("gridSpan") or "") or 1,
                integer(cell.get("rowSpan") or "") or 1,
                is_name=has_header and number == 0,
            )
            for cell in row
            if local_name(cell) == "tc" and not any(cell.get(merge) in ("1", "true") for merge in ("hMerge", "vMerge"))
        ]


def _paragraphs(shape: _Element) -> Iterator[tuple[str, _Element | None]]:
    """The paragraphs of a shape or a cell that say something, and how each is set."""
    body = find_child(shape, "txBody")
    for paragraph in body if body is not None else ():
        if local_name(paragraph) == "p" and (words := normalise(_words(paragraph)).strip()):
            yield words, find_child(paragraph, "pPr")


def _words(paragraph: _Element) -> str:
    parts: list[str] = []
    for run in paragraph:
        match local_name(run):
            case "r" | "fld":
                said = find_child(run, "t")
                words = (said.text or "") if said is not None else ""
                raised = (integer(attribute(find_child(run, "rPr"), "baseline")) or 0) > 0
                parts.append(raise_digits(words) if raised else words)
            case "br":
                parts.append("\n")
            case "m" | "AlternateContent":
                parts += [read_formula(formula) for formula in run.iter("{*}oMath")][:1]
    return "".join(parts)


def _read_diagram(data: _Element | None) -> Iterator[Block]:
    """The words of a drawn list or process, in the order of its data."""
    for point in data.iter("{*}pt") if data is not None else ():
        text = find_child(point, "t")
        for paragraph in text if text is not None else ():
            if local_name(paragraph) == "p" and (words := normalise(_words(paragraph)).strip()):
                yield Block(f"- {words}", kind="item")


def _read_notes(notes: _Element | None) -> Iterator[Block]:
    for shape in _shapes_in(find_child(notes, "cSld", "spTree"), 0):
        for words, _ in _paragraphs(shape):
            yield Block(f"Note: {words}")
