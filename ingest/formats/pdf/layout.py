"""From lines to paragraphs: what belongs together, within a column and beyond its end; footnotes; hyphens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise

from ingest.formats.pdf.lines import Line
from ingest.formats.pdf.paragraphs import (
    BROKEN,
    END,
    NOTE,
    Paragraph,
    count_words,
    is_centred,
    is_done,
    join_lines,
    note_mark,
)

ITEM = re.compile(r"(?:[•‣⁃–—*-]|\(?\d{1,3}[.)]|\(?[a-z][.)]|\([ivx]+\))\s")
WIDEST_LEADING = 2.6
"""Lines that are so many ems apart, from baseline to baseline, can still be those of a paragraph (paragraphs of a report
with wide lines that break off in mid-sentence: 150 at 1.7, 67 at 2.6)."""

_GOING_ON = re.compile(r"[(\[][\"“‘«]")
"""How a line begins that goes on a sentence: with a name in brackets, as contracts give them (“the Buyer”)."""

_NUMBERED = re.compile(r"(?:\d+|[A-Z])(?:\.\d+)*\.?\s")


def find_body_size(lines: Iterable[tuple[float, str]]) -> float:
    """The size that most letters have, in half points."""
    sizes: Counter[float] = Counter()
    for size, text in lines:
        sizes[round(size * 2) / 2] += len(text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def find_paragraphs(
    pages: Sequence[Sequence[Line]], body: float, asides: Mapping[int, Sequence[str]]
) -> list[Paragraph]:
    """The paragraphs of all pages in reading order, joined over columns and pages; notes at the end of their page.

    ``asides`` are words that stand at an angle, by page: like those in a margin, they come after the notes.
    """
    indents = _has_indents(pages)
    found: list[Paragraph] = []
    for number, lines in enumerate(pages, 1):
        texts: list[Paragraph] = []
        notes: list[Paragraph] = []
        margin = [line for line in lines if line.is_margin]
        for _, column in groupby((line for line in lines if not line.is_margin), key=lambda line: line.column):
            inside, foot = _split_notes(list(column), body)
            texts += _in_column(inside)
            notes += [Paragraph(part.lines, "note") for part in _in_column(foot)]
        notes += [Paragraph(part.lines, "aside") for part in _in_column(margin)]
        notes += [Paragraph([_line(words, number, body)], "aside") for words in asides.get(number, ())]
        texts = _join_columns(texts, indents)
        _join_page(found, texts, notes, indents)
    words = count_words(pages)
    marks = {note_mark(paragraph)[0] for paragraph in found if paragraph.kind == "note"}
    for paragraph in found:
        join_lines(paragraph, words, marks)
    return [paragraph for paragraph in found if paragraph.text.strip()]


def _line(words: str, page: int, size: float) -> Line:
    return Line(words, 0, 0, 0, 0, 0, size, False, page)


def _split_notes(lines: list[Line], body: float) -> tuple[list[Line], list[Line]]:
    """A column's text, and the footnotes below it: smaller, and each with a mark in front."""
    at = len(lines)
    while at and lines[at - 1].size <= 0.93 * body and not lines[at - 1].cells:
        at -= 1
    while at < len(lines) and not (NOTE.match(lines[at].text) and _may_begin(lines, at)):
        at += 1
    return lines[:at], lines[at:]


def _may_begin(lines: Sequence[Line], at: int) -> bool:
    """Whether a line that begins with a number does not go on a sentence of the line before ("found in 14 CFR")."""
    if not at or not lines[at].text[:1].isdecimal():
        return True
    before, line = lines[at - 1], lines[at]
    return bool(END.search(before.text)) or is_done(before, line) or before.size > 1.06 * line.size


def _in_column(lines: Sequence[Line]) -> list[Paragraph]:
    if not lines:
        return []
    leading = _leading(lines)
    found = [Paragraph([lines[0]], "row" if lines[0].cells else "text")]
    for before, line in pairwise(lines):
        if _parts(found, before, line, leading):
            found.append(Paragraph([], "row" if line.cells else "text"))
        found[-1].lines.append(line)
    return found


def _leading(lines: Sequence[Line]) -> dict[float, float]:
    """How far apart the lines of each size are as a rule."""
    steps: dict[float, Counter[float]] = {}
    for before, line in pairwise(lines):
        if before.size == line.size and 0 < line.base - before.base < WIDEST_LEADING * line.size:
            steps.setdefault(line.size, Counter())[round(line.base - before.base, 0)] += 1
    # Two lines far apart are a title page's as likely as those of a paragraph.
    usual = {size: [step for step, count in found.items() if 2 * count >= max(found.values()) and (step < 1.7 * size or count > 2)] for size, found in steps.items()}  # fmt: skip
    return {size: min(found) for size, found in usual.items() if found}


def _parts(found: Sequence[Paragraph], before: Line, line: Line, leading: dict[float, float]) -> bool:
    """Whether a new paragraph begins with ``line``, or it goes on with the last one found."""
    paragraph, size = found[-1], line.size
    if before.cells or line.cells or abs(before.size - size) > 0.06 * size or before.bold != line.bold:
        return True
    step = line.base - before.base
    is_wide = step > 1.3 * leading.get(size, 1.25 * size) + 0.5 and line.top - before.bottom > 0.25 * size
    if step < 0 or is_wide:
        return True
    if ITEM.match(line.text) and (line.left <= paragraph.lines[0].left + 0.5 * size or is_done(before, line)):
        return True
    if NOTE.match(line.text) and NOTE.match(paragraph.lines[0].text) and is_done(before, line) and size < 10:
        return True
    if is_centred(before, line):
        return False
    first = len(paragraph.lines) == 1
    in_by, out_by = line.left - before.left, before.left - line.left
    hangs = any(form.match(paragraph.lines[0].text) for form in (ITEM, NOTE, _NUMBERED)) or _hangs(found, before, line)
    if 0.6 * size < in_by < 6 * size and not (first and hangs):
        return not first or before.left <= line.start + 0.5 * size
    if out_by > 0.6 * size and not first:
        return True
    return is_done(before, line) and bool(END.search(before.text))


def _hangs(found: Sequence[Paragraph], before: Line, line: Line) -> bool:
    """Whether an indented line goes on the one above, as in lists of references: that is full, and no sentence ends with it.

    It may end with one where the paragraph before hangs in the same way.
    """
    if is_done(before, line):
        return False
    last = found[-2].lines if len(found) > 1 else []
    alike = len(last) > 1 and abs(last[0].left - before.left) < 1 and abs(last[1].left - line.left) < 1
    return alike or not END.search(before.text)


def _has_indents(pages: Sequence[Sequence[Line]]) -> bool:
    """Whether paragraphs of this document begin with an indent."""
    indented = flush = 0
    for lines in pages:
        for before, line in pairwise(lines):
            if before.column == line.column and END.search(before.text) and is_done(before, line):
                indented += 0.6 * line.size < line.left - line.start < 4 * line.size
                flush += line.left - line.start <= 0.3 * line.size
    return indented > flush


def _goes_on(last: Paragraph, new: Paragraph, indents: bool) -> bool:
    """Whether a paragraph at a column's end is continued by one at the beginning of another."""
    before, line = last.lines[-1], new.lines[0]
    if last.kind != "text" or new.kind != "text" or abs(before.size - line.size) > 0.06 * line.size:
        return False
    if before.bold != line.bold or ITEM.match(line.text):
        return False
    indent = line.left - line.start
    if indent > 0.6 * line.size and not ITEM.match(last.lines[0].text):
        same = abs(indent - (before.left - before.start)) < 0.3 * line.size
        return same and line.text[:1].islower() and not END.search(before.text)
    if BROKEN.search(before.text) or line.text[:1].islower() or _GOING_ON.match(line.text):
        return not END.search(before.text) or BROKEN.search(before.text) is not None or not is_done(before, line)
    if is_done(before, line):
        return False
    return indents or not END.search(before.text)


def _join_columns(texts: list[Paragraph], indents: bool) -> list[Paragraph]:
    joined: list[Paragraph] = []
    for paragraph in texts:
        if joined and joined[-1].lines[-1].column != paragraph.lines[0].column and _goes_on(joined[-1], paragraph, indents):  # fmt: skip
            joined[-1].lines += paragraph.lines
        else:
            joined.append(paragraph)
    return joined


def _join_page(found: list[Paragraph], texts: list[Paragraph], notes: list[Paragraph], indents: bool) -> None:
    """Add a page: its first paragraph may belong to the last one of the page before.

    Footnotes stay within their page: where the page's last paragraph runs on, they come to stand before it.
    """
    last = next((paragraph for paragraph in reversed(found[-12:]) if paragraph.kind == "text"), None)
    # A table or picture may stand at the head of the page, above where the text goes on.
    new = next((at for at, paragraph in enumerate(texts[:12]) if paragraph.kind == "text"), None)
    if last is not None and new is not None and _goes_on(last, texts[new], indents):
        at = next(at for at in range(len(found) - 1, -1, -1) if found[at] is last)
        if last.page == last.lines[-1].page or at == len(found) - 1:
            found.append(found.pop(at))
            last.lines += texts.pop(new).lines
    found += texts
    found += notes
