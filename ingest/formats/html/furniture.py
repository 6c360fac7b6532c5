"""Telling a web page's article from its furniture: menus, notices, related links, comments, page heads and feet.

The page's own signs decide, never its words: the elements that HTML has for such parts, the roles and class names that
sites give them, and how much of a part is links. A part that holds much of the page's text is never furniture, so a
plain page loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from functools import lru_cache
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name
from ingest.formats.html.tree import Part, clear_parts, find_topmost, measure, prose_of

if TYPE_CHECKING:
    from lxml.etree import _Element

FURNITURE = 0.3
"""A part with a greater share of the page's words than this is no furniture, whatever it is called."""

LINKS = 0.6
"""A list or a box in which a greater share of the characters is links is a menu."""

ARTICLE = 400
"""Characters of prose beside the comments from which on they are comments on something, however many they are."""

COLUMN = 300
"""Characters of prose from which on a table's cell is no value but a column of the page."""

LONG = 200
"""Characters of class names that are not kept in memory for the next element that is called so."""

_FURNITURE_TAGS = frozenset(("nav", "form", "dialog", "menu"))
_EDGE_TAGS = frozenset(("header", "footer"))
_MENU_TAGS = frozenset(("ul", "ol", "div", "section", "table", "p", "td"))
_INTRODUCING = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "p", "dt", "caption", "blockquote"))
_NEVER = frozenset("body html main article p h1 h2 h3 h4 h5 h6 pre code blockquote figure figcaption dt math".split())
_ROLES = frozenset(
    "navigation banner contentinfo complementary search dialog alertdialog alert menu menubar toolbar tablist".split()
)
_NAMES = frozenset(
    "nav navbar navigation navbox menu sidebar breadcrumb breadcrumbs footer masthead cookie cookies consent gdpr banner ad ads "
    "advert advertisement advertising promo sponsor sponsored share sharing social related recommended recommendations "
    "newsletter subscribe subscription signup login modal popup overlay pagination pager skip toc toolbar teaser teasers "
    "trending popular editsection noprint catlinks sphinxsidebar wy-nav-side headerlink searchbox tags tagcloud outbrain "
    "taboola paywall printfooter jump-to-nav".split()
)
_CONTENTS = frozenset(("toc", "menu"))
_WHOLE_NAMES = frozenset(
    "widget widget-area metadata linenos linenodiv lineno linenumber line-numbers line-numbers-rows gutter".split()
)
"""Furniture only when it is all of a class's name: page builders call every paragraph some kind of widget."""

_COMMENTS = frozenset("comments comment commentlist disqus respond replies".split())
_FORMULAS = frozenset(("jax", "katex"))
"""Names of formulas that a script has set ("MathJax"); it hangs a menu on each."""

SECTION = "section-of-text"
"""Attribute of an element to which the sign behind its heading leads: its id says what the text is about ("cookies")."""

_RULES = re.compile(r"\S*[():\[\]]\S*")
"""Classes that are rules of style and no names: "Mend(380px)--modalMinWidth", "lg:flex"."""

_PARTS = re.compile(r"[\s_]+|(?<=[a-z])(?=[A-Z])")

_HEADED = frozenset(("banner", "masthead"))
"""Names of page heads: with a heading in it, one may as well be the article's."""


def find_article(body: _Element, parts: Mapping[_Element, Part]) -> _Element:
    """The element that holds the article: by its tag or its role, where one has most of the prose that is no comment."""
    comments = _find_comments(body, parts)
    away = {inner for comment in comments for inner in comment.iter()}
    whole = max(1, parts[body].prose - prose_of(comments, parts))
    signs: tuple[Callable[[_Element], bool], ...] = (
        lambda element: element.get("itemprop") == "articleBody",
        lambda element: local_name(element) == "article",
        lambda element: local_name(element) == "main" or element.get("role") == "main",
    )
    for is_sign in signs:
        found = find_topmost(body, lambda element, is_sign=is_sign: element not in away and is_sign(element))  # type: ignore[misc]
        best = max(found, key=lambda element: parts[element].prose, default=None)
        if best is None or parts[best].prose < 0.5 * whole:
            continue
        if any(other is not best and parts[other].prose > 0.15 * parts[best].prose for other in found):
            continue  # several articles: a thread, or a list of them
        if has_furniture(body, parts, outside=best):
            return best
    return body


def has_furniture(body: _Element, parts: Mapping[_Element, Part], *, outside: _Element | None = None) -> bool:
    """Whether there are signs of furniture in a page, or around an article; else all of it was written to be read."""
    inside = set() if outside is None else set(outside.iter())
    return any(
        element not in inside
        and (local_name(element) in _FURNITURE_TAGS | _EDGE_TAGS | {"aside"} or _is_named(element, parts[element]))
        for element in body.iter()
    )


def is_reference(article: _Element) -> bool:
    """Whether an article has sections that can be linked to by a sign behind their heading, as documentation has.

    Nobody puts such signs behind the headings of teasers, and lists of links are of its text.
    """
    return any(element.get(SECTION) is not None for element in article.iter())


def remove_furniture(body: _Element, *, keep_contents: bool = False) -> None:
    """Take out of the article what is none of it; with ``keep_contents``, its lists of links are what it is there for."""
    parts = measure(body)
    whole = max(1, parts[body].prose)
    in_code = _find_code(body)
    clear_parts(_find_comments(body, parts))

    def is_small(element: _Element) -> bool:
        return parts[element].prose <= FURNITURE * whole

    def is_tagged(element: _Element) -> bool:
        name, part = local_name(element), parts[element]
        if part.has_notes or element in in_code:
            return False
        if name in _EDGE_TAGS:  # an article may have a header too, with its title and its day; a quotation its source
            parent = element.getparent()
            return not part.has_heading and (parent is None or local_name(parent) not in ("blockquote", "figure"))
        if name == "aside":
            return part.linked > FURNITURE * part.text or element.get("role") in _ROLES or _is_named(element, part)
        is_of_paper = name == "div" and element.get("title") in _EDGE_TAGS  # LibreOffice's heads and feet of pages
        return name in _FURNITURE_TAGS or element.get("role") in _ROLES or is_of_paper

    def is_named(element: _Element) -> bool:
        if keep_contents and _words(element) & _CONTENTS:
            return False
        if element in in_code and _whole_names(element).isdisjoint(_WHOLE_NAMES):
            return False
        return not parts[element].has_notes and _is_named(element, parts[element])

    for is_sign in (is_tagged, is_named):
        found = find_topmost(body, lambda element, is_sign=is_sign: is_sign(element) and is_small(element))  # type: ignore[misc]
        if 2 * prose_of(found, parts) <= whole:  # else it is how this page names its paragraphs
            clear_parts(found)
    if keep_contents:
        return
    parts = measure(body)
    layouts = _find_layouts(body, parts)
    clear_parts(find_topmost(body, lambda item: item not in in_code and _is_menu(item, body, parts, layouts)))


def _find_comments(body: _Element, parts: Mapping[_Element, Part]) -> list[_Element]:
    """What readers wrote below an article; nothing when there is no article beside it."""

    def is_comment(element: _Element) -> bool:
        if (
            local_name(element) in _NEVER - {"article"}
            or local_name(element) in ("span", "a")
            or parts[element].has_title
        ):
            return False
        return not _words(element).isdisjoint(_COMMENTS)

    found = find_topmost(body, is_comment)
    rest, inside = parts[body].prose, prose_of(found, parts)
    return found if rest - inside >= ARTICLE or 2 * inside <= rest else []


def _find_code(body: _Element) -> set[_Element]:
    """Elements inside code: highlighters give their pieces all kinds of names."""
    inside: set[_Element] = set()
    for element in body.iter():
        if element.getparent() in inside or local_name(element) in ("pre", "code"):
            inside.add(element)
    return inside


def _is_named(element: _Element, part: Part) -> bool:
    words = _words(element)
    if local_name(element) in _NEVER or words & _FORMULAS:
        return False
    if words & _HEADED and part.has_heading and not words & (_NAMES - _HEADED):
        return False
    return bool(words & _NAMES or _whole_names(element) & _WHOLE_NAMES)


def _words(element: _Element) -> frozenset[str]:
    place = "" if element.get(SECTION) is not None else element.get("id") or ""
    given = f"{element.get('class') or ''} {place}"
    return _split_names(given) if len(given) < LONG else _split_names.__wrapped__(given)


@lru_cache(maxsize=4096)
def _split_names(given: str) -> frozenset[str]:
    """The words of class names; a page has few of them and each many times."""
    names = _PARTS.split(_RULES.sub("", given))
    return frozenset(word.casefold() for name in names for word in (name, *name.split("-")))


def _whole_names(element: _Element) -> set[str]:
    return set((element.get("class") or "").casefold().split())


def _is_menu(element: _Element, body: _Element, parts: Mapping[_Element, Part], layouts: Set[_Element | None]) -> bool:
    """A box of links inside ``body`` that no heading and no sentence introduces."""
    part = parts[element]
    name = local_name(element)
    if name not in _MENU_TAGS or part.links < 4 or part.linked <= LINKS * part.text or part.text >= 60 * part.links:
        return False
    if name == "table" and (part.prose > 2 * part.links or _is_introduced(element, parts)):
        return False  # there is more than the strokes between links
    if name in ("ul", "ol") and _is_in_item(element):
        return False  # it goes with the list in whose item it stands
    if part.has_heading or (name == "td" and _table_of(element) not in layouts):
        return False
    at: _Element | None = element
    for _ in range(4):  # the list itself, or a box or two around it, comes after a heading
        if at is None or at is body:
            break  # what stands beside the article is none of it
        before = at.getprevious()
        for _ in range(20):
            if before is None or parts[before].text or (before.tail or "").strip():
                break
            before = before.getprevious()
        if before is not None:
            return not (local_name(before) in _INTRODUCING or (before.tail or "").strip())
        at = at.getparent()
        if at is not None and (at.text or "").strip():
            return False
    return True


def _is_in_item(element: _Element) -> bool:
    parent = element.getparent()
    return parent is not None and local_name(parent) == "li"


def _is_introduced(table: _Element, parts: Mapping[_Element, Part]) -> bool:
    """Whether the first cell says what the links are."""
    first = next(table.iter("td", "th"), None)
    return first is not None and parts[first].text > 0 and not parts[first].links


def _find_layouts(body: _Element, parts: Mapping[_Element, Part]) -> set[_Element | None]:
    """The tables that place the parts of a page: with a heading or a long text in one of their cells."""
    cells = (cell for cell in body.iter("td") if parts[cell].has_heading or parts[cell].prose > COLUMN)
    return {_table_of(cell) for cell in cells}


def _table_of(cell: _Element) -> _Element | None:
    return next(cell.iterancestors("table"), None)
