"""The list of contents of an e-book: what it calls the places of each page, and which pages hold no more than it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.decoding import normalise
from ingest.formats.archives import Archive, join_name, local_name
from ingest.formats.epub.notes import NOTE_ROLE
from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

APART = 5_000
"""Characters beside the links of a page that is said to be a cover or a list of contents; with more, it is text as well."""


def find_set_apart(base: str, package: _Element) -> set[str]:
    """The names of the pages that are said to be the cover or a list of contents, and not only to hold it somewhere."""
    cover_and_contents = ("cover", "toc", "loi", "lot")
    hrefs = [
        item.get("href") or ""
        for item in package.iter("{*}reference")
        if (item.get("type") or "").casefold() in cover_and_contents
    ]
    hrefs += [item.get("href") or "" for item in package.iter("{*}item") if _is_nav(item)]
    return {join_name(base, href) for href in hrefs if "#" not in href}


def _is_nav(item: _Element) -> bool:
    return "nav" in (item.get("properties") or "").split()


def read_contents(archive: Archive, base: str, package: _Element) -> dict[str, dict[str, int]]:
    """What the list of contents calls the places of each page, and how deep in the list: page, words, level."""
    found: dict[str, dict[str, int]] = {}
    for item in package.iter("{*}item"):
        is_nav = _is_nav(item)
        if not is_nav and item.get("media-type") != "application/x-dtbncx+xml":
            continue
        name = join_name(base, item.get("href") or "")
        try:
            root = archive.read_xml(name)
        except SourceError:  # the book can be read without it
            continue
        if root is not None:
            for target, words, level in _nav_entries(root) if is_nav else _ncx_entries(root):
                found.setdefault(join_name(name, target), {}).setdefault(words, min(level, 6))
    return found


def _nav_entries(root: _Element) -> Iterator[tuple[str, str, int]]:
    for link in root.iter("{*}a"):
        yield (
            link.get("href") or "",
            as_key(plain_text(link)),
            sum(local_name(item) == "ol" for item in link.iterancestors()),
        )


def _ncx_entries(root: _Element) -> Iterator[tuple[str, str, int]]:
    for point in root.iter("{*}navPoint"):
        target = next((item.get("src") or "" for item in point if local_name(item) == "content"), "")
        words = next((plain_text(item) for item in point if local_name(item) == "navLabel"), "")
        yield target, as_key(words), 1 + sum(local_name(item) == "navPoint" for item in point.iterancestors())


def is_contents(page: _Element) -> bool:
    """Whether a page is a list of contents: nearly all of its words lead elsewhere in the book."""
    body = next(page.iter("{*}body"), page)
    links = [link for link in body.iter("{*}a") if not link.get(NOTE_ROLE)]
    inside = [link for link in links if (target := link.get("href")) and "://" not in target]
    words = sum(len("".join(map(str, link.itertext())).strip()) for link in inside)
    return len(inside) >= 4 and words > 0.7 * sum(len(str(part).strip()) for part in body.itertext())


def count_characters(page: _Element) -> int:
    """The characters of a page that stand in no link."""
    body = next(page.iter("{*}body"), page)
    inside = sum(len(str(part).strip()) for link in body.iter("{*}a") for part in link.itertext())
    return sum(len(str(part).strip()) for part in body.itertext()) - inside


def plain_text(item: _Element) -> str:
    """All words below an element, in one line."""
    return " ".join(normalise("".join(map(str, item.itertext()))).split())


def as_key(text: str) -> str:
    """Words as they are compared: without regard to case and spaces."""
    return " ".join(text.split()).casefold()
