"""Questions about a source itself: who wrote it, when it appeared, what it is called; and its head put as a sentence.

The rules only propose the line of a document's head that may answer. Whether it does is for the span model to say, which
has learnt from prose: it reads "By Ada Quill, 2 May 2014" poorly, and "… was written by Ada Quill" well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

About = Literal["author", "date", "title"]

WRITING = r"(?:article|document|text|essay|paper|report|story|book|page|post|letter|publication)"
_IT = rf"\b(?:{WRITING}|this|it)\b"
_APPEARED = r"\b(?:written|published|appear(?:ed)?|dated?|posted|released|come out|came out)\b"
_DATE = r"\b(?:when|(?:what|which) (?:date|day|month|year))\b"
_END = r"(?=\W*(?:$|\())"
"""The question's end, or the names that a follow-up was given."""

_RULES: tuple[tuple[About, tuple[str, ...]], ...] = (  # in each what stands one after the other, whatever is between
    # What "the author" thinks is a question about the text; who the author is, one about the source.
    ("author", (r"\bwho(?:'s| is| was| are| were) the (?:author|writer)s?\b",)),
    ("author", (r"\bwho (?:wrote|penned|authored)\b(?! to\b)", _IT)),
    ("author", (rf"(?:^|\bname (?:of )?)(?:the |its |this )?(?:author|writer)s?{_END}",)),
    ("author", (rf"\b{WRITING}\b", r"\b(?:written|authored|penned) by\b")),
    ("author", (rf"\bwhose {WRITING}\b",)),
    ("author", (r"\bby whom\b", _IT, r"\bwritten\b")),
    ("author", (r"\bauthor'?s? name\b|\bby\s?line\b",)),
    ("date", (_DATE, _IT, _APPEARED)),
    ("date", (_DATE, _APPEARED, _IT)),
    ("date", (r"\b(?:what|which) date\b", r"\b(?:carry|bear)\b")),
    ("date", (rf"\bhow (?:old|recent) is (?:the |this )?{WRITING}{_END}",)),
    ("date", (rf"\bpublication date\b|\bdate (?:of|on) (?:the |this )?{WRITING}{_END}",)),
    (
        "title",
        (
            r"\b(?:what|which|name|give|tell)\b",
            rf"\b(?:the|this|its) (?:title|headline)(?: of (?:the|this|that) {WRITING})?{_END}",
        ),
    ),
    ("title", (rf"\bwhat(?:'s| is) (?:the |this )?{WRITING} (?:called|titled|entitled)\b",)),
    ("title", (rf"\bname of (?:the |this )?{WRITING}{_END}",)),
)

_REFERENCES = re.compile(
    r"\b(?:cit(?:e[sd]?|ing|ations?)|references?|referred|bibliograph\w*|footnotes?|endnotes?|sources?|doi|"
    r"wrote|written|authors?|published|publications?|papers?|books?|journals?|stud(?:y|ies)|et al)\b",
    re.IGNORECASE,
)

_BYLINE = re.compile(r"(?:By (?P<author>\w.*?)(?:, (?P<date>\d[^,]*))?|Dated (?P<day>\w.*))")
"""How cleaning writes a byline."""


def asks_about_source(text: str, title: str = "") -> About | None:
    """Whether a question may be about a document, of that title, as such: who wrote it, when it appeared, its name."""
    plain = fold_question(text)
    if named := fold_question(title):
        plain = plain.replace(named, "this text")
    return next((about for about, parts in _RULES if _stand_in_order(parts, plain)), None)


def asks_for_references(text: str) -> bool:
    """Whether a question may be about what a document refers to: its list of references can answer it."""
    return bool(_REFERENCES.search(text))


_NO_APOSTROPHE = re.compile(r"\b(what|who|where|when|how)s(?= )", re.IGNORECASE)


def mend_apostrophes(text: str) -> str:
    """A question with the apostrophes that are left out where one types fast: "whats" is "what's"."""
    return _NO_APOSTROPHE.sub(r"\1's", text)


def fold_question(text: str) -> str:
    """A question without capitals and without punctuation around it, in which the rules find their words."""
    return " ".join(mend_apostrophes(text).casefold().replace("’", "'").split()).strip(" .!?…,;:)(\"'")


def is_byline(line: str) -> bool:
    """Whether a line at a document's head names its author, its date or both."""
    return _BYLINE.fullmatch(line) is not None


def state_source(about: About, title: str, byline: str) -> tuple[str, tuple[str, ...]]:
    """A head's line as a sentence, and the words in it that are the line's own, in order; no words where it has none."""
    if about == "title":
        return f'The title is "{title}".', (title,) if title else ()
    named = _BYLINE.fullmatch(byline)
    if not named:
        return "", ()
    author, date = named["author"], named["date"] or named["day"]
    it = f'"{title}"' if title else "This text"
    written = f"{it} was written by {author}." if author else ""
    published = f"{'It' if author else it} was published on {date}." if date else ""
    return f"{written} {published}".strip(), tuple(words for words in (author, date) if words)


def _stand_in_order(parts: Sequence[str], text: str) -> bool:
    """Whether patterns stand in a text one after the other. The first place of each will do, so it is read but once."""
    at = 0
    for part in parts:
        found = re.compile(part).search(text, at)
        if not found:
            return False
        at = found.end()
    return True
