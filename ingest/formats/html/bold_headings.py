"""Headings of a web page that are so by hand: a paragraph that is bold as a whole and stands alone over what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ingest.bold_lines import LONGEST, could_be_heading, stands_over
from ingest.formats.archives import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

_BOLD = frozenset(("b", "strong"))
_LISTS = frozenset(("ul", "ol", "dl", "table"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_INSIDE = frozenset(
    "li td th dt dd figure figcaption caption blockquote address button label form nav header footer aside".split()
)
"""What stands in these is a part of an item, of a table, of a picture or of a letter's head."""

LOWEST = 6
NEAR = 3
"""So many elements may lie between a paragraph and its bold words: marks of a font, of a colour."""


def mark_bold_headings(body: _Element) -> None:
    """Say of such paragraphs what pages say of headings that are made of other elements: their role and their level."""
    above = 1
    inside: set[_Element] = set()
    for element in body.iter("*"):
        name = local_name(element)
        if name in _INSIDE or element.getparent() in inside:
            inside.add(element)
        elif name in _HEADINGS:
            above = int(name[1])
        elif (
            name == "p" and not element.get("role") and (words := _bold_words(element)) and _stands_over(element, words)
        ):
            element.set("role", "heading")
            element.set("aria-level", str(min(above + 1, LOWEST)))


def _bold_words(paragraph: _Element) -> str:
    """The words of a paragraph that has no others but bold ones, none of them a link; empty for any other."""
    element = paragraph
    for _ in range(NEAR):
        shown = [child for child in element if local_name(child) != "br" or (child.tail or "").strip()]
        if len(shown) != 1 or (element.text or "").strip() or (shown[0].tail or "").strip():
            return ""
        element = shown[0]
        if local_name(element) in _BOLD:
            words = " ".join("".join(islice(map(str, element.itertext()), LONGEST)).split())
            is_plain = next(element.iter("a", "br", "img"), None) is None
            return words if is_plain and could_be_heading(words) else ""
    return ""


def _stands_over(paragraph: _Element, words: str) -> bool:
    following = _next(paragraph)
    if following is None or (local_name(following) == "p" and _bold_words(following)):
        return False
    return stands_over(words, "".join(_texts(following)), is_list=local_name(following) in _LISTS)


def _next(element: _Element) -> _Element | None:
    """The next element beside it that has words."""
    if (element.tail or "").strip():
        return None
    following = element.getnext()
    while following is not None and not any(text.strip() for text in _texts(following)):
        following = following.getnext()
    return following if following is not None and local_name(following) not in _HEADINGS else None


def _texts(element: _Element) -> Iterator[str]:
    return islice(map(str, element.itertext()), LONGEST)
