"""OpenDocument texts (.odt): what is on paper once it is printed, by the names of OpenDocument 1.3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from ingest.blocks import BlockKind, Parsed
from ingest.decoding import normalise
from ingest.formats.archives import Archive, local_name
from ingest.formats.docx.formulas import MAX_DEPTH
from ingest.formats.docx.head import Paragraph, read_head
from ingest.formats.docx.styles import attribute, find_child, integer
from ingest.formats.superscripts import raise_digits
from ingest.left_out import COMMENT, CONTENTS, DELETED, HIDDEN, UNEXPLAINED, account_for
from ingest.limits import count_up
from ingest.table_cells import Cell, lay_out_cells
from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

_LEFT_OUT = frozenset(
    "tracked-changes annotation annotation-end table-of-content illustration-index table-index alphabetical-index "
    "bibliography forms sequence-decls variable-decls user-field-decls note-citation ruby-text hidden-paragraph "
    "hidden-text title desc".split()
)
_REASONS = {"tracked-changes": DELETED, "annotation": COMMENT} | dict.fromkeys(
    ("table-of-content", "illustration-index", "table-index", "alphabetical-index"), CONTENTS
)
_CODE = re.compile(r"(?i).*(?:preformatted|source[ _]code|code[ _-]?block).*|code")
_CAPTION = re.compile(r"(?i).*caption|illustration|figure|table|drawing")
MAX_SPACES = 100


def parse_odt(content: bytes) -> Parsed:
    """The blocks of a text; title, author and date from its head or its properties.

    Raises:
        SourceError: it is encrypted, damaged, or no OpenDocument text.
    """
    archive = Archive(content, ".odt")
    manifest = archive.read_xml("META-INF/manifest.xml")
    if manifest is not None and any(True for _ in manifest.iter("{*}encryption-data")):
        raise SourceError("encrypted; open it with its password and save it without one")
    root = archive.read_xml("content.xml")
    body = find_child(root, "body", "text")
    if root is None or body is None:
        raise SourceError("not an OpenDocument text, though it is packed like one")
    sheets = [sheet for sheet in (archive.read_xml("styles.xml"), root) if sheet is not None]
    styles = {attribute(style, "name"): style for sheet in sheets for style in sheet.iter("{*}style")}
    walk = _Walk(styles, {name for sheet in sheets for name in _find_numbered(sheet)})
    paragraphs = tuple(count_up(walk.read(body)))
    note = "hidden words were left out" if walk.met_hidden else ""
    found = read_head(paragraphs, _read_properties(archive.read_xml("meta.xml")), note)
    left_out = [
        (reason, " ".join(map(str, element.itertext())))
        for name, reason in _REASONS.items()
        for element in body.iter(f"{{*}}{name}")
    ]
    own = [str(text) for text in body.itertext()]
    return account_for(found, own, left_out, rest=HIDDEN if walk.met_hidden else UNEXPLAINED)


def _read_properties(meta: _Element | None) -> dict[str, str]:
    """The properties by the names that Word gives them."""
    found = {local_name(item): " ".join((item.text or "").split()) for item in meta.iter()} if meta is not None else {}
    return {
        "title": found.get("title", ""),
        "creator": found.get("initial-creator") or found.get("creator", ""),
        "created": found.get("creation-date", ""),
        "modified": found.get("date", ""),
    }


def _find_numbered(sheet: _Element) -> Iterator[str]:
    """The names of the lists whose items have numbers."""
    for style in sheet.iter("{*}list-style"):
        if next((local_name(level) for level in style), "") == "list-level-style-number":
            yield attribute(style, "name")


class _Walk:
    """One reading of the text from first to last; notes follow the paragraph that they belong to."""

    def __init__(self, styles: Mapping[str, _Element], numbered: Set[str]):
        self.met_hidden = False
        self._styles = styles
        self._numbered = numbered
        self._due: list[tuple[str, _Element]] = []

    def read(self, container: _Element, depth: int = 0, bullet: str = "", lists: int = 0) -> Iterator[Paragraph]:
        """The paragraphs below an element, which lies in so many lists; the first one of a list's item has its bullet."""
        if depth > MAX_DEPTH:
            raise SourceError("nested too deeply to be read")
        for element in container:
            name = local_name(element)
            if name in ("p", "h"):
                for paragraph in self._paragraph(element, depth, bullet, lists):
                    yield paragraph
                    bullet = ""
            elif name == "list":
                yield from self._list(element, depth, lists + 1)
            elif name == "table":
                yield from self._table(element, depth)
            elif name not in _LEFT_OUT and not self._is_hidden(element):
                yield from self.read(element, depth + 1, bullet, lists)

    def _paragraph(self, element: _Element, depth: int, bullet: str, lists: int) -> Iterator[Paragraph]:
        boxes: list[_Element] = []
        words = "" if self._is_hidden(element) else normalise(self._words(element, boxes)).strip()
        style = self._style_name(element)
        level = 0
        if local_name(element) == "h":
            level = min(6, max(1, integer(attribute(element, "outline-level")) or 1))
        if style == "title":
            level = 1
        if words:
            kind = "item" if bullet and not level else _kind_of(style)
            yield Paragraph(words if level else bullet + words, level, kind=kind, style=style, depth=max(0, lists - 1))
        for box in boxes:
            yield from self.read(box, depth + 1)
        while self._due:
            label, note = self._due.pop(0)
            said = " ".join(found.text for found in self.read(note, depth + 1))
            if said:
                yield Paragraph(label + said)

    def _list(self, element: _Element, depth: int, lists: int) -> Iterator[Paragraph]:
        is_numbered = attribute(element, "style-name") in self._numbered
        number = 0
        for item in element:
            if local_name(item) in ("list-item", "list-header"):
                number = integer(attribute(item, "start-value")) or number + 1
                yield from self.read(item, depth + 1, f"{number}. " if is_numbered else "- ", lists)

    def _table(self, table: _Element, depth: int) -> Iterator[Paragraph]:
        rows = [self._row(row, depth, is_header) for row, is_header in _rows_in(table, is_header=False)]
        for block in lay_out_cells(rows):
            yield block if isinstance(block, Paragraph) else Paragraph(block.text, kind=block.kind)

    def _row(self, row: _Element, depth: int, is_header: bool) -> Sequence[Cell]:
        return [
            Cell(
                tuple(self.read(cell, depth + 1)),
                integer(attribute(cell, "number-columns-spanned")) or 1,
                integer(attribute(cell, "number-rows-spanned")) or 1,
                is_name=is_header,
            )
            for cell in row
            if local_name(cell) == "table-cell"
        ]

    def _words(self, element: _Element, boxes: list[_Element]) -> str:
        parts = [element.text or ""]
        for child in element:
            name = local_name(child)
            if name == "s":
                parts.append(" " * min(MAX_SPACES, integer(attribute(child, "c")) or 1))
            elif name in ("tab", "line-break"):
                parts.append(" " if name == "tab" else "\n")
            elif name == "note":
                self._meet_note(child)
            elif name in ("frame", "custom-shape", "g", "rect"):
                boxes.append(child)
            elif name not in _LEFT_OUT and not self._is_hidden(child):
                words = self._words(child, boxes)
                parts.append(
                    raise_digits(words) if self._property(child, "text-position").startswith("super") else words
                )
            parts.append(child.tail or "")
        return "".join(parts)

    def _meet_note(self, note: _Element) -> None:
        citation = find_child(note, "note-citation")
        mark = "" if citation is None else "".join(map(str, citation.itertext()))[:10]
        body = find_child(note, "note-body")
        if body is not None:
            self._due.append((f"Note {mark.strip()}: ", body))

    def _is_hidden(self, element: _Element) -> bool:
        is_hidden = self._property(element, "display") == "none"
        self.met_hidden = self.met_hidden or is_hidden
        return is_hidden

    def _style_name(self, element: _Element) -> str:
        """The style that a paragraph is based on, in lower case: an automatic one has no name that says anything."""
        name = attribute(element, "style-name")
        style = self._styles.get(name)
        if re.fullmatch(r"P\d+", name) and style is not None:
            name = attribute(style, "parent-style-name")
        return name.replace("_20_", " ").casefold()

    def _property(self, element: _Element, name: str) -> str:
        style = self._styles.get(attribute(element, "style-name"))
        return attribute(find_child(style, "text-properties"), name)


def _kind_of(style: str) -> BlockKind:
    if _CODE.fullmatch(style):
        return "code"
    return "caption" if _CAPTION.fullmatch(style) else "text"


def _rows_in(container: _Element, *, is_header: bool) -> Iterator[tuple[_Element, bool]]:
    for child in container:
        name = local_name(child)
        if name == "table-row":
            yield child, is_header
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows_in(child, is_header=is_header or name == "table-header-rows")
