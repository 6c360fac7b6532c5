"""All words of a web page or a page of an e-book, shown or not, and which of them a step took away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from lxml.etree import XPath, _Element


def texts_of(body: _Element) -> list[str]:
    """All texts below an element but those of scripts and styles, whether shown or not."""
    shown, silent = _find_texts()
    found = cast("list[str]", shown(body))
    marked = zip(found, mark_lost(found, cast("list[str]", silent(body))), strict=True)
    return [words for text, is_ours in marked if is_ours and (words := text.replace("\xa0", " ").strip())]


@cache
def _find_texts() -> tuple[XPath, XPath]:
    """All texts below an element, and those among them that stand in elements without words, of HTML or XHTML."""
    from lxml.etree import XPath

    namespaces = {"x": "http://www.w3.org/1999/xhtml", "svg": "http://www.w3.org/2000/svg"}
    unread = "parent::script or parent::style or parent::x:script or parent::x:style or parent::svg:style"
    words = f"descendant::text()[not({unread})]"
    silent = (f"descendant::{prefix}{name}/{words}" for prefix in ("", "x:") for name in ("noscript", "template"))
    return (
        XPath(words, namespaces=namespaces, smart_strings=False),
        XPath(" | ".join(silent), namespaces=namespaces, smart_strings=False),
    )


def mark_lost(before: Sequence[str], after: Iterable[str]) -> list[bool]:
    """For each text, whether it is gone: of equal ones, the first."""
    gone = Counter(before)
    gone.subtract(after)
    marks = []
    for text in before:
        marks.append(gone[text] > 0)
        gone[text] -= 1
    return marks


def find_lost(before: Sequence[str], after: Iterable[str]) -> list[str]:
    """The texts that are gone, those that stood side by side as one."""
    marked = groupby(zip(before, mark_lost(before, after), strict=True), key=itemgetter(1))
    return [" ".join(text for text, _ in run) for is_lost, run in marked if is_lost]
