"""Notes of an e-book's or a web page's text: which links lead to them and back, and by which marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING

from ingest.formats.archives import join_name, local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

_MARKER = re.compile(r"\W*(?P<mark>[0-9]{1,4}|[ivxlc]{1,6}|[a-z]|[*†‡§¶]+)\W*", re.IGNORECASE)
_BACK_ARROW = re.compile(r"[\s\u21a9\u2191^\ufe0e\ufe0f]+")

SHORT = 20
"""Characters of a link that are looked at; a note's mark, or what leads back from it, has fewer."""

DEPTH = 4
"""So many elements around a link may be the note in which it stands."""

NOTE_ROLE = "footnote-role"
"""Attribute under which links to notes and back are remembered once they are known."""


def mark_notes(pages: Mapping[str, _Element]) -> dict[tuple[str, str], str]:
    """Find the links to notes and back in a book's pages, and remember which is which on the elements.

    Returns:
        For each note, by the name of its page and its id, the mark that leads to it.
    """
    ids = {(name, item.get("id") or "") for name, page in pages.items() for item in page.iter() if item.get("id")}
    links = [(name, link, _target(link, name)) for name, page in pages.items() for link in page.iter("{*}a")]
    targets = {target for _, _, target in links}
    notes: dict[tuple[str, str], str] = {}
    left_from: set[tuple[str, str]] = set()
    for name, link, target in links:
        if target not in ids:
            continue
        near = {(name, item.get("id") or "") for item in (link, link.getparent()) if item is not None}
        words = "".join(map(str, link.itertext()))[:SHORT]
        # Where a note is spoken of, a place may be too: only in a note, or with its mark, does a link lead back to it.
        leads_back = target in left_from and (_MARKER.fullmatch(words) or _is_in_note(link, name, notes))
        if _BACK_ARROW.fullmatch(words) or leads_back or is_a(link, "backlink", "doc-backlink"):
            link.set(NOTE_ROLE, "back")
        elif mark := _note_mark(link, is_answered=bool(near & targets & ids)):
            link.set(NOTE_ROLE, "note")
            notes.setdefault(target, mark)
            left_from |= near & ids
    return notes


def _is_in_note(link: _Element, name: str, notes: Mapping[tuple[str, str], str]) -> bool:
    return any((name, item.get("id") or "") in notes for item in islice(link.iterancestors(), DEPTH))


def _target(link: _Element, name: str) -> tuple[str, str]:
    """The page and the id that a link leads to."""
    path, _, place = (link.get("href") or "").partition("#")
    return join_name(name, path) if path else name, place


def _note_mark(link: _Element, is_answered: bool) -> str:
    """The mark of a link to a note ("1", "*"), empty for other links; a link back to it shows that it is one."""
    text = "".join(map(str, link.itertext()))[:SHORT]
    match = _MARKER.fullmatch(text)
    parent = link.getparent()
    is_raised = (parent is not None and local_name(parent) == "sup") or any(local_name(item) == "sup" for item in link)
    if match and (is_raised or is_answered or re.fullmatch(r"\[\w+\]|[*†‡§¶]+", text.strip())):
        return match["mark"]
    return text.strip() if is_a(link, "noteref", "doc-noteref") else ""


def is_a(element: _Element, *roles: str) -> bool:
    """Whether an element says of itself that it is one of these, as books or as pages say it."""
    said = (element.get("{http://www.idpf.org/2007/ops}type") or element.get("epub:type") or "").split()
    return any(role in roles for role in (*said, *(element.get("role") or "").split()))
