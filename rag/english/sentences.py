"""Where sentences begin and end: sentencex, which keeps offsets and knows abbreviations, initials and decimals."""

from __future__ import annotations

import re
from collections.abc import Iterator

PIECE = 8_000
"""Characters of a paragraph that are looked at together, if no sentence is longer."""

LONGEST = 32_000
"""Characters of a sentence at most: a longer one is cut, after white space where there is some.

Of 590,000 sentences of prose, papers, contracts and tables none was longer but for columns of names without a full stop.
"""

MOST_MARKS = 500
"""Signs of a sentence at most after which sentencex may read through the whole piece: those that begin a quotation or end
a sentence, full stops aside. One of more is cut likewise. It takes a table of JSON to have as many in 8,000 characters."""

READS_BACK = 16
"""As many such signs count the full stops after which it reads all that stands before, word by word."""

_FAR = 8
"""A sentence that fills a piece but for one part in so many is looked at again in a piece of twice the size."""

_WIDE_SPACE = re.compile(r"[^\S\n]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_OPENING = "`'\"«»‘‚“„‛‟‹《「"
_ENDING = (
    "!?\u0589\u061d-\u061f\u06d4\u0700-\u0702\u07f9\u0837-\u083e\u0964\u0965\u104a\u104b\u1362-\u1368\u166e\u1735\u1736\u1803"
    "\u1809\u1944\u1945\u1aa8-\u1aab\u1b5a-\u1b5f\u1b7d\u1b7e\u1c3b\u1c3c\u1c7e\u1c7f\u2024\u203c-\u2049\u2e2e\u2e3c\u2e53\u2e54"
    "\u3002\ua4ff\ua60e\ua60f\ua6f3-\ua6f7\ua876\ua877\ua8ce\ua8cf\ua92f\ua9c8\ua9c9\uaa5d-\uaa5f\uaaf0\uaaf1\uabeb\ufe52-\ufe57"
    "\uff01\uff0e\uff1f\uff61\U00010a50-\U0001bcff\U0001da88"
)
"""Unicode's ends of sentences, but for the full stop; of scripts that are read no more, all letters with them."""

_MARK = re.compile(rf"[{_OPENING}{_ENDING}]|\.(?![a-z0-9.])")
_READ_BACK = re.compile(
    r"(?<![^\W\d_])(?:[ap]\. ?m|a\.d|b\.c|(?:b\.)?c\.e|gal|fl|ft|in|lb|mi|mph|oz|pt|qt|sq|yd|[bm]\.?(?:a|s|sc|com)|[jm]\.?d|"
    r"d\.?d\.?s|ll\.?[bdm]|m\.?b\.?a|ph\.?d|[ns]\.?[ew])\Z",
    re.IGNORECASE,
)
"""Abbreviations that may end a sentence or not: what comes before tells sentencex which."""


_NUMBERED = re.compile(
    r"(?<![\w.])(?:eqs?|para|vols?|chs?|chap|tel|approx|p\.?o\.?b|fn|ver|rev|refs?|ann|secs?|figs?|ser|circ|bldg|apt|ste|rm|"
    r"exh|sched|cl|regs?|ext|ca|pp?)\.\Z",
    re.IGNORECASE,
)
"""Abbreviations that a number follows: where one does, no sentence ends there, whatever sentencex says."""

_ITEM = re.compile(r"\(?(?:[0-9]{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]")
"""The number of an item: no sentence where a line begins with it, but a part of the one behind it."""

_NAME_BEFORE = re.compile(r"(?:[a-z][A-Z]|[\w)][./:@][\w/])[^\s.]*\.\Z|(?:[\s(]|\bwww)\.\Z")
_NAME_AFTER = re.compile(r"[A-Z]\w*[.(]\w")
"""Words of several parts, "StateLine" or "sys.path", beside a full stop, or none before it: without white space behind it, all
is one name. "The end.The next" lacks a space."""

_WORD = 80
"""So many characters before a full stop are looked at."""

FINISHED = re.compile(r"[.!?…。！？।][\"'”’»)\]]*\Z")
"""How a sentence ends that another may follow on the same line."""


def find_sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of a text as half-open code-point offsets, trimmed of white space, in order.

    None crosses a blank line, and every character that is not white space lies in exactly one. Whatever the text is, the
    time that it takes grows with its length and no faster; for that, none is longer than ``LONGEST``.
    """
    found: list[tuple[int, int]] = []
    # sentencex cuts bytes: it stumbles over white space of more than one, and over what UTF-8 cannot carry. One
    # character for another keeps every offset.
    plain = _HALF_PAIR.sub("\ufffd", _WIDE_SPACE.sub(" ", text))
    start = 0
    for end in [*(match.start() for match in _BLANK_LINE.finditer(text)), len(text)]:
        paragraph, told = plain[start:end], len(found)
        for first, after in _find_boundaries(paragraph):
            words = paragraph[first:after]
            if words.strip():
                low, high = start + first + len(words) - len(words.lstrip()), start + first + len(words.rstrip())
                if len(found) > told and _goes_on(plain, *found[-1], low):
                    low = found.pop()[0]
                found.append((low, high))
        start = end
    return found


def _goes_on(text: str, start: int, end: int, following: int) -> bool:
    """Whether what sentencex takes for a sentence goes on in the next, which begins at ``following``."""
    if text[following].isdigit() and _NUMBERED.search(text, max(start, end - 8), end):
        return True
    if end - start < 8 and _ITEM.fullmatch(text, start, end):
        return "\n" not in text[end:following] and not text[text.rfind("\n", 0, start) + 1 : start].strip()
    if end < following or text[end - 1] != "." or not text[following].isalnum():
        return False
    return bool(_NAME_BEFORE.search(text, max(start, end - _WORD), end) or _NAME_AFTER.match(text, following))


def _find_boundaries(paragraph: str) -> Iterator[tuple[int, int]]:
    """What sentencex finds, in pieces: of a long text it needs quadratic time.

    The last sentence of a piece may go on, and is looked at again with what follows it: in a larger piece where it fills
    nearly all of this one, or else a text could be made of which each piece yields but a word. What fills nearly all of
    the largest piece is cut at its end.
    """
    import sentencex

    start, size = 0, PIECE
    while start < len(paragraph):
        piece = _cut_piece(paragraph, start, size)
        end = start + len(piece)
        found = sentencex.get_sentence_boundaries("en", piece) if piece.strip() else []
        bounds = [(start + each["start_index"], start + each["end_index"]) for each in found]
        if end == len(paragraph) or not bounds:
            yield from bounds
            start, size = end, PIECE
            continue
        yield from bounds[:-1]
        last = bounds[-1][0]
        if last - start >= len(piece) // _FAR:
            start, size = last, PIECE
        elif len(piece) == size < LONGEST:
            start, size = last, size * 2
        else:
            cut = last + _find_cut(paragraph[last:end])
            yield last, cut
            start, size = cut, PIECE


def _cut_piece(paragraph: str, start: int, size: int) -> str:
    """So many characters of a paragraph, or as many as have ``MOST_MARKS``."""
    piece = paragraph[start : start + size]
    marks = 0
    for mark in _MARK.finditer(piece):
        at = mark.start()
        if mark.group() != ".":
            marks += 1
        elif not (before := piece[max(0, at - 20) : at].rstrip()) or _READ_BACK.search(before):
            marks += READS_BACK
        if marks > MOST_MARKS:
            return piece[:at]
    return piece


def _find_cut(sentence: str) -> int:
    """Where to cut a sentence that is too long: after the last white space of its second half, else at the end."""
    space = max(sentence.rfind(" ", len(sentence) // 2), sentence.rfind("\n", len(sentence) // 2))
    return space + 1 or len(sentence)
