"""Questions for all of what a part of a document is about: "what are its limitations?", "list the recommendations". Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.english.source import WRITING, fold_question

_THIS = rf"(?:(?:of|in|for|from|to) (?:it|this|that|(?:the|this|that) (?:{WRITING}|work|project|research|system|method|approach|program(?:me)?|model|tool|software)))"
_NAME = r"(?P<name>(?:[\w’'-]+ ){0,2}[\w’'-]+s)"
_DOES = r"(?:(?:does|do|did) (?:it|this|they|the \w+|this \w+) (?:have|give|make|list|name|mention|set)|are there|are (?:given|listed|named|mentioned))"
_ASKED = (
    re.compile(
        rf"(?:(?:and|so|but) )?(?:what|which) (?:are|were) (?:all )?(?:of )?(?:the|its|their|this \w+'s) (?:main |key |major )?{_NAME}(?: {_THIS})?"
    ),
    re.compile(
        rf"(?:please )?(?:list|name|give|show|tell|enumerate)(?: me| us)?(?: all)?(?: of)? (?:the|its|their) (?:main |key |major )?{_NAME}(?: {_THIS})?"
    ),
    re.compile(rf"(?:what|which) (?:main |key |major )?{_NAME} {_DOES}"),
)
_ONE = re.compile(r"(?:ss|us|is)\Z|\b(?:of|for|and|or|who|that|in|to|with|by|at|on|from|about)\b", re.IGNORECASE)


@lru_cache(maxsize=64)
def read_points(question: str) -> str:
    """What a question wants all of, in its own words; "" where it wants anything else, or says more of it."""
    plain = fold_question(question)
    name = next((found["name"] for each in _ASKED if (found := each.fullmatch(plain))), "")
    return "" if _ONE.search(name) else name


def is_heading_of(name: str, heading: str) -> bool:
    """Whether a section is called so: "Planned limitations and future work" for "limitations"; not by a heading that says more."""
    words = re.escape(name.removesuffix("s")) + "s?"
    return bool(
        re.fullmatch(
            rf"(?:(?:[\w’'-]+|&) ){{0,2}}{words}(?:(?:,| &| and| or| of| for| to| in) .{{1,60}})?[.:]?",
            heading.strip().replace("’", "'"),
            re.I,
        )
    )
