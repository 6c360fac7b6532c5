"""E-books (.epub): their pages in the order in which they are read, title, author and date from the package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline, parse_date
from ingest.formats.archives import Archive, join_name, local_name
from ingest.formats.epub.contents import (
    APART,
    as_key,
    count_characters,
    find_set_apart,
    is_contents,
    plain_text,
    read_contents,
)
from ingest.formats.epub.notes import mark_notes
from ingest.formats.epub.pages import blocks_of_page
from ingest.formats.epub.xhtml import find_hidden_classes, parse_xhtml
from ingest.formats.page_texts import texts_of
from ingest.left_out import CONTENTS, account_for
from ingest.limits import count_up
from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

HEAD_BLOCKS = 8
"""The title page's lines are looked for among so many first blocks."""

_FONT_DISGUISE = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Ways of hiding fonts; the text of such a book is open."""

MOST_FALLBACKS = 5
"""Pages that stand for one another, looked at one after the other."""

_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "image/svg+xml")
_NOBODY = ("unknown", "unknown author", "author", "anonymous user", "calibre")
_EVENTS = ("original-publication", "", "publication")
"""What a date of the package may be of, the best first; others are of the file."""

FRONT_BLOCKS = 30
"""The year of printing is looked for among so many first blocks."""

_IMPRINT = re.compile(r"(?m)^\W*(1[4-9][0-9]{2}|20[0-9]{2})\W*$")
_NO_DAY = ("0101", "0000", "0001")
"""Years that programs write where no date is known."""


def parse_epub(content: bytes) -> Parsed:
    """The blocks of an e-book without cover and lists of contents; notes stay where they stand, with their marks.

    Raises:
        SourceError: it is encrypted, damaged, or not an e-book.
    """
    archive = Archive(content, ".epub")
    _refuse_encrypted(archive)
    name, package = _read_package(archive)
    title, author, date = _read_metadata(package)
    names, missing = _find_pages(archive, name, package)
    apart = find_set_apart(name, package)
    contents_of = {page: archive.read(page) or b"" for page in names}
    pages = {page: parse_xhtml(content, page) for page, content in contents_of.items() if content.strip()}
    own = [text for root in pages.values() for text in texts_of(_body_of(root))]
    if not pages:
        raise SourceError("no pages in it that can be read")
    notes = mark_notes(pages)
    contents = read_contents(archive, name, package)
    hidden = _read_hidden_classes(archive, name, package)
    skipped = {
        page for page, root in pages.items() if is_contents(root) or (page in apart and count_characters(root) < APART)
    }
    left_out = [(CONTENTS, " ".join(map(str, _body_of(pages[page]).itertext()))) for page in pages if page in skipped]
    found = count_up(
        block
        for page, root in pages.items()
        if page not in skipped
        for block in _name_headings(blocks_of_page(root, page, notes, hidden, left_out), contents.get(page, {}))
    )
    blocks = tuple(found)
    date = _find_imprint(blocks, date) or date
    note = f"{missing} of its pages are missing from the file" if missing else ""
    return account_for(_without_title_page(Parsed(blocks, title, author, date, note=note)), own, left_out)


def _body_of(page: _Element) -> _Element:
    return next(page.iter("{*}body"), page)


def _find_imprint(blocks: Sequence[Block], date: str) -> str:
    """The year on a title page, a line by itself, if it is before that of the package, which may be of the copy only."""
    years = (match[1] for block in blocks[:FRONT_BLOCKS] for match in _IMPRINT.finditer(block.text))
    return next((year for year in years if year < date[:4]), "") if date[:4].isdecimal() else ""


def _refuse_encrypted(archive: Archive) -> None:
    root = archive.read_xml("META-INF/encryption.xml")
    if root is None:
        return
    for item in root.iter("{*}EncryptedData"):
        methods = [method.get("Algorithm") for method in item.iter("{*}EncryptionMethod")]
        if not any(method in _FONT_DISGUISE for method in methods):
            raise SourceError("encrypted (copy protection); Footnote reads e-books without it")


def _read_package(archive: Archive) -> tuple[str, _Element]:
    """The name and the root of the part that lists all others."""
    container = archive.read_xml("META-INF/container.xml")
    named = [item.get("full-path") or "" for item in (container.iter("{*}rootfile") if container is not None else ())]
    named += [name for name in archive.names() if name.casefold().endswith(".opf")]
    for name in named:
        root = archive.read_xml(name)
        if root is not None:
            return name, root
    raise SourceError("not an e-book, though it is packed like one")


def _read_metadata(package: _Element) -> tuple[str, str, str]:
    found: dict[str, list[_Element]] = {"title": [], "creator": [], "date": [], "meta": []}
    for part in package:
        if local_name(part) == "metadata":
            for item in part.iter():
                found.get(local_name(item), []).append(item)
    roles = {
        (item.get("refines") or "").lstrip("#"): (item.text or "").strip()
        for item in found["meta"]
        if item.get("property") == "role"
    }
    authors = [
        plain_text(item)
        for item in found["creator"]
        if (_said(item, "role") or roles.get(item.get("id") or "", "aut")) == "aut"
    ]
    told = {event: plain_text(item) for item in reversed(found["date"]) if (event := _said(item, "event")) in _EVENTS}
    days = [told.get(event, "") for event in _EVENTS]
    day = next((re.sub(r"T.*", "", day) for day in days if day and not day.startswith(_NO_DAY)), "")
    names = ", ".join(dict.fromkeys(name for name in authors if name and name.casefold() not in _NOBODY))
    return next(filter(None, map(plain_text, found["title"])), ""), names, parse_date(day)


def _said(item: _Element, name: str) -> str:
    return item.get(f"{{http://www.idpf.org/2007/opf}}{name}") or ""


def _is_page(item: _Element) -> bool:
    return (item.get("media-type") or _PAGES[0]) in _PAGES


def _find_pages(archive: Archive, base: str, package: _Element) -> tuple[list[str], int]:
    """The names of the pages in the order of the spine, each once, and how many the file lacks."""
    manifest = {item.get("id"): item for item in package.iter("{*}item")}
    known = {name.casefold() for name in archive.names()}
    names: dict[str, None] = {}
    missing: set[str] = set()
    for reference in package.iter("{*}itemref"):
        item = manifest.get(reference.get("idref"))
        for _ in range(MOST_FALLBACKS):  # a page of a kind that not every reader knows names another that stands for it
            if item is not None and not _is_page(item):
                item = manifest.get(item.get("fallback"))
        if item is None or not _is_page(item):
            continue
        name = join_name(base, item.get("href") or "")
        if name.casefold() not in known:
            missing.add(name)
        else:
            names[name] = None
    return list(names), len(missing)


def _read_hidden_classes(archive: Archive, base: str, package: _Element) -> set[str]:
    sheets = [item for item in package.iter("{*}item") if item.get("media-type") == "text/css"]
    contents = (archive.read(join_name(base, item.get("href") or "")) for item in sheets)
    return {name for content in contents if content for name in find_hidden_classes(content.decode(errors="replace"))}


def _name_headings(blocks: Iterable[Block], contents: dict[str, int]) -> Iterator[Block]:
    """Headings that are only styled as such are known by standing in the list of contents."""
    for block in blocks:
        level = 0 if block.level else contents.get(as_key(block.text), 0)
        yield replace(block, level=level) if level else block


def _without_title_page(parsed: Parsed) -> Parsed:
    """A title page repeats what the package says, or tells what it leaves out."""
    author, date = parsed.author, parsed.date
    authors = {as_key(name) for name in (author, *author.split(", ")) if name}
    kept: list[Block] = []
    for at, block in enumerate(parsed.blocks):
        if at >= HEAD_BLOCKS or block.level > 1:
            kept += parsed.blocks[at:]
            break
        key = as_key(block.text)
        byline = find_byline(block.text) if not block.level else None
        if key == as_key(parsed.title) or key in authors or (date and parse_date(block.text) == date):
            continue
        if byline and not (author and date):
            author, date = author or byline[0], date or byline[1]
            continue
        kept.append(block)
    return replace(parsed, blocks=tuple(kept), author=author, date=date)
