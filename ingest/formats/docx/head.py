"""The head of an office document: title, author and date as its first lines tell them, else as its properties do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.blocks import Block, Parsed
from ingest.byline import find_byline, find_dates, parse_date
from ingest.decoding import normalise
from ingest.formats.archives import Archive, join_name, local_name
from ingest.formats.docx.styles import attribute

HEAD_BLOCKS = 6
"""Title, author and date are looked for among so many first blocks."""

HEAD_LINE = 120
"""Characters; a date or a year in a longer line at the top is one that the text speaks of."""

_NOBODY = frozenset(
    "administrator admin user author unknown owner python-docx docx4j pc hp dell lenovo asus acer microsoft usuario "
    "benutzer utilisateur utente".split()
) | {"microsoft office user", "windows user", "apache poi", "un-named", "user name"}
"""Authors that programs put where nobody gave a name."""

_NO_TITLE = re.compile(
    r"(?i)(?:microsoft word - .*|(?:untitled|document|dokument|documento?) ?\d*|word document|powerpoint presentation|\[?no title\]?|title|.*\.(?:docx?|pptx?|xlsx?|od[ts]))"
)
_ABBREVIATED = re.compile(r"(?i)(?=\S*(?:[b-df-hj-np-tv-xz]{5}|\d|_))\S+")
"""A lone word with figures, or with five consonants in a row, as files are called and hardly any text is."""

_TEMPLATE_DAYS = ("2013-12-23", "2013-01-27")
"""The days on which the empty files of python-docx and python-pptx were made."""


@dataclass(frozen=True, slots=True)
class Paragraph(Block):
    """A block with the name of its style, and whether all of its words are bold."""

    style: str = ""
    is_bold: bool = False


def read_links(archive: Archive, part: str) -> dict[str, str]:
    """What a part refers to: the kind of link (the last word of its type) to the name of the first such part."""
    found: dict[str, str] = {}
    for _, kind, name in list_links(archive, part):
        found.setdefault(kind, name)
    return found


def list_links(archive: Archive, part: str) -> list[tuple[str, str, str]]:
    """The links of a part: their ids, their kinds, and the names of the parts that they lead to."""
    folder, _, name = part.rpartition("/")
    root = archive.read_xml(f"{folder}/_rels/{name}.rels")
    return [
        (attribute(link, "Id"), attribute(link, "Type").rpartition("/")[2], join_name(part, attribute(link, "Target")))
        for link in (root if root is not None else ())
        if attribute(link, "TargetMode") != "External"
    ]


def read_properties(archive: Archive, name: str) -> dict[str, str]:
    """The values of a part by the names of their elements; none where there is no such part."""
    root = archive.read_xml(name)
    return {
        local_name(item): " ".join(normalise(item.text or "").split()) for item in (root if root is not None else ())
    }


def read_head(paragraphs: Sequence[Paragraph], properties: Mapping[str, str], note: str) -> Parsed:
    """Title, author and date as the first lines tell them, else as the file's properties do."""
    creator = ", ".join(name.strip() for name in properties.get("creator", "").split(";") if name.strip())
    known = {creator.casefold(), *creator.casefold().split(", ")} - {""}
    title, date = "", ""
    authors: list[str] = []
    used: set[int] = set()
    for at, paragraph in enumerate(paragraphs[:HEAD_BLOCKS]):
        text = " ".join(paragraph.text.split())
        if paragraph.style == "title" and not title:
            title = text
        elif text == title:
            used.add(at)
        elif paragraph.style == "author" or text.casefold() in known:
            authors.append(text)
            used.add(at)
        elif paragraph.style == "date" and not date:
            date = parse_date(text)
            used.add(at)
        elif not paragraph.level and not (authors and date) and (byline := find_byline(text)):
            authors += [byline[0]] if byline[0] and not authors else []
            date = date or byline[1]
            used.add(at)
    if not authors and creator.casefold() not in _NOBODY:
        authors = [creator]
    named = properties.get("title", "")
    if not title and is_title(named, (paragraph.text for paragraph in paragraphs)):
        title = named
    blocks = tuple(
        Block(paragraph.text, paragraph.level, kind=paragraph.kind, cells=paragraph.cells, depth=paragraph.depth)
        for at, paragraph in enumerate(paragraphs)
        if at not in used
    )
    date = date or _weigh_day(_read_day(properties), [block.text for block in paragraphs[:HEAD_BLOCKS]])
    return Parsed(blocks, title, ", ".join(authors), date, note=note)


def is_title(named: str, texts: Iterable[str]) -> bool:
    """Whether the title of a file's properties is one: no program's, and no file's name ("avgtxfull") that the text never says."""
    if not named or _NO_TITLE.fullmatch(named):
        return False
    return not _ABBREVIATED.fullmatch(named) or any(named.casefold() in text.casefold() for text in texts)


def _weigh_day(day: str, head: Sequence[str]) -> str:
    """The day in the properties, unless the head tells another: a copy or a template keeps the day of what it was made from."""
    lines = [line for line in head if len(line) <= HEAD_LINE and not line.endswith((".", "!", "?"))]
    told = list(dict.fromkeys(date for line in lines for date in find_dates(line)))
    if len(told) == 1:
        return told[0]
    years = {year for line in lines for year in re.findall(r"\b(?:19|20)\d\d\b", line)}
    return day if not years or day[:4] in years else ""


def _read_day(properties: Mapping[str, str]) -> str:
    """The day on which the document was begun. A file never saved again was made by a converter: its day says nothing."""
    created, modified = properties.get("created", ""), properties.get("modified", "")
    day = created[:10]
    if created == modified or day in _TEMPLATE_DAYS or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        return ""
    return parse_date(day)
