"""Words of a web page that nobody sees: they are no part of what was saved, and may be there to give orders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name
from ingest.formats.html.tree import Part, clear_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

MAX_STYLE = 2_000_000

HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)|clip-path\s*:\s*inset\(\s*(?:50|100)%"
    r"|font-size\s*:\s*0+(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)|text-indent\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
"""What a style says that hides an element."""

_SHOWING = re.compile(r"(?:display\s*:\s*(?!none)|visibility\s*:\s*(?!hidden))\w", re.IGNORECASE)
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-color|-image)?\s*:\s*([^;]+)", re.IGNORECASE)
_WHITE = re.compile(
    r"\s*(?:white|#fff(?:fff)?|rgba?\(\s*255\s*,\s*255\s*,\s*255\b.*|transparent|inherit|none)\s*(?:!important)?\s*",
    re.IGNORECASE,
)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTOR = re.compile(r"\w*(?P<names>(?:[.#][\w-]+)+)")
_NAME = re.compile(r"[.#][\w-]+")


@dataclass(slots=True)
class _Styles:
    """What the page's own style sheets say of classes (".name") and ids ("#name")."""

    hidden: set[str] = field(default_factory=set)
    shown: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    backed: set[str] = field(default_factory=set)

    def hides(self, names: frozenset[str]) -> bool:
        """Whether a rule hides an element of these names, and no closer one shows it again (".tab", ".tab.active")."""
        return any(not any(rule <= names for rule in self.shown.get(name, ())) for name in names & self.hidden)


def remove_hidden(root: _Element, body: _Element, parts: Mapping[_Element, Part]) -> bool:
    """Take out what is not shown; whether there were words in it."""
    styles = _read_styles("\n".join(element.text or "" for element in root.iter("style"))[:MAX_STYLE])
    backgrounds: dict[_Element, bool] = {}
    unseen = []
    whole = parts[body].text
    for element in body.iter():
        parent = element.getparent()
        names = _names(element)
        style = element.get("style") or ""
        is_dark = backgrounds.get(parent, False) if parent is not None else False
        own = _BACKGROUND.search(style)
        given = own[1] if own else element.get("bgcolor") or element.get("background")
        is_dark = not _WHITE.fullmatch(given) if given else is_dark or bool(names & styles.backed)
        backgrounds[element] = is_dark
        if element is body:
            continue
        # With a box open in front of it, a whole page is marked as hidden from screen readers; people still see it.
        is_set_aside = element.get("aria-hidden") == "true" and 2 * parts[element].text <= whole
        hides = element.get("hidden") is not None or is_set_aside or HIDING.search(style) or styles.hides(names)
        if hides or (not is_dark and _is_white(element, style)):
            unseen.append(element)
    return clear_parts(unseen)


def _is_white(element: _Element, style: str) -> bool:
    colour = _COLOUR.search(style)
    written = colour[1] if colour else element.get("color") if local_name(element) == "font" else None
    return bool(written and _WHITE.fullmatch(written) and written.strip().casefold() not in ("inherit", "none"))


def _names(element: _Element) -> frozenset[str]:
    names = [f".{name}" for name in (element.get("class") or "").split()]
    return frozenset([*names, f"#{element.get('id')}"] if element.get("id") else names)


def _read_styles(css: str) -> _Styles:
    """Only plain rules count: what holds on paper, on a telephone or under the mouse is not what the page shows."""
    styles = _Styles()
    for selectors, body in _plain_rules(_CSS_COMMENT.sub("", css)):
        hides, shows, backed = HIDING.search(body), _SHOWING.search(body), _BACKGROUND.search(body)
        if not (hides or shows or backed):
            continue
        for selector in selectors.split(","):
            if not (match := _SELECTOR.fullmatch(selector.strip())):
                continue
            names = frozenset(_NAME.findall(match["names"]))
            if backed and not _WHITE.fullmatch(backed[1]):
                styles.backed |= names
            if hides and len(names) == 1:
                styles.hidden |= names
            elif shows and not hides:
                for name in names:
                    styles.shown.setdefault(name, []).append(names)
    return styles


def _plain_rules(css: str) -> Iterator[tuple[str, str]]:
    """Selectors and body of each rule that stands in no block of another (``@media`` and the like)."""
    depth, start, opened = 0, 0, 0
    for match in re.finditer(r"[{};]", css):
        at = match.start()
        if match[0] == "{":
            if not depth:
                opened = at
            depth += 1
        elif match[0] == "}":
            if depth == 1 and "@" not in css[start:opened]:
                yield css[start:opened], css[opened + 1 : at]
            depth = max(0, depth - 1)
            if not depth:
                start = at + 1
        elif not depth:
            start = at + 1
