"""The lines of a document's head that name who wrote it or when: as people set them, not only as cleaning writes them."""

from __future__ import annotations

import re

from rag.english.identifiers import find_days

LONGEST_LINE, LONGEST_DATE = 300, 60
"""Characters of a line of a head, which is prose where it is longer; and of a date with what stands beside it, an hour or a
version: in a longer line it is the date of something else."""

_MADE = r"written|prepared|compiled|drafted|edited|created|maintained|produced|published|posted|submitted"
_AUTHOR = re.compile(
    rf"(?i:(?:(?:lead |main |principal |corresponding )?(?:authors?|editors?|writers?|maintainers?)\s?[:–-]|(?:{_MADE}) by:?|by:?)"
    r"\s+)(?P<author>(?=[^\W\d_a-z]|<?\S+@).+)"
)
_DATE = re.compile(
    rf"(?:(?:first |last |date )?(?:{_MADE}|updated|modified|revised|issued|effective|dated|date|released|version \S+|v\d\S*)\b"
    r"(?: date| on| in)?[:,]?\s+)(?P<date>.+)",
    re.IGNORECASE,
)

_ADDRESS = re.compile(r"<?[\w.+-]+@[\w.-]+>?")
_MARKS = re.compile(r"[\d¹²³⁴⁵⁶⁷⁸⁹⁰*†‡§()⁎∗]+")
_BETWEEN = re.compile(r"[,;&·•|\n]|\band\b")
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ][\w.'’-]*"
_NAME = re.compile(rf"{_CAPITAL}(?: (?:van|von|der|den|de|da|di|del|la|le|bin|ibn|al|el|{_CAPITAL})){{1,4}}")
_BODY = re.compile(
    r"\b(?:universit\w+|departments?|institut\w*|laborator\w+|labs?|cent(?:er|re)s?|schools?|colleges?|facult\w+|inc|ltd|llc|"
    r"corporation|compan(?:y|ies)|agenc(?:y|ies)|offices?|ministr(?:y|ies)|councils?|committees?|services?|administration|"
    r"foundation|hospitals?|streets?|roads?|avenues?|tables?|contents?|terms|conditions|polic(?:y|ies)|version|draft)\b",
    re.IGNORECASE,
)
"""What is in the names of bodies, places and headings, and hardly in people's."""


def find_author(line: str) -> str:
    """Who wrote a document, as a line of its head says; empty where it does not.

    A line of nothing but names counts where there are several, or an address stands beside the one.
    """
    if len(line) > LONGEST_LINE:
        return ""
    if labelled := _AUTHOR.fullmatch(line):
        return labelled["author"]
    return line if is_names(line) else ""


def is_names(line: str) -> bool:
    """Whether a line holds people's names and nothing else but their addresses and marks."""
    addresses = len(_ADDRESS.findall(line))
    pieces = _BETWEEN.split(_MARKS.sub(" ", _ADDRESS.sub(",", line)))
    names = [name for name in (" ".join(piece.split()) for piece in pieces) if name]
    if not names or _BODY.search(line) or len(names) + bool(addresses) < 2:
        return False
    return all(_NAME.fullmatch(name) for name in names)


def find_date(line: str) -> str:
    """When a document appeared, as a line of its head says; empty where it does not."""
    if len(line) > LONGEST_LINE:
        return ""
    labelled = _DATE.fullmatch(line)
    told = labelled["date"] if labelled else line
    return told if find_days(told) and len(told) <= LONGEST_DATE else ""
