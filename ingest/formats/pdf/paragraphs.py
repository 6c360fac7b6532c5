"""Paragraphs: lines that belong together, and their text; words that a line's end parts, marks of footnotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.formats.pdf.lines import Line
from ingest.formats.pdf.rows import goes_on, join_words

NOTE = re.compile(r"([⁰¹²³⁴⁵⁶⁷⁸⁹]+|\d{1,3}(?![\d.,–-])|[*†‡§])\s?(?=\S)")
END = re.compile(r"[.!?:;…。！？؟][\"'”’»)\]]*[⁰¹²³⁴⁵⁶⁷⁸⁹]*$")
BROKEN = re.compile(r"([^\W\d_]+)[-‐\ufffe]$")
_LEADER = re.compile(r"\s*(?:\. ?){5,}|\s*…{2,}\s*")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_PLAIN = str.maketrans(_RAISED, "0123456789")
_MARK = re.compile(
    rf"((?:(?![{_RAISED}])[^\W\d_]){{4,}}|[.,;:!?\"'”’)\]»])([{_RAISED}]+)"
)  # "²" is a word's letter to re
_RIGHT_TO_LEFT = re.compile(r"^[^A-Za-z]*[\u0590-\u08ff]")
_KEPT = frozenset("self well ill ex half all cross non anti pre post semi quasi mid multi".split())
"""What stands before a hyphen in English more often than before the rest of a word."""


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together; ``kind`` is text, row (of a table), note (at a page's foot) or aside (beside the text)."""

    lines: list[Line]
    kind: str = "text"
    text: str = ""
    pages: list[tuple[int, int]] = field(default_factory=list)

    @property
    def size(self) -> float:
        """That of its first line's letters."""
        return self.lines[0].size

    @property
    def is_bold(self) -> bool:
        """Whether all of it is."""
        return all(line.bold for line in self.lines)

    @property
    def page(self) -> int:
        """The page on which it begins."""
        return self.lines[0].page


def is_done(before: Line, line: Line) -> bool:
    """Whether the next line's first word would have had room: the line was ended on purpose."""
    word = line.text.split(" ", 1)[0]
    width = (line.right - line.left) * len(word) / max(len(line.text), 1)
    room = before.left - before.start if _RIGHT_TO_LEFT.search(before.text) else before.end - before.right
    return room > width + 0.6 * line.size


def is_centred(before: Line, line: Line) -> bool:
    """Whether two lines of different widths have one middle."""
    middle, other = (before.left + before.right) / 2, (line.left + line.right) / 2
    return abs(middle - other) < 0.3 * line.size and abs(before.left - line.left) > line.size


def count_words(pages: Sequence[Sequence[Line]]) -> Counter[str]:
    """Whole words, with and without hyphens: what a broken word is compared with."""
    words: Counter[str] = Counter()
    for lines in pages:
        for line in lines:
            found = _WORDS.findall(line.text)
            words.update(word.casefold() for word in (found[1:-1] if len(found) > 2 else found))
    return words


def note_mark(paragraph: Paragraph) -> tuple[str, str]:
    """The mark of a footnote as plain figures, and its first line without it; no mark when it has none."""
    line = paragraph.lines[0].text
    match = NOTE.match(line)
    return (match[1].translate(_PLAIN), line[match.end() :]) if match else ("", line)


def _without_marks(text: str, notes: set[str]) -> str:
    """A line without the marks of this document's footnotes; what is raised after a unit or a number stays."""
    return _MARK.sub(lambda found: found[1] if found[2].translate(_PLAIN) in notes else found[0], text)


def join_lines(paragraph: Paragraph, words: Counter[str], notes: set[str]) -> None:
    """Put the lines of a paragraph together, and note where pages begin in it."""
    text, page, before = "", 0, paragraph.lines[0]
    if paragraph.kind == "note" and (mark := note_mark(paragraph))[0]:
        paragraph.lines[0] = replace(paragraph.lines[0], text=f"Note {mark[0]}: {mark[1].strip()}")
    elif paragraph.kind == "text":
        paragraph.lines = [replace(line, text=_without_marks(line.text, notes)) for line in paragraph.lines]
    for line in paragraph.lines:
        begins = text
        if not text:
            text = line.text
        elif (
            not goes_on(text, line.text) and (broken := BROKEN.search(text)) and (rest := _FIRST_WORD.match(line.text))
        ):
            begins = text = text[:-1] + ("-" if _keeps_hyphen(broken[1], rest[0], words) else "")
            text += line.text
        elif goes_on(text, line.text) or text.endswith("\ufffe"):
            begins = text = text.removesuffix("\ufffe")
            text += line.text
        else:
            joined = f"{text}\n{line.text}" if _ends_early(before, line) else join_words(text, line.text)
            begins = joined[: len(joined) - len(line.text)]
            text = joined
        before = line
        if line.page != page:
            page = line.page
            paragraph.pages.append((len(begins), page))
    _tidy(paragraph, text)


def _tidy(paragraph: Paragraph, text: str) -> None:
    """Give a paragraph its text without leaders; page by page, so that the pages' offsets are those of the result."""
    starts = [0, *(at for at, _ in paragraph.pages[1:]), len(text)]
    done, pages = "", []
    for (start, end), (_, page) in zip(pairwise(starts), paragraph.pages, strict=True):
        pages.append((len(done), page))
        done += _LEADER.sub(" ... ", text[start:end].replace("\ufffe", "")).replace("; ... ; ", " ... ")
    paragraph.text, paragraph.pages = done, pages


def _ends_early(before: Line, line: Line) -> bool:
    """Whether a line was broken off long before its end, as those of verse and of programs are."""
    room = before.end - before.right
    return room > 0.3 * (before.end - before.start) and is_done(before, line) and not is_centred(before, line)


def _keeps_hyphen(before: str, after: str, words: Counter[str]) -> bool:
    """Whether a word that is broken at a line's end has its hyphen elsewhere too."""
    whole, parted = (before + after).casefold(), f"{before}-{after}".casefold()
    if words[parted] != words[whole]:
        return words[parted] > words[whole]
    return not after[:1].islower() or before.casefold() in _KEPT
