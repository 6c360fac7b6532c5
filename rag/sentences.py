"""Where sentences begin and end: sentencex, which keeps offsets and knows abbreviations, initials and decimals."""

from __future__ import annotations

import re
from collections.abc import Iterator

PIECE = 8_000
"""Characters of a paragraph that are looked at together, if no sentence is longer."""

_WIDE_SPACE = re.compile(r"[^\S\n]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def find_sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of a text as half-open code-point offsets, trimmed of white space, in order.

    None crosses a blank line, and every character that is not white space lies in exactly one.
    """
    found = []
    # sentencex cuts bytes: it stumbles over white space of more than one, and over what UTF-8 cannot carry. One
    # character for another keeps every offset.
    plain = _HALF_PAIR.sub("\ufffd", _WIDE_SPACE.sub(" ", text))
    start = 0
    for end in [*(match.start() for match in _BLANK_LINE.finditer(text)), len(text)]:
        paragraph = plain[start:end]
        for first, after in _find_boundaries(paragraph):
            words = paragraph[first:after]
            if words.strip():
                at = start + first
                found.append((at + len(words) - len(words.lstrip()), at + len(words.rstrip())))
        start = end
    return found


def _find_boundaries(paragraph: str) -> Iterator[tuple[int, int]]:
    """What sentencex finds, in pieces: of a long text whose letters take several bytes it needs quadratic time.

    The last sentence of a piece may go on, and is looked at again with what follows it.
    """
    import sentencex

    start, size = 0, PIECE
    while start < len(paragraph):
        piece = paragraph[start : start + size]
        is_last = start + size >= len(paragraph)
        found = sentencex.get_sentence_boundaries("en", piece) if piece.strip() else []
        if len(found) == 1 and not is_last:
            size *= 2  # it is longer than that
            continue
        for boundary in found if is_last else found[:-1]:
            yield start + boundary["start_index"], start + boundary["end_index"]
        start += found[-1]["start_index"] if found and not is_last else len(piece)
        size = PIECE
