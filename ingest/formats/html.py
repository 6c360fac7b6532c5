"""Saved web pages: the text that people came for, without the page's furniture and without what is hidden.

The page's own signs decide, never its words: the elements that HTML has for menus, headers and footers, the roles and
class names that sites give them, and how much of a part is links. A part that holds much of the page's text is never
furniture, so a plain page loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline, parse_date
from ingest.characters import decode
from ingest.formats.archives import local_name
from ingest.formats.epub_pages import blocks_of_page, find_hidden_classes, mark_notes
from ingest.formats.html_head import Head, read_head
from ingest.limits import count_up
from rag.errors import SourceError

if TYPE_CHECKING:
    from lxml.etree import _Element

FURNITURE = 0.3
"""A part with a greater share of the page's words than this is no furniture, whatever it is called."""

LINKS = 0.6
"""A list or a box in which a greater share of the characters is links is a menu."""

_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_FURNITURE_TAGS = frozenset(("nav", "aside", "form", "dialog", "menu"))
_SILENT = frozenset(("script", "style", "noscript", "template", "svg", "head"))
_MENU_TAGS = frozenset(("ul", "ol", "div", "section", "table", "tr", "td", "p"))
_EDGE_TAGS = frozenset(("header", "footer"))
_FURNITURE_ROLES = frozenset(
    "navigation banner contentinfo complementary search dialog alertdialog alert menu menubar toolbar tablist".split()
)
_FURNITURE_NAMES = frozenset(
    "nav navbar navigation navbox menu sidebar breadcrumb breadcrumbs footer masthead cookie cookies consent gdpr banner ad ads "
    "advert advertisement advertising promo sponsor sponsored share sharing social related recommended recommendations "
    "newsletter subscribe subscription signup login modal popup overlay comments comment disqus respond pagination pager "
    "skip toc toolbar widget widgets teaser teasers trending popular editsection metadata noprint catlinks "
    "sphinxsidebar wy-nav-side headerlink searchbox tags tagcloud outbrain taboola paywall printfooter jump-to-nav".split()
)
_LABEL = re.compile(r"(?i)^(?:(?:written|posted|published) )?by:?\s+")
# Read from a page, and not to be written back into its tree; they would be cleaned away anyway.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)|font-size\s*:\s*0+(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|$)"
    r"|clip-path\s*:\s*inset\(\s*(?:50|100)%|text-indent\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*([^;]+)", re.IGNORECASE)
_WHITE = re.compile(
    r"\s*(?:white|#fff(?:fff)?|rgba?\(\s*255\s*,\s*255\s*,\s*255\b.*|transparent)\s*(?:!important)?\s*", re.IGNORECASE
)


def parse_html(content: bytes) -> Parsed:
    """The text of a web page, with title, author and date from its head or its byline.

    Raises:
        SourceError: there is no text in it.
    """
    return parse_markup(read_markup(content))


def read_markup(content: bytes) -> str:
    """The page's bytes as text: by byte-order mark, by what its head declares, else as any text file is decoded."""
    declared = _CHARSET.search(content[:8_192])
    if declared and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            # Browsers read as Windows-1252 what says it is Latin-1.
            name = declared[1].decode().casefold()
            return content.decode("cp1252" if name in ("iso-8859-1", "latin-1", "us-ascii") else name)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(content)


def parse_markup(markup: str, *, keep_all: bool = False) -> Parsed:
    """The text of a page that has been decoded already; with ``keep_all``, nothing in it is taken for furniture.

    Raises:
        SourceError: there is no text in it.
    """
    from lxml import etree

    if not markup.strip():
        raise SourceError("the file is empty")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    text = _DECLARED.sub("", markup.lstrip("\ufeff")).replace("\x00", "")
    root: _Element | None = etree.fromstring(text.encode(errors="replace"), parser)
    if root is None:
        raise SourceError("no text in it")
    head = read_head(root)
    hidden = {name for style in root.iter("style") for name in find_hidden_classes(style.text or "")}
    body = next(root.iter("body"), root)
    note = "hidden words were left out" if _remove(body, _is_hidden) else ""
    if not keep_all:
        sizes = _measure(body)
        body = _find_article(body, sizes)
        _remove_furniture(body, sizes)
    notes = mark_notes({"": body})
    blocks = [block for block in count_up(blocks_of_page(body, "", notes, hidden)) if block.text.strip()]
    rest, head = _without_head(blocks, head)
    return Parsed(tuple(rest), head.title, head.author, head.date, note=note)


def _without_head(blocks: Sequence[Block], head: Head) -> tuple[list[Block], Head]:
    """The blocks without those at the top that say title, author or date again; what the head lacks is taken from them."""
    title = _plain(head.title or next((block.text for block in blocks[:6] if block.level == 1), ""))
    author, date = head.author, head.date
    rest = list(blocks)
    for block in blocks[:8]:
        words = _plain(_LABEL.sub("", block.text))
        byline = None if block.level else find_byline(block.text)
        if (block.level == 1 and head.title and words == title) or (
            not block.level and words and (words == _plain(author) or (date and parse_date(block.text) == date))
        ):
            rest.remove(block)
        elif byline and _agree(byline[0], author):
            author, date = author or byline[0], date or byline[1]
            rest.remove(block)
    return rest, Head(head.title or next((block.text for block in blocks[:6] if block.level == 1), ""), author, date)


def _agree(name: str, author: str) -> bool:
    one, other = _plain(name), _plain(author)
    return one in other or other in one


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


@dataclass(slots=True)
class _Size:
    """How much an element holds: characters of text, of those how many in links, and how many links."""

    text: int = 0
    linked: int = 0
    links: int = 0

    @property
    def prose(self) -> int:
        return self.text - self.linked


def _measure(body: _Element) -> dict[_Element, _Size]:
    """The sizes of all elements, in one pass from the innermost outwards: pages may be nested deeply."""
    sizes: dict[_Element, _Size] = {}
    for element in reversed(list(body.iter())):  # children come before their parents
        name = local_name(element)
        if name in _SILENT:
            sizes[element] = _Size()
            continue
        size = _Size(len((element.text or "").strip()))
        for child in element:
            part = sizes.get(child, _Size())
            size.text += part.text + len((child.tail or "").strip())
            size.linked += part.linked
            size.links += part.links
        if name == "a":
            size.linked, size.links = size.text, 1
        sizes[element] = size
    return sizes


def _find_article(body: _Element, sizes: Mapping[_Element, _Size]) -> _Element:
    """The element that holds the article: by its tag or its role, where one of them has most of the page's prose."""
    whole = max(1, sizes[body].prose)
    signs: tuple[Callable[[_Element], bool], ...] = (
        lambda element: element.get("itemprop") == "articleBody",
        lambda element: local_name(element) == "article",
        lambda element: local_name(element) == "main" or element.get("role") == "main",
    )
    for is_wanted in signs:
        best = max(
            (element for element in sizes if is_wanted(element)), key=lambda item: sizes[item].prose, default=None
        )
        if best is not None and sizes[best].prose >= 0.5 * whole:
            return best
    return body


def _remove(body: _Element, is_unwanted: Callable[[_Element], bool]) -> bool:
    """Take elements out, and leave the text that follows them; whether there were words in any."""
    had_words = False
    for element in [item for item in body.iter() if item is not body and is_unwanted(item)]:
        parent = element.getparent()
        if parent is None:
            continue
        before = element.getprevious()
        tail = element.tail or ""
        if before is not None:
            before.tail = _UNWRITABLE.sub("", (before.tail or "") + tail)
        else:
            parent.text = _UNWRITABLE.sub("", (parent.text or "") + tail)
        parent.remove(element)
        had_words = had_words or any(str(part).strip() for part in element.itertext())
    return had_words


def _is_hidden(element: _Element) -> bool:
    style = element.get("style") or ""
    if element.get("hidden") is not None or element.get("aria-hidden") == "true" or _HIDING.search(style):
        return True
    colour, background = _COLOUR.search(style), _BACKGROUND.search(style)
    return bool(colour and _WHITE.fullmatch(colour[1]) and (not background or _WHITE.fullmatch(background[1])))


def _remove_furniture(body: _Element, sizes: Mapping[_Element, _Size]) -> None:
    whole = max(1, sizes[body].prose)

    def is_furniture(element: _Element) -> bool:
        name = local_name(element)
        if name in _EDGE_TAGS:  # an article may have a header too, with its title and its day
            suspect = not any(local_name(part) in ("h1", "time") for part in element.iter())
        else:
            suspect = name in _FURNITURE_TAGS or element.get("role") in _FURNITURE_ROLES or _is_named_so(element)
        if not suspect and name in _MENU_TAGS:
            suspect = _is_menu(sizes[element])
        return suspect and sizes[element].prose <= FURNITURE * whole

    _remove(body, is_furniture)


def _is_named_so(element: _Element) -> bool:
    if local_name(element) in ("body", "html", "main", "article", "p", "h1", "h2", "h3", "h4", "h5", "h6"):
        return False
    names = re.split(r"[\s_]+|(?<=[a-z])(?=[A-Z])", f"{element.get('class') or ''} {element.get('id') or ''}")
    words = {word.casefold() for name in names for word in (name, *name.split("-"))}
    return not words.isdisjoint(_FURNITURE_NAMES)


def _is_menu(size: _Size) -> bool:
    return size.links >= 4 and size.linked > LINKS * size.text and size.text / size.links < 60
