"""Formulas of a .docx (Office Math) as they are written in a line: powers, indices, fractions, roots, sums."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingest.formats.archives import local_name
from ingest.formats.docx.styles import attribute, find_child, is_on
from ingest.formats.superscripts import raise_digits

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_DEPTH = 100
"""Formulas within formulas; what is nested deeper is read as plain words."""

_SIMPLE = re.compile(r"[\w.]*|\([^()]*\)")


def read_formula(formula: _Element, depth: int = 0) -> str:
    """The formula below an element in one line: ``x²``, ``(a + b)/2``, ``√(x + 1)``; matrices as rows."""
    if depth > MAX_DEPTH:
        return "".join(str(part) for part in formula.itertext())
    return "".join(_read_part(child, depth + 1) for child in formula)


def _read_part(element: _Element, depth: int) -> str:
    def inside(*path: str) -> str:
        child = find_child(element, *path)
        return "" if child is None else read_formula(child, depth).strip()

    name = local_name(element)
    match name:
        case "t":
            return element.text or ""
        case "f":
            return f"{_bind(inside('num'))}/{_bind(inside('den'))}"
        case "sSup":
            return inside("e") + _raise(inside("sup"))
        case "sSub":
            return f"{inside('e')}_{_bind(inside('sub'))}"
        case "sSubSup":
            return f"{inside('e')}_{_bind(inside('sub'))}{_raise(inside('sup'))}"
        case "sPre":
            return f"_{_bind(inside('sub'))}{_raise(inside('sup'))}{inside('e')}"
        case "rad":
            is_square = is_on(find_child(element, "radPr", "degHide")) or not inside("deg")
            return ("√" if is_square else f"{_bind(inside('deg'))}√") + _bind(inside("e"))
        case "nary":
            sign = find_child(element, "naryPr", "chr")
            limits = (f"_{_bind(inside('sub'))}" if inside("sub") else "") + _raise(inside("sup"))
            return f"{'∫' if sign is None else attribute(sign)}{limits} {inside('e')}"
        case "d":
            first, last = (find_child(element, "dPr", end) for end in ("begChr", "endChr"))
            parts = [read_formula(child, depth).strip() for child in element if local_name(child) == "e"]
            return f"{'(' if first is None else attribute(first)}{', '.join(parts)}{')' if last is None else attribute(last)}"
        case "m" | "eqArr":
            rows = [_read_part(child, depth).strip() for child in element if local_name(child) in ("mr", "e")]
            return "; ".join(filter(None, rows))
        case "func":
            return f"{inside('fName')} {_bind(inside('e'))}"
        case "limLow" | "limUpp":
            return f"{inside('e')}_{_bind(inside('lim'))}"
        case "mr":
            return " ".join(read_formula(child, depth).strip() for child in element if local_name(child) == "e")
    return "" if name.endswith("Pr") or name in ("delText", "instrText") else read_formula(element, depth)


def _bind(words: str) -> str:
    """In brackets what would otherwise fall apart."""
    return words if _SIMPLE.fullmatch(words) else f"({words})"


def _raise(words: str) -> str:
    raised = raise_digits(words)
    return raised if raised != words or not words else f"^{_bind(words)}"
