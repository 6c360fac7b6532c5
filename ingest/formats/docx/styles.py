"""What the styles of a .docx say of its paragraphs: heading levels, hidden words, the numbers and bullets of lists."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

LOWEST_HEADING = 6
MAX_CHAIN = 20
"""So many styles may be based on one another; what goes on longer goes in a circle."""

_BODY_TEXT = 9
"""The outline level that says: no heading."""

_HEADING_NAME = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_LABEL_CHARACTERS = 40
_ROMAN = tuple(
    zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "m cm d cd c xc l xl x ix v iv i".split(), strict=True)
)


def find_child(element: _Element | None, *path: str) -> _Element | None:
    """The first descendant along a path of names, whatever their namespace."""
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if local_name(child) == name), None)
    return element


def attribute(element: _Element | None, name: str = "val") -> str:
    """An attribute by its name without namespace; empty where there is none."""
    if element is None:
        return ""
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def integer(written: str) -> int | None:
    """A small whole number, or None for what is not one."""
    return int(written) if re.fullmatch(r"-?[0-9]{1,6}", written) else None


def is_on(element: _Element | None) -> bool:
    """Whether a switch such as ``<w:vanish/>`` is on."""
    return element is not None and attribute(element).casefold() not in ("0", "false", "off")


class Styles:
    """The style sheet; styles inherit from those that they are based on."""

    def __init__(self, root: _Element | None):
        self._styles: dict[str, _Element] = {}
        self._default = ""
        self._known: dict[tuple[str, ...], _Element | None] = {}
        self._chains: dict[str, list[str]] = {}
        self._own: dict[tuple[str, ...], _Element | None] = {}
        for style in root if root is not None else ():
            if local_name(style) != "style":
                continue
            self._styles[attribute(style, "styleId")] = style
            if attribute(style, "type") == "paragraph" and attribute(style, "default") in ("1", "true"):
                self._default = attribute(style, "styleId")

    def name(self, paragraph: _Element) -> str:
        """The name of a paragraph's style in lower case: "title", "heading 1", "toc 2"."""
        style = self._styles.get(self._own_style(paragraph))
        return attribute(find_child(style, "name")).casefold()

    def level(self, paragraph: _Element) -> int:
        """A paragraph's level as a heading, 0 where it is none."""
        level = integer(attribute(self._formatting(paragraph, "pPr", "outlineLvl")))
        if level is not None:
            return 0 if not 0 <= level < _BODY_TEXT else min(level + 1, LOWEST_HEADING)
        named = _HEADING_NAME.fullmatch(self.name(paragraph))
        return min(int(named[1]), LOWEST_HEADING) if named else 0

    def numbering(self, paragraph: _Element) -> tuple[str, int]:
        """The list that a paragraph belongs to and how deep in it; an empty name where it is in none."""
        name = attribute(self._formatting(paragraph, "pPr", "numPr", "numId"))
        depth = integer(attribute(self._formatting(paragraph, "pPr", "numPr", "ilvl")))
        return "" if name == "0" else name, max(0, depth or 0)

    def is_hidden(self, run: _Element, paragraph: _Element) -> bool:
        """Whether a run of words is not shown, by its own formatting or by its styles."""
        return self._is_on(run, paragraph, "vanish")

    def is_bold(self, paragraph: _Element) -> bool:
        """Whether all words of a paragraph are bold, by their own formatting or by their styles."""
        runs = [run for run in paragraph.iter("{*}r") if any((part.text or "").strip() for part in run.iter("{*}t"))]
        return bool(runs) and all(self._is_on(run, paragraph, "b") for run in runs)

    def _is_on(self, run: _Element, paragraph: _Element, name: str) -> bool:
        switch = find_child(run, "rPr", name)
        for style in (attribute(find_child(run, "rPr", "rStyle")), self._own_style(paragraph)):
            if switch is None:
                switch = self._inherited(style, "rPr", name)
        return is_on(switch)

    def _own_style(self, paragraph: _Element) -> str:
        return attribute(find_child(paragraph, "pPr", "pStyle")) or self._default

    def _formatting(self, paragraph: _Element, *path: str) -> _Element | None:
        """A paragraph's own formatting, else that of its style."""
        own = find_child(paragraph, *path)
        return own if own is not None else self._inherited(self._own_style(paragraph), *path)

    def _inherited(self, style: str, *path: str) -> _Element | None:
        key = (style, *path)
        if key not in self._known:
            found = (self._of_style(name, *path) for name in self._chain(style))
            self._known[key] = next((item for item in found if item is not None), None)
        return self._known[key]

    def _of_style(self, *key: str) -> _Element | None:
        """What a style says itself; asked for again by each style that is based on it."""
        if key not in self._own:
            self._own[key] = find_child(self._styles[key[0]], *key[1:])
        return self._own[key]

    def _chain(self, style: str) -> list[str]:
        """A style and those that it is based on, by name."""
        if style not in self._chains:
            chain, name = list[str](), style
            while name in self._styles and len(chain) < MAX_CHAIN:
                chain.append(name)
                name = attribute(self._of_style(name, "basedOn"))
            self._chains[style] = chain
        return self._chains[style]


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is labelled: ``text`` is a pattern such as "%1.%2)"."""

    form: str
    text: str
    start: int


class Numbering:
    """The lists of a document; they count on as labels are asked for, in the order of the text."""

    def __init__(self, root: _Element | None):
        self._outlines: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = defaultdict(dict)
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        for item in root if root is not None else ():
            if local_name(item) == "abstractNum":
                self._outlines[attribute(item, "abstractNumId")] = dict(_read_levels(item))
            elif local_name(item) == "num":
                name = attribute(item, "numId")
                self._lists[name] = attribute(find_child(item, "abstractNumId"))
                for override in item:
                    start = integer(attribute(find_child(override, "startOverride")))
                    level = integer(attribute(override, "ilvl"))
                    if start is not None and level is not None:
                        self._restarts[name][level] = start

    def label(self, name: str, depth: int) -> str:
        """What stands before the next paragraph of a list: "- ", "2. ", "(iv) "; empty where nothing does."""
        outline = self._lists.get(name, "")
        levels = self._outlines.get(outline, {})
        counts = self._counts[outline]
        for restarted, start in self._restarts.pop(name, {}).items():
            counts[restarted] = start - 1
        level = levels.get(depth)
        if level is None or level.form == "bullet":
            return "- "
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]

        def written(match: re.Match[str]) -> str:
            of = int(match[1]) - 1
            other = levels.get(of, level)
            return format_number(counts.get(of, other.start), other.form)

        label = re.sub(r"%([1-9])", written, level.text) if level.form != "none" else ""
        return f"{label} " if label.strip() else ""


def format_number(number: int, form: str) -> str:
    """A number as lists write it: decimal, roman or by letters (z is followed by aa)."""
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        written = ""
        for value, letters in _ROMAN:
            written += letters * (number // value)
            number %= value
    elif form in ("lowerLetter", "upperLetter") and 0 < number <= 260:
        written = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    else:
        return f"{number:02d}" if form == "decimalZero" else str(number)
    return written.upper() if form.startswith("upper") else written


def _read_levels(outline: _Element) -> Iterator[tuple[int, _Level]]:
    for item in outline:
        depth = integer(attribute(item, "ilvl"))
        if local_name(item) == "lvl" and depth is not None:
            start = integer(attribute(find_child(item, "start")))
            text = attribute(find_child(item, "lvlText"))[:_LABEL_CHARACTERS]
            yield depth, _Level(attribute(find_child(item, "numFmt")), text, 1 if start is None else start)
