"""Questions for a part of a document by its place: a section, a page, a table, a paragraph; and for how many there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.english.quantities import read_count, read_ordinal
from rag.english.source import WRITING, fold_question

Unit = Literal["section", "page", "table", "figure", "note", "paragraph", "sentence", "item"]

_UNITS: dict[str, Unit] = {
    "section": "section",
    "subsection": "section",
    "chapter": "section",
    "part": "section",
    "article": "section",
    "clause": "section",
    "appendix": "section",
    "annex": "section",
    "§": "section",
    "heading": "section",
    "page": "page",
    "table": "table",
    "figure": "figure",
    "fig": "figure",
    "footnote": "note",
    "endnote": "note",
    "note": "note",
    "paragraph": "paragraph",
    "sentence": "sentence",
    "list item": "item",
    "item": "item",
    "bullet point": "item",
    "bullet": "item",
    "step": "item",
}
_MANY = {"appendices": "appendix", "annexes": "annex"}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_UNITS_MANY = "|".join([*(rf"{unit}s" for unit in sorted(_UNITS, key=len, reverse=True)), *_MANY])
_ORDINAL = (
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|last|final|closing|opening|"
    r"penultimate|second[ -](?:to )?last|last but one|next to last|\d{1,4}(?:st|nd|rd|th)"
)
_NAMES = "introduction|abstract|preface|foreword|conclusions?|summary|appendix|glossary|references|bibliography"
_NUMBER = r"\d{1,4}(?:\.\d{1,3}){0,5}\.?[a-z]?|[ivxlc]{1,7}|[a-z](?:\.\d{1,3}){0,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_PLACE = re.compile(
    rf"(?:the |its )?(?:(?P<ordinal>{_ORDINAL}) (?P<of>{_UNIT})|(?P<unit>{_UNIT})\.? ?(?:number |no\.? |nr\.? |# ?)?(?P<number>{_NUMBER})"
    rf"|(?P<name>{_NAMES})(?: (?:section|chapter))?"
    rf"|(?:section|chapter|part) (?:on|about|called|titled|entitled|named) [\"'“‘]?(?P<called>[^\"”]{{2,120}}?)[\"'”’]?"
    rf"|[\"'“‘]?(?P<told>[^\"”]{{2,120}}?)[\"'”’]? (?:section|chapter))"
    rf"(?:,? (?:of|in|from|on|under|within) (?P<within>.{{1,200}}))?"
)
_POLITE = re.compile(
    r"(?:(?:please|can you|could you|would you|will you|i (?:want|need|would like)(?: you)? to|let me|tell (?:me|us)(?= what)) )*(?:(?:see|know|have) )?"
)
_VERB = r"says?|states?|contains?|covers?|discuss(?:es)?|describes?|tells?(?: us| me)?|mentions?|deals? with|explains?|read|reads|look like|say exactly|includes?"
_ASKS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:what|which) (?:does|do|did) (?P<place>.+?) (?:{_VERB})",
        rf"what (?P<place>.+?) (?:is about|{_VERB})",
        r"what(?:'s| is| was) (?P<place>.+?) (?:called|titled|entitled|named)",
        r"what does it say (?:in|on|at) (?P<place>.+)",
        r"what(?:'s| is| are| was| were) (?P<place>.+?) about",
        r"what(?:'s| is| are| was| were| stands)(?: there)?(?: written| said| stated| told| shown| printed| described| covered| discussed)? (?:on|in|under|at) (?P<place>.+)",
        r"what(?:'s| is| are| was| were) (?:the )?(?:contents?|text|words|wording|subject|topic|title|heading|name) (?:of|on|in) (?P<place>.+)",
        r"(?:show|read|quote|give|print|display|cite|recite|repeat)(?: me| us)?(?: out)?(?: the (?:text|contents?|words|wording) of| what is (?:on|in))? (?P<place>.+)",
        r"(?:tell (?:me|us) about|summari[sz]e|sum up|describe|explain) (?P<place>.+)",
        r"what(?:'s| is| are| was| were) (?P<place>.+)",
        r"(?P<place>.+)",
    )
)
_THERE = (
    r"(?: (?:(?:are|is) there|does (?P<subject>.{1,120}?) (?:have|contain|consist of|comprise|include)|do (?P<subjects>.{1,120}?) have|"
    r"(?:are|is) (?:there )?(?:in|on|of) (?P<where>.{1,120}?)|has (?P<having>.{1,120}?)(?: got)?))?(?: (?:in|of|altogether|in all|in total)(?: (?P<inside>.{1,120}))?)?"
)
_COUNT = re.compile(
    rf"(?:how many|(?:what is )?the number of|count(?: all)?(?: the| its)?|number of)(?: different| numbered)? (?P<units>{_UNITS_MANY}){_THERE}"
)
_LIST = re.compile(
    rf"(?:(?:list|show|name|give|enumerate|tell)(?: me| us)?(?: all| every| each)?(?: of)?(?: the| its)?|(?:what|which) (?:are|were)(?: all)? (?:the|its)|(?:what|which))"
    rf"(?: main| different)? (?P<units>{_UNITS_MANY}|headings?|chapter titles|section titles|headlines){_THERE}"
)
_CONTENTS = re.compile(
    r"(?:(?:show|give|print|list|display|what is)(?: me| us)? )?(?:the |a |its )?(?:table of contents|outline|contents|toc)(?: of (?P<inside>.{1,120}))?|"
    r"how is (?P<subject>.{1,120}?) (?:structured|organi[sz]ed|divided)|what is the (?:structure|outline) of (?P<where>.{1,120})"
)
_THIS = re.compile(
    rf"(?:(?:this|the|that|it|these|those|all|my|your)(?: (?:whole|entire|full))?(?: (?:{WRITING}|file|pdf|manual|handbook|guide)s?)?|it|total|all)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a document as a question names it.

    ``unit`` is what kind of part it is, and ``word`` the word that was used for it ("chapter"). Of these one is told:
    ``number``, as figures with points in small letters ("3.2", "b"); ``ordinal``, which of all, from 1, or from the end
    (-1 is the last); ``name``, words of a section's heading. ``within`` is a larger part that it lies in, and
    ``document`` what the question says of which document is meant.
    """

    unit: Unit
    word: str
    number: str = ""
    ordinal: int = 0
    name: str = ""
    within: Place | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class StructureQuestion:
    """What is asked of a document's structure: the words of a place, or how many or which parts of a kind there are."""

    wants: Literal["text", "count", "list"]
    place: Place


def read_structure(question: str) -> StructureQuestion | None:
    """What a question asks of a document's structure and of nothing else; None where it asks for something else as well."""
    plain = fold_question(question)
    plain = plain[match.end() :] if (match := _POLITE.match(plain)) else plain
    if found := _COUNT.fullmatch(plain):
        return _read_parts("count", found)
    if found := _LIST.fullmatch(plain):
        return _read_parts("list", found)
    if found := _CONTENTS.fullmatch(plain):
        return StructureQuestion("list", Place("section", "heading", document=_read_document(found)))
    for pattern in _ASKS:
        if (found := pattern.fullmatch(plain)) and (place := read_place(found["place"])):
            return StructureQuestion("text", place)
    return None


def read_place(words: str) -> Place | None:
    """A part of a document from the words for it: "the last paragraph of chapter 2"; None where they are no such."""
    found = _PLACE.fullmatch(words.strip())
    if not found:
        return None
    within, document = None, ""
    if inside := found["within"]:
        within = read_place(inside)
        document = "" if within or _THIS.fullmatch(inside) else _strip_article(inside)
    word = found["of"] or found["unit"] or "section"
    name = found["name"] or found["called"] or found["told"] or ""
    if found["told"] and re.search(rf"\b(?:what|which|how|this|that|{_ORDINAL})\b", found["told"]):
        return None
    ordinal = read_ordinal(found["ordinal"]) or 0 if found["ordinal"] else 0
    number = _read_number(found["number"]) if found["number"] else ""
    return Place(_UNITS[word], word, number, ordinal, _strip_article(name), within, document)


def _read_parts(wants: Literal["count", "list"], found: re.Match[str]) -> StructureQuestion:
    units = found["units"]
    word = "heading" if units.endswith(("titles", "headlines")) else _MANY.get(units, units.removesuffix("s"))
    document = _read_document(found)
    within = read_place(document)
    return StructureQuestion(wants, Place(_UNITS[word], word, within=within, document="" if within else document))


def _read_document(found: re.Match[str]) -> str:
    """What is said of the document, without what only points at it."""
    told = next((words for words in found.groupdict().items() if words[0] != "units" and words[1]), ("", ""))[1]
    return "" if _THIS.fullmatch(told) else _strip_article(told)


def _read_number(words: str) -> str:
    """A section's number in figures where it is one, else its letter: "3.2", "2" for "ii" and "two", "b"."""
    words = words.rstrip(".")
    if len(words) == 1 and words.isalpha() and words not in "ivx":
        return words
    count = read_count(words)
    return words if count is None else str(count)


def _strip_article(words: str) -> str:
    return re.sub(r"^(?:the|this|that|a|an) ", "", words.strip())
