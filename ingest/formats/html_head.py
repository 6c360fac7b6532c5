"""What a web page says of itself: title, author and date, from linked data, meta elements, and marked elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.byline import parse_date
from ingest.characters import normalise
from ingest.formats.archives import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_LINKED_DATA = 200_000
_ARTICLES = re.compile(r"Article|BlogPosting|Report|WebPage|Book|CreativeWork")
_SITE = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{2,60}$")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LABEL = re.compile(r"(?i)^(?:written |posted |published )?by:?\s+")


@dataclass(frozen=True, slots=True)
class Head:
    """Title, author and date (ISO where it can be told); empty where the page does not say."""

    title: str = ""
    author: str = ""
    date: str = ""


def read_head(root: _Element) -> Head:
    """Look in the places where pages say it, the most deliberate first."""
    linked = list(_linked_data(root))
    meta = _meta(root)
    headings = [_text(element) for element in root.iter("h1")]
    page_title = _text(next(root.iter("title"), None))
    title = next((_string(item.get("headline")) for item in linked if item.get("headline")), "")
    title = title or meta.get("og:title", "") or meta.get("citation_title", "") or meta.get("dc.title", "")
    if not title and len(headings) == 1:
        title = headings[0]
    title = title or (headings[0] if headings and headings[0] in page_title else _SITE.sub("", page_title))
    if (
        len(headings) == 1
        and title != headings[0]
        and (title.startswith(headings[0]) or headings[0].startswith(_SITE.sub("", title)))
    ):
        title = headings[0]  # without the site's name
    author = next((_names(item["author"]) for item in linked if item.get("author")), "")
    author = author or next(
        (
            meta[name]
            for name in ("author", "article:author", "citation_author", "dc.creator", "parsely-author")
            if meta.get(name)
        ),
        "",
    )
    if author.startswith("http") or not author:
        author = _LABEL.sub("", next((_text(item) for item in root.iter() if _is_author(item)), ""))[:120]
    date = next((_string(item.get("datePublished")) for item in linked if item.get("datePublished")), "")
    names = (
        "article:published_time",
        "citation_publication_date",
        "citation_date",
        "dc.date",
        "dcterms.created",
        "date",
        "pubdate",
    )
    date = date or next((meta[name] for name in names if meta.get(name)), "")
    if not date:
        times = [item for item in root.iter("time") if item.get("datetime")]
        date = times[0].get("datetime") or "" if times else ""
    return Head(_clean(title), _clean(author), _date(date))


def _date(written: str) -> str:
    plain = " ".join(written.split())
    iso = _ISO_DATE.match(plain.replace("/", "-"))
    return parse_date(iso[0] if iso else plain)[:40]


def _linked_data(root: _Element) -> Iterator[dict[str, Any]]:
    """The articles in the page's JSON-LD; what is not JSON is passed over."""
    for script in root.iter("script"):
        text = script.text or ""
        if "ld+json" not in (script.get("type") or "") or len(text) > MAX_LINKED_DATA:
            continue
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        items = found if isinstance(found, list) else [found]
        items += [part for item in items if isinstance(item, dict) for part in _list(item.get("@graph"))]
        for item in items:
            if isinstance(item, dict) and any(_ARTICLES.search(str(kind)) for kind in _list(item.get("@type"))):
                yield item


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _names(value: Any) -> str:
    names = [_string(item.get("name")) if isinstance(item, dict) else _string(item) for item in _list(value)]
    return ", ".join(name for name in names if name and not name.startswith("http"))[:200]


def _meta(root: _Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").casefold()
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content[:500])
    return found


def _is_author(element: _Element) -> bool:
    said = {element.get("rel"), element.get("itemprop"), *(element.get("class") or "").split()}
    return bool(said & {"author", "byline", "byline__name", "author-name", "p-author", "entry-author"})


def _text(element: _Element | None) -> str:
    """The words of an element on one line; a link sign that documentation puts behind headings is none of them."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for inner in element.iterdescendants():
        parts += [" " if local_name(inner) == "br" else "", inner.text or "", inner.tail or ""]
    return " ".join("".join(parts).split()).rstrip("¶#🔗 ")


def _clean(text: str) -> str:
    return " ".join(normalise(text).split())[:300]
