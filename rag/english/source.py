"""Questions about a source itself: who wrote it, when it appeared, what it is called; and its head put as a sentence.

The rules only propose the line of a document's head that may answer. Whether it does is for the span model to say, which
has learnt from prose: it reads "By Ada Quill, 2 May 2014" poorly, and "… was written by Ada Quill" well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.english.bylines import find_author, find_date

About = Literal["author", "date", "title"]

WRITING = (
    r"(?:article|document|text|essay|paper|report|story|book|page|post|letter|publication|plan|guide|manual|handbook|"
    r"proposal|tutorial|study|memo|charter|thesis|policy|specification|contract|agreement|syllabus|file|pdf)"
)
_IT = rf"\b(?:{WRITING}|this|it)\b"
_APPEARED = r"\b(?:written|published|appear(?:ed)?|dated?|posted|released|issued|updated|revised|come out|came out)\b"
_DATE = r"\b(?:when|(?:what|which) (?:date|day|month|year))\b"
_END = r"(?=\W*(?:$|\())"
"""The question's end, or the names that a follow-up was given."""

_RULES: tuple[tuple[About, tuple[str, ...]], ...] = (  # in each what stands one after the other, whatever is between
    # What "the author" thinks is a question about the text; who the author is, one about the source.
    ("author", (r"\bwho(?:'s| is| was| are| were) the (?:author|writer)s?\b",)),
    ("author", (r"\bwho (?:wrote|penned|authored)\b(?! to\b)", _IT)),
    (
        "author",
        (
            r"\bwho(?: came up with| made| created| drafted| prepared| compiled| put together| published|(?:'s| is) behind) "
            rf"(?:(?:the |this |that )?{WRITING}|this|it){_END}",
        ),
    ),
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

_UPDATED = re.compile(r"\b(?:updated|revised|modified|changed)\b", re.IGNORECASE)
_THIS = re.compile(
    rf"\b(?:(?:this|(?P<it>it))(?: {WRITING})?|(?:the )?(?:document|article|page|pdf|file)|the (?:author|writer)s?(?:'s? name)?)"
    r"(?=\W*$|,? and\b|,? (?:last |first )?(?:written|published|appear(?:ed)?|dated?|posted|released|issued|updated|revised|come|came)\b)"
)
"""What means the document itself, where no other thing is named behind it: not "this song", not "the author of the song"."""

_AND_WHEN = re.compile(r"(?:\band|,) when\b", re.IGNORECASE)

_REFERENCES = re.compile(
    r"\b(?:cit(?:e[sd]?|ing|ations?)|references?|referred|bibliograph\w*|footnotes?|endnotes?|sources?|doi|"
    r"wrote|written|authors?|published|publications?|papers?|books?|journals?|stud(?:y|ies)|et al)\b",
    re.IGNORECASE,
)

SHORTEST = 4
"""Letters that the part of a title before a colon has at least, by which a question may call the document."""

_BYLINE = re.compile(r"(?:By (?P<author>\w.*?)(?:, (?P<date>\d[^,]*))?|Dated (?P<day>\w.*))")
"""How cleaning writes a byline."""


def asks_about_source(text: str, title: str = "") -> About | None:
    """Whether a question may be about a document, of that title, as such: who wrote it, when it appeared, its name."""
    plain = _name_this(text, title)
    return next((about for about, parts in _RULES if _stand_in_order(parts, plain)), None)


def is_this_meant(text: str, title: str = "", *, follows: bool = False) -> bool:
    """Whether a question about a source means the document, of that title, and no other: "the report" may be one it tells of.

    ``follows``: something was talked of before, and "it" may be that.
    """
    found = _THIS.search(_name_this(text, title))
    return found is not None and not (follows and found["it"])


_WRITTEN = re.compile(r"\b(?:wrote|written|authored|penned|authors?|writers?)\b", re.IGNORECASE)
_WORKS = re.compile(
    rf"\b(?:{WRITING}|novel|poem|play|song|film|movie|lyrics|script|speech|law|bill|act|treaty|resolution|statement|declaration|"
    r"code|software|program|function|module|package|library|e-?mail|mail|message|note|review|blog|column|diary|memoir)s?\b|[“\"«]\w",
    re.IGNORECASE,
)


def may_mean_another(text: str, before: Sequence[str]) -> bool:
    """Whether "it" of a question who wrote it, or when, may be something that was talked of: where that names what is written."""
    return not _WRITTEN.search(text) or any(_WORKS.search(said) for said in before)


def asks_for_another_date(text: str, line: str) -> bool:
    """Whether a question wants to know when a document was last changed, and a line with a date does not speak of that."""
    return _UPDATED.search(text) is not None and not _UPDATED.search(line)


def find_asked_sources(text: str, title: str = "") -> tuple[About, ...]:
    """All that a question may want to know about a document, of that title, as such: "who wrote this and when?"."""
    about = asks_about_source(text, title)
    if about is None:
        return ()
    return (about, "date") if about == "author" and _AND_WHEN.search(text) else (about,)


def asks_for_references(text: str) -> bool:
    """Whether a question may be about what a document refers to: its list of references can answer it."""
    return bool(_REFERENCES.search(text))


_WE = r"(?:i|you|we|they|he|she|it|this|that|one|people|anyone|someone)"
_NO_APOSTROPHE = re.compile(
    r"\b(?P<asks>what|who|where|when|how|that|there)s(?= )"
    r"|\b(?P<denies>do|does|did|is|are|was|were|would|should|could|has|have|had|must)nt\b"
    # Of these two there is another word: what is joined to a person is meant.
    rf"|\b(?P<cannot>ca|wo)nt(?= {_WE}\b)|\b(?P<person>{_WE} )(?P<will>ca|wo)nt\b"
    r"|\b(?P<are>you|they)re\b|\b(?P<am>i)m\b|\b(?P<have>i|you|they)ve\b",
    re.IGNORECASE,
)


def mend_apostrophes(text: str) -> str:
    """A question with the apostrophes that are left out where one types fast: "whats" is "what's", "dont" is "don't"."""
    return _NO_APOSTROPHE.sub(_put_apostrophe, text)


_ENDINGS = {"asks": "'s", "denies": "n't", "cannot": "n't", "will": "n't", "are": "'re", "am": "'m", "have": "'ve"}


def _put_apostrophe(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    return f"{found['person'] or ''}{found[kind]}{_ENDINGS[kind]}"


def fold_question(text: str) -> str:
    """A question without capitals and without punctuation around it, in which the rules find their words."""
    return " ".join(mend_apostrophes(text).casefold().replace("’", "'").split()).strip(" .!?…,;:)(\"'")


def is_byline(line: str) -> bool:
    """Whether a line at a document's head names its author, its date or both."""
    return _BYLINE.fullmatch(line) is not None


def read_byline(line: str) -> tuple[str, str]:
    """The author and the date that a line at a document's head names, as they are written; empty where it names none."""
    if named := _BYLINE.fullmatch(line):
        return named["author"] or "", named["date"] or named["day"] or ""
    return find_author(line), find_date(line)


def state_source(about: About, title: str, byline: str) -> tuple[str, tuple[str, ...]]:
    """A head's line as a sentence, and the words in it that are the line's own, in order; no words where it has none."""
    if about == "title":
        return f'The title is "{title}".', (title,) if title else ()
    author, date = read_byline(byline)
    it = f'"{title}"' if title else "This text"
    written = f"{it} was written by {author}." if author else ""
    published = f"{'It' if author else it} was published on {date}." if date else ""
    return f"{written} {published}".strip(), tuple(words for words in (author, date) if words)


def _name_this(text: str, title: str) -> str:
    """A question, folded, with the document's title put as what it names; at its end, the title's part before a colon too."""
    plain, named = fold_question(text), fold_question(title)
    if named and named in plain:
        return plain.replace(named, "this text")
    short, colon, _ = named.partition(":")
    if colon and len(short) >= SHORTEST and plain.endswith(f" {short}") and not plain.endswith(f" about {short}"):
        return f"{plain.removesuffix(short)}this text"
    return plain


def _stand_in_order(parts: Sequence[str], text: str) -> bool:
    """Whether patterns stand in a text one after the other. The first place of each will do, so it is read but once."""
    at = 0
    for part in parts:
        found = re.compile(part).search(text, at)
        if not found:
            return False
        at = found.end()
    return True
