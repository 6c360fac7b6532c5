"""What a question names exactly, and what carries it: codes, days, and the values of a table's cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rag.english.identifiers import build_code_pattern, find_codes, find_days
from rag.english.terms import find_terms, is_content
from rag.types import Block, Passage

SHORTEST_VALUE = 3
"""Letters of a cell's value that a question is searched for; shorter ones ("no", "H") stand in any. Figures count always."""

_WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+")
"""Decimals are one word: 50 does not stand in "612.50"."""


_VERSION = re.compile(r"\b(?:version|release|revision|v)\.? ?(\d{1,4})\b(?![.,]\d)", re.IGNORECASE)
"""Version 3 is called 3.0 as well."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a question names exactly: its codes, each with what finds it in a text, and its days."""

    codes: tuple[tuple[str, re.Pattern[str]], ...]
    days: frozenset[date]

    def __bool__(self) -> bool:
        return bool(self.codes or self.days)

    def find_codes(self, text: str) -> set[str]:
        """Those of the codes that a text has."""
        return {code for code, pattern in self.codes if pattern.search(text)}

    def are_in(self, text: str) -> bool:
        """Whether a text has any of them."""
        return any(pattern.search(text) for _, pattern in self.codes) or bool(self.days and self.days & find_days(text))


@lru_cache(maxsize=64)
def read_keys(question: str) -> Keys:
    """What a question names exactly. A code may be what a longer one begins with: "item 01_005" for ``01_005_0107``."""
    codes = tuple((code, build_code_pattern(code, begins=True)) for code in find_codes(question))
    return Keys(codes, frozenset(find_days(question)))


def find_named_cells(question: str, passage: Passage, row: Block) -> list[int]:
    """Which cells of a row have a value that the question names word for word, as numbers of the cells."""
    asked = _fold(_VERSION.sub(r"\g<0> \1.0", question))
    named = []
    for number, (_, start, end) in enumerate(row.cells):
        value = read_value(passage, start, end)
        words = _fold(value)
        is_telling = any(map(str.isdigit, value)) or (len(value) >= SHORTEST_VALUE and _is_content(value))
        if words and is_telling and f" {words} " in f" {asked} ":
            named.append(number)
    return named


def read_value(passage: Passage, start: int, end: int) -> str:
    """The words between two offsets of the document, as far as they stand in the passage."""
    at = passage.span.start
    return passage.text[max(0, start - at) : max(0, end - at)]


def find_asked_cells(question: str, passage: Passage, row: Block, named: Sequence[int]) -> list[int]:
    """Which cells of a row the question asks for by their column's name, best first; those that it names are left out."""
    asked = set(find_terms([question])[0])
    found = []
    for number, (name, value, _) in enumerate(row.cells):
        terms = [term for term in find_terms([read_value(passage, name, value)])[0] if is_content(term)]
        shared = asked & set(terms)
        if number not in named and shared:
            found.append((len(shared) / len(set(terms)), len(shared), -number))
    return [-number for *_, number in sorted(found, reverse=True)]


def _fold(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


@lru_cache(maxsize=4096)
def _is_content(value: str) -> bool:
    return any(map(is_content, find_terms([value])[0]))
