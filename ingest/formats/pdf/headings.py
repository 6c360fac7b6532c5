"""What the paragraphs of a PDF are: its title, its byline, its headings with their levels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.blocks import Block
from ingest.byline import find_byline
from ingest.formats.docx.head import is_title
from ingest.formats.pdf.cells import CellPlaces
from ingest.formats.pdf.head_dates import find_day
from ingest.formats.pdf.kinds import find_kinds, is_caption
from ingest.formats.pdf.paragraphs import Paragraph
from ingest.formats.pdf.people import find_people, is_name

HEADING_CHARACTERS = 200
LARGER = 1.1
"""Letters that are so many times as large as the text's make a heading."""

LONGEST_NAME = 5
"""Words of a heading that ends with a full stop and is hardly larger than the text."""

HEAD_PARAGRAPHS = 12
"""The title is looked for among so many first paragraphs of page 1, the byline in so many after it."""

_NUMBER = re.compile(r"^(?:(?:chapter|section|part|appendix)\s+)?(?:\d+|[A-Z]|[IVXLC]+)(?:\.\d+)*[.:)]?\s+", re.IGNORECASE)  # fmt: skip
_NUMBERED = re.compile(r"(?:\d{1,2}|[A-H])(?:\.\d{1,2})*\.?\s+[A-Z]")
_NO_TITLE = re.compile(
    r"(?i)(?:microsoft (?:word|powerpoint|excel) - .*|(?:untitled|document|dokument|documento?|pr[eé]sentation|title|print|scan|pictures?)"
    r"[ _-]?\d*|.*\.(?:docx?|odt|rtf|html?|tex|dvi|pdf|indd|qxd|pptx?|xlsx?|txt|md|fm|pages|ps)|(?:file|https?):.*|about:blank|[\W\d_]*)"
)
_SECTION = re.compile(
    r"(?i)(?:(?:chapter|section|part|appendix|annex|exhibit)\s+(?:\d+|[A-Z]|[IVXLC]+)|(?:table of )?contents|abstract|introduction"
    r"|(?:executive )?summary|foreword|preface|acknowledge?ments?|references|bibliography)(?:\s+page \d+(?: of \d+)?)?[.:]?"
)
"""What names a part of a document and never a whole one."""

_NOBODY = frozenset(
    "administrator admin user author unknown owner root pc hp dell lenovo asus acer microsoft usuario benutzer "
    "utilisateur utente anonymous".split()
) | {"microsoft office user", "windows user", "user name"}
"""Authors that programs put where nobody gave a name."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the file's own table of contents; ``level`` 0 is the highest, ``page`` counts from 1."""

    title: str
    level: int
    page: int


@dataclass(frozen=True, slots=True)
class Head:
    """What the first page, or else the file's properties, say of a document; ``used`` are paragraphs that say it."""

    title: str
    author: str
    date: str
    used: tuple[int, ...]


def read_head(paragraphs: Sequence[Paragraph], body: float, title: str, author: str) -> Head:
    """Title, author and date; ``title`` and ``author`` are those of the file's properties.

    The day on which a file was made is not asked: it is that of a conversion as often as that of the text.
    """
    named = " ".join(title.split())
    named = "" if _NO_TITLE.fullmatch(named) else named
    used = _find_named(paragraphs, named)
    if not used and (at := _find_title(paragraphs, body, named)) is not None:
        used = _title_lines(paragraphs, at)
    at = used[0] if used else None
    if not is_title(named, (one.text for one in paragraphs)):
        named = ""
    shown = named if at is None else " ".join(paragraphs[line].text for line in used)
    writer = "" if author.strip().casefold() in _NOBODY else " ".join(author.replace(";", ",").split())
    if writer and heading_key(writer) in heading_key(shown):  # programs that make manuals name themselves
        writer = ""
    found, date, lines = _find_byline(paragraphs, used[-1] + 1 if used else 0, body, writer)
    people, named_lines = find_people(paragraphs, used[-1] + 1) if used and not found else ([], [])
    author = found or _choose_authors(people, writer, paragraphs)
    date = date or find_day(paragraphs)
    return Head(
        shown, author, date, (*used, *lines, *(at for at in named_lines if author != writer and at not in lines))
    )


def _choose_authors(people: Sequence[str], writer: str, paragraphs: Sequence[Paragraph]) -> str:
    """The authors that the page names, unless the file's properties name all of these and more that stand there too.

    Properties alone are believed where they hold names of people: they often hold those of accounts and of programs.
    """
    writers = [name.strip() for name in re.split(r",|\band\b|&", writer) if name.strip()]
    page = heading_key(" ".join(one.text for one in paragraphs[:40] if one.page == 1))
    if len(writers) > len(people) and all(" " in name and heading_key(name) in page for name in writers):
        return writer
    if people:
        return ", ".join(people)
    return writer if all(map(is_name, writers)) else ""


def _find_named(paragraphs: Sequence[Paragraph], named: str) -> list[int]:
    """The paragraphs of page 1 that are the title of the file's properties; one in several kinds of letters is several."""
    for at, first in enumerate(paragraphs[:40] if heading_key(named) else ()):
        words = ""
        for after in range(at, min(at + 4, len(paragraphs))):
            words += heading_key(paragraphs[after].text)
            if first.page == 1 and words == heading_key(named):
                return list(range(at, after + 1))
            if not heading_key(named).startswith(words):
                break
    return []


def _find_title(paragraphs: Sequence[Paragraph], body: float, named: str) -> int | None:
    first = [at for at, one in enumerate(paragraphs[:40]) if one.page == 1 and one.kind == "text"]
    large = [
        at for at in first[:HEAD_PARAGRAPHS]
        if _looks_like_heading(paragraphs, at, body) and not re.match(r"\d", paragraphs[at].text)
    ]  # fmt: skip
    whole = [at for at in large if not _SECTION.fullmatch(paragraphs[at].text)]
    if not large or (named and not whole):
        return None
    large = whole or large
    at = max(large, key=lambda one: (round(paragraphs[one].size), -one))
    is_clear = paragraphs[at].size >= 1.25 * body
    # A title that is not on the page may be left over from another document.
    return at if is_clear or (at == first[0] and not named) else None


def _title_lines(paragraphs: Sequence[Paragraph], at: int) -> list[int]:
    """The title's paragraph, and those right below it that go on in its letters: titles are often set with much space."""
    found = [at]
    for after in range(at + 1, min(at + 4, len(paragraphs))):
        if not any(map(str.isalnum, paragraphs[after].text)):
            continue  # the mark of a note, raised
        above, below = paragraphs[found[-1]].lines[-1], paragraphs[after].lines[0]
        same = paragraphs[after].kind == "text" and abs(above.size - below.size) < 0.02 * above.size
        near = (
            above.page == below.page and above.column == below.column and 0 < below.base - above.base < 2.6 * above.size
        )
        words = " ".join(paragraphs[line].text for line in [*found, after])
        if not (same and near and above.bold == below.bold) or len(words) > HEADING_CHARACTERS or find_byline(words):
            break
        found.append(after)
    return found


def _find_byline(paragraphs: Sequence[Paragraph], start: int, body: float, writer: str) -> tuple[str, str, list[int]]:
    author, date = "", ""
    used: list[int] = []
    for at in range(start, min(start + 6, len(paragraphs))):
        paragraph = paragraphs[at]
        if paragraph.page != 1 or len(paragraph.text) > 200 or (author and date):
            break
        if paragraph.size >= 1.25 * body and _looks_like_heading(paragraphs, at, body) and at > start:
            break
        lines = [paragraph.text, *(line.text for line in paragraph.lines)] if len(paragraph.lines) < 4 else []
        found = [byline for line in lines[:1] or [] if (byline := _read_byline(line, paragraphs, at, writer))]
        if not found and len(lines) > 2:
            parts = [_read_byline(line, paragraphs, at, writer) for line in lines[1:]]
            found = [part for part in parts if part] if all(parts) else []
        for name, day in found:
            author, date = author or name, date or day
        if found:
            used.append(at)
    return author, date, used


def _read_byline(text: str, paragraphs: Sequence[Paragraph], at: int, writer: str) -> tuple[str, str] | None:
    plain = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹*†‡]+", "", text).strip()
    if found := find_byline(plain):
        return found
    if writer and heading_key(plain) == heading_key(writer):
        return plain, ""
    # A name alone is a byline where it stands over a date; a subtitle may look like a name.
    name = find_byline(f"By {plain}")
    after = find_byline(paragraphs[at + 1].text) if at + 1 < len(paragraphs) else None
    is_over_date = after is not None and after[1] and not after[0]
    return name if at and name is not None and not name[1] and is_over_date else None


def to_blocks(paragraphs: Sequence[Paragraph], body: float, head: Head, bookmarks: Sequence[Bookmark]) -> tuple[Block, ...]:  # fmt: skip
    """The blocks of a document, title and byline left out."""
    marked = {(heading_key(mark.title), mark.page): mark.level for mark in bookmarks if heading_key(mark.title)}
    top = min((mark.level for mark in bookmarks if heading_key(mark.title) != heading_key(head.title)), default=0)
    levels: dict[int, int] = {}
    sizes: dict[tuple[float, bool], int] = {}
    for at, paragraph in enumerate(paragraphs):
        if at in head.used or paragraph.kind != "text" or len(paragraph.text) > HEADING_CHARACTERS:
            continue
        pages = (paragraph.page, paragraph.page - 1, paragraph.page + 1)
        level = next((marked[mark] for page in pages if (mark := (heading_key(paragraph.text), page)) in marked), None)
        if level is not None and paragraph.size >= 0.95 * body:
            levels[at] = min(level - top + 2, 6)
            sizes.setdefault(_look(paragraph), levels[at])
    others = [
        at for at in range(len(paragraphs))
        if at not in levels and at not in head.used and _looks_like_heading(paragraphs, at, body)
    ]  # fmt: skip
    for look in sorted({_look(paragraphs[at]) for at in others}, reverse=True):
        if look not in sizes:
            sizes[look] = min(max((level for other, level in sizes.items() if other > look), default=1) + 1, 6)
    for at in others:
        levels[at] = sizes[_look(paragraphs[at])]
    kinds = find_kinds(paragraphs, levels)
    if head.used and len(head.used) == len(paragraphs):
        return (Block(head.title, 1, tuple(paragraphs[0].pages)),)  # a page with nothing but its title
    return tuple(
        Block(paragraph.text, levels.get(at, 0), tuple(paragraph.pages), kinds[at], _cells(paragraph))
        for at, paragraph in enumerate(paragraphs)
        if at not in head.used
    )


def _cells(paragraph: Paragraph) -> CellPlaces:
    """The places of a row's cells; none where its text was shortened."""
    (line, *_) = paragraph.lines
    return line.cells if line.text == paragraph.text else ()


def _look(paragraph: Paragraph) -> tuple[float, bool]:
    return round(paragraph.size * 2) / 2, paragraph.is_bold


def _looks_like_heading(paragraphs: Sequence[Paragraph], at: int, body: float) -> bool:
    """Short words in larger or bolder letters than the text's, over something else."""
    paragraph = paragraphs[at]
    text = paragraph.text
    if paragraph.kind != "text" or len(text) > HEADING_CHARACTERS or len(paragraph.lines) > 4 or is_caption(text):
        return False
    signs = sum(not letter.isspace() and not letter.isdigit() for letter in text)
    letters = sum(letter.isalpha() for letter in text)
    if letters < 2 or 2 * letters < signs or text.endswith((",", ";")) or " ... " in text:
        return False
    if paragraph.size >= LARGER * body:
        # In a file of tables the text is larger than most words: whole sentences are no headings.
        return not (text.endswith(".") and len(text.split()) > LONGEST_NAME and paragraph.size < 1.25 * body)
    if not paragraph.is_bold or paragraph.size < 0.95 * body or text[0] in "•‣⁃–—*-" or text[0].islower():
        return False
    if text.endswith(":") or (text.endswith(".") and not _NUMBERED.match(text)):
        return False
    # A page's notes may stand between a heading at its foot and the text.
    following = next((one for one in paragraphs[at + 1 : at + 6] if one.kind not in ("note", "aside")), None)
    return (
        following is not None
        and following.kind == "text"
        and (not following.is_bold or following.size != paragraph.size)
    )


def heading_key(text: str) -> str:
    """What a heading and its bookmark have in common: letters and figures, without the number in front."""
    return "".join(letter for letter in _NUMBER.sub("", text.strip()).casefold() if letter.isalnum())
