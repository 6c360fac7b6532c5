"""Word files (.docx): the words that are on paper once it is printed, in the order in which they are read.

Libraries were tried first: mammoth, docx2python, docx2txt and python-docx all give hidden words as if they were text,
and none of them finds headings that are styled by outline level. So the parts are read here, as lxml's trees, by the
names that their elements have in ECMA-376 (namespaces are passed over: the strict and the usual form differ in them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.blocks import BlockKind, Parsed
from ingest.bold_lines import LONGEST as LONGEST_BOLD
from ingest.decoding import normalise
from ingest.formats.archives import Archive, local_name
from ingest.formats.docx.bold_headings import mark_bold_headings
from ingest.formats.docx.formulas import read_formula
from ingest.formats.docx.head import Paragraph, list_links, read_head, read_links, read_properties
from ingest.formats.docx.styles import Numbering, Styles, attribute, find_child, format_number, is_on
from ingest.formats.docx.tables import WRAPPERS, read_grid
from ingest.formats.office_texts import texts_of
from ingest.formats.superscripts import raise_digits
from ingest.left_out import COMMENT, CONTENTS, DELETED, HIDDEN, PLACEHOLDER, RUNNING_HEAD, account_for
from ingest.limits import count_up
from ingest.table_cells import Cell, lay_out_cells
from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

HEADING_CHARACTERS = 400
"""A longer paragraph that is styled as a heading is text all the same."""

_APART = {"header": RUNNING_HEAD, "footer": RUNNING_HEAD, "comments": COMMENT}
"""Kinds of parts that are no text of the document, and the reason that the report gives."""

_LEFT_OUT = frozenset(
    "pPr rPr sdtPr sdtEndPr tblPr tblGrid trPr tcPr sectPr del moveFrom delText instrText delInstrText rt".split()
)


def parse_docx(content: bytes) -> Parsed:
    """The blocks of a Word file; title, author and date from its head or its properties.

    Kept: insertions, footnotes and endnotes (after their paragraph), text boxes, lists with their numbers. Left out:
    deletions, comments, running heads, hidden words, tables of contents.

    Raises:
        SourceError: it is encrypted, damaged, or not a Word file.
    """
    archive = Archive(content, ".docx")
    package = read_links(archive, "")
    main = package.get("officeDocument", "word/document.xml")
    root = archive.read_xml(main)
    body = find_child(root, "body")
    if body is None:
        raise SourceError("not a Word file, though it is packed like one")
    links = read_links(archive, main)

    def part(kind: str) -> _Element | None:
        return archive.read_xml(links[kind]) if kind in links else None

    walk = _Walk(Styles(part("styles")), Numbering(part("numbering")), part("footnotes"), part("endnotes"))
    paragraphs = list(mark_bold_headings(list(count_up(walk.read(body)))))
    properties = read_properties(archive, package.get("core-properties", "docProps/core.xml"))
    is_hidden = any(reason == HIDDEN for reason, _ in walk.left_out)
    found = read_head(paragraphs, properties, "hidden words were left out" if is_hidden else "")
    own = [text for root in (body, part("footnotes"), part("endnotes")) if root is not None for text in texts_of(root)]
    apart = [(reason, text) for reason, root in _parts_apart(archive, main) for text in texts_of(root)]
    within = [(reason, text) for reason, element in _elements_apart(body) for text in texts_of(element)]
    return account_for(found, own + [text for _, text in apart], walk.left_out + apart + within)


def _parts_apart(archive: Archive, main: str) -> Iterator[tuple[str, _Element]]:
    """The parts that are no text of the document, and what each is."""
    for _, kind, name in list_links(archive, main):
        if kind in _APART and (root := archive.read_xml(name)) is not None:
            yield _APART[kind], root


def _elements_apart(body: _Element) -> Iterator[tuple[str, _Element]]:
    """The elements of the text that are left out as a whole, and why."""
    for element in body.iter("{*}sdt", "{*}moveFrom"):
        if local_name(element) == "moveFrom":
            yield DELETED, element
        elif _is_left_out(element):
            is_placeholder = is_on(find_child(element, "sdtPr", "showingPlcHdr"))
            yield PLACEHOLDER if is_placeholder else CONTENTS, element


class _Walk:
    """One reading of the text from first to last; lists count and notes get their numbers on the way."""

    def __init__(
        self, styles: Styles, numbering: Numbering, footnotes: _Element | None, endnotes: _Element | None
    ) -> None:
        self.left_out: list[tuple[str, str]] = []
        self._styles = styles
        self._numbering = numbering
        self._notes = {
            (kind, attribute(note, "id")): note
            for kind, root in (("footnoteReference", footnotes), ("endnoteReference", endnotes))
            for note in (root if root is not None else ())
        }
        self._numbers = {"footnoteReference": 0, "endnoteReference": 0}
        self._due: list[tuple[str, _Element]] = []
        self._held = ""

    def read(self, body: _Element) -> Iterator[Paragraph]:
        """The paragraphs of the text, each one's notes after it."""
        for element in _blocks_in(body):
            yield from self._block(element)
            while self._due:
                label, note = self._due.pop(0)
                words = " ".join(found.text for found in self._inside(note))
                if words.strip():
                    yield Paragraph(label + words)
        yield from self._let_go()

    def _inside(self, container: _Element) -> Iterator[Paragraph]:
        held, self._held = self._held, ""  # goes on outside of it
        for element in _blocks_in(container):
            yield from (replace(found, is_bold=False) for found in self._block(element))
        yield from self._let_go()
        self._held = held

    def _let_go(self) -> Iterator[Paragraph]:
        """Words whose paragraph's end is deleted, where no other paragraph follows."""
        words, self._held = normalise(self._held).strip(), ""
        if words:
            yield Paragraph(words)

    def _block(self, element: _Element) -> Iterator[Paragraph]:
        if local_name(element) == "tbl":
            yield from self._let_go()
            yield from self._table(element)
            return
        boxes: list[_Element] = []
        words = self._held + self._words(element, element, boxes)
        self._held = ""
        style = self._styles.name(element)
        if find_child(element, "pPr", "rPr", "del") is not None:  # its end is deleted: the next one goes on from here
            self._held = words
        elif style.startswith("toc ") or self._stands_over_contents(element, words):
            self.left_out.append((CONTENTS, words))
        elif words.strip():
            yield from self._paragraphs(element, words, style)
        for box in boxes:
            yield from self._inside(box)

    def _stands_over_contents(self, element: _Element, words: str) -> bool:
        """Whether a paragraph is the heading of a table of contents, which goes with it."""
        following = next((one for one in element.itersiblings() if next(one.iter("{*}t"), None) is not None), None)
        is_named = words.strip().rstrip(":").casefold() in ("contents", "table of contents")
        return is_named and following is not None and self._styles.name(following).startswith("toc ")

    def _paragraphs(self, element: _Element, words: str, style: str) -> Iterator[Paragraph]:
        name, depth = self._styles.numbering(element)
        label = self._numbering.label(name, depth) if name else ""
        level = 1 if style == "title" else self._styles.level(element)
        kind = _kind_of(style, is_item=bool(name) and not level)
        is_bold = not level and len(words) <= LONGEST_BOLD and self._styles.is_bold(element)
        for part in re.split(r"\n\s*\n", normalise(label + words.strip()).strip()):
            plain = part.strip()
            if plain:
                heading = level if len(plain) <= HEADING_CHARACTERS else 0
                yield Paragraph(plain, heading, kind=kind, style=style, depth=depth if name else 0, is_bold=is_bold)

    def _words(self, element: _Element, paragraph: _Element, boxes: list[_Element]) -> str:
        """The shown words below an element; the text boxes met there are put into ``boxes``."""
        parts: list[str] = []
        for child in element:
            name = local_name(child)
            if name == "t":
                parts.append(child.text or "")
            elif name in ("tab", "ptab"):
                parts.append(" ")
            elif name in ("br", "cr"):
                parts.append("\n")
            elif name == "noBreakHyphen":
                parts.append("-")
            elif name == "txbxContent":
                boxes.append(child)
            elif name in self._numbers:
                self._meet_note(name, child)
            elif name == "AlternateContent":  # the same thing twice, for newer and for older readers
                parts.append(self._words(child[0], paragraph, boxes) if len(child) else "")
            elif name == "oMath":
                parts.append(read_formula(child))
            elif name == "r" and self._styles.is_hidden(child, paragraph):
                self.left_out += [(HIDDEN, part.text) for part in child if local_name(part) == "t" and part.text]
            elif name == "r" and attribute(find_child(child, "rPr", "vertAlign")) == "superscript":
                parts.append(raise_digits(self._words(child, paragraph, boxes)))
            elif name not in _LEFT_OUT and not is_on(find_child(child, "sdtPr", "showingPlcHdr")):
                parts.append(self._words(child, paragraph, boxes))
        return "".join(parts)

    def _meet_note(self, kind: str, reference: _Element) -> None:
        note = self._notes.pop((kind, attribute(reference, "id")), None)
        if note is None:
            return
        if attribute(reference, "customMarkFollows") in ("1", "true"):
            self._due.append(("Note: ", note))
            return
        self._numbers[kind] += 1
        form = "decimal" if kind == "footnoteReference" else "lowerRoman"
        self._due.append((f"Note {format_number(self._numbers[kind], form)}: ", note))

    def _table(self, table: _Element) -> Iterator[Paragraph]:
        """A row is one block, its values named by their columns; a table that only lays out text is that text."""
        rows = [
            [
                Cell(
                    tuple(self._inside(cell.element)) if cell.element is not None else (),
                    cell.columns,
                    cell.rows,
                    is_header,
                )
                for cell in cells
            ]
            for cells, is_header in read_grid(table)
        ]
        for block in lay_out_cells(rows):
            yield block if isinstance(block, Paragraph) else Paragraph(block.text, kind=block.kind, cells=block.cells)


def _kind_of(style: str, is_item: bool) -> BlockKind:
    """What a paragraph is by the name of its style, as Word and the programs that write its files call them."""
    if style in ("caption", "image caption", "table caption", "figure caption", "illustration"):
        return "caption"
    if style in ("html preformatted", "source code", "preformatted text", "code", "macro text", "plain text code"):
        return "code"
    return "item" if is_item or style.startswith("list ") else "text"


def _blocks_in(container: _Element) -> Iterator[_Element]:
    """The paragraphs and tables of a container, also those within content controls and tracked insertions."""
    for child in container:
        name = local_name(child)
        if name in ("p", "tbl"):
            yield child
        elif name in WRAPPERS:
            yield from _blocks_in(child)
        elif name == "sdt" and not _is_left_out(child):
            for content in child:
                if local_name(content) == "sdtContent":
                    yield from _blocks_in(content)


def _is_left_out(control: _Element) -> bool:
    """Whether a content control is a table of contents, or says no more than "click here"."""
    gallery = find_child(control, "sdtPr", "docPartObj", "docPartGallery")
    return attribute(gallery) == "Table of Contents" or is_on(find_child(control, "sdtPr", "showingPlcHdr"))
