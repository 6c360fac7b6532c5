"""What a web page says of itself: title and author from linked data, meta and marked elements; its day by htmldate."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from ingest.byline import find_byline
from ingest.decoding import normalise
from ingest.formats.archives import local_name
from ingest.formats.html.main_text import try_library

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

MAX_LINKED_DATA = 200_000
_ARTICLES = re.compile(r"Article|BlogPosting|Report|WebPage|Book|CreativeWork")
_SITE = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{2,60}$")
_WORD = re.compile(r"\w+")
_AUTHOR_NAMES = ("author", "article:author", "citation_author", "dc.creator", "parsely-author")
_LABEL = re.compile(r"(?i)^(?:(?:written|posted|published) )?(?:by|von|par|por|di|av)\b:?\s+")
_AFTER_NAME = re.compile(
    r"\s*(?:[|•·]|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\.? \d|\d{1,2}[./:]\d|\d{4}\b"
    r"|\b(?:updated|published|posted)\b).*",
    re.IGNORECASE | re.DOTALL,
)
"""What pages put behind a name: the day, how long ago that is, what to do with the page."""


@dataclass(frozen=True, slots=True)
class Head:
    """Title, author and date (ISO where it can be told); empty where the page does not say."""

    title: str = ""
    author: str = ""
    date: str = ""


def read_head(root: _Element) -> Head:
    """Title and author as the page's head says them; ``complete_head`` knows what its body tells."""
    linked = list(_linked_data(root))
    meta = _meta(root)
    declared = next((_string(item.get("headline")) for item in linked if item.get("headline")), "")
    declared = declared or next(
        (meta[name] for name in ("og:title", "citation_title", "dc.title") if meta.get(name)), ""
    )
    window = _clean(_text(next(root.iter("title"), None)))
    headings = [text for item in root.iter("h1") if (text := _clean(_text(item)))]
    site = next((meta[name] for name in ("og:site_name", "application-name") if meta.get(name)), "")
    author = next((_names(item["author"]) for item in linked if item.get("author")), "")
    author = author or next((meta[name] for name in _AUTHOR_NAMES if meta.get(name)), "")
    return Head(_choose_title(_clean(declared), window, headings, _clean(site)), clean_author(author))


def _choose_title(declared: str, window: str, headings: Sequence[str], site: str) -> str:
    """The heading that is shown, where one fits what is declared; else that, or the window's title, less the site's name."""
    fitting = [heading for heading in headings if _fits(heading, declared or _SITE.sub("", window))]
    fitting = fitting or [heading for heading in headings if window.casefold().startswith(heading.casefold())]
    if len(fitting) == 1:
        return fitting[0]
    if not declared and len(headings) == 1:
        return headings[0]
    title = declared or window
    without = _SITE.sub("", title)
    return without if site and title[len(without) :].strip(" |–—·»-").casefold() == site.casefold() else title


def _fits(heading: str, title: str) -> bool:
    """Whether at least a third of a heading's words, and two of them, are of the title."""
    words, others = (set(_WORD.findall(text.casefold())) for text in (heading, title))
    shared = len(words & others)
    return 0 < len(words) <= 3 * shared and shared >= min(2, len(words))


def complete_head(root: HtmlElement, article: _Element, head: Head) -> Head:
    """Fill in the author from the article's marked elements, and the day; furniture has to be gone: comments have both."""
    from htmldate import find_date
    from trafilatura.metadata import extract_metadata

    # Without the extensive search: only what a page marks as its day, and none of dateparser's guesses at its words.
    author = head.author or _find_marked_author(article)
    if author:
        date = try_library(lambda: find_date(root, original_date=True, extensive_search=False))
        return Head(head.title, author, date or "")
    dating = {"original_date": True, "extensive_search": False}
    found = try_library(lambda: extract_metadata(root, date_config=dating, extensive=False))
    if found is None:
        return head
    return Head(head.title, clean_author((found.author or "").replace(";", ",")), found.date or "")


def _find_marked_author(article: _Element) -> str:
    skipped: set[_Element] = set()
    for element in article.iter():
        if element.getparent() in skipped or _is_elsewhere(element):
            skipped.add(element)
        elif _is_author(element) and (author := clean_author(_text(element)[:200])):
            byline = find_byline(f"By {author}")
            return byline[0] or author if byline else author
    return ""


def clean_author(written: str) -> str:
    """The names alone, each once: without "By" before them and without the day behind them; empty for an address."""
    names = _AFTER_NAME.sub("", _LABEL.sub("", _clean(written))).strip(" ,;-–—/")
    return "" if names.startswith(("http", "@")) else ", ".join(dict.fromkeys(re.split(r"\s*,\s*", names)))[:200]


def _is_elsewhere(element: _Element) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}".casefold()
    return local_name(element) in ("aside", "nav", "footer", "form") or "comment" in names or "related" in names


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
    return ", ".join(name for name in names if name and not name.startswith("http"))[:400]


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
    from lxml import etree

    parts: list[str] = []
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            parts += [" " if local_name(inner) == "br" else "", inner.text or ""]
        elif inner is not element:
            parts.append(inner.tail or "")
    return " ".join("".join(parts).split()).rstrip("¶#🔗 ")


def _clean(text: str) -> str:
    return " ".join(normalise(unescape(text)).split())[:300]
