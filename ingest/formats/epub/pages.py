"""The pages of an e-book as blocks of plain text: XHTML walked once from first to last, its notes named and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING

from ingest.blocks import Block, BlockKind
from ingest.decoding import normalise
from ingest.formats.archives import local_name
from ingest.formats.epub.boxes import OpenBoxes
from ingest.formats.epub.drawn_pages import is_drawn, text_of_drawing
from ingest.formats.epub.notes import NOTE_ROLE, is_a
from ingest.formats.epub.tables import OpenTables
from ingest.formats.epub.verse import join_lines
from ingest.formats.hiding import NOT_DISPLAYED
from ingest.formats.superscripts import raise_digits
from ingest.left_out import CONTENTS, HIDDEN, UNEXPLAINED

if TYPE_CHECKING:
    from lxml.etree import _Element

_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form "
    "header h1 h2 h3 h4 h5 h6 hr li main ol p pre section summary table tbody tfoot thead tr td th ul".split()
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SILENT = frozenset(
    "annotation annotation-xml head script style nav svg template noscript audio video iframe object canvas rp rt button select textarea".split()
)
_NO_TEXT = frozenset(("pagebreak", "doc-pagebreak", "toc", "doc-toc", "landmarks", "page-list", "loi", "lot", "cover"))
"""Parts of a page, by what it says they are, that are no text: page numbers, lists of contents."""

FALLBACK = 100
"""Characters of text in an object from which on they are what it says, and not that it cannot be shown."""


def blocks_of_page(
    page: _Element,
    name: str,
    notes: Mapping[tuple[str, str], str],
    hidden: Set[str] | None = frozenset(),
    left_out: list[tuple[str, str]] | None = None,
) -> Iterator[Block]:
    """The headings, paragraphs, list items, table rows and notes of one page, in order.

    Args:
        page: its root.
        name: the name of its part, by which its notes are known.
        notes: the marks of all notes of the book.
        hidden: classes of elements that are not shown; None where all that is hidden has been taken out.
        left_out: what is not read is added to it: why, and its words.
    """
    from lxml import etree

    body = join_lines(next(page.iter("{*}body"), page))
    walk = _Walk(name, notes, hidden, is_drawn=is_drawn(body))
    walker = etree.iterwalk(body, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if walk.start(element):
                walk.add(element.text or "")
            else:
                walker.skip_subtree()
                if left_out is not None and (reason := walk.why_not(element)):
                    left_out.append((reason, " ".join(map(str, element.itertext()))))
        else:
            walk.end(element)
            if element is not body:
                walk.add(element.tail or "")
        yield from walk.take()
    walk.flush()
    yield from walk.take()


class _Walk:
    """What has been read so far, and where in the page we stand. No recursion: pages may be nested deeply."""

    def __init__(self, name: str, notes: Mapping[tuple[str, str], str], hidden: Set[str] | None, *, is_drawn: bool):
        self._is_drawn = is_drawn
        self._hidden = hidden
        self._blocks: list[Block] = []
        self._name = name
        self._notes = notes
        self._parts: list[str] = []
        self._label = ""
        self._level = 0
        self._verbatim = 0
        self._raised = 0
        self._lists: list[int | None] = []
        self._captions = 0
        self._tables = OpenTables()
        self._boxes = OpenBoxes()

    def take(self) -> list[Block]:
        """The blocks that have become whole since the last time."""
        if not self._blocks:
            return []
        taken, self._blocks = self._blocks, []
        return taken

    def start(self, element: _Element) -> bool:
        """Enter an element; whether what is inside it is wanted."""
        name = local_name(element)
        is_block = name in _BLOCKS
        if is_block:
            self.flush()
        self._boxes.start(name)
        if name == "svg" and self._is_drawn:
            self._parts.append(text_of_drawing(element))
            self.flush()
        if self._is_left_out(element):
            return False
        if name == "br":
            self._parts.append("\n")
        elif name in ("ul", "ol"):
            self._lists.append(_integer(element.get("start"), 1) if name == "ol" else None)
        elif name == "li":
            self._label = self._bullet(element)
        elif name == "sup":
            self._raised = len(self._parts)
        elif name == "pre":
            self._verbatim += 1
        elif name in ("caption", "figcaption"):
            self._captions += 1
        elif name in ("table", "thead", "tr", "td", "th"):
            self._tables.start(element, name)
        elif level := _level_of(element, name):
            self._level = level
        mark = self._notes.get((self._name, element.get("id") or ""))
        if mark is not None and (is_block or not "".join(self._parts).strip()):
            self._label = f"Note {mark}: "
            return is_block or "".join(map(str, element.itertext())).strip("[]().: ") != mark
        return True

    def end(self, element: _Element) -> None:
        """Leave an element."""
        name = local_name(element)
        if name in _BLOCKS:
            self.flush()
        self._boxes.end(name)
        if self._is_left_out(element):
            return
        if name in ("ul", "ol"):
            self._lists.pop()
        elif name == "li":
            self._label = ""
        elif name == "sup":
            self._parts[self._raised :] = [raise_digits("".join(self._parts[self._raised :]))]
        elif name == "pre":
            self._verbatim -= 1
        elif name in ("caption", "figcaption"):
            self._captions -= 1
        elif name in ("table", "thead", "tr", "td", "th"):
            for block in self._tables.end(element, name):
                self._emit(block)
        elif _level_of(element, name):
            self._level = 0

    def add(self, text: str) -> None:
        """Take up words; white space is one space outside of preformatted text."""
        self._boxes.add(text)
        self._parts.append(text if self._verbatim else re.sub(r"[ \t\r\n\f]+", " ", text))

    def flush(self) -> None:
        """End a paragraph."""
        text = "".join(self._parts)
        self._parts.clear()
        box = self._boxes.take(text)
        if not text.strip():
            return
        if not self._verbatim:
            text = re.sub(r" *\n *", "\n", re.sub(" {2,}", " ", text)).strip()
        if self._label.startswith("Note "):
            text = text.lstrip(" .:)]")
        kind = self._kind()
        for part in re.split(r"\n\s*\n", normalise(self._label + text.strip("\n"))):
            if part.strip():
                words = " ".join(part.split()) if self._level else part.strip("\n")
                depth = max(0, len(self._lists) - 1)
                self._emit(Block(words, self._level, kind="text" if self._level else kind, depth=depth, box=box))
                kind = "text" if kind == "item" else kind
        self._label = ""

    def why_not(self, element: _Element) -> str:
        """Why the words of an element that was not entered are left out; empty for what has none."""
        if local_name(element) in ("script", "style", "head", "svg") or element.get(NOTE_ROLE):
            return ""
        if self._hidden is not None and _is_hidden(element, self._hidden):
            return HIDDEN
        return CONTENTS if local_name(element) == "nav" or is_a(element, *_NO_TEXT) else UNEXPLAINED

    def _is_left_out(self, element: _Element) -> bool:
        return bool(
            (local_name(element) in _SILENT and not _has_fallback(element))
            or element.get(NOTE_ROLE)
            or (self._hidden is not None and _is_hidden(element, self._hidden))
            or is_a(element, *_NO_TEXT)
        )

    def _bullet(self, item: _Element) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        number = _integer(item.get("value"), self._lists[-1])
        self._lists[-1] = number + 1
        return f"{number}. "

    def _kind(self) -> BlockKind:
        if self._verbatim:
            return "code"
        if self._captions:
            return "caption"
        return "item" if self._label and not self._label.startswith("Note ") else "text"

    def _emit(self, block: Block) -> None:
        if not self._tables.take(block):
            self._blocks.append(block)


def _is_hidden(element: _Element, classes: Set[str]) -> bool:
    return bool(
        element.get("hidden") is not None
        or NOT_DISPLAYED.search(element.get("style") or "")
        or not classes.isdisjoint((element.get("class") or "").split())
    )


def _level_of(element: _Element, name: str) -> int:
    """The level of a heading, by its element or by the role that it is said to play; 0 for anything else."""
    if name in _HEADINGS:
        return int(name[1])
    return min(6, max(1, _integer(element.get("aria-level"), 2))) if element.get("role") == "heading" else 0


def _has_fallback(element: _Element) -> bool:
    """Whether an object says in words what it shows, such as the questions of a quiz."""
    return local_name(element) == "object" and len(" ".join("".join(map(str, element.itertext())).split())) > FALLBACK


def _integer(written: str | None, otherwise: int) -> int:
    return int(written) if written and re.fullmatch(r"-?[0-9]{1,6}", written) else otherwise
