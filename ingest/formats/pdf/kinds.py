"""What paragraphs of a PDF are besides text, where it is sure: captions, items of lists, entries of a list of references."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from ingest.blocks import BlockKind
from ingest.formats.pdf.paragraphs import Paragraph

NEAR = 3
"""The next number of a list stands among so many paragraphs: an item may have more than one."""

LONGEST_REFERENCE = 600
"""Characters of an entry in a list of references; what is longer is text."""

_CAPTION = re.compile(
    r"(?:(?:supplementary |supporting |extended data )?(?:fig(?:ure|\.)?|table|exhibit|chart|box|listing|algorithm|scheme|plate|graph|map"
    r"|abb(?:ildung|\.)|tab(?:elle|leau|la|\.)|figura))\s*(?:[A-Z]?\d+(?:[.-]\d+)*[a-z]?|[IVXL]+)(?:\s*[.:|–—]\s+(?![a-z])|\s*$)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[•‣⁃]\s")
_SIGN = re.compile(r"([–—*-])\s")
_COUNTED = re.compile(r"(\()?(\d{1,3}|[a-z])([.)])\s")
_REFERENCES = re.compile(
    r"(?i)(?:(?:\d+|[A-Z]|[IVXLC]+)(?:\.\d+)*[.)]?\s+)?(?:references(?: cited| and notes)?|bibliography|works cited|literature(?: cited)?"
    r"|literatur(?:verzeichnis)?|références|bibliographie|referencias|bibliografía)[.:]?"
)
_ENTRY = re.compile(r"\[[\w+.-]{1,12}\]\s|\d{1,3}\.\s|[¹²³⁴⁵⁶⁷⁸⁹][⁰¹²³⁴⁵⁶⁷⁸⁹]*\s?")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d[a-z]?\b")


def find_kinds(paragraphs: Sequence[Paragraph], levels: Mapping[int, int]) -> list[BlockKind]:
    """The kind of each paragraph; ``levels`` are those of the headings, which have none."""
    kinds: list[BlockKind] = ["row" if paragraph.kind == "row" else "text" for paragraph in paragraphs]
    texts = [at for at, paragraph in enumerate(paragraphs) if paragraph.kind == "text" and at not in levels]
    for at in texts:
        if is_caption(paragraphs[at].text):
            kinds[at] = "caption"
        elif _BULLET.match(paragraphs[at].text):
            kinds[at] = "item"
    for number, at in enumerate(texts):
        near = texts[number + 1 : number + 1 + NEAR]
        after = next((other for other in near if _follows(paragraphs[at].text, paragraphs[other].text)), None)
        if after is not None and not any(at < heading < after for heading in levels):
            kinds[at] = kinds[after] = "item"
    for heading in levels:
        if _REFERENCES.fullmatch(paragraphs[heading].text):
            for at in _find_references(paragraphs, levels, heading):
                kinds[at] = "reference"
    return kinds


def is_caption(text: str) -> bool:
    """Whether a paragraph names a figure or table: "Figure 3: ...", and no sentence that begins with one."""
    return bool(_CAPTION.match(text))


def _follows(before: str, after: str) -> bool:
    """Whether two paragraphs are items of one list: with one sign, or with numbers or letters that follow each other."""
    sign, other = _SIGN.match(before), _SIGN.match(after)
    if sign and other:
        return sign[1] == other[1]
    first, second = _COUNTED.match(before), _COUNTED.match(after)
    if not first or not second or (first[1], first[3]) != (second[1], second[3]):
        return False
    if first[2].isdigit() and second[2].isdigit():
        return int(second[2]) == int(first[2]) + 1
    return ord(second[2][0]) == ord(first[2][0]) + 1


def _find_references(paragraphs: Sequence[Paragraph], levels: Mapping[int, int], heading: int) -> list[int]:
    """The entries below the heading of a list of references, if most of what stands there looks like one."""
    below = takewhile(lambda at: levels.get(at, 7) > levels[heading], range(heading + 1, len(paragraphs)))
    inside = [at for at in below if at not in levels and paragraphs[at].kind == "text"]
    entries = [at for at in inside if _is_entry(paragraphs[at].text)]
    return entries if 2 * len(entries) >= len(inside) else []


def _is_entry(text: str) -> bool:
    return len(text) <= LONGEST_REFERENCE and bool(_ENTRY.match(text) or _YEAR.search(text))
