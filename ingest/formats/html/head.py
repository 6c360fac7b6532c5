"""What a web page says of itself: title, author and date, from linked data, meta elements, and marked elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.byline import find_byline, parse_date
from ingest.decoding import normalise
from ingest.formats.archives import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_LINKED_DATA = 200_000
_ARTICLES = re.compile(r"Article|BlogPosting|Report|WebPage|Book|CreativeWork")
_SITE = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{2,60}$")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_AUTHOR_NAMES = ("author", "article:author", "citation_author", "dc.creator", "parsely-author")
_DATE_NAMES = (
    "article:published_time",
    "citation_publication_date",
    "citation_date",
    "dc.date",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.issued",
    "dcterms.created",
    "datepublished",
    "date",
    "pubdate",
)
_LABEL = re.compile(r"(?i)^(?:written |posted |published )?by:?\s+")


@dataclass(frozen=True, slots=True)
class Head:
    """Title, author and date (ISO where it can be told); empty where the page does not say."""

    title: str = ""
    author: str = ""
    date: str = ""


def read_head(root: _Element) -> Head:
    """What the page's head says, the most deliberate first; ``read_marked`` knows what is marked in its body."""
    linked = list(_linked_data(root))
    meta = _meta(root)
    title = next((_string(item.get("headline")) for item in linked if item.get("headline")), "")
    title = title or next((meta[name] for name in ("og:title", "citation_title", "dc.title") if meta.get(name)), "")
    title = _choose_title(title, _text(next(root.iter("title"), None)), [_text(item) for item in root.iter("h1")], meta)
    author = next((_names(item["author"]) for item in linked if item.get("author")), "")
    author = author or next((meta[name] for name in _AUTHOR_NAMES if meta.get(name)), "")
    date = next((_string(item.get("datePublished")) for item in linked if item.get("datePublished")), "")
    date = date or next((meta[name] for name in _DATE_NAMES if meta.get(name)), "")
    return Head(_clean(title), "" if author.startswith("http") else _clean(author), _date(date))


def _choose_title(title: str, page_title: str, headings: list[str], meta: Mapping[str, str]) -> str:
    """What is deliberately called the title; else the only heading; else the window's title, without the site's name."""
    site = next((meta[name] for name in ("og:site_name", "application-name") if meta.get(name)), "")
    if not title and len(headings) == 1 and headings[0]:
        return headings[0]
    if not title and headings and headings[0] in page_title:
        return headings[0]
    title = title or page_title
    for heading in headings if len(headings) == 1 else ():  # without the site's name before or after it
        if heading and (title.startswith(heading) or heading.startswith(_SITE.sub("", title))):
            return heading
    without = _SITE.sub("", title)
    return without if site and title[len(without) :].strip(" |–—·»-").casefold() == site.casefold() else title


def read_marked(article: _Element, head: Head) -> Head:
    """Fill in author and day where the article's own elements are marked as such; comments have authors too."""
    author, date = head.author, head.date
    if author and date:
        return head
    skipped: set[_Element] = set()
    for element in article.iter():
        if element.getparent() in skipped or _is_elsewhere(element):
            skipped.add(element)
        elif not author and _is_author(element):
            author = _LABEL.sub("", _text(element))[:120]
            byline = find_byline(f"By {author}")
            author, date = (byline[0] or author, date or byline[1]) if byline else (author, date)
        elif not date and (local_name(element) == "time" or element.get("itemprop") == "datePublished"):
            date = _date(element.get("datetime") or element.get("content") or _text(element))
        if author and date:
            break
    return Head(head.title, _clean(author), date)


def _is_elsewhere(element: _Element) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}".casefold()
    return local_name(element) in ("aside", "nav", "footer", "form") or "comment" in names or "related" in names


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
