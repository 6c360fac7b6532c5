"""Words of a web page that nobody sees: they are no part of what was saved, and may be there to give orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name
from ingest.formats.hiding import NOT_DISPLAYED
from ingest.formats.html.tree import Part, clear_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

MAX_STYLE = 2_000_000

NEARLY_ALL = 0.85
"""A rule that hides a greater share of the page's prose than this is undone by a script, and hides nothing.

Measured on the 1,171 pages of ``compare_html_extraction.py``: the rules that hide an article's text hide .88 to 1.0 of the
page's; boxes that ask for consent, menus and dialogues .76 at most, but for one page (.87).
"""

HIDING = re.compile(
    rf"{NOT_DISPLAYED.pattern}|(?<![\w-])(?:opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)|clip-path\s*:\s*inset\(\s*(?:50|100)%"
    r"|font-size\s*:\s*0+(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)|text-indent\s*:\s*-\d{3,})",
    re.IGNORECASE,
)
"""What a style says that hides an element."""

_SHOWING = re.compile(r"(?<![\w-])(?:display\s*:\s*(?!none)|visibility\s*:\s*(?!hidden))\w", re.IGNORECASE)
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;]+)", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-color|-image)?\s*:\s*([^;]+)", re.IGNORECASE)
_WHITE = re.compile(
    r"\s*(?:white|#fff(?:fff)?|rgba?\(\s*255\s*,\s*255\s*,\s*255\b.*|transparent|inherit|none)\s*(?:!important)?\s*",
    re.IGNORECASE,
)
_ANIMATED_BY = ("data-w-id", "data-aos", "data-anim", "data-sal", "data-scroll", "data-framer")
_ANIMATED_CLASSES = ("wow", "aos", "animat", "fade", "reveal", "scroll")
_SHOWN_WHERE_WIDE = re.compile(r"\.(?:sm|md|lg|xl|2xl):(?:flex|block|grid|contents|inline[\w-]*|table[\w-]*)")
"""A class of Tailwind's that shows an element on wide screens, whatever hides it on small ones."""

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTOR = re.compile(r"\w*(?P<names>(?:[.#][\w-]+)+)")
_NAME = re.compile(r"[.#][\w-]+")


@dataclass(slots=True)
class _Styles:
    """What the page's own style sheets say of classes (".name") and ids ("#name")."""

    hidden: set[str] = field(default_factory=set)
    shown: dict[str, list[frozenset[str]]] = field(default_factory=dict)
    backed: set[str] = field(default_factory=set)

    def hidden_by(self, names: frozenset[str]) -> Iterator[str]:
        """The names of an element by which a rule hides it and no closer one shows it again (".tab", ".tab.active")."""
        if any(_SHOWN_WHERE_WIDE.fullmatch(name) for name in names):
            return
        for name in names & self.hidden:
            if not any(rule <= names for rule in self.shown.get(name, ())):
                yield name


def remove_hidden(root: _Element, body: _Element, parts: Mapping[_Element, Part]) -> str:
    """Take out what is not shown; a note on what was done, empty when there was nothing to do.

    A rule that would take nearly all of the page is one that a script undoes, and is not followed.
    """
    styles = _read_styles("\n".join(element.text or "" for element in root.iter("style"))[:MAX_STYLE])
    whole = parts[body].text
    why: dict[_Element, frozenset[str]] = {}
    for element, is_dark in _with_ground(body, styles):
        reasons = set(styles.hidden_by(_names(element))) if styles.hidden else set[str]()
        style = element.get("style") or ""
        if (
            style
            and (said := HIDING.search(style))
            and not (said[0].casefold().startswith("opacity") and _is_animated(element))
        ):
            reasons.add("".join(said[0].split()).casefold())
        if element.get("hidden") is not None:
            reasons.add("hidden")
        # With a box open in front of it, a whole page is marked as hidden from screen readers; people still see it.
        if element.get("aria-hidden") == "true" and 2 * parts[element].text <= whole:
            reasons.add("aria-hidden")
        if not is_dark and _is_white(element, style):
            reasons.add("white")
        if reasons:
            why[element] = frozenset(reasons)
    undone = _find_undone(body, parts, why)
    had_words = clear_parts(element for element, reasons in why.items() if reasons - undone)
    notes = ["hidden words were left out"] if had_words else []
    notes += ["nearly all of it is hidden until a script shows it, and was read"] if undone else []
    return "; ".join(notes)


def _with_ground(body: _Element, styles: _Styles) -> Iterator[tuple[_Element, bool]]:
    """Each element below ``body``, and whether it stands on a dark ground."""
    grounds: dict[_Element, bool] = {}
    for element in body.iter():
        parent = element.getparent()
        is_dark = grounds.get(parent, False) if parent is not None else False
        style = element.get("style")
        own = _BACKGROUND.search(style) if style else None
        given = own[1] if own else element.get("bgcolor") or element.get("background")
        is_backed = bool(styles.backed) and not styles.backed.isdisjoint(_names(element))
        grounds[element] = not _WHITE.fullmatch(given) if given else is_dark or is_backed
        if element is not body:
            yield element, grounds[element]


def _find_undone(
    body: _Element, parts: Mapping[_Element, Part], why: Mapping[_Element, frozenset[str]]
) -> frozenset[str]:
    """The reasons that, each by itself, hide nearly all of the page's prose."""
    hides: Counter[str] = Counter()
    above: dict[_Element | None, frozenset[str]] = {}
    nothing: frozenset[str] = frozenset()
    for element in body.iter():
        inherited = above.get(element.getparent(), nothing)
        own = why.get(element, nothing) - inherited
        above[element] = inherited | own if own else inherited
        for reason in own:
            hides[reason] += parts[element].prose
    return frozenset(reason for reason, prose in hides.items() if prose > NEARLY_ALL * parts[body].prose)


def _is_animated(element: _Element) -> bool:
    """Whether a script lets it appear once it is scrolled to: marks of the usual libraries."""
    return any(str(name).startswith(_ANIMATED_BY) for name in element.attrib) or any(
        name.casefold().startswith(_ANIMATED_CLASSES) for name in (element.get("class") or "").split()
    )


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
