"""A web page's tree: how much each part of it holds, and taking parts out of it. No recursion: pages nest deeply."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

_SILENT = frozenset(("script", "style", "noscript", "template", "svg", "head"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NOTES = re.compile(r"(?i)footnote|endnote|reflist")
_NOTE_ROLES = frozenset(("doc-footnote", "doc-endnotes", "doc-endnote", "note"))


@dataclass(slots=True)
class Part:
    """What an element holds: characters of text, of those how many in links, how many links; whether a title, headings or days, notes."""

    text: int = 0
    linked: int = 0
    links: int = 0
    has_title: bool = False
    has_heading: bool = False
    has_notes: bool = False

    @property
    def prose(self) -> int:
        """Characters outside links."""
        return self.text - self.linked


def measure(body: _Element) -> dict[_Element, Part]:
    """What all elements hold, in one pass from the innermost outwards."""
    parts: dict[_Element, Part] = {}
    for element in reversed(list(body.iter())):  # children come before their parents
        name = local_name(element)
        if name in _SILENT:
            parts[element] = Part()
            continue
        part = Part(
            _letters(element.text),
            has_title=name in ("h1", "main") or element.get("itemprop") == "articleBody",
            has_heading=name in _HEADINGS or name == "time",
            has_notes=_is_note(element),
        )
        for child in element:
            part.text += _letters(child.tail)
            inner = parts.get(child)
            if inner is None:
                continue
            part.text += inner.text
            part.linked += inner.linked
            part.links += inner.links
            part.has_title = part.has_title or inner.has_title
            part.has_heading = part.has_heading or inner.has_heading
            part.has_notes = part.has_notes or inner.has_notes
        if name == "a":
            part.linked, part.links = part.text, 1
        parts[element] = part
    return parts


def open_noscript(body: _Element) -> None:
    """Make boxes of a page that holds its text in ``noscript`` elements: what is shown where no script runs."""
    inside = list(body.iter("noscript"))
    held = sum(_count_letters(element) for element in inside)
    if 2 * held > _count_letters(body) + held:
        for element in inside:
            element.tag = "div"


def _count_letters(element: _Element) -> int:
    """Characters of text in an element that is no ``noscript``, or in one, without those of scripts and styles."""
    from lxml import etree

    letters = 0
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, part in walker:
        if event == "end":
            letters += _letters(part.tail) if part is not element else 0
        elif part is not element and local_name(part) in _SILENT:
            walker.skip_subtree()
        else:
            letters += _letters(part.text)
    return letters


def _letters(text: str | None) -> int:
    return len(text.strip()) if text else 0


def _is_note(element: _Element) -> bool:
    named, place = element.get("class"), element.get("id")
    if (named or place) and _NOTES.search(f"{named or ''} {place or ''}"):
        return True
    return element.get("role") in _NOTE_ROLES


def find_topmost(body: _Element, is_wanted: Callable[[_Element], bool]) -> list[_Element]:
    """The elements below ``body`` that are wanted and stand in no other that is."""
    inside: set[_Element] = set()
    found = []
    for element in body.iter():
        if element is body:
            continue
        if element.getparent() in inside:
            inside.add(element)
        elif is_wanted(element):
            inside.add(element)
            found.append(element)
    return found


def prose_of(elements: Iterable[_Element], parts: Mapping[_Element, Part]) -> int:
    """Characters outside links in elements of which none is in another."""
    return sum(parts[element].prose for element in elements)


def clear_parts(elements: Iterable[_Element]) -> bool:
    """Empty elements, and leave the text that follows them; whether there were words in any."""
    had_words = False
    for element in elements:
        had_words = had_words or any(str(text).strip() for text in element.itertext())
        element.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs are older
    return had_words
