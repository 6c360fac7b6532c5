"""Words of templates and scripts that people see and that stand in no catalogue."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html.parser import HTMLParser

from jinja2 import Environment

SEEN = ("aria-label", "aria-valuetext", "title", "placeholder", "alt")
"""Attributes that are seen, or read aloud."""

NAMES = {"Footnote", "Markdown", "JSON", "BibTeX", "APA", "https://example.org/page"}
"""Words that are the same in every language."""

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_LIKE_WORDS = re.compile(r"[A-Z][a-z]+|[a-z,.;:] [a-z]+\b")
_LITERAL = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`", re.DOTALL)
_OF_CODE = re.compile(r"[#\[\]{}=<>]|^\.|\.[a-z]|:[a-z]|^[A-Z][A-Za-z]+$|^[a-z-]+( [a-z-]+)? ?$|^\([a-z-]+: [a-z]+\)$")
"""What is a selector, markup, or the name of a key or an element."""

VALUE = "x0"
"""Stands where a value does: the name of an element, but no word."""

SPOKEN = ("_", "ngettext")


class _Words(HTMLParser):
    """Collects what of HTML is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "script", "code", "kbd")
        self.found += [value for name, value in attrs if name in SEEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script", "code", "kbd")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


def find_in_template(source: str) -> list[str]:
    """What a template says without asking the catalogue: in its HTML, and in the strings of its expressions."""
    html, strings = _take_apart(source)
    words = _Words()
    words.feed(html)
    found = [" ".join(each.replace(VALUE, "").split()) for each in words.found if _LETTERS.search(each)]
    return [each for each in [*found, *filter(_LIKE_WORDS.search, strings)] if each not in NAMES]


def find_in_script(source: str, messages: Collection[str]) -> list[str]:
    """What a script says without asking the catalogue, as far as it looks like words."""
    literals = (found[1:-1] for found in _LITERAL.findall(source) if found[0] in "\"'`")
    plain = (re.sub(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "", literal) for literal in literals)
    seen = (each for each in plain if _LIKE_WORDS.search(each) and not _OF_CODE.search(each))
    return [each for each in seen if each not in messages and each not in NAMES]


def _take_apart(source: str) -> tuple[str, list[str]]:
    """The HTML of a template outside of ``trans``, and the strings of its expressions outside of calls that speak."""
    html, strings = [], []
    is_spoken, tag, calls = False, "", 0
    before = ""
    for kind, value in _list_tokens(source):
        if kind == "block_begin":
            tag = ""
        elif kind == "name" and not tag:
            tag = value
            is_spoken = {"trans": True, "endtrans": False}.get(value, is_spoken)
        elif kind in ("data", "variable_begin") and not is_spoken:
            html.append(value if kind == "data" else VALUE)
        if kind == "variable_begin":
            tag = "="
        if value == "(" and (before in SPOKEN or calls):
            calls += 1
        elif value == ")" and calls:
            calls -= 1
        elif kind == "string" and not calls and tag != "from":
            strings.append(value[1:-1])
        if kind != "whitespace":
            before = value
    return "".join(html), strings


def _list_tokens(source: str) -> Iterator[tuple[str, str]]:
    for _, kind, value in Environment(extensions=["jinja2.ext.i18n"]).lex(source):
        yield kind, value
