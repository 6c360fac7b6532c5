"""Pages of an e-book that are drawn: their words stand in SVG, line by line, each at its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

FEW = 200
"""Characters beside a drawing; where there are more, its words are labels of a figure and not the page's text."""

_UNSHOWN = frozenset("defs desc metadata script style symbol title".split())


def is_drawn(body: _Element) -> bool:
    """Whether what a page says, it says in a drawing."""
    drawings = list(body.iter("{*}svg"))
    within = sum(len(str(part).strip()) for drawing in drawings for part in drawing.itertext())
    return bool(drawings) and sum(len(str(part).strip()) for part in body.itertext()) - within < FEW


def text_of_drawing(drawing: _Element) -> str:
    """The words of a drawing, a line for each of its texts."""
    from lxml import etree

    lines: list[str] = []
    walker = etree.iterwalk(drawing, events=("start",))
    for _, element in walker:
        name = local_name(element)
        if name in _UNSHOWN or element.get("display") == "none" or element.get("visibility") == "hidden":
            walker.skip_subtree()
        elif name == "text":
            lines.append(" ".join("".join(_pieces(element)).split()))
            walker.skip_subtree()
    return "\n".join(filter(None, lines))


def _pieces(text: _Element) -> Iterator[str]:
    """The words of a text; what is set on another height begins a new line."""
    height = text.get("y")
    yield text.text or ""
    for piece in text.iterdescendants():
        placed = piece.get("y") or (height if not piece.get("dy") else None)
        if placed != height:
            yield " "
            height = placed
        yield piece.text or ""
        yield piece.tail or ""
