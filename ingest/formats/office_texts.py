"""All words of a part of an office document, shown or not, as its simplest reading finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.formats.archives import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

_SPACES = frozenset(("tab", "ptab", "br", "cr"))


def texts_of(root: _Element) -> list[str]:
    """The texts of all paragraphs (``p``) below an element, those of its ``t`` elements, in their order."""
    from lxml import etree

    pieces: list[list[str]] = [[]]
    walker = etree.iterwalk(
        root, events=("start",), tag=("{*}p", "{*}t", "{*}tab", "{*}ptab", "{*}br", "{*}cr", "{*}Fallback")
    )
    for _, element in walker:
        name = local_name(element)
        if name == "Fallback":  # the same again for older readers
            walker.skip_subtree()
        elif name == "p":
            pieces.append([])
        else:
            pieces[-1].append(" " if name in _SPACES else element.text or "")
    return [text for piece in pieces if (text := "".join(piece).strip())]
