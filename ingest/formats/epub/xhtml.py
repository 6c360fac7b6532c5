"""A page of an e-book as a tree, and the classes that its style sheets hide."""

from __future__ import annotations

import re
from html.entities import name2codepoint
from typing import TYPE_CHECKING

from ingest.decoding import decode
from ingest.formats.archives import parse_xml
from ingest.formats.hiding import NOT_DISPLAYED
from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_CLASS = re.compile(r"\w*\.([\w-]+)")


def parse_xhtml(content: bytes, name: str) -> _Element:
    """The root of one page. What is not well-formed is read as browsers would.

    Raises:
        SourceError: it cannot be read at all, or declares entities of its own.
    """
    from lxml import etree

    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = _DECLARATION.sub("", decode(content)).encode()
    named = _ENTITY.sub(_as_number, content)
    try:
        return parse_xml(named, name)
    except SourceError as error:
        if "well-formed" not in str(error):
            raise
    text = _DECLARATION.sub("", decode(content))
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    root: _Element | None = etree.fromstring(text.encode(errors="replace"), parser)
    if root is None:
        raise SourceError(f"damaged: its part {name[:80]} holds no page")
    return root


def _as_number(match: re.Match[bytes]) -> bytes:
    name = match[1].decode()
    known = name not in ("amp", "lt", "gt", "quot", "apos") and name in name2codepoint
    return f"&#{name2codepoint[name]};".encode() if known else match[0]


def find_hidden_classes(css: str) -> set[str]:
    """The classes whose elements a style sheet hides."""
    hidden: set[str] = set()
    for rule in css.split("}"):
        selectors, _, body = rule.partition("{")
        if NOT_DISPLAYED.search(body):
            hidden |= {match[1] for part in selectors.split(",") if (match := _CLASS.fullmatch(part.strip()))}
    return hidden
